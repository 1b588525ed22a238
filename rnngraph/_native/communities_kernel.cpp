// Built once for each instruction set. Louvain's communities: nodes move to the community that they
// gain most by, then whole communities do, for as long as either gains.
#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "graph.hpp"
#include "lanes.hpp"

namespace rnngraph::RNNGRAPH_ISA {
namespace {

constexpr double kNone = -std::numeric_limits<double>::infinity();

// A weighted undirected graph of communities: what joins i and j is the edges i -> j and the edges
// j -> i. A neighbour may be listed twice. All numbers are whole, and exact below 2^53.
struct Level {
    int32_t n = 0;
    std::vector<int64_t> start;
    std::vector<int32_t> neighbours;
    std::vector<double> weight;
    std::vector<double> out, in;  // degrees of the members, summed

    // Add what joins a node to each community.
    void add_to(std::vector<double>& toward, int32_t i, const std::vector<int32_t>& labels) const {
        for (int64_t e = start[i]; e < start[i + 1]; ++e) toward[labels[neighbours[e]]] += weight[e];
    }
};

std::vector<int32_t> one_each(int32_t n) {
    std::vector<int32_t> labels(n);
    std::iota(labels.begin(), labels.end(), 0);
    return labels;
}

Level nodes_of(const Graph& g) {
    Level level;
    level.n = g.n;
    level.start.resize(g.n + 1);
    level.out.resize(g.n);
    level.in.resize(g.n);
    level.neighbours.resize(2 * g.m);
    level.weight.assign(2 * g.m, 1);
    int32_t* next = level.neighbours.data();
    for (int32_t i = 0; i < g.n; ++i) {
        level.out[i] = static_cast<double>(g.out_degree(i));
        level.in[i] = static_cast<double>(g.in_degree(i));
        level.start[i] = next - level.neighbours.data();
        next = std::copy(g.targets.data() + g.out_start[i], g.targets.data() + g.out_start[i + 1], next);
        next = std::copy(g.sources.data() + g.in_start[i], g.sources.data() + g.in_start[i + 1], next);
    }
    level.start[g.n] = 2 * g.m;
    return level;
}

int32_t padded(int64_t n) { return static_cast<int32_t>((n + kLanes - 1) / kLanes * kLanes); }

// What the members of the communities come to: degrees, and how many there are. As many
// communities as nodes can be, up to whole lanes.
struct Totals {
    std::vector<double> out, in;
    std::vector<int32_t> members;

    Totals(const Level& level, const std::vector<int32_t>& labels)
        : out(padded(level.n), 0), in(padded(level.n), 0), members(level.n, 0) {
        for (int32_t i = 0; i < level.n; ++i) add(level, i, labels[i]);
    }

    void add(const Level& level, int32_t i, int32_t label) {
        out[label] += level.out[i];
        in[label] += level.in[i];
        ++members[label];
    }

    void move(const Level& level, int32_t i, int32_t from, int32_t to) {
        out[from] -= level.out[i];
        in[from] -= level.in[i];
        --members[from];
        add(level, i, to);
    }

    int32_t empty() const {
        return static_cast<int32_t>(std::find(members.begin(), members.end(), 0) - members.begin());
    }
};

// A community, and m^2 times the modularity that joining it adds.
struct Choice {
    int32_t label;
    double gain;
};

// Looks for the community that a node gains most by; ties stay at home, or go to the least label.
class Search {
  public:
    Search(const Level& level, int32_t i, int32_t home, double m, const Totals& totals)
        : home_(home), m_(m), own_out_(level.out[i]), own_in_(level.in[i]), totals_(totals) {}

    // Communities, with what joins the node to them; those that nothing joins to it do not count.
    void look(Lanes labels, Lanes toward, Lanes in, Lanes out) {
        const Lanes joined = m_ * toward - own_out_ * in - own_in_ * out;
        const Lanes gain = (toward > 0) & (labels != all(home_)) ? joined : all(kNone);
        label_ = (gain > most_) | ((gain == most_) & (labels < label_)) ? labels : label_;
        most_ = gain > most_ ? gain : most_;
    }

