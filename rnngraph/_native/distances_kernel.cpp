// Built once for each instruction set. Distances alone, without path counts: a row of bits a node,
// a bit a source, all sources at once. One level is one pass over the edges.
#include <algorithm>
#include <cstring>

#include "distances.hpp"

namespace rnngraph::RNNGRAPH_ISA {
namespace {

using Bits = std::vector<uint64_t>;

constexpr int kMostLevels = 24;  // beyond, a queue for each source is faster

// Counts bits by column over many rows: plane p holds bit p of each column's count.
struct ColumnCounts {
    int64_t words;
    std::vector<Bits> planes;

    explicit ColumnCounts(int64_t w) : words(w) {}

    void add(const uint64_t* row) {
        for (int64_t w = 0; w < words; ++w) {
            uint64_t carry = row[w];
            for (size_t p = 0; carry; ++p) {
                if (p == planes.size()) planes.emplace_back(words, 0);
                const uint64_t both = planes[p][w] & carry;
                planes[p][w] ^= carry;
                carry = both;
            }
        }
    }

    int64_t count(int32_t column) const {
        int64_t total = 0;
        for (size_t p = 0; p < planes.size(); ++p)
            total += static_cast<int64_t>(planes[p][column / 64] >> (column % 64) & 1) << p;
        return total;
    }
};

// kBlock words are looked at together: kBlock x 64 sources.
template <int kBlock>
bool by_bits(const Graph& g, Paths& to) {
    const int32_t n = g.n;
    // A multiple of the block, so that the inner loops have a fixed length.
    const int64_t words = (g.words + kBlock - 1) / kBlock * kBlock;
    thread_local Bits seen, from, here;
    seen.assign(n * words, 0);
    for (int32_t i = 0; i < n; ++i) {
        seen[i * words + i / 64] |= uint64_t{1} << (i % 64);
        for (int64_t e = g.in_start[i]; e < g.in_start[i + 1]; ++e)
            seen[i * words + g.sources[e] / 64] |= uint64_t{1} << (g.sources[e] % 64);
    }
    from = seen;
    for (int32_t i = 0; i < n; ++i) from[i * words + i / 64] &= ~(uint64_t{1} << (i % 64));
    here.resize(n * words);
    std::vector<int64_t> missing(n);  // sources yet to come to a node
    std::vector<uint8_t> live(n), next(n);
    for (int32_t i = 0; i < n; ++i) missing[i] = n - 1;

    for (int d = 1;; ++d) {
        if (d > kMostLevels) return false;
        int64_t at_level = 0;
        ColumnCounts columns(words);
        const double inverse = 1.0 / d;
        for (int32_t t = 0; t < n; ++t) {
            uint64_t* row = &here[t * words];
            if (d == 1) {
                std::copy_n(&from[t * words], words, row);
            } else {
                next[t] = 0;
                if (missing[t] == 0) continue;
                std::memset(row, 0, words * 8);
                const uint64_t* known = &seen[t * words];
                const int64_t begin = g.in_start[t], end = g.in_start[t + 1];
                bool any = false;
                // A block of sources is done when it holds all that the node has not seen.
                for (int64_t w = 0; w < words; w += kBlock) {
                    uint64_t found[kBlock] = {}, want[kBlock];
                    for (int k = 0; k < kBlock; ++k) want[k] = ~known[w + k];
                    if (w + kBlock == words)
                        for (int64_t bit = n; bit < words * 64; ++bit)
                            if (bit / 64 >= w) want[bit / 64 - w] &= ~(uint64_t{1} << (bit % 64));
                    for (int64_t e = begin; e < end; ++e) {
                        const int32_t s = g.sources[e];
                        if (!live[s]) continue;
                        const uint64_t* more = &from[s * words + w];
                        for (int k = 0; k < kBlock; ++k) found[k] |= more[k];
                        if ((e - begin) % 8 != 7) continue;
                        uint64_t open = 0;
                        for (int k = 0; k < kBlock; ++k) open |= want[k] & ~found[k];
                        if (!open) break;
                    }
                    for (int k = 0; k < kBlock; ++k) {
                        row[w + k] = found[k] & want[k];
                        any |= row[w + k] != 0;
                    }
                }
                if (!any) continue;
            }
            int64_t fresh = 0;
            uint64_t* known = &seen[t * words];
            for (int64_t w = 0; w < words; ++w) {
                fresh += __builtin_popcountll(row[w]);
                known[w] |= row[w];
            }
            next[t] = fresh > 0;
            if (!fresh) continue;
            missing[t] -= fresh;
            at_level += fresh;
            to.reached_in[t] += fresh;
            to.total_in[t] += d * fresh;
            to.inverse_in[t] += static_cast<double>(fresh) * inverse;
            columns.add(row);
        }
        if (at_level == 0) return true;
        to.lengths.resize(d + 1);
        to.lengths[d] = at_level;
        for (int32_t s = 0; s < n; ++s) {
            const int64_t c = columns.count(s);
            if (c == 0) continue;
            to.reached_out[s] += c;
            to.total_out[s] += d * c;
            to.inverse_out[s] += static_cast<double>(c) * inverse;
            to.eccentricity[s] = d;
        }
        if (std::all_of(missing.begin(), missing.end(), [](int64_t k) { return k == 0; }))
            return true;
        std::swap(from, here);
        std::swap(live, next);
    }
}

}  // namespace

bool distances(const Graph& g, Paths& to) {
    return g.words == 1 ? by_bits<1>(g, to) : g.words == 2 ? by_bits<2>(g, to) : by_bits<8>(g, to);
}

}  // namespace rnngraph::RNNGRAPH_ISA
