// Strong components, and the spectral radius, which is the greatest of theirs.
#pragma once

#include <vector>

#include "graph.hpp"

namespace rnngraph {

// Label of each node's strongly connected component, 0 .. k - 1; returns k.
int32_t strong_components(const Graph& g, std::vector<int32_t>& labels);

// The same when direction is dropped.
int32_t weak_components(const Graph& g, std::vector<int32_t>& labels);

// Spectral radius of the adjacency; exactly 0 without cycles. Infinity where the iteration is too
// slow (long cycles): LAPACK has to say. `eigenvector` is the one that walks along the edges come to, of
// unit length; empty without cycles, or where walks take too long to come to one.
double spectral_radius(const Graph& g, const std::vector<int32_t>& labels, int32_t n_labels,
                       std::vector<double>& eigenvector);

}  // namespace rnngraph
