#include "communities.hpp"

namespace rnngraph {

double modularity(const Graph& g, const std::vector<int32_t>& labels) {
    std::vector<int64_t> out(g.n, 0), in(g.n, 0);
    int64_t within = 0;
    for (int32_t i = 0; i < g.n; ++i) {
        out[labels[i]] += g.out_degree(i);
        in[labels[i]] += g.in_degree(i);
        for (int64_t e = g.out_start[i]; e < g.out_start[i + 1]; ++e)
            within += labels[g.targets[e]] == labels[i];
    }
    __int128 total = static_cast<__int128>(g.m) * within;
    for (int32_t c = 0; c < g.n; ++c) total -= static_cast<__int128>(out[c]) * in[c];
    return static_cast<double>(total);
}

}  // namespace rnngraph