    // Of its own community the node itself is not counted.
    Choice found(double toward_home) const {
        const double staying = m_ * toward_home - own_out_ * (totals_.in[home_] - own_in_) -
                               own_in_ * (totals_.out[home_] - own_out_);
        const double most = greatest(most_);
        if (!(most > staying)) return {home_, staying};
        return {static_cast<int32_t>(-greatest(most_ == most ? -label_ : all(kNone))), most};
    }

  private:
    static double greatest(Lanes lanes) {
        std::array<double, kLanes> most;
        store(most.data(), lanes);
        for (int half = kLanes / 2; half; half /= 2)
            for (int j = 0; j < half; ++j) most[j] = std::max(most[j], most[j + half]);
        return most[0];
    }

    int32_t home_;
    double m_, own_out_, own_in_;
    const Totals& totals_;
    Lanes most_ = all(kNone), label_ = all(kNone);
};

// The best community next to a node, from its list of neighbours.
class ByList {
  public:
    explicit ByList(const Level& level) : level_(level), toward_(level.n, 0), next_to_(2 * level.n + kLanes) {}

    Choice best(int32_t i, double m, const std::vector<int32_t>& labels, const Totals& totals) {
        const int64_t begin = level_.start[i], degree = level_.start[i + 1] - begin;
        const int32_t* neighbours = level_.neighbours.data() + begin;
        const double* weight = level_.weight.data() + begin;
        const int32_t home = labels[i];
        for (int64_t e = 0; e < degree; ++e) {
            const int32_t c = labels[neighbours[e]];
            next_to_[e] = c;
            toward_[c] += weight[e];
        }
        Search search(level_, i, home, m, totals);
        std::fill_n(&next_to_[degree], kLanes, home);  // up to whole lanes
        for (int64_t e = 0; e < degree; e += kLanes) {
            const int32_t* next_to = &next_to_[e];
            Lanes label;
            for (int j = 0; j < kLanes; ++j) label[j] = next_to[j];
            search.look(label, gather(toward_.data(), next_to), gather(totals.in.data(), next_to),
                        gather(totals.out.data(), next_to));
        }
        const Choice best = search.found(toward_[home]);
        for (int64_t e = 0; e < degree; ++e) toward_[next_to_[e]] = 0;
        return best;
    }

    void moved(int32_t, int32_t, int32_t) {}

  private:
    const Level& level_;
    std::vector<double> toward_;
    std::vector<int32_t> next_to_;
};

// The same from a table of weights, node by community, that is kept up to date: where there are so
// few communities that all are looked at sooner than the neighbours are.
class ByTable {
  public:
    static bool suits(const Level& level, int32_t n_labels) {
        constexpr int64_t kMost = int64_t{1} << 22;
        const int64_t size = int64_t{level.n} * padded(n_labels);
        return size <= kMost && size <= static_cast<int64_t>(level.neighbours.size()) * kLanes / 2;
    }

    ByTable(const Level& level, const std::vector<int32_t>& labels, int32_t n_labels)
        : level_(level), width_(padded(n_labels)), table_(int64_t{level.n} * width_, 0) {
        for (int32_t i = 0; i < level.n; ++i)
            for (int64_t e = level.start[i]; e < level.start[i + 1]; ++e)
                row(i)[labels[level.neighbours[e]]] += level.weight[e];
    }

    Choice best(int32_t i, double m, const std::vector<int32_t>& labels, const Totals& totals) const {
        const double* toward = row(i);
        Search search(level_, i, labels[i], m, totals);
        Lanes label{};
        for (int j = 0; j < kLanes; ++j) label[j] = j;
        for (int32_t c = 0; c < width_; c += kLanes, label += kLanes)
            search.look(label, load(toward + c), load(&totals.in[c]), load(&totals.out[c]));
        return search.found(toward[labels[i]]);
    }

