// What a recurrent network is to the core: cells on layers, weights only at edges, all numbers of it
// in one vector.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rnngraph {

enum class Kind : int32_t { tanh, relu, gru, lstm };
Kind kind_of(const std::string& name);

// Gates of a unit: parts of its pre-activation, in torch's order.
constexpr int n_gates(Kind kind) {
    return kind == Kind::gru ? 3 : kind == Kind::lstm ? 4 : 1;
}

// Weights from some units to others. All gates of a target share the sources; the weights of edge e
// are numbers weights + e * gates, ... of the network.
struct Block {
    int32_t n_sources = 0, n_targets = 0;
    std::vector<int32_t> start, source;                    // by target
    std::vector<int32_t> out_start, out_target, out_edge;  // by source
    int64_t weights = 0;

    int64_t n_edges() const { return static_cast<int64_t>(source.size()); }
    // pattern: n_targets x n_sources, nonzero = edge.
    void read(const uint8_t* pattern, int32_t targets, int32_t sources);
};

constexpr int32_t kOutside = -1;

// Units with a state of their own. They read the units of a layer at the same step, or what comes
// in from outside, and add their state to the layer that they are on.
struct Cell {
    int32_t n = 0, from = kOutside, layer = 0;
    Block input, hidden;
    int64_t bias_ih = 0, bias_hh = 0;  // of unit j: n_gates at bias + j * n_gates
    int64_t table = 0;                 // weights of tokens, when nothing embeds them: see Network
};

struct Network {
    Kind kind = Kind::tanh;
    // Tokens come in (n_tokens > 0), embedded in n_features numbers or, if that is 0, straight into
    // the gates; or else n_features numbers do.
    int32_t n_tokens = 0, n_features = 0;
    std::vector<int32_t> layer_size;
    std::vector<Cell> cells;      // in the order in which they are computed
    Block readout;                // from the last layer
    int64_t readout_bias = 0;
    // Numbers below n_summed are weights of edges and biases. Then come the embedding, token by
    // token, and for each cell that tokens go straight into, token by token, the weights of its gates,
    // padded to row_width(cell).
    int64_t n_summed = 0, embedding = 0, n_numbers = 0;
    std::vector<float> live;  // of each number 0 if it is masked; empty if none is

    bool embeds() const { return n_tokens > 0 && n_features > 0; }
    bool looks_up(const Cell& cell) const { return cell.from == kOutside && n_tokens > 0; }
    int32_t row_width(const Cell& cell) const { return (cell.n * n_gates(kind) + 15) / 16 * 16; }

    // Give every number its place; the cells and blocks stand.
    void lay_out();
    // `weights`: for each cell input (gates, n, sources), hidden (gates, n, n), bias_ih (gates, n)
    // and bias_hh; then the embedding (tokens, features) if there is one, readout weight and bias.
    // Numbers at no edge are left out of `numbers`, and 0 when they come back.
    void pack(const std::vector<const float*>& weights, float* numbers) const;
    void unpack(const float* numbers, const std::vector<float*>& weights) const;
};

}  // namespace rnngraph
