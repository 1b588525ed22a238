#include "features.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "communities.hpp"
#include "components.hpp"
#include "cores.hpp"
#include "dispatch.hpp"

namespace rnngraph {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kOpen = std::numeric_limits<double>::infinity();

struct Measured {
    uint32_t groups = 0;
    Graph g;
    std::vector<int64_t> out_degree, in_degree;
    int64_t self_loops = 0, sources = 0, sinks = 0;
    int32_t n_strong = 0;
    double largest_strong = kNaN, largest_weak = kNaN;
    Paths paths;
    Triads triads;
    std::vector<int32_t> labels;
    std::vector<int64_t> cores;
    std::vector<double> rank, eigenvector;
    double modularity = kNaN, radius = kNaN;
};

double ratio(double a, double b) { return b == 0 ? kNaN : a / b; }

struct Summary {
    int64_t n = 0;
    double sum = 0, squares = 0, most = 0;  // squares: of the distances to the mean

    double mean() const { return n < 1 ? kNaN : sum / static_cast<double>(n); }
    double var() const { return n < 2 ? kNaN : squares / static_cast<double>(n - 1); }
    double max() const { return n < 1 ? kNaN : most; }
    // Freeman's: the distances to the maximum, over what they come to around the hub of a star
    // whose other nodes have 0; `top` is the hub's value.
    double centralization(double top) const {
        return n < 2 ? kNaN : ratio(static_cast<double>(n) * most - sum, static_cast<double>(n - 1) * top);
    }
};

template <class Value>
Summary summary(int64_t n, Value value) {
    thread_local std::vector<double> values;
    values.resize(n);
    for (int64_t i = 0; i < n; ++i) values[i] = value(i);
    Summary s;
    s.n = n;
    for (int64_t i = 0; i < n; ++i) {
        s.sum += values[i];
        s.most = i ? std::max(s.most, values[i]) : values[i];
    }
    if (n > 1) {
        const double mean = s.mean();
        for (int64_t i = 0; i < n; ++i) {
            const double off = values[i] - mean;
            s.squares += off * off;
        }
    }
    return s;
}

using Degrees = std::vector<int64_t>;

// Degrees of a node's targets, summed.
struct OfTargets {
    Degrees in, out;

