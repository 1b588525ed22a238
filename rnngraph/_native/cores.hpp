// The k-cores that nodes are in.
#pragma once

#include <vector>

#include "graph.hpp"

namespace rnngraph {

// Largest k such that a node is in the k-core, by in-degree + out-degree.
void core_numbers(const Graph& g, std::vector<int64_t>& cores);

}  // namespace rnngraph
