#include "inference/matrix.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>

namespace rnngraph {
namespace {

void append(Windows& to, Values values, float weight) {
    switch (values) {
        case Values::float32: to.single.push_back(weight); break;
        case Values::bfloat16: to.half.push_back(static_cast<uint16_t>(std::bit_cast<uint32_t>(weight) >> 16)); break;
        case Values::int8: to.byte.push_back(static_cast<int8_t>(weight)); break;
    }
}

Windows windows_of(int32_t n_rows, Values values, const int64_t* start, const int32_t* column, const float* weight,
                   const std::array<uint8_t, kGroup>& places) {
    Windows made;
    const int32_t n_groups = (n_rows + kGroup - 1) / kGroup;
    made.order.assign(int64_t{n_groups} * kGroup, -1);
    std::iota(made.order.begin(), made.order.begin() + n_rows, 0);
    std::stable_sort(made.order.begin(), made.order.begin() + n_rows,
                     [&](int32_t a, int32_t b) { return start[a + 1] - start[a] > start[b + 1] - start[b]; });
    made.stops.push_back(0);
    constexpr int32_t kNone = std::numeric_limits<int32_t>::max();
    for (int32_t group = 0; group < n_groups; ++group) {
        std::array<int64_t, kGroup> next{}, end{};
        for (int32_t k = 0; k < kGroup; ++k)
            if (const int32_t row = made.order[group * kGroup + k]; row >= 0) {
                next[k] = start[row];
                end[k] = start[row + 1];
            }
        for (int32_t at = 0;;) {
            int32_t first = kNone;
            for (int32_t k = 0; k < kGroup; ++k)
                if (next[k] < end[k]) first = std::min(first, column[next[k]]);
            if (first == kNone) break;
            // Too far for one step: a stop on the way, where nobody may find anything.
            const int32_t step = std::min(first - at, 255);
            at += step;
            made.advance.push_back(static_cast<uint8_t>(step));
            const size_t indices = made.index.size();
            made.index.resize(indices + kGroup);
            for (int32_t k = 0; k < kGroup; ++k) {
                const bool found = next[k] < end[k] && column[next[k]] < at + kWindow;
                append(made, values, found ? weight[next[k]] : 0.0f);
                if (found) made.index[indices + places[k]] = static_cast<uint8_t>(column[next[k]++] - at);
            }
        }
        made.stops.push_back(static_cast<int32_t>(made.advance.size()));
    }
    made.full = 10 * start[n_rows] >= 9 * static_cast<int64_t>(made.index.size());
    return made;
}

}  // namespace

Matrix laid_out(int32_t n_rows, int32_t n_columns, Values values, const int64_t* start, const int32_t* column,
                const float* weight, const float* scale, const std::array<uint8_t, kGroup>& places) {
    Matrix made;
    made.n_rows = n_rows;
    made.n_columns = n_columns;
    made.values = values;
    made.scale.assign(scale, scale + n_rows);
    made.windows = windows_of(n_rows, values, start, column, weight, places);
    Rows& rows = made.rows;
    rows.start.assign(start, start + n_rows + 1);
    if (n_columns <= 65536)
        rows.near.assign(column, column + start[n_rows]);
    else
        rows.far.assign(column, column + start[n_rows]);
    rows.weight.reserve(start[n_rows]);
    for (int32_t row = 0; row < n_rows; ++row)
        for (int64_t e = start[row]; e < start[row + 1]; ++e) rows.weight.push_back(weight[e] * scale[row]);
    return made;
}

}  // namespace rnngraph
