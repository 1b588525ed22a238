// Built once for each instruction set. Iterations along the in-edges, to where they come to rest.
#include "walks.hpp"

#include <algorithm>
#include <limits>

#include "extrapolation.hpp"
#include "slices.hpp"

namespace rnngraph::RNNGRAPH_ISA {
namespace {

Slices in_edges_of(const Graph& g) {
    return {g.n, [&](int32_t i) { return g.in_degree(i); },
            [&](int32_t i, auto put) {
                for (int64_t e = g.in_start[i]; e < g.in_start[i + 1]; ++e) put(g.sources[e]);
            }};
}

// Those within a component, whose members are numbered in their order.
Slices in_edges_of(const Graph& g, const std::vector<int32_t>& labels, const std::vector<int32_t>& members) {
    const auto size = static_cast<int32_t>(members.size());
    if (size == g.n) return in_edges_of(g);
    std::vector<int32_t> number(g.n, -1), degree(size, 0);
    for (int32_t k = 0; k < size; ++k) number[members[k]] = k;
    auto sources_of = [&](int32_t k, auto put) {
        const int32_t v = members[k];
        for (int64_t e = g.in_start[v]; e < g.in_start[v + 1]; ++e)
            if (labels[g.sources[e]] == labels[v]) put(number[g.sources[e]]);
    };
    for (int32_t k = 0; k < size; ++k) sources_of(k, [&](int32_t) { ++degree[k]; });
    return {size, [&](int32_t k) { return degree[k]; }, sources_of};
}

}  // namespace

// Power iteration along the in-edges within a component, on its adjacency + I, which is primitive;
// the ratios of one step bracket the root for any positive vector (Collatz 1942, Wielandt 1950), so
// it stops at a proven error. `vector` is then the Perron vector of the members.
double perron_root(const Graph& g, const std::vector<int32_t>& labels,
                   const std::vector<int32_t>& members, std::vector<double>& scores) {
    constexpr double kTolerance = 1e-12, kUnderflow = 1e-250;
    constexpr int kMostSteps = 500;
    const auto size = static_cast<int32_t>(members.size());
    const Slices in_edges = in_edges_of(g, labels, members);
    std::vector<double> vector = in_edges.vector(1), image = in_edges.vector(0);
    Extrapolation extrapolation(size, vector.size());
    for (int step = 0; step < kMostSteps; ++step) {
        // 0 / 0 of the padding is no bracket: NaN is neither less nor more.
        Lanes low = all(std::numeric_limits<double>::infinity()), high{}, total{};
        for (int32_t s = 0; s < in_edges.n_slices; ++s) {
            const Lanes own = load(&vector[s * kLanes]), next = own + in_edges.sums(s, vector.data());
            const Lanes ratio = next / own;
            low = ratio < low ? ratio : low;
            high = ratio > high ? ratio : high;
            total += next;
            store(&image[s * kLanes], next);
        }
        double least = low[0], most = high[0];
        for (int j = 1; j < kLanes; ++j) {
            least = std::min(least, low[j]);
            most = std::max(most, high[j]);
        }
        if (most - least <= kTolerance * most) {
            scores.resize(size);
            for (int32_t k = 0; k < size; ++k) scores[k] = vector[in_edges.place[k]];
            return (least + most) / 2 - 1;
        }
        const double scale = size / sum(total);
        for (size_t p = 0; p < vector.size(); ++p) vector[p] = image[p] * scale;
        extrapolation.keep(vector);
        if (!extrapolation.full()) continue;
        if (*std::min_element(vector.begin(), vector.begin() + size) < kUnderflow) break;
        extrapolation.apply(vector);
    }
    return std::numeric_limits<double>::infinity();
}

void pagerank(const Graph& g, std::vector<double>& rank) {
    constexpr double kDamping = 0.85, kTolerance = 1e-13;
    constexpr int kMostSweeps = 250;
    const int32_t n = g.n;
    const Slices in_edges = in_edges_of(g);
    // give: the part of its rank that a node gives each of its targets; live: 0 for the padding.
    std::vector<double> ranks = in_edges.vector(1.0 / n), live = in_edges.vector(1), give = in_edges.vector(0);
    std::vector<int32_t> dangling;
    for (int32_t i = 0; i < n; ++i) {
        const int32_t p = in_edges.place[i];
        if (g.out_degree(i)) give[p] = 1.0 / static_cast<double>(g.out_degree(i));
        else dangling.push_back(p);
    }
    std::vector<double> given(give);
    Extrapolation extrapolation(n, ranks.size());
    for (int sweep = 0; sweep < kMostSweeps; ++sweep) {
        for (size_t p = 0; p < ranks.size(); ++p) given[p] = ranks[p] * give[p];
        double lost = 0;
        for (int32_t p : dangling) lost += ranks[p];
        const Lanes base = all((1 - kDamping + kDamping * lost) / n);
        // Ranks are used as soon as they are known (Gauss & Seidel, by slices), so that a sweep
        // takes more than the 15 % off the error that a step of the power method does.
        Lanes change{};
        for (int32_t s = 0; s < in_edges.n_slices; ++s) {
            const int32_t p = s * kLanes;
            const Lanes next = load(&live[p]) * (base + kDamping * in_edges.sums(s, given.data()));
            const Lanes moved = next - load(&ranks[p]);
            change += moved < 0 ? -moved : moved;
            store(&ranks[p], next);
            store(&given[p], next * load(&give[p]));
        }
        if (sum(change) < kTolerance) break;
        extrapolation.keep(ranks);
        if (extrapolation.full()) extrapolation.apply(ranks);
    }
    rank.resize(n);
    for (int32_t i = 0; i < n; ++i) rank[i] = ranks[in_edges.place[i]];
}

}  // namespace rnngraph::RNNGRAPH_ISA
