#include "inference/cell.hpp"

#include <algorithm>

#include "training/scan.hpp"

namespace rnngraph {
namespace {

// So many sequences are run at a time: their states are read in any order, and should stay in the cache. And so many
// rows of input are multiplied together when there are few sequences.
constexpr int64_t kTogether = 32;

constexpr int64_t padded(int64_t n) { return (n + kPadding - 1) / kPadding * kPadding; }
constexpr int64_t stride_of(int64_t lanes) { return lanes <= 4 ? 4 : lanes <= 8 ? 8 : padded(lanes); }

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

// Rows as lanes: place i of row k goes to place k of row i, and back. Some places of one row after the other: rows are
// far apart, often by a power of two, and would drive each other from the cache.
template <class Move>
void each_place(int64_t n_rows, int64_t width, Move move) {
    constexpr int64_t kTile = 16;
    for (int64_t first = 0; first < width; first += kTile)
        for (int64_t k = 0; k < n_rows; ++k)
            for (int64_t i = first; i < std::min(first + kTile, width); ++i) move(i, k);
}
void to_lanes(const float* rows, int64_t n_rows, int64_t width, int64_t stride, float* lanes) {
    each_place(n_rows, width, [=](int64_t i, int64_t k) { lanes[i * stride + k] = rows[k * width + i]; });
}
void from_lanes(const float* lanes, int64_t n_rows, int64_t width, int64_t stride, float* rows) {
    each_place(n_rows, width, [=](int64_t i, int64_t k) { rows[k * width + i] = lanes[i * stride + k]; });
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

// Steps from `next` on whose rows are multiplied together: as many as fit, or one.
size_t end_of_block(const std::vector<Step>& steps, size_t next) {
    int64_t rows = steps[next].size;
    for (++next; next < steps.size() && rows + steps[next].size <= kTogether; ++next) rows += steps[next].size;
    return next;
}

// The products of a block of steps with the input, their rows side by side: (gates, stride).
struct Block {
    const float* products;
    int64_t rows, stride;
};
Block multiply(const SparseCell& cell, const float* x, const Step* first, const Step* last, Space& space) {
    const int64_t width = cell.input.n_columns;
    int64_t rows = 0;
    for (const Step* step = first; step != last; ++step) rows += step->size;
    const int64_t stride = stride_of(rows);
    float* lanes = take_zeros(space.lanes, width * stride);
    int64_t lane = 0;
    for (const Step* step = first; step != last; lane += step++->size)
        to_lanes(x + step->row * width, step->size, width, stride, lanes + lane);
    float* products = take(space.products, cell.hidden.n_rows * stride);
    cell.products->many(cell.input, lanes, cell.bias_input.data(), stride, products);
    return {products, rows, stride};
}

// Few sequences: the states of one after the other.
void run_few(const SparseCell& cell, const float* x, const std::vector<Step>& steps, int64_t n_sequences, Space& space,
             float* h, float* c, float* out) {
    const int64_t n = cell.n_units(), width = cell.input.n_columns, gates = cell.hidden.n_rows;
    float* states = take(space.states, n_sequences * padded(n));
    float* memories = take(space.memories, n_sequences * padded(n));
    float* from_hidden = take(space.from_hidden, n_sequences * gates);
    float* from_input = take(space.from_input, kTogether * gates);
    float* scratch = space.scratch.get(kAbreast * (std::max(n, width) + 2 * kWindow));
    auto each_state = [&](auto copy) {
        for (int64_t k = 0; k < n_sequences; ++k) {
            copy(h + k * n, states + k * padded(n));
            if (c) copy(c + k * n, memories + k * padded(n));
        }
    };
    each_state([&](const float* given, float* state) { std::copy_n(given, n, state); });
    for (size_t next = 0; next < steps.size();) {
        const size_t end = end_of_block(steps, next);
        if (end == next + 1) {
            cell.products->few(cell.input, x + steps[next].row * width, width, steps[next].size, cell.bias_input.data(),
                               scratch, from_input);
        } else {
            const Block block = multiply(cell, x, &steps[next], &steps[end - 1] + 1, space);
            from_lanes(block.products, block.rows, gates, block.stride, from_input);
        }
        const float* made = from_input;
        for (; next < end; ++next) {
            cell.products->few(cell.hidden, states, padded(n), steps[next].size, cell.bias_hidden.data(), scratch,
                               from_hidden);
            for (int64_t k = 0; k < steps[next].size; ++k, made += gates) {
                float* state = states + k * padded(n);
                cell.products->step(cell.kind, n, made, from_hidden + k * gates, state, memories + k * padded(n));
                std::copy_n(state, n, out + (steps[next].row + k) * n);
            }
        }
    }
    each_state([&](float* given, const float* state) { std::copy_n(state, n, given); });
}

// Many sequences, each in a lane of its own. A lane is loaded when its sequence begins and stored when it has ended;
// what is in it before and after is of no use, and does no harm.
void run_many(const SparseCell& cell, const float* x, const std::vector<Step>& steps, int64_t n_sequences, Space& space,
              float* h, float* c, float* out) {
    const int64_t n = cell.n_units(), gates = cell.hidden.n_rows, stride = stride_of(n_sequences);
    float* states = take_zeros(space.states, n * stride);
    float* memories = take_zeros(space.memories, n * stride);
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
    for (size_t next = 0; next < steps.size();) {
        const size_t end = end_of_block(steps, next);
        const Block block = multiply(cell, x, &steps[next], &steps[end - 1] + 1, space);
        for (int64_t lane = 0; next < end; lane += steps[next++].size) {
            const auto& [size, row] = steps[next];
            if (size > active) load(active, size);
            if (size < active) save(size, active);
            active = size;
            for (int64_t gate = 0; gate < gates; ++gate)
                std::copy_n(block.products + gate * block.stride + lane, size, from_input + gate * stride);
            cell.products->many(cell.hidden, states, cell.bias_hidden.data(), stride, from_hidden);
            cell.products->step(cell.kind, n * stride, from_input, from_hidden, states, memories);
            from_lanes(states, size, n, stride, out + row * n);
        }
    }
    save(0, active);
}

}  // namespace

void run(const SparseCell& cell, const PackedInput& input, bool backward, float* h, float* c, float* out) {
    thread_local Space space;
    const int64_t n = cell.n_units(), n_sequences = input.batch_size[0];
    const int64_t most = cell.hidden.windows.full ? cell.products->most_full : cell.products->most;
    for (int64_t first = 0; first < n_sequences; first += kTogether) {
        const std::vector<Step> steps = steps_of(input, first, backward);
        const int64_t some = std::min(n_sequences - first, kTogether);
        const auto run_some = some <= most ? run_few : run_many;
        run_some(cell, input.x, steps, some, space, h + first * n, c ? c + first * n : nullptr, out);
    }
}

}  // namespace rnngraph
