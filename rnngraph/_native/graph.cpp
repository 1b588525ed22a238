#include "graph.hpp"

#include <algorithm>
#include <cstring>

namespace rnngraph {

namespace {

// Bit k of the result: whether byte k of the eight is not 0.
uint64_t nonzero_bytes(const uint8_t* bytes) {
    constexpr uint64_t kLow = 0x7f7f7f7f7f7f7f7f;
    uint64_t eight;
    std::memcpy(&eight, bytes, 8);
    const uint64_t high = (((eight & kLow) + kLow) | eight) & ~kLow;
    return (high >> 7) * 0x0102040810204080 >> 56;
}

}  // namespace

void Graph::read(const uint8_t* adjacency, int32_t size) {
    n = size;
    words = (n + 63) / 64;
    out_bits.assign(n * words, 0);
    out_start.resize(n + 1);
    out_start[0] = 0;
    for (int32_t i = 0; i < n; ++i) {
        const uint8_t* row = adjacency + static_cast<int64_t>(i) * n;
        uint64_t* bits = &out_bits[i * words];
        int32_t j = 0;
        for (; j + 8 <= n; j += 8) bits[j / 64] |= nonzero_bytes(row + j) << (j % 64);
        for (; j < n; ++j) bits[j / 64] |= uint64_t{row[j] != 0} << (j % 64);
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
