#include "inference/cell.hpp"

#include <algorithm>

#include "training/scan.hpp"

namespace rnngraph {
namespace {

// Up to so many columns of numbers are multiplied one after the other, more of them side by side.
constexpr int64_t kFew = 3;
// So many sequences are run at a time: their states are read in any order, and should stay in the cache. And so many
// rows of input are multiplied together when there are few sequences.
constexpr int64_t kTogether = 32;

constexpr int64_t padded(int64_t n) { return (n + kPadding - 1) / kPadding * kPadding; }

// What a thread works in; it is kept from call to call, for fresh memory costs as much as a step.
struct Space {
    Numbers states, memories, lanes, products, from_input, from_hidden, scratch;
};

// As many numbers as asked for, and some that may be read and written beyond them.
float* take(Numbers& numbers, int64_t n) { return numbers.get(n + kPadding); }
float* take_zeros(Numbers& numbers, int64_t n) {
    float* taken = take(numbers, n);
    std::fill_n(taken, n + kPadding, 0.0f);
    return taken;
}

// Rows as lanes: place i of row k goes to place k of row i, and back.
void to_lanes(const float* rows, int64_t n_rows, int64_t width, int64_t stride, float* lanes) {
    for (int64_t i = 0; i < width; ++i)
        for (int64_t k = 0; k < n_rows; ++k) lanes[i * stride + k] = rows[k * width + i];
}
void from_lanes(const float* lanes, int64_t n_rows, int64_t width, int64_t stride, float* rows) {
    for (int64_t i = 0; i < width; ++i)
        for (int64_t k = 0; k < n_rows; ++k) rows[k * width + i] = lanes[i * stride + k];
}

// A step of some of the sequences, and where their rows are.
struct Step {
    int64_t size, row;
};

// The steps of sequences [first, first + kTogether), in the order in which they are run.
std::vector<Step> steps_of(const PackedInput& input, int64_t first, bool backward) {
    std::vector<Step> steps;
    int64_t row = 0;
    for (int64_t t = 0; t < input.n_steps; ++t) {
        const int64_t size = std::min(input.batch_size[t] - first, kTogether);
        if (size > 0) steps.push_back({size, row + first});
        row += input.batch_size[t];
    }
    if (backward) std::reverse(steps.begin(), steps.end());
    return steps;
}

// Few sequences: the states of one after the other, and the products with the input for many steps at a time.
void run_few(const SparseCell& cell, const float* x, const std::vector<Step>& steps, int64_t n_sequences, Space& space,
             float* h, float* c, float* out) {
    const int64_t n = cell.n_units(), width = cell.input.n_columns, gates = cell.hidden.n_rows;
    constexpr int64_t kMost = kTogether + kFew, kStride = padded(kMost);
    float* states = take(space.states, n_sequences * padded(n));
    float* memories = take(space.memories, n_sequences * padded(n));
    float* from_hidden = take(space.from_hidden, gates);
    float* from_input = take(space.from_input, kMost * gates);
    float* scratch = space.scratch.get(std::max(n, width) + 2 * kWindow);
    auto each_state = [&](auto copy) {
        for (int64_t k = 0; k < n_sequences; ++k) {
            copy(h + k * n, states + k * padded(n));
            if (c) copy(c + k * n, memories + k * padded(n));
        }
    };
    each_state([&](const float* given, float* state) { std::copy_n(given, n, state); });
    for (size_t next = 0; next < steps.size();) {
        size_t end = next;
        int64_t rows = 0;
        while (end < steps.size() && rows < kTogether) rows += steps[end++].size;
        if (rows <= kFew) {
            int64_t row = 0;
            for (size_t t = next; t < end; ++t)
                for (int64_t k = 0; k < steps[t].size; ++k)
                    cell.products->one(cell.input, x + (steps[t].row + k) * width, cell.bias_input.data(), scratch,
                                       from_input + row++ * gates);
        } else {
            float* lanes = take_zeros(space.lanes, width * kStride);
            float* products = take(space.products, gates * kStride);
            int64_t lane = 0;
            for (size_t t = next; t < end; ++t) {
                to_lanes(x + steps[t].row * width, steps[t].size, width, kStride, lanes + lane);
                lane += steps[t].size;
            }
            cell.products->many(cell.input, lanes, cell.bias_input.data(), static_cast<int32_t>(rows), kStride, products);
            from_lanes(products, rows, gates, kStride, from_input);
        }
        const float* made = from_input;
        for (; next < end; ++next)
            for (int64_t k = 0; k < steps[next].size; ++k, made += gates) {
                float* state = states + k * padded(n);
                cell.products->one(cell.hidden, state, cell.bias_hidden.data(), scratch, from_hidden);
                cell.products->step(cell.kind, n, made, from_hidden, state, memories + k * padded(n));
                std::copy_n(state, n, out + (steps[next].row + k) * n);
            }
    }
    each_state([&](float* given, const float* state) { std::copy_n(state, n, given); });
}

// Many sequences, each in a lane of its own. A lane is loaded when its sequence begins and stored when it has ended;
// what is in it before and after is of no use, and does no harm.
void run_many(const SparseCell& cell, const float* x, const std::vector<Step>& steps, int64_t n_sequences, Space& space,
              float* h, float* c, float* out) {
    const int64_t n = cell.n_units(), width = cell.input.n_columns, gates = cell.hidden.n_rows, stride = padded(n_sequences);
    float* states = take_zeros(space.states, n * stride);
    float* memories = take_zeros(space.memories, n * stride);
    float* lanes = take_zeros(space.lanes, width * stride);
    float* from_input = take_zeros(space.from_input, gates * stride);
    float* from_hidden = take_zeros(space.from_hidden, gates * stride);
    auto load = [&](int64_t first, int64_t last) {
        to_lanes(h + first * n, last - first, n, stride, states + first);
        if (c) to_lanes(c + first * n, last - first, n, stride, memories + first);
    };
    auto save = [&](int64_t first, int64_t last) {
        from_lanes(states + first, last - first, n, stride, h + first * n);
        if (c) from_lanes(memories + first, last - first, n, stride, c + first * n);
    };
    int64_t active = 0;
    for (const auto& [size, row] : steps) {
        if (size > active) load(active, size);
        if (size < active) save(size, active);
        active = size;
        to_lanes(x + row * width, size, width, stride, lanes);
        cell.products->many(cell.input, lanes, cell.bias_input.data(), static_cast<int32_t>(size), stride, from_input);
        cell.products->many(cell.hidden, states, cell.bias_hidden.data(), static_cast<int32_t>(size), stride, from_hidden);
        cell.products->step(cell.kind, n * stride, from_input, from_hidden, states, memories);
        from_lanes(states, size, n, stride, out + row * n);
    }
    save(0, active);
}

}  // namespace

void run(const SparseCell& cell, const PackedInput& input, bool backward, float* h, float* c, float* out) {
    thread_local Space space;
    const int64_t n = cell.n_units(), n_sequences = input.batch_size[0];
    for (int64_t first = 0; first < n_sequences; first += kTogether) {
        const std::vector<Step> steps = steps_of(input, first, backward);
        const int64_t some = std::min(n_sequences - first, kTogether);
        (some <= kFew ? run_few : run_many)(cell, input.x, steps, some, space, h + first * n, c ? c + first * n : nullptr, out);
    }
}

}  // namespace rnngraph