    void moved(int32_t i, int32_t from, int32_t to) {
        if (to >= width_) widen(std::min(padded(2 * to), padded(level_.n)));
        for (int64_t e = level_.start[i]; e < level_.start[i + 1]; ++e) {
            double* toward = row(level_.neighbours[e]);
            toward[from] -= level_.weight[e];
            toward[to] += level_.weight[e];
        }
    }

    // Add what joins a node to each community, of which `toward` has whole lanes.
    void add_to(std::vector<double>& toward, int32_t i) const {
        const double* from = row(i);
        for (size_t c = 0; c < toward.size(); c += kLanes) store(&toward[c], load(&toward[c]) + load(from + c));
    }

    void rename(const std::vector<int32_t>& name, int32_t n_labels) {
        const int32_t width = padded(n_labels), known = std::min(width_, static_cast<int32_t>(name.size()));
        std::vector<double> table(int64_t{level_.n} * width, 0);
        for (int32_t i = 0; i < level_.n; ++i)
            for (int32_t c = 0; c < known; ++c)
                if (name[c] >= 0) table[int64_t{i} * width + name[c]] += row(i)[c];
        table_.swap(table);
        width_ = width;
    }

  private:
    double* row(int32_t i) { return table_.data() + int64_t{i} * width_; }
    const double* row(int32_t i) const { return table_.data() + int64_t{i} * width_; }

    void widen(int32_t width) {
        std::vector<double> table(int64_t{level_.n} * width, 0);
        for (int32_t i = 0; i < level_.n; ++i) std::copy_n(row(i), width_, table.data() + int64_t{i} * width);
        table_.swap(table);
        width_ = width;
    }

    const Level& level_;
    int32_t width_;
    std::vector<double> table_;
};

// Nodes that move, one at a time, to the best community next to them, or to a new one.
class Moves {
  public:
    // Every node is a community of its own.
    Moves(const Level& level, int64_t m)
        : level_(level), m_(static_cast<double>(m)), labels_(one_each(level.n)), totals_(level, labels_),
          // A ring: no node waits twice, so n places are enough, and one to write in vain.
          waiting_(level.n), queue_(level.n + 1) {}

    const std::vector<int32_t>& labels() const { return labels_; }

    // Move nodes until none gains; whether any moved.
    bool settle() {
        any_ = false;
        std::fill(waiting_.begin(), waiting_.end(), 1);
        for (int32_t i = 0; i < level_.n; ++i) queue_[i] = i;
        front_ = 0;
        length_ = level_.n;
        // Modularity grows with every move, so they end. Gains of graphs of 10^8 edges are not exact,
        // and nodes might go round in a circle.
        const int64_t most = int64_t{level_.n} * 1000;
        if (std::exchange(alone_, false)) {
            for (int64_t visits : {int64_t{level_.n}, most}) {
                run(visits);
                compact();
            }
        } else {
            run(most);
        }
        return any_;
    }

    // Number the communities anew, 0 .. k - 1 in order of their first node.
    void compact() {
        std::vector<int32_t> name(level_.n, -1);
        int32_t k = 0;
        for (int32_t label : labels_)
            if (name[label] < 0) name[label] = k++;
        rename(name, k);
    }

    // Community c is called name[c] from now on, which is below k, or is empty: -1. Some may get the
    // same name.
    void rename(const std::vector<int32_t>& name, int32_t k) {
        for (int32_t& label : labels_) label = name[label];
        totals_ = Totals(level_, labels_);
        if (table_) table_->rename(name, k);
    }

    int32_t n_labels() const { return *std::max_element(labels_.begin(), labels_.end()) + 1; }

