// A directed graph in compressed rows, both ways, without self-loops.
#pragma once

#include <cstdint>
#include <vector>

namespace rnngraph {

struct Graph {
    int32_t n = 0;
    int64_t m = 0;
    // Out-edges of i: targets[out_start[i]] .. targets[out_start[i + 1]], ascending, so that the
    // position of an edge is its rank in row-major order of the adjacency. In-edges alike.
    std::vector<int64_t> out_start, in_start;
    std::vector<int32_t> targets, sources;
    // Out-edges as bits: word w of row i is out_bits[i * words + w].
    int64_t words = 0;
    std::vector<uint64_t> out_bits;

    int64_t out_degree(int32_t i) const { return out_start[i + 1] - out_start[i]; }
    int64_t in_degree(int32_t i) const { return in_start[i + 1] - in_start[i]; }

    // Read n x n bytes, nonzero = edge i -> j; the vectors keep their memory between graphs.
    void read(const uint8_t* adjacency, int32_t size);
};

// Row-major n x n bytes as bits, a row of ceil(n / 64) words a node: bit j of row i, whether byte j is
// not 0. Bits beyond n are 0.
using OutBits = void (*)(const uint8_t* adjacency, int32_t n, uint64_t* bits);

}  // namespace rnngraph
