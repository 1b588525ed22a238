// Built once for each instruction set. Rows are units, lanes are samples; work is done along edges
// only, and all steps of a chunk stay in cache. Equations are torch's: nn.RNN, nn.GRU, nn.LSTM.
#include <algorithm>
#include <cmath>
#include <limits>

#include "training/rows.hpp"
#include "training/scan.hpp"

namespace rnngraph::RNNGRAPH_ISA {
namespace {

// What a unit keeps of a step until its gradient is known, a row a slot. Then a slot holds the
// gradient of a pre-activation. `parts` of a row are worked on at a time.
template <Kind kind>
struct Unit;
constexpr int kFewParts = kParts < 2 ? kParts : 2;
template <>
struct Unit<Kind::tanh> {
    static constexpr int gates = 1, sums = 1, slots = 1, parts = kParts;
    static constexpr int of_hidden(int g) { return g; }
    static constexpr int of_input(int g) { return g; }
};
template <>
struct Unit<Kind::relu> : Unit<Kind::tanh> {};
template <>
struct Unit<Kind::gru> {  // r, z, the hidden part of n (r scales it), n
    static constexpr int gates = 3, sums = 4, slots = 4, parts = kFewParts;
    static constexpr int of_hidden(int g) { return g; }
    static constexpr int of_input(int g) { return g == 2 ? 3 : g; }
};
template <>
struct Unit<Kind::lstm> {  // i, f, g, o, tanh c
    static constexpr int gates = 4, sums = 4, slots = 5, parts = kFewParts;
    static constexpr int of_hidden(int g) { return g; }
    static constexpr int of_input(int g) { return g; }
};

template <int N>
Row<N> tanh(const Row<N>& x) { return each([](Part p) { return RNNGRAPH_ISA::tanh(p); }, x); }
template <int N>
__attribute__((always_inline)) inline Row<N> sigmoid(const Row<N>& x) { return each([](Part p) { return RNNGRAPH_ISA::sigmoid(p); }, x); }
template <int N>
Row<N> exp(const Row<N>& x) { return each([](Part p) { return RNNGRAPH_ISA::exp(p); }, x); }

// Where the numbers of one run lie.
struct Places {
    struct OfCell {
        float *state, *memory;  // (n_steps + 1, n): before each step
        float* slot;            // (n_steps, n, slots)
        float *carried, *carried_memory;  // (n,) gradient from the step after
        const float* table;     // (n * gates, stride)
        float* table_sums;      // (n_copies, n_tokens, row width) gradient
    };
    std::vector<OfCell> cells;
    std::vector<float*> outputs, towards;  // of each layer: (n_steps, n), and (n,) gradient
    std::vector<int> cells_on;
    float* logits;  // (n_steps or 1, outputs)
    Part* sums;     // one a number below n_summed: gradient, lane by lane
};

// Where there are few tokens, lanes side by side often have the same one: they add to copies of the
// table in turn, so that none waits for the one before it.
constexpr int kCopies = 4;
int n_copies(const Network& net) { return net.n_tokens <= 32 ? kCopies : 1; }
int64_t copy_size(const Network& net, const Cell& cell) { return int64_t{net.n_tokens} * net.row_width(cell); }

Places places(const Network& net, int32_t n_steps, bool with_gradient, Scratch& scratch) {
    Places to;
    const int gates = n_gates(net.kind), slots = net.kind == Kind::gru ? 4 : net.kind == Kind::lstm ? 5 : 1;
    const int64_t steps = n_steps;
    const bool remembers = net.kind == Kind::lstm;
    int64_t units = 0, layer_units = 0, table = 0, table_sums = 0;
    for (const Cell& cell : net.cells) {
        units += cell.n;
        if (net.looks_up(cell)) {
            table += int64_t{cell.n} * gates * table_stride(net.n_tokens);
            table_sums += n_copies(net) * copy_size(net, cell);
        }
    }
    for (int32_t size : net.layer_size) layer_units += size;
    float* state = scratch.states.get((steps + 1) * units * kSamples);
    float* memory = remembers ? scratch.memories.get((steps + 1) * units * kSamples) : nullptr;
    float* slot = with_gradient ? scratch.slots.get(steps * units * slots * kSamples) : nullptr;
    float* carried = with_gradient ? scratch.carried.get(units * kSamples) : nullptr;
    float* carried_memory = with_gradient && remembers ? scratch.carried_memories.get(units * kSamples) : nullptr;
    float* towards = with_gradient ? scratch.towards.get(layer_units * kSamples) : nullptr;
    float* outputs = scratch.outputs.get(steps * layer_units * kSamples);
    const float* tables = scratch.tables.get(table);
    float* sums = scratch.table_sums.get(table_sums);
    to.logits = scratch.logits.get(steps * net.readout.n_targets * kSamples);
    to.sums = reinterpret_cast<Part*>(scratch.sums.get(net.n_summed * kWidth));
    to.cells_on.assign(net.layer_size.size(), 0);
    for (const Cell& cell : net.cells) ++to.cells_on[cell.layer];
    for (const Cell& cell : net.cells) {
        to.cells.push_back({state, memory, slot, carried, carried_memory, tables, sums});
        state += (steps + 1) * cell.n * kSamples;
        if (memory) memory += (steps + 1) * cell.n * kSamples;
        if (slot) slot += steps * cell.n * slots * kSamples;
        if (carried) carried += cell.n * kSamples;
        if (carried_memory) carried_memory += cell.n * kSamples;
        if (net.looks_up(cell)) {
            tables += int64_t{cell.n} * gates * table_stride(net.n_tokens);
            sums += n_copies(net) * copy_size(net, cell);
        }
    }
    for (size_t layer = 0; layer < net.layer_size.size(); ++layer) {
        to.outputs.push_back(outputs);
        to.towards.push_back(towards);
        outputs += steps * net.layer_size[layer] * kSamples;
        if (towards) towards += net.layer_size[layer] * kSamples;
    }
    // The only cell of a layer is its output.
    for (size_t c = 0; c < net.cells.size(); ++c)
        if (to.cells_on[net.cells[c].layer] == 1)
            to.outputs[net.cells[c].layer] = to.cells[c].state + int64_t{net.cells[c].n} * kSamples;
    return to;
}

// Add w x along the edges that come to target j: what is of gate g to sums[place(g)].
template <int gates, int N, class Place>
inline void gather(const Block& block, const float* numbers, int32_t j, const float* x, Row<N>* sums, Place place) {
    const float* weight = numbers + block.weights + int64_t{block.start[j]} * gates;
    for (int32_t e = block.start[j]; e < block.start[j + 1]; ++e, weight += gates) {
        const Row<N> row = load<N>(x + int64_t{block.source[e]} * kSamples);
#pragma GCC unroll 4
        for (int g = 0; g < gates; ++g) sums[place(g)] = sums[place(g)] + weight[g] * row;
    }
}

template <Kind kind, bool keep>
void forward_step(const Network& net, const Cell& cell, const Places::OfCell& at, const float* numbers,
                  const Chunk& chunk, const float* from, int32_t t) {
    using U = Unit<kind>;
    constexpr int gates = U::gates, N = U::parts;
    using R = Row<N>;
    const float* before = at.state + int64_t{t} * cell.n * kSamples;
    float* after = at.state + int64_t{t + 1} * cell.n * kSamples;
    const int32_t* tokens = chunk.tokens ? chunk.tokens + int64_t{t} * kSamples : nullptr;
    const int32_t stride = table_stride(net.n_tokens);
    const bool looks_up = net.looks_up(cell), all_active = chunk.active[t] == kSamples;
    auto unit = [&](int32_t j, int32_t lane) __attribute__((always_inline)) {
        const float *bias_ih = numbers + cell.bias_ih + int64_t{j} * gates, *bias_hh = numbers + cell.bias_hh + int64_t{j} * gates;
        R sums[U::sums];
#pragma GCC unroll 4
        for (int g = 0; g < gates; ++g) {
            const bool apart = U::of_input(g) != U::of_hidden(g);
            sums[U::of_input(g)] = all<N>(apart ? bias_ih[g] : bias_ih[g] + bias_hh[g]);
            if (apart) sums[U::of_hidden(g)] = all<N>(bias_hh[g]);
        }
        if (looks_up) {
#pragma GCC unroll 4
            for (int g = 0; g < gates; ++g)
                sums[U::of_input(g)] = sums[U::of_input(g)] + look_up<N>(at.table + (int64_t{j} * gates + g) * stride, tokens + lane, stride);
        } else {
            gather<gates>(cell.input, numbers, j, from + lane, sums, U::of_input);
        }
        gather<gates>(cell.hidden, numbers, j, before + lane, sums, U::of_hidden);
        float* slot = keep ? at.slot + (int64_t{t} * cell.n + j) * U::slots * kSamples + lane : nullptr;
        auto keeps = [&](int s, const R& row) {
            if constexpr (keep) store(slot + s * kSamples, row);
        };
        R h;
        if constexpr (kind == Kind::tanh) {
            h = tanh(sums[0]);
        } else if constexpr (kind == Kind::relu) {
            h = larger(all<N>(0.0f), sums[0]);  // NaN stays
        } else if constexpr (kind == Kind::gru) {
            const R r = sigmoid(sums[0]), z = sigmoid(sums[1]);
            const R n = tanh(sums[3] + r * sums[2]);
            h = n + z * (load<N>(before + int64_t{j} * kSamples + lane) - n);
            keeps(0, r);
            keeps(1, z);
            keeps(2, sums[2]);
            keeps(3, n);
        } else {
            const R i = sigmoid(sums[0]), g = tanh(sums[2]);
            keeps(0, i);
            keeps(2, g);
            const R f = sigmoid(sums[1]);
            keeps(1, f);
            R c = f * load<N>(at.memory + (int64_t{t} * cell.n + j) * kSamples + lane) + i * g;
            if (!all_active) c = c * first_lanes<N>(chunk.active[t], lane);
            store(at.memory + (int64_t{t + 1} * cell.n + j) * kSamples + lane, c);
            const R o = sigmoid(sums[3]), squashed = tanh(c);
            keeps(3, o);
            keeps(4, squashed);
            h = o * squashed;
        }
        if (!all_active) h = h * first_lanes<N>(chunk.active[t], lane);
        store(after + int64_t{j} * kSamples + lane, h);
    };
    for (int32_t j = 0; j < cell.n; ++j)
        for (int32_t lane = 0; lane < kSamples; lane += R::kLanes) unit(j, lane);
}

template <Kind kind, bool keep>
void forward(const Network& net, const float* numbers, const Chunk& chunk, const Places& at) {
    for (size_t c = 0; c < net.cells.size(); ++c) {
        const int64_t width = int64_t{net.cells[c].n} * kSamples;
        std::fill_n(at.cells[c].state, width, 0.0f);
        if (kind == Kind::lstm) std::fill_n(at.cells[c].memory, width, 0.0f);
    }
    for (int32_t t = 0; t < chunk.n_steps; ++t) {
        int32_t last_layer = -1;
        for (size_t c = 0; c < net.cells.size(); ++c) {
            const Cell& cell = net.cells[c];
            const float* from = cell.from != kOutside ? at.outputs[cell.from] + int64_t{t} * net.layer_size[cell.from] * kSamples
                                : net.looks_up(cell)  ? nullptr
                                                      : chunk.features + int64_t{t} * net.n_features * kSamples;
            forward_step<kind, keep>(net, cell, at.cells[c], numbers, chunk, from, t);
            if (at.cells_on[cell.layer] == 1) continue;
            const int64_t width = int64_t{cell.n} * kSamples;
            const float* state = at.cells[c].state + (t + 1) * width;
            float* output = at.outputs[cell.layer] + t * width;
            if (cell.layer != last_layer) std::copy_n(state, width, output);
            else
                for (int64_t k = 0; k < width; ++k) output[k] += state[k];
            last_layer = cell.layer;
        }
    }
}

// Gradient of the pre-activations of one step, into the slots, from that of the states: what is
// carried, and where `towards` is given that too.
template <Kind kind>
void unit_gradients(const Network& net, const Cell& cell, const Places::OfCell& at, const Chunk& chunk, const float* towards, int32_t t, Part* sums) {
    using U = Unit<kind>;
    constexpr int gates = U::gates, N = U::parts;
    const bool looks_up = net.looks_up(cell);
    using R = Row<N>;
    const float* before = at.state + int64_t{t} * cell.n * kSamples;
    const float* after = at.state + int64_t{t + 1} * cell.n * kSamples;
    const bool all_active = chunk.active[t] == kSamples;
    const R one = all<N>(1.0f);
    auto unit = [&](int32_t j, int32_t first) __attribute__((always_inline)) {
        const int64_t lane = int64_t{j} * kSamples + first;
        float* slot = at.slot + (int64_t{t} * cell.n + j) * U::slots * kSamples + first;
        const R active = first_lanes<N>(chunk.active[t], first);
        // Time runs backward here, which no processor expects.
        if (t > 0)
#pragma GCC unroll 5
            for (int s = 0; s < U::slots; ++s) __builtin_prefetch(slot + (s - int64_t{cell.n} * U::slots) * kSamples);
        R dh = load<N>(at.carried + lane);
        if (towards) dh = dh + load<N>(towards + lane);
        if (!all_active) dh = dh * active;
        R slots[U::sums];
        if constexpr (kind == Kind::tanh) {
            const R h = load<N>(after + lane);
            slots[0] = dh * (one - h * h);
        } else if constexpr (kind == Kind::relu) {
            slots[0] = each([](Part d, Part h) { return h > 0.0f ? d : Part{}; }, dh, load<N>(after + lane));
        } else if constexpr (kind == Kind::gru) {
            const R r = load<N>(slot), z = load<N>(slot + kSamples), hidden = load<N>(slot + 2 * kSamples), n = load<N>(slot + 3 * kSamples);
            const R of_n = dh * (one - z) * (one - n * n);
            slots[0] = of_n * hidden * r * (one - r);
            slots[1] = dh * (load<N>(before + lane) - n) * z * (one - z);
            slots[2] = of_n * r;
            slots[3] = of_n;
            store(at.carried + lane, dh * z);
        } else {
            const R i = load<N>(slot), f = load<N>(slot + kSamples), g = load<N>(slot + 2 * kSamples), o = load<N>(slot + 3 * kSamples);
            const R squashed = load<N>(slot + 4 * kSamples);
            R dc = load<N>(at.carried_memory + lane) + dh * o * (one - squashed * squashed);
            if (!all_active) dc = dc * active;
            slots[0] = dc * g * i * (one - i);
            slots[1] = dc * load<N>(at.memory + int64_t{t} * cell.n * kSamples + lane) * f * (one - f);
            slots[2] = dc * i * (one - g * g);
            slots[3] = dh * squashed * o * (one - o);
            store(at.carried_memory + lane, dc * f);
        }
#pragma GCC unroll 4
        for (int s = 0; s < U::sums; ++s) store(slot + s * kSamples, slots[s]);
        // What is not summed here `gradient` knows: the other bias of a gate has the same gradient,
        // and where tokens are looked up it is the sum of theirs.
        Part *of_ih = sums + cell.bias_ih + int64_t{j} * gates, *of_hh = sums + cell.bias_hh + int64_t{j} * gates;
        if (kind == Kind::gru && looks_up) of_hh[2] += folded(slots[2]);
        if (looks_up) return;
#pragma GCC unroll 4
        for (int s = 0; s < U::sums; ++s) {
            if (s < gates) of_hh[s] += folded(slots[s]);
            else of_ih[gates - 1] += folded(slots[s]);
        }
    };
    for (int32_t j = 0; j < cell.n; ++j)
        for (int32_t lane = 0; lane < kSamples; lane += R::kLanes) unit(j, lane);
}

// What the gradients of the targets' gates come to along the edges, a row a source: added to `to`, or
// in its place.
template <Kind kind, bool input, bool add>
void pull_back(const Block& block, const float* numbers, const float* slots, float* to) {
    using U = Unit<kind>;
    constexpr int N = U::parts;
    using R = Row<N>;
    for (int32_t i = 0; i < block.n_sources; ++i) {
        if (add && block.out_start[i] == block.out_start[i + 1]) continue;
        for (int32_t lane = 0; lane < kSamples; lane += R::kLanes) {
            R total[U::gates] = {};  // a sum a gate: one would wait for itself
            if constexpr (add) total[0] = load<N>(to + int64_t{i} * kSamples + lane);
            for (int32_t k = block.out_start[i]; k < block.out_start[i + 1]; ++k) {
                const float* weight = numbers + block.weights + int64_t{block.out_edge[k]} * U::gates;
                const float* slot = slots + int64_t{block.out_target[k]} * U::slots * kSamples + lane;
#pragma GCC unroll 4
                for (int g = 0; g < U::gates; ++g)
                    total[g] = total[g] + weight[g] * load<N>(slot + (input ? U::of_input(g) : U::of_hidden(g)) * kSamples);
            }
#pragma GCC unroll 4
            for (int g = 1; g < U::gates; ++g) total[0] = total[0] + total[g];
            store(to + int64_t{i} * kSamples + lane, total[0]);
        }
    }
}

// The gradients of the weights of a few edges to one target over a few steps: what the target's rows
// are fetched for is shared.
template <Kind kind, bool input, int n_edges>
inline void edge_gradients(const float* const* sources, int64_t x_stride, const float* slot, int64_t slot_stride,
                           int32_t steps, Part* of_edges) {
    using U = Unit<kind>;
    Part total[n_edges][U::gates];
#pragma GCC unroll 16
    for (int k = 0; k < n_edges * U::gates; ++k) total[k / U::gates][k % U::gates] = of_edges[k];
    for (int32_t t = 0; t < steps; ++t)
#pragma GCC unroll 8
        for (int p = 0; p < kParts; ++p) {
            Part gradient[U::gates];
#pragma GCC unroll 4
            for (int g = 0; g < U::gates; ++g)
                gradient[g] = load_part(slot + t * slot_stride + (input ? U::of_input(g) : U::of_hidden(g)) * kSamples + p * kWidth);
#pragma GCC unroll 4
            for (int e = 0; e < n_edges; ++e) {
                const Part x = load_part(sources[e] + t * x_stride + p * kWidth);
#pragma GCC unroll 4
                for (int g = 0; g < U::gates; ++g) total[e][g] += x * gradient[g];
            }
        }
#pragma GCC unroll 16
    for (int k = 0; k < n_edges * U::gates; ++k) of_edges[k] = total[k / U::gates][k % U::gates];
}

// Add the gradients of the weights over all steps. A few steps at a time: their rows then stay in
// the first cache, and the sums are not fetched for each.
template <Kind kind, bool input>
void weight_gradients(const Block& block, const float* x, const float* slots, int32_t n_steps, Part* sums) {
    using U = Unit<kind>;
    constexpr int32_t kBlock = 4, kEdges = 4;
    const int64_t x_stride = int64_t{block.n_sources} * kSamples, slot_stride = int64_t{block.n_targets} * U::slots * kSamples;
    for (int32_t first = 0; first < n_steps; first += kBlock) {
        const int32_t steps = std::min(kBlock, n_steps - first);
        for (int32_t j = 0; j < block.n_targets; ++j) {
            const float* slot = slots + first * slot_stride + int64_t{j} * U::slots * kSamples;
            for (int32_t e = block.start[j]; e < block.start[j + 1]; e += kEdges) {
                const float* sources[kEdges];
                const int32_t n_edges = std::min(kEdges, block.start[j + 1] - e);
                for (int32_t k = 0; k < n_edges; ++k) sources[k] = x + first * x_stride + int64_t{block.source[e + k]} * kSamples;
                Part* of_edges = sums + block.weights + int64_t{e} * U::gates;
                auto* add = n_edges == 4   ? edge_gradients<kind, input, 4>
                            : n_edges == 3 ? edge_gradients<kind, input, 3>
                            : n_edges == 2 ? edge_gradients<kind, input, 2>
                                           : edge_gradients<kind, input, 1>;
                add(sources, x_stride, slot, slot_stride, steps, of_edges);
            }
        }
    }
}

// Add the gradients of the tables: parts of rows become parts of columns, a lane each, and a lane adds
// its column to its token's.
template <Kind kind>
void table_gradients(const Network& net, const Cell& cell, const Places::OfCell& at, const Chunk& chunk) {
    using U = Unit<kind>;
    const int32_t width = net.row_width(cell), n_rows = cell.n * U::gates;
    const int64_t copy = n_copies(net) > 1 ? copy_size(net, cell) : 0;
    for (int32_t t = 0; t < chunk.n_steps; ++t) {
        const float* slots = at.slot + int64_t{t} * cell.n * U::slots * kSamples;
        const int32_t* tokens = chunk.tokens + int64_t{t} * kSamples;
        for (int32_t first = 0; first < n_rows; first += kWidth)
            for (int p = 0; p < kParts && p * kWidth < chunk.active[t]; ++p) {
                Part block[kWidth];
                for (int k = 0; k < kWidth; ++k) {
                    const int32_t row = std::min(first + k, n_rows - 1), j = row / U::gates, g = row % U::gates;
                    const Part part = load_part(slots + (int64_t{j} * U::slots + U::of_input(g)) * kSamples + p * kWidth);
                    block[k] = first + k < n_rows ? part : Part{};
                }
                transpose(block);
#pragma GCC unroll 16
                for (int k = 0; k < kWidth; ++k) {
                    // Lanes that are not active have gradients of 0.
                    float* to = at.table_sums + k % kCopies * copy + int64_t{tokens[p * kWidth + k]} * width + first;
                    store_part(to, load_part(to) + block[k]);
                }
            }
    }
}

using Whole = Row<kParts>;

// Outputs of one step, a row an output.
void read_out(const Network& net, const float* numbers, const float* units, float* logits) {
    for (int32_t o = 0; o < net.readout.n_targets; ++o) {
        Whole total = all<kParts>(numbers[net.readout_bias + o]);
        gather<1>(net.readout, numbers, o, units, &total, [](int) { return 0; });
        store(logits + int64_t{o} * kSamples, total);
    }
}

// Score the outputs of one step; with a scale, they become the gradient of scale * loss.
void judge(const Network& net, const Chunk& chunk, int32_t t, const float* scale, float* logits, Score& score) {
    const int32_t n = net.readout.n_targets;
    if (chunk.target == Target::value) {
        for (int32_t k = 0; k < kSamples; ++k) {
            const float off = k < chunk.n_rows ? logits[k] - chunk.values[k] : 0.0f;
            score.loss += static_cast<double>(off) * off;
            if (scale) logits[k] = 2 * *scale * off;
        }
        if (scale) std::fill_n(logits + kSamples, int64_t{n - 1} * kSamples, 0.0f);
        return;
    }
    const int32_t* classes = chunk.classes + (chunk.target == Target::step_class ? int64_t{t} * kSamples : 0);
    float top[kSamples], chosen[kSamples], sums[kSamples], labels[kSamples], weight[kSamples];
    Whole most = load<kParts>(logits), best = all<kParts>(0.0f), total = all<kParts>(0.0f);
    for (int32_t o = 1; o < n; ++o) {
        const Whole here = load<kParts>(logits + int64_t{o} * kSamples), label = all<kParts>(static_cast<float>(o));
        best = each([](Part h, Part m, Part b, Part l) { return h > m ? l : b; }, here, most, best, label);
        most = larger(here, most);
    }
    for (int32_t k = 0; k < kSamples; ++k) {
        const int32_t c = k < chunk.n_rows ? classes[k] : -1;
        weight[k] = c < 0 || !scale ? 0.0f : *scale;
        chosen[k] = c < 0 ? 0.0f : logits[int64_t{c} * kSamples + k];
    }
    for (int32_t o = 0; o < n; ++o) {
        const Whole share = exp(load<kParts>(logits + int64_t{o} * kSamples) - most);
        total = total + share;
        if (scale) store(logits + int64_t{o} * kSamples, share);
    }
    store(top, most);
    store(sums, total);
    store(labels, best);
    for (int32_t k = 0; k < chunk.n_rows; ++k) {
        if (classes[k] < 0) continue;
        score.loss += std::log(sums[k]) + (top[k] - chosen[k]);
        score.n_right += static_cast<int32_t>(labels[k]) == classes[k];
    }
    if (!scale) return;
    const Whole factor = each([](Part w, Part s) { return w / s; }, load<kParts>(weight), total);
    for (int32_t o = 0; o < n; ++o)
        store(logits + int64_t{o} * kSamples, factor * load<kParts>(logits + int64_t{o} * kSamples));
    for (int32_t k = 0; k < chunk.n_rows; ++k)
        if (classes[k] >= 0) logits[int64_t{classes[k]} * kSamples + k] -= weight[k];
}

template <Kind kind>
void learn(const Network& net, const float* numbers, const Chunk& chunk, float scale, Scratch& scratch, Score& score) {
    const Places at = places(net, chunk.n_steps, true, scratch);
    forward<kind, true>(net, numbers, chunk, at);
    const int32_t last = static_cast<int32_t>(net.layer_size.size()) - 1, n_outputs = net.readout.n_targets;
    const int64_t width = int64_t{net.layer_size[last]} * kSamples;
    const bool each_step = chunk.target == Target::step_class;
    const int32_t first_read = each_step ? 0 : chunk.n_steps - 1;
    for (int32_t t = first_read; t < chunk.n_steps; ++t) {
        float* logits = at.logits + int64_t{t - first_read} * n_outputs * kSamples;
        read_out(net, numbers, at.outputs[last] + t * width, logits);
        judge(net, chunk, t, &scale, logits, score);
        for (int32_t o = 0; o < n_outputs; ++o)
            at.sums[net.readout_bias + o] += folded(load<kParts>(logits + int64_t{o} * kSamples));
    }
    weight_gradients<Kind::tanh, false>(net.readout, at.outputs[last] + first_read * width, at.logits, chunk.n_steps - first_read, at.sums);
    for (size_t c = 0; c < net.cells.size(); ++c) {
        std::fill_n(at.cells[c].carried, int64_t{net.cells[c].n} * kSamples, 0.0f);
        if (kind == Kind::lstm) std::fill_n(at.cells[c].carried_memory, int64_t{net.cells[c].n} * kSamples, 0.0f);
    }
    for (int32_t t = chunk.n_steps - 1; t >= 0; --t) {
        for (int32_t layer = 0; layer < last; ++layer)
            std::fill_n(at.towards[layer], int64_t{net.layer_size[layer]} * kSamples, 0.0f);
        if (t >= first_read)
            pull_back<Kind::tanh, false, false>(net.readout, numbers, at.logits + int64_t{t - first_read} * n_outputs * kSamples, at.towards[last]);
        for (size_t c = net.cells.size(); c-- > 0;) {
            const Cell& cell = net.cells[c];
            const float* slots = at.cells[c].slot + int64_t{t} * cell.n * Unit<kind>::slots * kSamples;
            // Nothing reads the last layer but the outputs.
            const float* towards = cell.layer < last || t >= first_read ? at.towards[cell.layer] : nullptr;
            unit_gradients<kind>(net, cell, at.cells[c], chunk, towards, t, at.sums);
            // A GRU has put there what its update gate lets through.
            if (t > 0) pull_back<kind, false, kind == Kind::gru>(cell.hidden, numbers, slots, at.cells[c].carried);
            if (cell.from != kOutside) pull_back<kind, true, true>(cell.input, numbers, slots, at.towards[cell.from]);
        }
    }
    for (size_t c = 0; c < net.cells.size(); ++c) {
        const Cell& cell = net.cells[c];
        weight_gradients<kind, false>(cell.hidden, at.cells[c].state, at.cells[c].slot, chunk.n_steps, at.sums);
        if (net.looks_up(cell)) table_gradients<kind>(net, cell, at.cells[c], chunk);
        else weight_gradients<kind, true>(cell.input, cell.from == kOutside ? chunk.features : at.outputs[cell.from], at.cells[c].slot, chunk.n_steps, at.sums);
    }
}

template <Kind kind>
void score(const Network& net, const float* numbers, const Chunk& chunk, Scratch& scratch, Score& score, float* most) {
    const Places at = places(net, chunk.n_steps, false, scratch);
    forward<kind, false>(net, numbers, chunk, at);
    const size_t last = net.layer_size.size() - 1;
    const int64_t width = int64_t{net.layer_size[last]} * kSamples;
    for (int32_t t = chunk.target == Target::step_class ? 0 : chunk.n_steps - 1; t < chunk.n_steps; ++t) {
        read_out(net, numbers, at.outputs[last] + t * width, at.logits);
        judge(net, chunk, t, nullptr, at.logits, score);
    }
    if (!most) return;
    for (size_t c = 0; c < net.cells.size(); ++c)
        for (int32_t j = 0; j < net.cells[c].n; ++j, ++most) {
            Whole far = all<kParts>(*most);
            for (int32_t t = 1; t <= chunk.n_steps; ++t) {
                const Whole h = load<kParts>(at.cells[c].state + (int64_t{t} * net.cells[c].n + j) * kSamples);
                far = larger(larger(h, all<kParts>(0.0f) - h), far);
            }
            float lanes[kSamples];
            store(lanes, far);
            *most = *std::max_element(lanes, lanes + kSamples);
        }
}

// The table that a cell looks tokens up in, from the weights: (row, token) instead of (token, row).
void prepare(const Network& net, const float* numbers, Scratch& scratch) {
    const Places at = places(net, 0, false, scratch);
    const int gates = n_gates(net.kind);
    const int32_t stride = table_stride(net.n_tokens);
    for (size_t c = 0; c < net.cells.size(); ++c) {
        const Cell& cell = net.cells[c];
        if (!net.looks_up(cell)) continue;
        float* table = const_cast<float*>(at.cells[c].table);
        if (!net.embeds()) {
            const int32_t width = net.row_width(cell);
            for (int32_t v = 0; v < net.n_tokens; ++v)
                for (int32_t r = 0; r < cell.n * gates; ++r) table[int64_t{r} * stride + v] = numbers[cell.table + int64_t{v} * width + r];
            continue;
        }
        std::fill_n(table, int64_t{cell.n} * gates * stride, 0.0f);
        for (int32_t j = 0; j < cell.n; ++j)
            for (int32_t e = cell.input.start[j]; e < cell.input.start[j + 1]; ++e)
                for (int g = 0; g < gates; ++g) {
                    const float weight = numbers[cell.input.weights + int64_t{e} * gates + g];
                    float* row = table + (int64_t{j} * gates + g) * stride;
                    for (int32_t v = 0; v < net.n_tokens; ++v)
                        row[v] += weight * numbers[net.embedding + int64_t{v} * net.n_features + cell.input.source[e]];
                }
    }
}

void gradient(const Network& net, const float* numbers, Scratch& scratch, float* to) {
    const Places at = places(net, 0, false, scratch);
    const int gates = n_gates(net.kind);
    std::fill_n(to, net.n_numbers, 0.0f);
    for (int64_t k = 0; k < net.n_summed; ++k) to[k] = sum(at.sums[k]);
    std::fill_n(reinterpret_cast<float*>(at.sums), net.n_summed * kWidth, 0.0f);
    for (size_t c = 0; c < net.cells.size(); ++c) {
        const Cell& cell = net.cells[c];
        // The biases of a gate have the same gradient, but for the hidden part of a GRU's n.
        auto same = [&](const float* from, float* copy) {
            for (int64_t k = 0; k < int64_t{cell.n} * gates; ++k)
                if (net.kind != Kind::gru || k % 3 != 2) copy[k] = from[k];
        };
        if (!net.looks_up(cell)) {
            same(to + cell.bias_hh, to + cell.bias_ih);
            continue;
        }
        const int32_t width = net.row_width(cell);
        const int64_t size = copy_size(net, cell);
        float* sums = at.cells[c].table_sums;
        for (int copy = 1; copy < n_copies(net); ++copy)
            for (int64_t k = 0; k < size; ++k) sums[k] += sums[copy * size + k];
        for (int32_t v = 0; v < net.n_tokens; ++v)
            for (int64_t k = 0; k < int64_t{cell.n} * gates; ++k) to[cell.bias_ih + k] += sums[int64_t{v} * width + k];
        same(to + cell.bias_ih, to + cell.bias_hh);
        if (!net.embeds()) {
            std::copy_n(sums, size, to + cell.table);
        } else {
            for (int32_t j = 0; j < cell.n; ++j)
                for (int32_t e = cell.input.start[j]; e < cell.input.start[j + 1]; ++e)
                    for (int g = 0; g < gates; ++g) {
                        const int64_t at_weight = cell.input.weights + int64_t{e} * gates + g;
                        float total = 0;
                        for (int32_t v = 0; v < net.n_tokens; ++v) {
                            const int64_t at_feature = net.embedding + int64_t{v} * net.n_features + cell.input.source[e];
                            const float of_row = sums[int64_t{v} * width + j * gates + g];
                            total += of_row * numbers[at_feature];
                            to[at_feature] += of_row * numbers[at_weight];
                        }
                        to[at_weight] = total;
                    }
        }
        std::fill_n(sums, n_copies(net) * size, 0.0f);
    }
    if (!net.live.empty())
        for (int64_t k = 0; k < net.n_numbers; ++k) to[k] *= net.live[k];
}

}  // namespace

void scan_learn(const Network& net, const float* numbers, const Chunk& chunk, float scale, Scratch& scratch, Score& to) {
    switch (net.kind) {
        case Kind::tanh: return learn<Kind::tanh>(net, numbers, chunk, scale, scratch, to);
        case Kind::relu: return learn<Kind::relu>(net, numbers, chunk, scale, scratch, to);
        case Kind::gru: return learn<Kind::gru>(net, numbers, chunk, scale, scratch, to);
        case Kind::lstm: return learn<Kind::lstm>(net, numbers, chunk, scale, scratch, to);
    }
}

void scan_score(const Network& net, const float* numbers, const Chunk& chunk, Scratch& scratch, Score& to, float* most) {
    switch (net.kind) {
        case Kind::tanh: return score<Kind::tanh>(net, numbers, chunk, scratch, to, most);
        case Kind::relu: return score<Kind::relu>(net, numbers, chunk, scratch, to, most);
        case Kind::gru: return score<Kind::gru>(net, numbers, chunk, scratch, to, most);
        case Kind::lstm: return score<Kind::lstm>(net, numbers, chunk, scratch, to, most);
    }
}

extern const Scan scan = {prepare, scan_learn, gradient, scan_score};

}  // namespace rnngraph::RNNGRAPH_ISA
