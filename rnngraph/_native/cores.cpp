#include "cores.hpp"

#include <algorithm>
#include <limits>

namespace rnngraph {

// Nodes go, least degree first (Matula & Beck 1983, doi:10.1145/2402.322385), all of one core before
// the next: a core's first ones are looked for among all nodes, the others met as their neighbours go.
void core_numbers(const Graph& g, std::vector<int64_t>& cores) {
    constexpr int32_t kGone = std::numeric_limits<int32_t>::max();
    const int32_t n = g.n;
    std::vector<int32_t> degree(n), going(n + 1);  // one place to write in vain
    for (int32_t i = 0; i < n; ++i) degree[i] = static_cast<int32_t>(g.in_degree(i) + g.out_degree(i));
    cores.resize(n);
    for (int32_t left = n; left > 0;) {
        const int32_t k = *std::min_element(degree.begin(), degree.end());
        int32_t count = 0;
        // Written always, kept if its degree is k: a branch here could not be foretold.
        auto goes_at_k = [&](int32_t u) {
            going[count] = u;
            count += degree[u] == k;
        };
        auto lose = [&](int32_t u) {
            --degree[u];
            goes_at_k(u);
        };
        for (int32_t i = 0; i < n; ++i) goes_at_k(i);
        for (int32_t next = 0; next < count; ++next) {
            const int32_t v = going[next];
            cores[v] = k;
            degree[v] = kGone;
            for (int64_t e = g.out_start[v]; e < g.out_start[v + 1]; ++e) lose(g.targets[e]);
            for (int64_t e = g.in_start[v]; e < g.in_start[v + 1]; ++e) lose(g.sources[e]);
        }
        left -= count;
    }
}

}  // namespace rnngraph
