#include "mesoscale.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "dispatch.hpp"

namespace rnngraph {

// Batagelj & Zaversnik (2003), arXiv:cs/0310049: remove the node of least degree, by buckets.
void core_numbers(const Graph& g, std::vector<int64_t>& cores) {
    const int32_t n = g.n;
    cores.resize(n);
    int64_t top = 0;
    for (int32_t i = 0; i < n; ++i) {
        cores[i] = g.in_degree(i) + g.out_degree(i);
        top = std::max(top, cores[i]);
    }
    std::vector<int32_t> bucket(top + 2, 0), order(n), place(n);
    for (int32_t i = 0; i < n; ++i) ++bucket[cores[i] + 1];
    for (int64_t d = 0; d <= top; ++d) bucket[d + 1] += bucket[d];
    std::vector<int32_t> start(bucket.begin(), bucket.end());
    for (int32_t i = 0; i < n; ++i) {
        place[i] = start[cores[i]]++;
        order[place[i]] = i;
    }
    // bucket[d]: first position of degree d.
    for (int32_t k = 0; k < n; ++k) {
        const int32_t v = order[k];
        auto lower = [&](int32_t u) {
            if (cores[u] <= cores[v]) return;
            // Swap u with the first of its bucket, and let the bucket start one later.
            const int64_t d = cores[u];
            const int32_t front = bucket[d], w = order[front];
            std::swap(order[place[u]], order[front]);
            std::swap(place[u], place[w]);
            ++bucket[d];
            --cores[u];
        };
        for (int64_t e = g.out_start[v]; e < g.out_start[v + 1]; ++e) lower(g.targets[e]);
        for (int64_t e = g.in_start[v]; e < g.in_start[v + 1]; ++e) lower(g.sources[e]);
    }
}

namespace {

// A weighted undirected graph of communities: what joins i and j is the edges i -> j and the edges
// j -> i. A neighbour may be listed twice.
struct Level {
    int32_t n = 0;
    std::vector<int64_t> start;
    std::vector<int32_t> neighbours;
    std::vector<int64_t> weight;
    std::vector<int64_t> out, in;  // degrees of the members, summed
};

Level nodes_of(const Graph& g) {
    Level level;
    level.n = g.n;
    level.start.assign(g.n + 1, 0);
    level.out.resize(g.n);
    level.in.resize(g.n);
    level.neighbours.reserve(2 * g.m);
    level.weight.assign(2 * g.m, 1);
    for (int32_t i = 0; i < g.n; ++i) {
        level.out[i] = g.out_degree(i);
        level.in[i] = g.in_degree(i);
        auto& to = level.neighbours;
        to.insert(to.end(), g.targets.begin() + g.out_start[i], g.targets.begin() + g.out_start[i + 1]);
        to.insert(to.end(), g.sources.begin() + g.in_start[i], g.sources.begin() + g.in_start[i + 1]);
        level.start[i + 1] = static_cast<int64_t>(to.size());
    }
    return level;
}

Level merged(const Level& fine, const std::vector<int32_t>& labels, int32_t n_labels) {
    Level level;
    level.n = n_labels;
    level.start.assign(n_labels + 1, 0);
    level.out.assign(n_labels, 0);
    level.in.assign(n_labels, 0);
    std::vector<int32_t> head(n_labels, -1), next(fine.n, -1);
    for (int32_t i = fine.n - 1; i >= 0; --i) {
        next[i] = head[labels[i]];
        head[labels[i]] = i;
        level.out[labels[i]] += fine.out[i];
        level.in[labels[i]] += fine.in[i];
    }
    std::vector<int64_t> toward(n_labels);
    for (int32_t c = 0; c < n_labels; ++c) {
        std::fill(toward.begin(), toward.end(), 0);
        for (int32_t i = head[c]; i >= 0; i = next[i])
            for (int64_t e = fine.start[i]; e < fine.start[i + 1]; ++e)
                toward[labels[fine.neighbours[e]]] += fine.weight[e];
        for (int32_t other = 0; other < n_labels; ++other) {
            if (toward[other] == 0 || other == c) continue;
            level.neighbours.push_back(other);
            level.weight.push_back(toward[other]);
        }
        level.start[c + 1] = static_cast<int64_t>(level.neighbours.size());
    }
    return level;
}

// Number labels anew, 0 .. k - 1 in order of their first node; returns k.
int32_t compact(std::vector<int32_t>& labels) {
    std::vector<int32_t> name(labels.size(), -1);
    int32_t k = 0;
    for (int32_t& label : labels) {
        if (name[label] < 0) name[label] = k++;
        label = name[label];
    }
    return k;
}

// What the members of the communities come to: degrees, and how many there are.
struct Totals {
    std::vector<int64_t> out, in;
    std::vector<int32_t> members;

