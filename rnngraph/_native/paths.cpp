#include "paths.hpp"

#include <algorithm>

namespace rnngraph {

void Paths::clear(const Graph& g, bool counts) {
    for (auto* sums : {&reached_out, &reached_in, &total_out, &total_in}) sums->assign(g.n, 0);
    inverse_out.assign(g.n, 0);
    inverse_in.assign(g.n, 0);
    eccentricity.assign(g.n, 0);
    lengths.assign(1, 0);
    betweenness.assign(counts ? g.n : 0, 0);
    edge_betweenness.assign(counts ? g.m : 0, 0);
}

namespace {

template <class T>
void plus(std::vector<T>& to, const std::vector<T>& part) {
    for (size_t k = 0; k < part.size(); ++k) to[k] += part[k];
}

}  // namespace

void Paths::add(const Paths& part) {
    plus(reached_out, part.reached_out);
    plus(reached_in, part.reached_in);
    plus(total_out, part.total_out);
    plus(total_in, part.total_in);
    plus(inverse_out, part.inverse_out);
    plus(inverse_in, part.inverse_in);
    plus(eccentricity, part.eccentricity);  // each source is in one part, 0 in the others
    if (lengths.size() < part.lengths.size()) lengths.resize(part.lengths.size());
    plus(lengths, part.lengths);
    plus(betweenness, part.betweenness);
    plus(edge_betweenness, part.edge_betweenness);
}

}  // namespace rnngraph
