// Groups of nodes with more edges within than their degrees let expect.
#pragma once

#include <vector>

#include "graph.hpp"

namespace rnngraph {

// Louvain's communities on directed modularity: labels 0 .. k - 1 in order of their first node.
// No random number is drawn and gains are whole numbers: nodes move in index order, then those whose
// neighbourhood changed, targets before sources; ties stay at home or go to the community with the
// lowest label. Labels are compacted when every node has left its own community or stayed, and when none
// gains any more.
using CommunitiesOf = void (*)(const Graph&, std::vector<int32_t>&);

// m^2 times the modularity of a partition.
double modularity(const Graph& g, const std::vector<int32_t>& labels);

}  // namespace rnngraph
