// Who is joined to whom among three nodes: triangles of each node, and the triad census.
#pragma once

#include <array>
#include <vector>

#include "graph.hpp"

namespace rnngraph {

struct Triads {
    // Fagiolo's directed triangles through each node, (n,).
    std::vector<int64_t> cycle, middleman, in, out;
    std::vector<int64_t> mutual;            // (n,) neighbours joined both ways
    std::array<int64_t, 16> census{};       // in the order of networkx: 003, 012, 102, 021D, ...
};

using TriadsOf = void (*)(const Graph&, Triads&);

}  // namespace rnngraph
