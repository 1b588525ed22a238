// Built once for each instruction set. Neighbourhoods are rows of bits, so that the triangles over
// an edge are the population count of two rows' intersection.
#include <algorithm>

#include "triads.hpp"

namespace rnngraph::RNNGRAPH_ISA {
namespace {

using Bits = std::vector<uint64_t>;

int64_t common(const uint64_t* a, const uint64_t* b, int64_t words) {
    int64_t count = 0;
    for (int64_t w = 0; w < words; ++w) count += __builtin_popcountll(a[w] & b[w]);
    return count;
}

int64_t pairs(int64_t k) { return k * (k - 1) / 2; }

}  // namespace

void triads(const Graph& g, Triads& to) {
    const int32_t n = g.n;
    const int64_t words = g.words;
    const Bits& out = g.out_bits;
    thread_local Bits in, mutual;
    in.assign(n * words, 0);
    mutual.resize(n * words);
    for (int32_t i = 0; i < n; ++i)
        for (int64_t e = g.in_start[i]; e < g.in_start[i + 1]; ++e)
            in[i * words + g.sources[e] / 64] |= uint64_t{1} << (g.sources[e] % 64);
    for (int64_t w = 0; w < n * words; ++w) mutual[w] = out[w] & in[w];
    for (auto* counts : {&to.cycle, &to.middleman, &to.in, &to.out, &to.mutual}) counts->assign(n, 0);

    // Homomorphisms of the triangles with one or more mutual sides: u <-> v, and a node w.
    int64_t mutual_cycle = 0, mutual_below = 0, mutual_above = 0, two_mutual = 0, three_mutual = 0;
    int64_t cycles = 0, transitive = 0;
    for (int32_t u = 0; u < n; ++u) {
        const uint64_t *out_u = &out[u * words], *in_u = &in[u * words], *mutual_u = &mutual[u * words];
        int64_t cycle = 0, middle = 0, outward = 0;
        for (int64_t e = g.out_start[u]; e < g.out_start[u + 1]; ++e) {
            const int32_t v = g.targets[e];
            const uint64_t *out_v = &out[v * words], *in_v = &in[v * words];
            int64_t c = 0, mid = 0, o = 0, inward = 0;
            for (int64_t w = 0; w < words; ++w) {
                c += __builtin_popcountll(in_u[w] & out_v[w]);       // u -> v -> w -> u
                mid += __builtin_popcountll(in_u[w] & in_v[w]);      // w -> u -> v, w -> v
                o += __builtin_popcountll(out_u[w] & out_v[w]);      // u -> v -> w, u -> w
                inward += __builtin_popcountll(out_u[w] & in_v[w]);  // u -> w -> v, u -> v
            }
            cycle += c;
            middle += mid;
            outward += o;
            to.in[v] += inward;
            if (!(out_v[u / 64] >> (u % 64) & 1)) continue;
            const uint64_t* mutual_v = &mutual[v * words];
            to.mutual[u] += 1;
            mutual_cycle += c;
            mutual_above += mid;
            mutual_below += o;
            two_mutual += common(mutual_u, out_v, words);
            three_mutual += common(mutual_u, mutual_v, words);
        }
        to.cycle[u] = cycle;
        to.middleman[u] = middle;
        to.out[u] = outward;
        cycles += cycle;
        transitive += outward;
    }

    // Each sum counts the closed triads that hold its pattern, once for each way they hold it:
    //                  030T  030C  120D  120U  120C  210  300
    //   three_mutual                                       6
    //   two_mutual                                    1    6   u <-> w, v -> w
    //   mutual_below                     2            2    6   u -> w, v -> w
    //   mutual_above               2                  2    6   w -> u, w -> v
    //   mutual_cycle                           1      2    6   v -> w -> u
    //   cycles                3                3      3    6
    //   transitive      1          2     2     1      3    6
    auto& t = to.census;
    const int64_t t300 = three_mutual / 6;
    const int64_t t210 = two_mutual - 6 * t300;
    const int64_t t120U = (mutual_below - 2 * t210 - 6 * t300) / 2;
    const int64_t t120D = (mutual_above - 2 * t210 - 6 * t300) / 2;
    const int64_t t120C = mutual_cycle - 2 * t210 - 6 * t300;
    const int64_t t030C = (cycles - 3 * t120C - 3 * t210 - 6 * t300) / 3;
    const int64_t t030T = transitive - 2 * t120U - 2 * t120D - t120C - 3 * t210 - 6 * t300;

    // Two joined pairs that meet in a node, by what they are there; less those in closed triads.
    int64_t dd = 0, uu = 0, cc = 0, md = 0, mu = 0, mm = 0, asymmetric = 0, mutuals = 0;
    for (int32_t i = 0; i < n; ++i) {
        const int64_t both = to.mutual[i], o = g.out_degree(i) - both, a = g.in_degree(i) - both;
        dd += pairs(o);
        uu += pairs(a);
        cc += o * a;
        md += both * a;  // mutual, and an edge into the centre: 111D
        mu += both * o;  // and an edge out of it: 111U
        mm += pairs(both);
        asymmetric += o;
        mutuals += both;
    }
    mutuals /= 2;
    const int64_t t021D = dd - t030T - t120D;
    const int64_t t021U = uu - t030T - t120U;
    const int64_t t021C = cc - t030T - 3 * t030C - t120C;
    const int64_t t111D = md - 2 * t120D - t120C - t210;
    const int64_t t111U = mu - 2 * t120U - t120C - t210;
    const int64_t t201 = mm - t210 - 3 * t300;
    const int64_t two = t021D + t021U + t021C, both_kinds = t111D + t111U;
    const int64_t t012 = asymmetric * (n - 2) - 2 * two - both_kinds -
                         3 * (t030T + t030C) - 2 * (t120U + t120D + t120C) - t210;
    const int64_t t102 = mutuals * (n - 2) - both_kinds - 2 * t201 - (t120U + t120D + t120C) -
                         2 * t210 - 3 * t300;
    const auto size = static_cast<__int128>(n);
    const auto all = static_cast<int64_t>(size * (size - 1) * (size - 2) / 6);
    t = {0,     t012,  t102,  t021D, t021U, t021C, t111D, t111U,
         t030T, t030C, t201,  t120D, t120U, t120C, t210,  t300};
    int64_t rest = all;
    for (int k = 1; k < 16; ++k) rest -= t[k];
    t[0] = rest;
}

}  // namespace rnngraph::RNNGRAPH_ISA
