// Where walks along the edges come to, in the long run: Perron vectors and PageRank.
#pragma once

#include <vector>

#include "graph.hpp"

namespace rnngraph {

// The greatest eigenvalue of a strong component of two nodes or more, and in `scores`, in the order
// of `members`, its eigenvector, of no set length. Infinity where the iteration is too slow (long
// cycles). labels[v] is the component of node v.
using PerronRootOf = double (*)(const Graph&, const std::vector<int32_t>& labels,
                                const std::vector<int32_t>& members, std::vector<double>& scores);

// PageRank with damping 0.85; a node without out-edges passes its rank to all nodes alike.
using PagerankOf = void (*)(const Graph&, std::vector<double>& rank);

}  // namespace rnngraph
