// Built once for each instruction set: RNNGRAPH_ISA names the namespace, the flags set the width.
//
// Brandes' algorithm, level by level, for a batch of sources at once. Each node holds one row of
// path counts, a lane a source, so that all work along an edge is adding rows: no queue, no
// branch that depends on the data of a lane, unit stride. A graph whose paths are long has too
// many levels for that; its sources go one by one through a queue.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <utility>

#include "paths.hpp"
#include "tasks.hpp"

namespace rnngraph::RNNGRAPH_ISA {
namespace {

#if defined(__AVX512F__)
constexpr int kWidth = 8, kMostVectors = 13;
#elif defined(__AVX2__)
constexpr int kWidth = 4, kMostVectors = 6;
#else
constexpr int kWidth = 2, kMostVectors = 6;
#endif
typedef double Vector __attribute__((vector_size(kWidth * 8)));
typedef int64_t Mask __attribute__((vector_size(kWidth * 8)));

// Beyond this many levels a queue is faster: a level costs all edges, whoever is on it.
constexpr int kMostLevels = 16;
// Rows of a batch that are live at once should stay near the core (bytes of one level).
constexpr int64_t kLevelBytes = int64_t{1} << 20;
// Batches go to threads in so many chunks, the last a third as long as the first: threads then end
// close together.
constexpr int kChunks = 24;

double sum(Vector v) {
#if defined(__AVX512F__)
    typedef double Half __attribute__((vector_size(32)));
    typedef double Quarter __attribute__((vector_size(16)));
    const Half h = __builtin_shufflevector(v, v, 0, 1, 2, 3) + __builtin_shufflevector(v, v, 4, 5, 6, 7);
    const Quarter q = __builtin_shufflevector(h, h, 0, 1) + __builtin_shufflevector(h, h, 2, 3);
    return q[0] + q[1];
#else
    double total = v[0];
    for (int k = 1; k < kWidth; ++k) total += v[k];
    return total;
#endif
}

// The sums of kWidth vectors, as one vector.
Vector sums(const Vector* v) {
#if defined(__AVX512F__)
    auto halves = [](Vector a, Vector b) {  // sums of neighbouring lanes: of a, b, a, b, ...
        return __builtin_shufflevector(a, b, 0, 8, 2, 10, 4, 12, 6, 14) +
               __builtin_shufflevector(a, b, 1, 9, 3, 11, 5, 13, 7, 15);
    };
    auto quarters = [](Vector a, Vector b) {  // sums of neighbouring pairs of lanes: a, a, b, b
        return __builtin_shufflevector(a, b, 0, 1, 4, 5, 8, 9, 12, 13) +
               __builtin_shufflevector(a, b, 2, 3, 6, 7, 10, 11, 14, 15);
    };
    return quarters(quarters(halves(v[0], v[1]), halves(v[2], v[3])),
                    quarters(halves(v[4], v[5]), halves(v[6], v[7])));
#else
    Vector all;
    for (int k = 0; k < kWidth; ++k) all[k] = sum(v[k]);
    return all;
#endif
}

Vector where(Mask mask, Vector v) { return (Vector)(mask & (Mask)v); }

struct Free {
    void operator()(void* p) const { std::free(p); }
};

// Aligned, uninitialised rows of vectors, kept between batches and graphs.
class Rows {
  public:
    Vector* get(int64_t vectors) {
        if (vectors > size_) {
            size_ = vectors;
            data_.reset(static_cast<Vector*>(std::aligned_alloc(64, (vectors * sizeof(Vector) + 63) / 64 * 64)));
            if (!data_) { size_ = 0; throw std::bad_alloc(); }
        }
        return data_.get();
    }

