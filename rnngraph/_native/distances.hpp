// Distances between all pairs, summed as in Paths, without path counts.
#pragma once

#include "graph.hpp"
#include "paths.hpp"

namespace rnngraph {

// Fills all of a cleared Paths but the betweenness. False if paths are too long for this way:
// clear it again and take another.
using DistancesOf = bool (*)(const Graph&, Paths&);

}  // namespace rnngraph
