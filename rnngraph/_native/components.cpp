#include "components.hpp"

#include <algorithm>
#include <cmath>

#include "dispatch.hpp"

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

namespace {

// The eigenvector of the whole graph from that of the one component whose root is the radius:
// nodes that it does not reach have 0, and what lies behind it passes its scores on. Empty where
// that takes too long.
std::vector<double> continued(const Graph& g, const std::vector<int32_t>& members,
                              const std::vector<double>& scores, double radius) {
    constexpr double kTolerance = 1e-15;
    constexpr int kMostSteps = 1000;
    std::vector<uint8_t> reached(g.n, 0);
    std::vector<int32_t> behind(members);
    std::vector<double> vector(g.n, 0);
    double top = 0;
    for (size_t k = 0; k < members.size(); ++k) {
        vector[members[k]] = scores[k];
        reached[members[k]] = 1;
        top = std::max(top, scores[k]);
    }
    for (size_t k = 0; k < behind.size(); ++k)
        for (int64_t e = g.out_start[behind[k]]; e < g.out_start[behind[k] + 1]; ++e)
            if (!reached[g.targets[e]]) {
                reached[g.targets[e]] = 1;
                behind.push_back(g.targets[e]);
            }
    behind.erase(behind.begin(), behind.begin() + static_cast<int64_t>(members.size()));
    for (int step = 0; step < kMostSteps; ++step) {
        double change = 0;
        for (int32_t i : behind) {
            double total = 0;
            for (int64_t e = g.in_start[i]; e < g.in_start[i + 1]; ++e) total += vector[g.sources[e]];
            const double next = total / radius;
            change = std::max(change, std::abs(next - vector[i]));
            top = std::max(top, next);
            vector[i] = next;
        }
        if (change <= kTolerance * top) return vector;
    }
    return {};
}

}  // namespace

double spectral_radius(const Graph& g, const std::vector<int32_t>& labels, int32_t n_labels,
                       std::vector<double>& eigenvector) {
    eigenvector.clear();
    std::vector<std::vector<int32_t>> members(n_labels);
    for (int32_t v = 0; v < g.n; ++v) members[labels[v]].push_back(v);
    double radius = 0, second = 0;
    const std::vector<int32_t>* largest = nullptr;
    std::vector<double> scores, vector;
    for (const auto& component : members) {
        if (component.size() < 2) continue;
        const double root = kernels().perron_root(g, labels, component, scores);
        if (std::isinf(root)) return root;
        second = std::max(second, std::min(root, radius));
        if (root <= radius) continue;
        radius = root;
        largest = &component;
        vector.swap(scores);
    }
    // Components with one root (to 1e-9) are Python's: how they lie to each other decides.
    if (radius == 0 || second > radius * (1 - 2e-9)) return radius;
    if (n_labels > 1) vector = continued(g, *largest, vector, radius);
    double squares = 0;
    for (double x : vector) squares += x * x;
    for (double& x : vector) x /= std::sqrt(squares);
    eigenvector.swap(vector);
    return radius;
}

}  // namespace rnngraph