  private:
    std::unique_ptr<Vector[], Free> data_;
    int64_t size_ = 0;
};

// What a thread works in.
struct Room {
    Rows seen, delta, share, level[kMostLevels + 1];
    std::vector<uint8_t> active[kMostLevels + 1], full;
    // The queue's:
    std::vector<int32_t> order, distance;
    std::vector<double> count, depend;
    std::vector<long double> long_count, long_depend;
};

// Sources first .. first + lanes - 1. Returns false, with nothing added to `to`, if the paths are
// too long.
template <int NV>
bool batch(const Graph& g, int32_t first, int32_t lanes, bool counts, Room& room, Paths& to) {
    const int32_t n = g.n;
    const int64_t size = static_cast<int64_t>(n) * NV;
    Vector* seen = room.seen.get(size);  // path counts of the lanes that have come to a node
    std::fill_n(reinterpret_cast<double*>(seen), size * kWidth, 0.0);
    double* seen_lane = reinterpret_cast<double*>(seen);
    constexpr int kLanes = NV * kWidth;
    room.full.assign(n, 0);
    room.active[1].assign(n, 0);
    int64_t missing = static_cast<int64_t>(n - 1) * lanes;
    int64_t at_level[kMostLevels + 1] = {};
    int64_t lane_count[kMostLevels + 1][kLanes];
    std::memset(lane_count[1], 0, sizeof lane_count[1]);

    // Level 1 is the adjacency itself.
    for (int32_t lane = 0; lane < lanes; ++lane) {
        for (int64_t e = g.out_start[first + lane]; e < g.out_start[first + lane + 1]; ++e) {
            seen_lane[static_cast<int64_t>(g.targets[e]) * kLanes + lane] = 1;
            room.active[1][g.targets[e]] = 1;
        }
        lane_count[1][lane] = g.out_degree(first + lane);
        at_level[1] += lane_count[1][lane];
    }
    Vector* first_level = room.level[1].get(size);
    std::copy_n(seen, size, first_level);
    for (int32_t lane = 0; lane < lanes; ++lane)
        seen_lane[static_cast<int64_t>(first + lane) * kLanes + lane] = 1;
    missing -= at_level[1];

    int last = at_level[1] ? 1 : 0;
    std::vector<int32_t> came[kMostLevels + 1];  // new lanes of each node, for the sums over "in"
    while (missing > 0 && at_level[last] > 0) {
        if (last == kMostLevels) return false;
        const int d = last + 1;
        const Vector* from = room.level[last].get(size);
        const uint8_t* live = room.active[last].data();
        Vector* here = room.level[d].get(size);
        room.active[d].assign(n, 0);
        came[d].assign(n, 0);
        Vector lane_total[NV] = {};
        for (int32_t t = 0; t < n; ++t) {
            if (room.full[t]) continue;
            Vector paths[NV] = {};
            bool any = false;
            for (int64_t e = g.in_start[t]; e < g.in_start[t + 1]; ++e) {
                const int32_t s = g.sources[e];
                if (!live[s]) continue;
                any = true;
                const Vector* row = from + static_cast<int64_t>(s) * NV;
                for (int k = 0; k < NV; ++k) paths[k] += row[k];
            }
            if (!any) continue;
            Vector* mine = seen + static_cast<int64_t>(t) * NV;
            Vector* out = here + static_cast<int64_t>(t) * NV;
            Vector fresh = {}, left = {};
            for (int k = 0; k < NV; ++k) {
                const Vector is_new = where(mine[k] == 0, paths[k]);
                const Vector one = where(is_new != 0, (Vector{} + 1.0));
                out[k] = is_new;
                mine[k] += is_new;
                fresh += one;
                lane_total[k] += one;
                left += where(mine[k] == 0, (Vector{} + 1.0));
            }
            const auto n_fresh = static_cast<int32_t>(sum(fresh));
            room.active[d][t] = n_fresh > 0;
            came[d][t] = n_fresh;
            at_level[d] += n_fresh;
            // Lanes beyond the batch never fill.
            room.full[t] = static_cast<int32_t>(sum(left)) == kLanes - lanes;
        }
        for (int k = 0; k < NV; ++k)
            for (int j = 0; j < kWidth; ++j)
                lane_count[d][k * kWidth + j] = static_cast<int64_t>(lane_total[k][j]);
        missing -= at_level[d];
        if (at_level[d] > 0) last = d;
        else break;
    }

    if (static_cast<int>(to.lengths.size()) < last + 1) to.lengths.resize(last + 1);
    for (int d = 1; d <= last; ++d) {
        to.lengths[d] += at_level[d];
        const double inverse = 1.0 / d;
        for (int32_t lane = 0; lane < lanes; ++lane) {
            const int64_t c = lane_count[d][lane];
            if (c == 0) continue;
            to.reached_out[first + lane] += c;
            to.total_out[first + lane] += d * c;
            to.inverse_out[first + lane] += static_cast<double>(c) * inverse;
            to.eccentricity[first + lane] = d;
        }
        if (d == 1) continue;
        for (int32_t t = 0; t < n; ++t) {
            const int64_t c = came[d][t];
            to.reached_in[t] += c;
            to.total_in[t] += d * c;
            to.inverse_in[t] += static_cast<double>(c) * inverse;
        }
    }
    for (int32_t lane = 0; lane < lanes; ++lane)
        for (int64_t e = g.out_start[first + lane]; e < g.out_start[first + lane + 1]; ++e) {
            const int32_t t = g.targets[e];
            to.reached_in[t] += 1;
            to.total_in[t] += 1;
            to.inverse_in[t] += 1.0;
        }
    if (!counts || last == 0) return true;

    // Back from the farthest level: what depends on each node, and on each edge into the level.
    Vector* delta = room.delta.get(size);
    std::fill_n(reinterpret_cast<double*>(delta), size * kWidth, 0.0);
    Vector* share = room.share.get(size);
    for (int d = last; d >= 2; --d) {
        const Vector* here = room.level[d].get(size);
        const uint8_t* live = room.active[d].data();
        for (int32_t t = 0; t < n; ++t) {
            if (!live[t]) continue;
            const int64_t at = static_cast<int64_t>(t) * NV;
            for (int k = 0; k < NV; ++k) {
                const Mask on = here[at + k] != 0;
                const Vector by = on ? here[at + k] : (Vector{} + 1.0);
                share[at + k] = where(on, (delta[at + k] + 1.0) / by);
            }
        }
        const Vector* above = room.level[d - 1].get(size);
        const uint8_t* live_above = room.active[d - 1].data();
        for (int32_t v = 0; v < n; ++v) {
            if (!live_above[v]) continue;
            const int64_t at = static_cast<int64_t>(v) * NV;
            Vector paths[NV], total[NV] = {};
            for (int k = 0; k < NV; ++k) paths[k] = above[at + k];
            // Adds what lies below an edge to `total`, and returns what of it uses the edge. Several
            // sums at a time: one would wait for itself.
            auto below = [&](int64_t e) __attribute__((always_inline)) {
                constexpr int kSums = NV < 4 ? NV : 4;
                Vector dots[kSums] = {};
                const int32_t t = g.targets[e];
                if (live[t]) {
                    const Vector* row = share + static_cast<int64_t>(t) * NV;
                    for (int k = 0; k < NV; ++k) {
                        total[k] += row[k];
                        dots[k % kSums] += paths[k] * row[k];
                    }
                }
                for (int k = 1; k < kSums; ++k) dots[0] += dots[k];
                return dots[0];
            };
            double* of_edge = to.edge_betweenness.data();
            const int64_t end = g.out_start[v + 1];
            int64_t e = g.out_start[v];
            // With short rows the sum of a row is much of the work: take several edges' at a time.
            if constexpr (NV <= kWidth) {
                for (; e + kWidth <= end; e += kWidth) {
                    Vector dots[kWidth], old;
                    for (int k = 0; k < kWidth; ++k) dots[k] = below(e + k);
                    std::memcpy(&old, of_edge + e, sizeof old);
                    old += sums(dots);
                    std::memcpy(of_edge + e, &old, sizeof old);
                }
            }
            for (; e < end; ++e) of_edge[e] += sum(below(e));
            for (int k = 0; k < NV; ++k) delta[at + k] += paths[k] * total[k];
        }
    }
    const double* delta_lane = reinterpret_cast<const double*>(delta);
    for (int32_t lane = 0; lane < lanes; ++lane)
        for (int64_t e = g.out_start[first + lane]; e < g.out_start[first + lane + 1]; ++e)
            to.edge_betweenness[e] +=
                1.0 + delta_lane[static_cast<int64_t>(g.targets[e]) * kLanes + lane];
    for (int32_t v = 0; v < n; ++v) {
        Vector total = {};
        for (int k = 0; k < NV; ++k) total += delta[static_cast<int64_t>(v) * NV + k];
        to.betweenness[v] += sum(total);
    }
    return true;
}

template <int... Is>
constexpr auto batches(std::integer_sequence<int, Is...>) {
    using Batch = bool (*)(const Graph&, int32_t, int32_t, bool, Room&, Paths&);
    return std::array<Batch, sizeof...(Is)>{batch<Is + 1>...};
}
constexpr auto kBatch = batches(std::make_integer_sequence<int, kMostVectors>{});

// The part of a source's pass that needs path counts. False if they overflow Real.
template <class Real>
bool dependencies(const Graph& g, const std::vector<int32_t>& order,
                  const std::vector<int32_t>& distance, std::vector<Real>& count,
                  std::vector<Real>& depend, Paths& to) {
    count.resize(g.n);
    depend.resize(g.n);
    for (int32_t v : order) count[v] = depend[v] = 0;
    count[order[0]] = 1;
    for (int32_t v : order)
        for (int64_t e = g.out_start[v]; e < g.out_start[v + 1]; ++e)
            if (distance[g.targets[e]] == distance[v] + 1) count[g.targets[e]] += count[v];
    // Levels only grow counts along edges, but the largest need not be the last.
    constexpr Real most = std::numeric_limits<Real>::max() / 1e16L;
    for (int32_t v : order)
        if (!(count[v] < most)) return false;
    for (size_t k = order.size(); k-- > 0;) {
        const int32_t v = order[k];
        Real total = 0;
        for (int64_t e = g.out_start[v]; e < g.out_start[v + 1]; ++e) {
            const int32_t t = g.targets[e];
            if (distance[t] != distance[v] + 1) continue;
            const Real part = count[v] * depend[t];  // of a node below: (1 + its own) / count
            total += part;
            to.edge_betweenness[e] += static_cast<double>(part);
        }
        if (k > 0) to.betweenness[v] += static_cast<double>(total);
        depend[v] = (1 + total) / count[v];
    }
    return true;
}

void queue(const Graph& g, int32_t source, bool counts, Room& room, Paths& to) {
    room.distance.assign(g.n, -1);
    auto& order = room.order;
    order.clear();
    order.push_back(source);
    room.distance[source] = 0;
    for (size_t k = 0; k < order.size(); ++k) {
        const int32_t v = order[k];
        for (int64_t e = g.out_start[v]; e < g.out_start[v + 1]; ++e) {
            const int32_t t = g.targets[e];
            if (room.distance[t] >= 0) continue;
            room.distance[t] = room.distance[v] + 1;
            order.push_back(t);
        }
    }
    const int32_t far = room.distance[order.back()];
    if (static_cast<int32_t>(to.lengths.size()) < far + 1) to.lengths.resize(far + 1);
    to.eccentricity[source] = far;
    for (size_t k = 1; k < order.size(); ++k) {
        const int32_t t = order[k], d = room.distance[t];
        const double inverse = 1.0 / d;
        to.lengths[d] += 1;
        to.reached_out[source] += 1;
        to.total_out[source] += d;
        to.inverse_out[source] += inverse;
        to.reached_in[t] += 1;
        to.total_in[t] += d;
        to.inverse_in[t] += inverse;
    }
    if (!counts || far == 0) return;
    if (!dependencies(g, order, room.distance, room.count, room.depend, to))
        dependencies(g, order, room.distance, room.long_count, room.long_depend, to);
}

}  // namespace

void paths(const Graph& g, bool counts, int threads, const std::atomic<bool>& stop, Paths& to) {
    to.clear(g, counts);
    if (g.m == 0) return;
    const int64_t row = kWidth * 8;
    int32_t vectors = std::min<int32_t>((g.n + kWidth - 1) / kWidth, kMostVectors);
    const int64_t fitting = std::max<int64_t>(kLevelBytes / (row * g.n), 2);
    vectors = static_cast<int32_t>(std::min<int64_t>(vectors, fitting));
    // Batches of equal size: 200 sources are 2 x 100, not 104 + 96.
    const int32_t n_batches = (g.n + vectors * kWidth - 1) / (vectors * kWidth);
    vectors = ((g.n + n_batches - 1) / n_batches + kWidth - 1) / kWidth;
    const int32_t lanes = vectors * kWidth;
    const int32_t n_chunks = std::min(kChunks, n_batches);

    auto start = [&](int64_t chunk) {
        return static_cast<int32_t>(n_batches * chunk * (3 * n_chunks - chunk) / (2 * n_chunks * n_chunks));
    };
    auto work = [&](int32_t chunk, Paths& part) {
        thread_local Room room;  // here, or only the thread that called would free its own
        const int32_t from = start(chunk), until = start(chunk + 1);
        bool deep = false;
        for (int32_t b = from; b < until && !stop; ++b) {
            const int32_t first = b * lanes, some = std::min(lanes, g.n - first);
            if (!deep) deep = !kBatch[vectors - 1](g, first, some, counts, room, part);
            if (deep)
                for (int32_t s = first; s < first + some && !stop; ++s)
                    queue(g, s, counts, room, part);
        }
    };
    if (n_chunks == 1) {
        work(0, to);
        return;
    }
    in_order<Paths>(
        n_chunks, threads,
        [&](int32_t chunk, Paths& part) {
            part.clear(g, counts);
            work(chunk, part);
        },
        [&](const Paths& part) { to.add(part); });
}

}  // namespace rnngraph::RNNGRAPH_ISA