    OfTargets() = default;
    OfTargets(const Graph& g, const Degrees& in_degree, const Degrees& out_degree) : in(g.n), out(g.n) {
        for (int32_t i = 0; i < g.n; ++i) {
            int64_t ins = 0, outs = 0;
            for (int64_t e = g.out_start[i]; e < g.out_start[i + 1]; ++e) {
                ins += in_degree[g.targets[e]];
                outs += out_degree[g.targets[e]];
            }
            in[i] = ins;
            out[i] = outs;
        }
    }
};

// Correlation over the edges, in integers, so that "no variation" is a comparison with 0. A node is the source of
// its out-edges and the target of its in-edges: only the product needs the edges themselves.
double assortativity(const Graph& g, const Degrees& of_source, const Degrees& of_target, const Degrees& targets) {
    __int128 x = 0, y = 0, xx = 0, yy = 0, xy = 0;
    for (int32_t i = 0; i < g.n; ++i) {
        const int64_t a = of_source[i], b = of_target[i];
        x += a * g.out_degree(i);
        xx += a * a * g.out_degree(i);
        y += b * g.in_degree(i);
        yy += b * b * g.in_degree(i);
        xy += a * targets[i];
    }
    const auto m = static_cast<__int128>(g.m);
    const __int128 var_x = m * xx - x * x, var_y = m * yy - y * y;
    if (var_x == 0 || var_y == 0) return kNaN;
    return static_cast<double>(m * xy - x * y) /
           (std::sqrt(static_cast<double>(var_x)) * std::sqrt(static_cast<double>(var_y)));
}

// Calls put(name, suffix, groups, value) for each column, in one order for every graph. A part
// that was not computed is empty.
template <class Put>
void features(const Measured& x, Put put) {
    const Graph& g = x.g;
    const auto n = static_cast<double>(g.n), m = static_cast<double>(g.m);
    const double pairs = n * (n - 1);

    auto spread = [&](const char* name, uint32_t groups, const Summary& s) {
        put(name, "_var", groups, s.var());
        put(name, "_std", groups, std::sqrt(s.var()));
    };

    put("n_nodes", "", kSize, n);
    put("n_edges", "", kSize, m);
    put("n_self_loops", "", kSize, static_cast<double>(x.self_loops));
    put("self_loop_fraction", "", kSize, static_cast<double>(x.self_loops) / n);
    put("density", "", kSize, ratio(m, pairs));
    put("degree_mean", "", kSize, m / n);
    {
        auto degrees = [&](const char* name, const Summary& s) {
            spread(name, kSize, s);
            put(name, "_max", kSize, s.max());
            put(name, "_centralization", kSize, s.centralization(n - 1));
        };
        degrees("in_degree", summary(g.n, [&](int64_t i) { return double(x.in_degree[i]); }));
        degrees("out_degree", summary(g.n, [&](int64_t i) { return double(x.out_degree[i]); }));
        const Degrees &in = x.in_degree, &out = x.out_degree;
        const bool mixing = x.groups & kMixing;
        const OfTargets targets = mixing ? OfTargets(g, in, out) : OfTargets();
        auto mix = [&](const char* name, const Degrees& of_source, const Degrees& of_target, const Degrees& sums) {
            put("assortativity_", name, kMixing, mixing ? assortativity(g, of_source, of_target, sums) : kNaN);
        };
        mix("out_in", out, in, targets.in);
        mix("out_out", out, out, targets.out);
        mix("in_in", in, in, targets.in);
        mix("in_out", in, out, targets.out);
        put("n_sources", "", kSize, static_cast<double>(x.sources));
        put("n_sinks", "", kSize, static_cast<double>(x.sinks));
    }

    {
        put("strongly_connected_fraction", "", kComponents, x.largest_strong / n);
        put("weakly_connected_fraction", "", kComponents, x.largest_weak / n);
        put("is_acyclic", "", kComponents, x.n_strong == g.n);
    }

    {
        const Paths& p = x.paths;
        int64_t reached = 0, total = 0, reaching = 0;
        double inverse = 0;
        int32_t far = 0, near = 0;
        for (size_t i = 0; i < p.reached_out.size(); ++i) {
            reached += p.reached_out[i];
            total += p.total_out[i];
            inverse += p.inverse_out[i];
            if (!p.reached_out[i]) continue;
            far = std::max(far, p.eccentricity[i]);
            near = reaching ? std::min(near, p.eccentricity[i]) : p.eccentricity[i];
            ++reaching;
        }
        put("mean_path_length", "", kDistances, ratio(double(total), double(reached)));
        put("diameter", "", kDistances, reaching ? far : kNaN);
        put("radius", "", kDistances, reaching ? near : kNaN);
        std::vector<double> eccentricity;
        for (size_t i = 0; i < p.reached_out.size(); ++i)
            if (p.reached_out[i]) eccentricity.push_back(p.eccentricity[i]);
        const Summary s = summary(reaching, [&](int64_t i) { return eccentricity[i]; });
        put("eccentricity_mean", "", kDistances, s.mean());
        spread("eccentricity", kDistances, s);
        put("harmonic_diameter", "", kDistances, ratio(pairs, inverse));
        put("reachable_fraction", "", kDistances, ratio(double(reached), pairs));
        put("global_efficiency", "", kDistances, ratio(inverse, pairs));
        auto central = [&](const char* name, bool with_mean, auto value) {
            const auto measured = static_cast<int64_t>(p.reached_out.size());
            const Summary c = summary(measured > 1 ? measured : 0, value);
            if (with_mean) put(name, "_mean", kDistances, c.mean());
            spread(name, kDistances, c);
            put(name, "_max", kDistances, c.max());
            put(name, "_centralization", kDistances, c.centralization(1));
        };
        auto closeness = [&](const std::vector<int64_t>& r, const std::vector<int64_t>& d) {
            return [&, n](int64_t i) {
                return r[i] ? double(r[i]) * double(r[i]) / (double(d[i]) * (n - 1)) : 0.0;
            };
        };
        auto harmonic = [&](const std::vector<double>& h) {
            return [&, n](int64_t i) { return h[i] / (n - 1); };
        };
        central("closeness_in", true, closeness(p.reached_in, p.total_in));
        central("closeness_out", true, closeness(p.reached_out, p.total_out));
        central("harmonic_in", false, harmonic(p.inverse_in));
        central("harmonic_out", false, harmonic(p.inverse_out));
    }

    {
        constexpr uint32_t groups = kDistances | kCounts;
        const auto& b = x.paths.betweenness;
        const double scale = std::max(1.0, (n - 1) * (n - 2));
        const Summary s = summary(static_cast<int64_t>(b.size()), [&](int64_t i) { return b[i] / scale; });
        put("betweenness_mean", "", groups, s.mean());
        spread("betweenness", groups, s);
        put("betweenness_max", "", groups, s.max());
        put("betweenness_centralization", "", groups, s.centralization(1));
        const auto& e = x.paths.edge_betweenness;
        const Summary t = summary(static_cast<int64_t>(e.size()), [&](int64_t i) { return e[i] / pairs; });
        put("edge_betweenness_mean", "", groups, t.mean());
        spread("edge_betweenness", groups, t);
        put("edge_betweenness_max", "", groups, t.max());
    }

    {
        const Triads& t = x.triads;
        double share[5] = {};  // total, cycle, middleman, in, out
        int64_t mutual = 0, closed = 0, possible = 0, cycles = 0;
        for (size_t i = 0; i < t.mutual.size(); ++i) {
            const auto v = static_cast<int32_t>(i);
            const int64_t in = g.in_degree(v), out = g.out_degree(v), both = t.mutual[i];
            const int64_t all = t.cycle[i] + t.middleman[i] + t.in[i] + t.out[i];
            const int64_t most = (in + out) * (in + out - 1) - 2 * both, through = in * out - both;
            auto add = [](double& sum, int64_t a, int64_t b) { if (b > 0) sum += double(a) / double(b); };
            add(share[0], all, most);
            add(share[1], t.cycle[i], through);
            add(share[2], t.middleman[i], through);
            add(share[3], t.in[i], in * (in - 1));
            add(share[4], t.out[i], out * (out - 1));
            mutual += both;
            closed += all;
            possible += most;
            cycles += t.cycle[i];
        }
        put("reciprocity", "", kTriads, ratio(double(mutual), m));
        put("clustering", "", kTriads, share[0] / n);
        put("clustering_cycle", "", kTriads, share[1] / n);
        put("clustering_middleman", "", kTriads, share[2] / n);
        put("clustering_in", "", kTriads, share[3] / n);
        put("clustering_out", "", kTriads, share[4] / n);
        put("transitivity", "", kTriads, ratio(double(closed), double(possible)));
        put("n_cycles_2", "", kTriads, double(mutual / 2));
        put("n_cycles_3", "", kTriads, double(cycles / 3));
        static const char* const names[16] = {"003",  "012",  "102",  "021D", "021U", "021C", "111D", "111U",
                                              "030T", "030C", "201",  "120D", "120U", "120C", "210",  "300"};
        for (int k = 0; k < 16; ++k)
            put("triad_", names[k], kTriads, static_cast<double>(t.census[k]));
    }

    {
        const Summary s = summary(static_cast<int64_t>(x.cores.size()), [&](int64_t i) { return double(x.cores[i]); });
        put("core_number_mean", "", kCores, s.mean());
        put("core_number_max", "", kCores, s.max());
    }

    put("modularity", "", kCommunities, x.modularity);
    put("spectral_radius", "", kComponents | kRadius, x.radius);
    {
        constexpr uint32_t groups = kComponents | kRadius;
        const Summary s = summary(static_cast<int64_t>(x.eigenvector.size()), [&](int64_t i) { return x.eigenvector[i]; });
        // Without cycles there is none; with them it was not found.
        const bool open = x.radius > 0 && s.n == 0;
        auto known = [&](double value) { return open ? kOpen : value; };
        put("eigenvector", "_mean", groups, known(s.mean()));
        put("eigenvector", "_var", groups, known(s.var()));
        put("eigenvector", "_std", groups, known(std::sqrt(s.var())));
        put("eigenvector", "_max", groups, known(s.max()));
        put("eigenvector", "_centralization", groups, known(s.centralization(s.most)));
    }
    {
        const Summary s = summary(static_cast<int64_t>(x.rank.size()), [&](int64_t i) { return x.rank[i]; });
        double entropy = 0;
        for (double r : x.rank) entropy -= r * std::log(r);
        put("pagerank_entropy", "", kRanking, ratio(entropy, std::log(n)));
        spread("pagerank", kRanking, s);
        put("pagerank_max", "", kRanking, s.max());
    }
}

struct Names {
    std::vector<Column>& columns;
    void operator()(const char* name, const char* suffix, uint32_t groups, double) const {
        columns.push_back({std::string(name) + suffix, groups});
    }
};

struct Row {
    double*& next;
    uint32_t groups;
    void operator()(const char*, const char*, uint32_t of, double value) const {
        *next++ = (groups & of) == of ? value : kNaN;
    }
};

}  // namespace

