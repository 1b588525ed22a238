#include "graph.hpp"

#include <algorithm>

#include "dispatch.hpp"

namespace rnngraph {

void Graph::read(const uint8_t* adjacency, int32_t size) {
    n = size;
    words = (n + 63) / 64;
    out_bits.resize(n * words);
    kernels().out_bits(adjacency, n, out_bits.data());
    out_start.resize(n + 1);
    out_start[0] = 0;
    for (int32_t i = 0; i < n; ++i) {
        uint64_t* bits = &out_bits[i * words];
        bits[i / 64] &= ~(uint64_t{1} << (i % 64));
        int64_t degree = 0;
        for (int64_t w = 0; w < words; ++w) degree += __builtin_popcountll(bits[w]);
        out_start[i + 1] = out_start[i] + degree;
    }
    m = out_start[n];
    targets.resize(m);
    sources.resize(m);
    in_start.assign(n + 1, 0);
    int32_t* target = targets.data();
    for (int32_t i = 0; i < n; ++i)
        for (int64_t w = 0; w < words; ++w)
            for (uint64_t left = out_bits[i * words + w]; left; left &= left - 1) {
                *target = static_cast<int32_t>(w * 64 + __builtin_ctzll(left));
                ++in_start[*target++ + 1];
            }
    for (int32_t i = 0; i < n; ++i) in_start[i + 1] += in_start[i];
    // Fill each row of in-edges from its start; the starts then stand one row further.
    for (int32_t i = 0; i < n; ++i)
        for (int64_t e = out_start[i]; e < out_start[i + 1]; ++e) sources[in_start[targets[e]]++] = i;
    std::copy_backward(in_start.begin(), in_start.end() - 1, in_start.end());
    in_start[0] = 0;
}

}  // namespace rnngraph