    // The communities as nodes; one without members is a node without neighbours.
    Level merged() const {
        const int32_t k = n_labels();
        Level coarse;
        coarse.n = k;
        coarse.start.resize(k + 1);
        coarse.out.assign(totals_.out.begin(), totals_.out.begin() + k);
        coarse.in.assign(totals_.in.begin(), totals_.in.begin() + k);
        std::vector<int32_t> head(k, -1), next(level_.n);
        for (int32_t i = level_.n - 1; i >= 0; --i) next[i] = std::exchange(head[labels_[i]], i);
        std::vector<double> toward(padded(k));
        for (int32_t c = 0; c < k; ++c) {
            std::fill(toward.begin(), toward.end(), 0);
            for (int32_t i = head[c]; i >= 0; i = next[i]) {
                if (table_) table_->add_to(toward, i);
                else level_.add_to(toward, i, labels_);
            }
            for (int32_t other = 0; other < k; ++other) {
                if (toward[other] == 0 || other == c) continue;
                coarse.neighbours.push_back(other);
                coarse.weight.push_back(toward[other]);
            }
            coarse.start[c + 1] = static_cast<int64_t>(coarse.neighbours.size());
        }
        return coarse;
    }

  private:
    // Visit up to `visits` of those that wait; a node that moves wakes its neighbours elsewhere.
    void run(int64_t visits) {
        const int32_t k = n_labels();
        if (!table_ && ByTable::suits(level_, k)) table_.emplace(level_, labels_, k);
        if (table_) run(visits, *table_);
        else {
            ByList list(level_);
            run(visits, list);
        }
    }

    template <class Finder>
    void run(int64_t visits, Finder& finder) {
        const auto places = static_cast<int32_t>(queue_.size());
        // By pointers of its own: a byte that is written may be any part of an object.
        int32_t *const labels = labels_.data(), *const queue = queue_.data();
        uint8_t* const waiting = waiting_.data();
        int32_t front = front_, length = length_;
        for (; length > 0 && visits > 0; --visits) {
            const int32_t i = queue[front], home = labels[i];
            front = front + 1 == places ? 0 : front + 1;
            --length;
            waiting[i] = 0;
            auto [best, gain] = finder.best(i, m_, labels_, totals_);
            // Alone, in the empty community with the lowest label, it would add 0.
            if (gain < 0) best = totals_.empty();
            if (best == home) continue;
            any_ = true;
            labels[i] = best;
            totals_.move(level_, i, home, best);
            finder.moved(i, home, best);
            const int32_t* const end = level_.neighbours.data() + level_.start[i + 1];
            for (const int32_t* neighbour = level_.neighbours.data() + level_.start[i]; neighbour < end; ++neighbour) {
                const int32_t j = *neighbour;
                // Written always, kept if it is to be woken: a branch here could not be foretold.
                const bool wake = !waiting[j] & (labels[j] != best);
                const int32_t back = front + length;
                queue[back >= places ? back - places : back] = j;
                waiting[j] |= wake;
                length += wake;
            }
        }
        front_ = front;
        length_ = length;
    }

    const Level& level_;
    double m_;
    std::vector<int32_t> labels_;
    Totals totals_;
    std::optional<ByTable> table_;
    std::vector<uint8_t> waiting_;
    std::vector<int32_t> queue_;
    int32_t front_ = 0, length_ = 0;
    bool any_ = false, alone_ = true;
};

}  // namespace

void communities(const Graph& g, std::vector<int32_t>& labels) {
    const Level nodes = nodes_of(g);
    Moves moves(nodes, g.m);
    // Single nodes, whole communities, single nodes again, for as long as either moves.
    for (bool first = true; g.m > 0 && (moves.settle() || first); first = false) {
        const Level coarse = moves.merged();
        Moves joined(coarse, g.m);
        if (!joined.settle()) break;
        moves.rename(joined.labels(), joined.n_labels());
    }
    moves.compact();
    labels = moves.labels();
}

}  // namespace rnngraph::RNNGRAPH_ISA
