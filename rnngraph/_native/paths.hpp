// Shortest paths from every node at once: distances, how many paths, and what they pass.
#pragma once

#include <atomic>
#include <vector>

#include "graph.hpp"

namespace rnngraph {

// Sums over the ordered pairs i != j with a path i -> j. "out" runs over j, "in" over i.
struct Paths {
    std::vector<int64_t> reached_out, reached_in;    // (n,) nodes
    std::vector<int64_t> total_out, total_in;        // (n,) sums of distances
    std::vector<double> inverse_out, inverse_in;     // (n,) sums of 1 / distance
    std::vector<int32_t> eccentricity;               // (n,) longest distance from i, 0 if none
    std::vector<int64_t> lengths;                    // lengths[d]: pairs at distance d
    std::vector<double> betweenness;                 // (n,) pairs that pass a node, by share
    std::vector<double> edge_betweenness;            // (m,) pairs that use an edge, by share

    void clear(const Graph& graph, bool counts);
    void add(const Paths& part);
};

// Sources are worked through in chunks whose bounds do not depend on the number of threads, and
// their sums are added in order: the result has the same bits on one core and on many. `counts`
// asks for betweenness too. `stop` ends the work early; the result is then of no use.
using PathsOf = void (*)(const Graph&, bool counts, int threads, const std::atomic<bool>& stop,
                         Paths&);

}  // namespace rnngraph