    Totals(const Level& level, const std::vector<int32_t>& labels)
        : out(level.n, 0), in(level.n, 0), members(level.n, 0) {
        for (int32_t i = 0; i < level.n; ++i) add(level, i, labels[i], 1);
    }

    int32_t empty() const {
        return static_cast<int32_t>(std::find(members.begin(), members.end(), 0) - members.begin());
    }

    void add(const Level& level, int32_t i, int32_t label, int sign) {
        out[label] += sign * level.out[i];
        in[label] += sign * level.in[i];
        members[label] += sign;
    }
};

// A community, and m^2 times the modularity that joining it adds.
struct Choice {
    int32_t label;
    int64_t gain;
};

// The best community next to a node, from its list of neighbours. Ties go to the least label.
class ByList {
  public:
    explicit ByList(const Level& level) : level_(level), toward_(level.n, 0), next_to_(2 * level.n) {}

    Choice best(int32_t i, int64_t m, const std::vector<int32_t>& labels, const Totals& totals) {
        const int64_t begin = level_.start[i], degree = level_.start[i + 1] - begin;
        const int32_t* neighbours = level_.neighbours.data() + begin;
        const int64_t* weight = level_.weight.data() + begin;
        for (int64_t e = 0; e < degree; ++e) {
            next_to_[e] = labels[neighbours[e]];
            toward_[next_to_[e]] += weight[e];
        }
        const int32_t home = labels[i];
        const int64_t own_out = level_.out[i], own_in = level_.in[i];
        // Of its own community the node itself is not counted.
        Choice best{home, m * toward_[home] - own_out * (totals.in[home] - own_in) -
                              own_in * (totals.out[home] - own_out)};
        for (int64_t e = 0; e < degree; ++e) {
            // No branch that depends on which community comes next: it could not be foretold.
            const int32_t c = next_to_[e];
            const int64_t gain = m * toward_[c] - own_out * totals.in[c] - own_in * totals.out[c];
            const bool better = (c != home) & ((gain > best.gain) | ((gain == best.gain) &
                                               (best.label != home) & (c < best.label)));
            best.gain = better ? gain : best.gain;
            best.label = better ? c : best.label;
        }
        for (int64_t e = 0; e < degree; ++e) toward_[next_to_[e]] = 0;
        return best;
    }

    void moved(int32_t, int32_t, int32_t) {}

  private:
    const Level& level_;
    std::vector<int64_t> toward_;
    std::vector<int32_t> next_to_;
};

// The same from a table of weights, node by community, that is kept up to date: where there are so
// few communities that all are looked at sooner than the neighbours are.
class ByTable {
  public:
    static bool suits(const Level& level, int32_t n_labels) {
        constexpr int64_t kMost = int64_t{1} << 22;
        const int64_t size = int64_t{level.n} * padded(n_labels);
        return size <= kMost && size <= static_cast<int64_t>(level.neighbours.size()) * kernels().table_lanes / 2;
    }

    ByTable(const Level& level, const std::vector<int32_t>& labels, int32_t n_labels)
        : level_(level), n_labels_(n_labels) {
        widen(padded(n_labels));
        for (int32_t i = 0; i < level.n; ++i) {
            for (int64_t e = level.start[i]; e < level.start[i + 1]; ++e)
                row(i)[labels[level.neighbours[e]]] += static_cast<double>(level.weight[e]);
            out_[labels[i]] += static_cast<double>(level.out[i]);
            in_[labels[i]] += static_cast<double>(level.in[i]);
        }
    }

    Choice best(int32_t i, int64_t m, const std::vector<int32_t>& labels, const Totals& totals) {
        const int32_t home = labels[i];
        const int64_t own_out = level_.out[i], own_in = level_.in[i];
        const double at_home = std::exchange(row(i)[home], 0.0);  // not next to itself
        double gain = static_cast<double>(m * static_cast<int64_t>(at_home) -
                                          own_out * (totals.in[home] - own_in) -
                                          own_in * (totals.out[home] - own_out));
        const int32_t label = kernels().best_community(
            row(i), in_.data(), out_.data(), n_labels_, static_cast<double>(m),
            static_cast<double>(own_out), static_cast<double>(own_in), gain);
        row(i)[home] = at_home;
        return {label < 0 ? home : label, static_cast<int64_t>(gain)};
    }

