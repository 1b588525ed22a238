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

namespace {

// What a linear iteration comes to, from its last iterates: reduced rank extrapolation (Eddy 1979,
// Mesina 1977). The combination of iterates whose differences cancel best loses the slowest modes.
class Extrapolation {
  public:
    static constexpr int kEvery = 8;  // iterates that are kept, and then used at once

    void keep(const std::vector<double>& iterate) {
        if (n_kept_ == static_cast<int>(kept_.size())) kept_.emplace_back();
        kept_[n_kept_++] = iterate;
    }

    // Replaces `iterate` when enough were kept. Leaves it where no better one is seen.
    void apply(std::vector<double>& iterate) {
        if (n_kept_ < kEvery) return;
        n_kept_ = 0;
        constexpr int k = kEvery - 1;
        double gram[k][k + 1];
        for (int i = 0; i < k; ++i) {
            gram[i][k] = 1;
            for (int j = 0; j <= i; ++j) {
                double dot = 0;
                for (size_t v = 0; v < iterate.size(); ++v)
                    dot += (kept_[i + 1][v] - kept_[i][v]) * (kept_[j + 1][v] - kept_[j][v]);
                gram[i][j] = gram[j][i] = dot;
            }
        }
        // Gram c = 1, by elimination: symmetric and nonnegative, so that no pivot is searched for.
        // It ends early where the differences so far span the next: then they are all there is.
        int used = 0;
        for (; used < k && gram[used][used] > 1e-13 * gram[0][0]; ++used)
            for (int row = 0; row < k; ++row) {
                if (row == used) continue;
                const double factor = gram[row][used] / gram[used][used];
                for (int column = used; column <= k; ++column) gram[row][column] -= factor * gram[used][column];
            }
        double total = 0, weight[k];
        for (int i = 0; i < used; ++i) total += weight[i] = gram[i][k] / gram[i][i];
        if (used < 2 || !(std::abs(total) > 0)) return;
        std::vector<double> better(iterate.size(), 0);
        for (int i = 0; i < used; ++i)
            for (size_t v = 0; v < better.size(); ++v) better[v] += weight[i] / total * kept_[i + 1][v];
        for (double x : better)
            if (!(x > 0)) return;  // both iterations live on positive vectors
        iterate.swap(better);
    }

  private:
    std::vector<std::vector<double>> kept_;
    int n_kept_ = 0;
};

// Power iteration along the in-edges within a component, on its adjacency + I, which is primitive;
// the ratios of one step bracket the root for any positive vector (Collatz 1942, Wielandt 1950), so
// it stops at a proven error. `vector` is then the Perron vector of the members.
double perron_root(const Graph& g, const std::vector<int32_t>& labels,
                   const std::vector<int32_t>& members, std::vector<double>& vector) {
    constexpr double kTolerance = 1e-12, kUnderflow = 1e-250;
    constexpr int kMostSteps = 500;
    const auto size = static_cast<int32_t>(members.size());
    std::vector<int32_t> place(g.n, -1), sources;
    std::vector<int64_t> start(size + 1, 0);
    for (int32_t k = 0; k < size; ++k) place[members[k]] = k;
    for (int32_t k = 0; k < size; ++k) {
        const int32_t v = members[k];
        for (int64_t e = g.in_start[v]; e < g.in_start[v + 1]; ++e)
            if (labels[g.sources[e]] == labels[v]) sources.push_back(place[g.sources[e]]);
        start[k + 1] = static_cast<int64_t>(sources.size());
    }
    vector.assign(size, 1.0);
    std::vector<double> image(size);
    Extrapolation extrapolation;
    for (int step = 0; step < kMostSteps; ++step) {
        double low = std::numeric_limits<double>::infinity(), high = 0, sum = 0;
        for (int32_t k = 0; k < size; ++k) {
            double total = vector[k];
            for (int64_t e = start[k]; e < start[k + 1]; ++e) total += vector[sources[e]];
            image[k] = total;
            sum += total;
            low = std::min(low, total / vector[k]);
            high = std::max(high, total / vector[k]);
        }
        if (high - low <= kTolerance * high) return (low + high) / 2 - 1;
        double least = sum;
        for (int32_t k = 0; k < size; ++k) {
            vector[k] = image[k] * (size / sum);
            least = std::min(least, vector[k]);
        }
        if (least < kUnderflow) break;
        extrapolation.keep(vector);
        extrapolation.apply(vector);
    }
    return std::numeric_limits<double>::infinity();
}

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
        const double root = perron_root(g, labels, component, scores);
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

void pagerank(const Graph& g, std::vector<double>& rank) {
    constexpr double kDamping = 0.85, kTolerance = 1e-13;
    const int32_t n = g.n;
    rank.assign(n, 1.0 / n);
    // What a node gives each of its targets. Updated at once (Gauss & Seidel), so that a sweep
    // takes more than the 15 % off the error that a step of the power method does.
    std::vector<double> share(n), give(n);
    for (int32_t i = 0; i < n; ++i) {
        give[i] = g.out_degree(i) ? 1.0 / static_cast<double>(g.out_degree(i)) : 0.0;
        share[i] = rank[i] * give[i];
    }
    Extrapolation extrapolation;
    for (int step = 0; step < 250; ++step) {
        double dangling = 0;
        for (int32_t i = 0; i < n; ++i)
            if (give[i] == 0) dangling += rank[i];
        const double base = (1 - kDamping + kDamping * dangling) / n;
        double change = 0;
        for (int32_t i = 0; i < n; ++i) {
            double total = 0;
            for (int64_t e = g.in_start[i]; e < g.in_start[i + 1]; ++e) total += share[g.sources[e]];
            const double next = base + kDamping * total;
            change += std::abs(next - rank[i]);
            rank[i] = next;
            share[i] = next * give[i];
        }
        if (change < kTolerance) break;
        extrapolation.keep(rank);
        extrapolation.apply(rank);
        for (int32_t i = 0; i < n; ++i) share[i] = rank[i] * give[i];
    }
}

}  // namespace rnngraph
