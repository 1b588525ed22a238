#include "mesoscale.hpp"

#include <algorithm>

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

// A weighted undirected graph of communities: weight(i, j) = edges i -> j plus edges j -> i.
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
    level.weight.reserve(2 * g.m);
    for (int32_t i = 0; i < g.n; ++i) {
        level.out[i] = g.out_degree(i);
        level.in[i] = g.in_degree(i);
        // Both rows ascend: merge them.
        int64_t a = g.out_start[i], b = g.in_start[i];
        const int64_t a_end = g.out_start[i + 1], b_end = g.in_start[i + 1];
        while (a < a_end || b < b_end) {
            const int32_t t = a < a_end ? g.targets[a] : g.n, s = b < b_end ? g.sources[b] : g.n;
            level.neighbours.push_back(std::min(s, t));
            level.weight.push_back(1 + (s == t));
            a += t <= s;
            b += s <= t;
        }
        level.start[i + 1] = static_cast<int64_t>(level.neighbours.size());
    }
    return level;
}

Level merged(const Level& fine, const std::vector<int32_t>& labels, int32_t n_labels) {
    Level level;
    level.n = n_labels;
    level.start.assign(n_labels + 1, 0);
    level.out.assign(n_labels, 0);
    level.in.assign(n_labels, 0);
    std::vector<int32_t> head(n_labels, -1), next(fine.n, -1), touched(n_labels + 1);
    for (int32_t i = fine.n - 1; i >= 0; --i) {
        next[i] = head[labels[i]];
        head[labels[i]] = i;
        level.out[labels[i]] += fine.out[i];
        level.in[labels[i]] += fine.in[i];
    }
    std::vector<int64_t> toward(n_labels, 0);
    for (int32_t c = 0; c < n_labels; ++c) {
        int32_t n_touched = 0;
        for (int32_t i = head[c]; i >= 0; i = next[i])
            for (int64_t e = fine.start[i]; e < fine.start[i + 1]; ++e) {
                const int32_t other = labels[fine.neighbours[e]];
                // Written always, kept if new: a branch here could not be foretold.
                touched[n_touched] = other;
                n_touched += (toward[other] == 0) & (other != c);
                toward[other] += fine.weight[e];
            }
        for (int32_t k = 0; k < n_touched; ++k) {
            level.neighbours.push_back(touched[k]);
            level.weight.push_back(toward[touched[k]]);
            toward[touched[k]] = 0;
        }
        toward[c] = 0;
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

// Move one node at a time to the best community next to it, or to a new one, until none gains;
// whether any moved.
bool move(const Level& level, int64_t m, std::vector<int32_t>& labels) {
    const int32_t n = level.n;
    std::vector<int64_t> out(n, 0), in(n, 0), toward(n, 0);
    std::vector<int32_t> members(n, 0);
    for (int32_t i = 0; i < n; ++i) {
        out[labels[i]] += level.out[i];
        in[labels[i]] += level.in[i];
        ++members[labels[i]];
    }
    std::vector<int32_t> queue(n), next_to(n);
    const int32_t* neighbours = level.neighbours.data();
    const int64_t* weight = level.weight.data();
    std::vector<uint8_t> waiting(n, 1);
    for (int32_t i = 0; i < n; ++i) queue[i] = i;
    // A ring: no node waits twice, so n places are enough.
    int32_t front = 0, length = n;
    bool moved = false;
    while (length > 0) {
        const int32_t i = queue[front];
        front = front + 1 == n ? 0 : front + 1;
        --length;
        waiting[i] = 0;
        const int32_t home = labels[i];
        const int64_t begin = level.start[i], end = level.start[i + 1];
        for (int64_t e = begin; e < end; ++e) {
            const int32_t c = labels[neighbours[e]];
            next_to[e - begin] = c;
            toward[c] += weight[e];
        }
        // m^2 times the modularity that joining a community adds, i itself not counted in it.
        const int64_t own_out = level.out[i], own_in = level.in[i];
        int32_t best = home;
        int64_t most = m * toward[home] - own_out * (in[home] - own_in) - own_in * (out[home] - own_out);
        for (int64_t e = 0; e < end - begin; ++e) {
            // No branch that depends on which community comes next: it could not be foretold.
            const int32_t c = next_to[e];
            const int64_t gain = m * toward[c] - own_out * in[c] - own_in * out[c];
            const bool better = (c != home) & ((gain > most) | ((gain == most) & (best != home) & (c < best)));
            most = better ? gain : most;
            best = better ? c : best;
        }
        for (int64_t e = 0; e < end - begin; ++e) toward[next_to[e]] = 0;
        // Alone, in the empty community with the lowest label, it would add 0.
        if (most < 0) best = static_cast<int32_t>(std::find(members.begin(), members.end(), 0) - members.begin());
        if (best == home) continue;
        moved = true;
        --members[home];
        ++members[best];
        labels[i] = best;
        out[home] -= level.out[i];
        in[home] -= level.in[i];
        out[best] += level.out[i];
        in[best] += level.in[i];
        for (int64_t e = begin; e < end; ++e) {
            const int32_t j = neighbours[e];
            if (waiting[j] || labels[j] == best) continue;
            waiting[j] = 1;
            int32_t back = front + length;
            if (back >= n) back -= n;
            queue[back] = j;
            ++length;
        }
    }
    return moved;
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
