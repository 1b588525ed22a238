// The columns that one pass over a graph yields: their names, and their values.
//
// Each definition is that of the Python function of the same name in rnngraph/metrics, which is
// the oracle of the tests. NaN: the metric does not exist for the graph. Infinity: it is not found
// by this way, and the Python function has to say.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "graph.hpp"
#include "paths.hpp"

namespace rnngraph {

// What has to be computed for a column.
enum Group : uint32_t {
    kSize = 0,  // next to nothing
    kComponents = 1,
    kDistances = 2,
    kCounts = 4,  // with kDistances: path counts too
    kTriads = 8,
    kCores = 16,
    kCommunities = 32,
    kRanking = 64,
    kRadius = 128,
    kMixing = 256,
};

// Distances, and with `counts` betweenness, by the fastest way for the graph.
void shortest_paths(const Graph& g, bool counts, int threads, const std::atomic<bool>& stop,
                    Paths& to);

struct Column {
    std::string name;
    uint32_t groups;
};
const std::vector<Column>& columns();

// One row: columns() doubles, NaN where `groups` does not ask for a column.
void measure(const uint8_t* adjacency, int32_t n, uint32_t groups, int threads,
             const std::atomic<bool>& stop, double* row);

}  // namespace rnngraph
