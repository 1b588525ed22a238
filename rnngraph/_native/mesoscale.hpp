// Cores and communities.
#pragma once

#include <vector>

#include "graph.hpp"

namespace rnngraph {

// Largest k such that a node is in the k-core, by in-degree + out-degree.
void core_numbers(const Graph& g, std::vector<int64_t>& cores);

// Louvain's communities on directed modularity: labels 0 .. k - 1 in order of their first node.
// No random number is drawn and gains are integers: nodes move in index order, then those whose
// neighbourhood changed, targets before sources; ties stay at home or go to the community with the
// lowest label, and labels are compacted when every node was visited once.
void communities(const Graph& g, std::vector<int32_t>& labels);

// m^2 times the modularity of a partition.
double modularity(const Graph& g, const std::vector<int32_t>& labels);

}  // namespace rnngraph