    void moved(int32_t i, int32_t from, int32_t to) {
        n_labels_ = std::max(n_labels_, to + 1);
        if (n_labels_ > width_) widen(padded(2 * n_labels_));
        const auto out = static_cast<double>(level_.out[i]), in = static_cast<double>(level_.in[i]);
        out_[from] -= out;
        in_[from] -= in;
        out_[to] += out;
        in_[to] += in;
        for (int64_t e = level_.start[i]; e < level_.start[i + 1]; ++e) {
            double* toward = row(level_.neighbours[e]);
            toward[from] -= static_cast<double>(level_.weight[e]);
            toward[to] += static_cast<double>(level_.weight[e]);
        }
    }

  private:
    static int64_t padded(int64_t n_labels) { return (n_labels + 7) / 8 * 8; }

    double* row(int32_t i) { return table_.data() + i * width_; }

    void widen(int64_t width) {
        std::vector<double> table(level_.n * width, 0);
        for (int32_t i = 0; i < level_.n; ++i) std::copy_n(row(i), width_, table.data() + i * width);
        table_.swap(table);
        out_.resize(width, 0);
        in_.resize(width, 0);
        width_ = width;
    }

    const Level& level_;
    int32_t n_labels_;
    int64_t width_ = 0;
    std::vector<double> table_, out_, in_;  // exact: whole numbers below 2^53
};

// Nodes that move, one at a time, to the best community next to them, or to a new one.
class Moves {
  public:
    Moves(const Level& level, int64_t m, std::vector<int32_t>& labels)
        : level_(level), m_(m), labels_(labels), totals_(level, labels), waiting_(level.n, 1),
          // A ring: no node waits twice, so n places are enough, and one to write in vain.
          queue_(level.n + 1), length_(level.n) {
        for (int32_t i = 0; i < level.n; ++i) queue_[i] = i;
    }

    // Visit up to `visits` of those that wait; a node that moves wakes its neighbours elsewhere.
    void run(int64_t visits) {
        const int32_t n_labels = *std::max_element(labels_.begin(), labels_.end()) + 1;
        if (ByTable::suits(level_, n_labels)) run(visits, ByTable(level_, labels_, n_labels));
        else run(visits, ByList(level_));
    }

    // Number the communities anew, so that few of them have low labels.
    void compact_labels() {
        compact(labels_);
        totals_ = Totals(level_, labels_);
    }

    bool any() const { return any_; }

  private:
    template <class Finder>
    void run(int64_t visits, Finder finder) {
        const auto places = static_cast<int32_t>(queue_.size());
        for (; length_ > 0 && visits > 0; --visits) {
            const int32_t i = queue_[front_], home = labels_[i];
            front_ = front_ + 1 == places ? 0 : front_ + 1;
            --length_;
            waiting_[i] = 0;
            auto [best, gain] = finder.best(i, m_, labels_, totals_);
            // Alone, in the empty community with the lowest label, it would add 0.
            if (gain < 0) best = totals_.empty();
            if (best == home) continue;
            any_ = true;
            labels_[i] = best;
            totals_.add(level_, i, home, -1);
            totals_.add(level_, i, best, 1);
            finder.moved(i, home, best);
            for (int64_t e = level_.start[i]; e < level_.start[i + 1]; ++e) {
                const int32_t j = level_.neighbours[e];
                // Written always, kept if it is to be woken: a branch here could not be foretold.
                const bool wake = !waiting_[j] & (labels_[j] != best);
                const int32_t back = front_ + length_;
                queue_[back >= places ? back - places : back] = j;
                waiting_[j] |= wake;
                length_ += wake;
            }
        }
    }

    const Level& level_;
    int64_t m_;
    std::vector<int32_t>& labels_;
    Totals totals_;
    std::vector<uint8_t> waiting_;
    std::vector<int32_t> queue_;
    int32_t front_ = 0, length_;
    bool any_ = false;
};

// Move single nodes until none gains; whether any moved.
bool move(const Level& level, int64_t m, std::vector<int32_t>& labels) {
    Moves moves(level, m, labels);
    moves.run(level.n);
    moves.compact_labels();
    moves.run(std::numeric_limits<int64_t>::max());
    return moves.any();
}

}  // namespace

void communities(const Graph& g, std::vector<int32_t>& labels) {
    const Level nodes = nodes_of(g);
    labels.resize(g.n);
    for (int32_t i = 0; i < g.n; ++i) labels[i] = i;
    if (g.m == 0) return;
    // Single nodes, whole communities, single nodes again, for as long as either moves.
    for (bool first = true; move(nodes, g.m, labels) || first; first = false) {
        const int32_t k = compact(labels);
        const Level coarse = merged(nodes, labels, k);
        std::vector<int32_t> joined(k);
        for (int32_t c = 0; c < k; ++c) joined[c] = c;
        if (!move(coarse, g.m, joined)) break;
        for (int32_t& label : labels) label = joined[label];
    }
    compact(labels);
}

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