const std::vector<Column>& columns() {
    static const std::vector<Column> all = [] {
        std::vector<Column> list;
        Measured nothing;
        nothing.g.out_start = nothing.g.in_start = {0};
        features(nothing, Names{list});
        return list;
    }();
    return all;
}

void shortest_paths(const Graph& g, bool counts, int threads, const std::atomic<bool>& stop,
                    Paths& to) {
    if (!counts) {
        to.clear(g, false);
        if (g.m == 0 || kernels().distances(g, to)) return;
    }
    kernels().paths(g, counts, threads, stop, to);
}

void measure(const uint8_t* adjacency, int32_t n, uint32_t groups, int threads,
             const std::atomic<bool>& stop, double* row) {
    thread_local Measured x;
    x.groups = groups;
    Graph& g = x.g;
    g.read(adjacency, n);
    x.self_loops = x.sources = x.sinks = 0;
    x.out_degree.resize(n);
    x.in_degree.resize(n);
    for (int32_t i = 0; i < n; ++i) {
        x.out_degree[i] = g.out_degree(i);
        x.in_degree[i] = g.in_degree(i);
        x.self_loops += adjacency[static_cast<int64_t>(i) * n + i] != 0;
        x.sources += g.in_degree(i) == 0;
        x.sinks += g.out_degree(i) == 0;
    }
    x.paths = {};
    x.triads = {};
    x.cores.clear();
    x.rank.clear();
    x.eigenvector.clear();
    x.modularity = x.radius = x.largest_strong = x.largest_weak = kNaN;
    auto largest = [&](int32_t k) {
        std::vector<int64_t> size(k);
        for (int32_t label : x.labels) ++size[label];
        return static_cast<double>(*std::max_element(size.begin(), size.end()));
    };
    if (groups & kDistances) shortest_paths(g, groups & kCounts, threads, stop, x.paths);
    if (groups & kComponents) {
        // Where every node reaches every other, which the distances tell, there is one component.
        auto reaches_all = [&](int64_t reached) { return reached == n - 1; };
        if (groups & kDistances && std::all_of(x.paths.reached_out.begin(), x.paths.reached_out.end(), reaches_all)) {
            x.labels.assign(n, 0);
            x.n_strong = 1;
        } else {
            x.n_strong = strong_components(g, x.labels);
        }
        x.largest_strong = largest(x.n_strong);
        if (groups & kRadius) x.radius = spectral_radius(g, x.labels, x.n_strong, x.eigenvector);
        x.largest_weak = x.n_strong == 1 ? n : largest(weak_components(g, x.labels));
    }
    if (groups & kTriads) kernels().triads(g, x.triads);
    if (groups & kCores) core_numbers(g, x.cores);
    if (groups & kRanking) kernels().pagerank(g, x.rank);
    if (groups & kCommunities && g.m > 0) {
        std::vector<int32_t> communities_of;
        kernels().communities(g, communities_of);
        x.modularity = modularity(g, communities_of) / (static_cast<double>(g.m) * static_cast<double>(g.m));
    }
    double* next = row;
    features(x, Row{next, groups});
}

}  // namespace rnngraph
