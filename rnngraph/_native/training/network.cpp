#include "training/network.hpp"

#include <algorithm>
#include <stdexcept>

namespace rnngraph {

Kind kind_of(const std::string& name) {
    static const char* const names[] = {"tanh", "relu", "gru", "lstm"};
    for (int k = 0; k < 4; ++k)
        if (name == names[k]) return static_cast<Kind>(k);
    throw std::invalid_argument("no such cell: " + name);
}

void Block::read(const uint8_t* pattern, int32_t targets, int32_t sources) {
    n_targets = targets;
    n_sources = sources;
    start.assign(1, 0);
    source.clear();
    out_start.assign(sources + 1, 0);
    for (int32_t j = 0; j < targets; ++j) {
        for (int32_t i = 0; i < sources; ++i)
            if (pattern[static_cast<int64_t>(j) * sources + i]) {
                source.push_back(i);
                ++out_start[i + 1];
            }
        start.push_back(static_cast<int32_t>(source.size()));
    }
    for (int32_t i = 0; i < sources; ++i) out_start[i + 1] += out_start[i];
    out_target.resize(source.size());
    out_edge.resize(source.size());
    std::vector<int32_t> next(out_start.begin(), out_start.end() - 1);
    for (int32_t j = 0; j < targets; ++j)
        for (int32_t e = start[j]; e < start[j + 1]; ++e) {
            const int32_t place = next[source[e]]++;
            out_target[place] = j;
            out_edge[place] = e;
        }
}

void Network::lay_out() {
    const int gates = n_gates(kind);
    int64_t next = 0;
    auto take = [&](int64_t numbers) {
        const int64_t place = next;
        next += numbers;
        return place;
    };
    for (Cell& cell : cells) {
        cell.input.weights = take(cell.input.n_edges() * gates);
        cell.hidden.weights = take(cell.hidden.n_edges() * gates);
        cell.bias_ih = take(int64_t{cell.n} * gates);
        cell.bias_hh = take(int64_t{cell.n} * gates);
    }
    readout.weights = take(readout.n_edges());
    readout_bias = take(readout.n_targets);
    n_summed = next;
    next = (next + 15) / 16 * 16;
    embedding = take(embeds() ? int64_t{n_tokens} * n_features : 0);
    next = (next + 15) / 16 * 16;
    for (Cell& cell : cells)
        if (looks_up(cell) && !embeds()) cell.table = take(int64_t{n_tokens} * row_width(cell));
    n_numbers = next;
}

namespace {

// Calls each(number, weight) for every number of the network and its place in the dense `weights`.
template <class Each>
void walk(const Network& net, Each each) {
    const int gates = n_gates(net.kind);
    size_t array = 0;
    auto block = [&](const Block& b, int at_edge) {
        for (int32_t j = 0; j < b.n_targets; ++j)
            for (int32_t e = b.start[j]; e < b.start[j + 1]; ++e)
                for (int g = 0; g < at_edge; ++g)
                    each(b.weights + int64_t{e} * at_edge + g, array,
                         (int64_t{g} * b.n_targets + j) * b.n_sources + b.source[e]);
        ++array;
    };
    auto bias = [&](int64_t first, int32_t n, int at_unit) {
        for (int32_t j = 0; j < n; ++j)
            for (int g = 0; g < at_unit; ++g) each(first + int64_t{j} * at_unit + g, array, int64_t{g} * n + j);
        ++array;
    };
    for (const Cell& cell : net.cells) {
        if (net.looks_up(cell) && !net.embeds()) {
            const int32_t width = net.row_width(cell);
            for (int32_t v = 0; v < net.n_tokens; ++v)
                for (int32_t j = 0; j < cell.n; ++j)
                    for (int g = 0; g < gates; ++g)
                        each(cell.table + int64_t{v} * width + j * gates + g, array,
                             (int64_t{g} * cell.n + j) * net.n_tokens + v);
            ++array;
        } else {
            block(cell.input, gates);
        }
        block(cell.hidden, gates);
        bias(cell.bias_ih, cell.n, gates);
        bias(cell.bias_hh, cell.n, gates);
    }
    if (net.embeds()) {
        for (int64_t k = 0; k < int64_t{net.n_tokens} * net.n_features; ++k) each(net.embedding + k, array, k);
        ++array;
    }
    block(net.readout, 1);
    bias(net.readout_bias, net.readout.n_targets, 1);
}

}  // namespace

void Network::pack(const std::vector<const float*>& weights, float* numbers) const {
    std::fill_n(numbers, n_numbers, 0.0f);
    walk(*this, [&](int64_t number, size_t array, int64_t at) { numbers[number] = weights[array][at]; });
}

void Network::unpack(const float* numbers, const std::vector<float*>& weights) const {
    walk(*this, [&](int64_t number, size_t array, int64_t at) { weights[array][at] = numbers[number]; });
}

}  // namespace rnngraph
