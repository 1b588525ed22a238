#include "inference/matrix.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>

namespace rnngraph {

void Weights::append(Values values, float weight) {
    switch (values) {
        case Values::float32: single.push_back(weight); break;
        case Values::bfloat16: half.push_back(static_cast<uint16_t>(std::bit_cast<uint32_t>(weight) >> 16)); break;
        case Values::int8: byte.push_back(static_cast<int8_t>(weight)); break;
    }
}

namespace {

// Rows by how much there is of them, most first, and else as they come.
template <class Amount>
void sort_rows(int32_t* first, int32_t n_rows, Amount amount) {
    std::iota(first, first + n_rows, 0);
    std::stable_sort(first, first + n_rows, [&](int32_t a, int32_t b) { return amount(a) > amount(b); });
}

Windows windows_of(int32_t n_rows, Values values, const int64_t* start, const int32_t* column, const float* weight,
                   std::span<const uint8_t> places) {
    Windows made;
    const auto size = static_cast<int32_t>(places.size()), n_groups = (n_rows + size - 1) / size;
    made.order.assign(int64_t{n_groups} * size, -1);
    sort_rows(made.order.data(), n_rows, [&](int32_t row) { return start[row + 1] - start[row]; });
    made.stops.push_back(0);
    constexpr int32_t kNone = std::numeric_limits<int32_t>::max();
    for (int32_t group = 0; group < n_groups; ++group) {
        std::vector<int64_t> next(size), end(size);
        for (int32_t k = 0; k < size; ++k)
            if (const int32_t row = made.order[int64_t{group} * size + k]; row >= 0) {
                next[k] = start[row];
                end[k] = start[row + 1];
            }
        for (int32_t at = 0;;) {
            int32_t first = kNone;
            for (int32_t k = 0; k < size; ++k)
                if (next[k] < end[k]) first = std::min(first, column[next[k]]);
            if (first == kNone) break;
            // Too far for one step: a stop on the way, where nobody may find anything.
            const int32_t step = std::min(first - at, 255);
            at += step;
            made.advance.push_back(static_cast<uint8_t>(step));
            const size_t indices = made.index.size();
            made.index.resize(indices + size);
            for (int32_t k = 0; k < size; ++k) {
                const bool found = next[k] < end[k] && column[next[k]] < at + kWindow;
                made.weights.append(values, found ? weight[next[k]] : 0.0f);
                if (found) made.index[indices + places[k]] = static_cast<uint8_t>(column[next[k]++] - at);
            }
        }
        made.stops.push_back(static_cast<int32_t>(made.advance.size()));
    }
    made.full = 10 * start[n_rows] >= 9 * static_cast<int64_t>(made.index.size());
    return made;
}

Rows rows_of(int32_t n_rows, int32_t n_columns, Values values, const int64_t* start, const int32_t* column,
             const float* weight) {
    Rows made;
    const auto runs = [&](int32_t row) {
        return static_cast<int32_t>((start[row + 1] - start[row] + kRun - 1) / kRun);
    };
    made.order.resize(n_rows);
    sort_rows(made.order.data(), n_rows, runs);
    for (const int32_t row : made.order) {
        made.runs.push_back(runs(row));
        const int64_t end = start[row + 1];
        for (int64_t e = start[row]; e < start[row] + int64_t{kRun} * runs(row); ++e) {
            const int32_t at = column[std::min(e, end - 1)];
            if (n_columns <= 65536)
                made.near.push_back(static_cast<uint16_t>(at));
            else
                made.far.push_back(at);
            made.weights.append(values, e < end ? weight[e] : 0.0f);
        }
    }
    return made;
}

}  // namespace

Matrix laid_out(int32_t n_rows, int32_t n_columns, Values values, const int64_t* start, const int32_t* column,
                const float* weight, const float* scale, std::span<const uint8_t> places) {
    Matrix made;
    made.n_rows = n_rows;
    made.n_columns = n_columns;
    made.values = values;
    made.scale.assign(scale, scale + n_rows);
    made.windows = windows_of(n_rows, values, start, column, weight, places);
    made.rows = rows_of(n_rows, n_columns, values, start, column, weight);
    return made;
}

}  // namespace rnngraph
