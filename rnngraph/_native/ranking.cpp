#include "ranking.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace rnngraph {

// Tarjan (1972), SIAM J. Comput. 1, 146-160, with a stack of its own instead of recursion.
int32_t strong_components(const Graph& g, std::vector<int32_t>& labels) {
    const int32_t n = g.n;
    labels.assign(n, -1);
    std::vector<int32_t> number(n, -1), low(n), open, path;
    std::vector<int64_t> next(g.out_start.begin(), g.out_start.end() - 1);
    int32_t counter = 0, n_labels = 0;
    for (int32_t root = 0; root < n; ++root) {
        if (number[root] >= 0) continue;
        path.push_back(root);
        while (!path.empty()) {
            const int32_t v = path.back();
            if (number[v] < 0) {
                number[v] = low[v] = counter++;
                open.push_back(v);
            }
            bool deeper = false;
            while (next[v] < g.out_start[v + 1]) {
                const int32_t t = g.targets[next[v]++];
                if (number[t] < 0) {
                    path.push_back(t);
                    deeper = true;
                    break;
                }
                if (labels[t] < 0) low[v] = std::min(low[v], number[t]);
            }
            if (deeper) continue;
            path.pop_back();
            if (!path.empty()) low[path.back()] = std::min(low[path.back()], low[v]);
            if (low[v] != number[v]) continue;
            while (true) {
                const int32_t member = open.back();
                open.pop_back();
                labels[member] = n_labels;
                if (member == v) break;
            }
            ++n_labels;
        }
    }
    return n_labels;
}

int32_t weak_components(const Graph& g, std::vector<int32_t>& labels) {
    labels.assign(g.n, -1);
    std::vector<int32_t> open;
    int32_t n_labels = 0;
    for (int32_t root = 0; root < g.n; ++root) {
        if (labels[root] >= 0) continue;
        labels[root] = n_labels;
        open.push_back(root);
        while (!open.empty()) {
            const int32_t v = open.back();
            open.pop_back();
            auto visit = [&](int32_t t) {
                if (labels[t] >= 0) return;
                labels[t] = n_labels;
                open.push_back(t);
            };
            for (int64_t e = g.out_start[v]; e < g.out_start[v + 1]; ++e) visit(g.targets[e]);
            for (int64_t e = g.in_start[v]; e < g.in_start[v + 1]; ++e) visit(g.sources[e]);
        }
        ++n_labels;
    }
    return n_labels;
}

// Power iteration on the component's adjacency + I, which is primitive; the ratios of one step
// bracket the root (Collatz 1942, Wielandt 1950), so it stops at a proven error.
static double perron_root(const Graph& g, const std::vector<int32_t>& labels,
                          const std::vector<int32_t>& members) {
    constexpr double kTolerance = 1e-12, kUnderflow = 1e-250;
    constexpr int kMostSteps = 500;
    const auto size = static_cast<int32_t>(members.size());
    std::vector<int32_t> place(g.n, -1), targets;
    std::vector<int64_t> start(size + 1, 0);
    for (int32_t k = 0; k < size; ++k) place[members[k]] = k;
    for (int32_t k = 0; k < size; ++k) {
        const int32_t v = members[k];
        for (int64_t e = g.out_start[v]; e < g.out_start[v + 1]; ++e)
            if (labels[g.targets[e]] == labels[v]) targets.push_back(place[g.targets[e]]);
        start[k + 1] = static_cast<int64_t>(targets.size());
    }
    std::vector<double> vector(size, 1.0), image(size);
    for (int step = 0; step < kMostSteps; ++step) {
        double low = std::numeric_limits<double>::infinity(), high = 0, top = 0;
        for (int32_t k = 0; k < size; ++k) {
            double total = 0;
            for (int64_t e = start[k]; e < start[k + 1]; ++e) total += vector[targets[e]];
            image[k] = total + vector[k];
            low = std::min(low, image[k] / vector[k]);
            high = std::max(high, image[k] / vector[k]);
            top = std::max(top, image[k]);
        }
        if (high - low <= kTolerance * high) return (low + high) / 2 - 1;
        double least = 1;
        for (int32_t k = 0; k < size; ++k) {
            vector[k] = image[k] / top;
            least = std::min(least, vector[k]);
        }
        if (least < kUnderflow) break;
    }
    return std::numeric_limits<double>::quiet_NaN();
}

double spectral_radius(const Graph& g, const std::vector<int32_t>& labels, int32_t n_labels) {
    std::vector<std::vector<int32_t>> members(n_labels);
    for (int32_t v = 0; v < g.n; ++v) members[labels[v]].push_back(v);
    double radius = 0;
    for (const auto& component : members) {
        if (component.size() < 2) continue;
        const double root = perron_root(g, labels, component);
        if (std::isnan(root)) return root;
        radius = std::max(radius, root);
    }
    return radius;
}

void pagerank(const Graph& g, std::vector<double>& rank) {
    constexpr double kDamping = 0.85, kTolerance = 1e-13;
    const int32_t n = g.n;
    rank.assign(n, 1.0 / n);
    std::vector<double> share(n), next(n);
    // Each step leaves at most 85 % of the error: what is left is below 6 times the last change,
    // and after 250 steps below one unit in the last place.
    for (int step = 0; step < 250; ++step) {
        double dangling = 0;
        for (int32_t i = 0; i < n; ++i) {
            if (g.out_degree(i)) share[i] = rank[i] / static_cast<double>(g.out_degree(i));
            else dangling += rank[i];
        }
        const double base = (1 - kDamping + kDamping * dangling) / n;
        double change = 0;
        for (int32_t i = 0; i < n; ++i) {
            double total = 0;
            for (int64_t e = g.in_start[i]; e < g.in_start[i + 1]; ++e) total += share[g.sources[e]];
            next[i] = base + kDamping * total;
            change += std::abs(next[i] - rank[i]);
        }
        rank.swap(next);
        if (change < kTolerance) break;
    }
}

}  // namespace rnngraph
