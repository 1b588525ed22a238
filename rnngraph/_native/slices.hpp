// Sparse rows several at a time, as in sliced ELLPACK (Monakov et al. 2010, HiPEAC, 111-125; sorted
// by length as in Kreutzer et al. 2014, SIAM J. Sci. Comput. 36, C401-C423): sums that do not wait
// for each other, and loops whose ends can be foretold.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "lanes.hpp"

namespace rnngraph::RNNGRAPH_ISA {

// The rows are renumbered by "place", longest first. Vectors over places hold 0 from place `n` on.
struct Slices {
    int32_t n, n_slices;
    std::vector<int32_t> place;  // of each row

    // degree(row) in-edges, each passed by sources_of(row, put) as put(source row).
    template <class Degree, class Sources>
    Slices(int32_t n_rows, Degree degree, Sources sources_of)
        : n(n_rows), n_slices((n_rows + kLanes - 1) / kLanes), place(n_rows), start_(n_slices + 1, 0) {
        int64_t longest = 0;
        for (int32_t row = 0; row < n; ++row) longest = std::max<int64_t>(longest, degree(row));
        std::vector<int32_t> next(longest + 2, 0), row_at(n);
        for (int32_t row = 0; row < n; ++row) ++next[longest - degree(row) + 1];
        for (int64_t k = 0; k <= longest; ++k) next[k + 1] += next[k];
        for (int32_t row = 0; row < n; ++row) {
            place[row] = next[longest - degree(row)]++;
            row_at[place[row]] = row;
        }
        for (int32_t s = 0; s < n_slices; ++s)
            start_[s + 1] = start_[s] + kLanes * static_cast<int64_t>(degree(row_at[s * kLanes]));
        sources_.assign(start_[n_slices], n);
        for (int32_t p = 0; p < n; ++p) {
            int32_t* to = sources_.data() + start_[p / kLanes] + p % kLanes;
            sources_of(row_at[p], [&](int32_t source) {
                *to = place[source];
                to += kLanes;
            });
        }
    }

    // A vector over places; there is one more than there are lanes, for the padding to read.
    std::vector<double> vector(double value) const {
        std::vector<double> made(static_cast<size_t>(n_slices) * kLanes + 1, 0);
        for (int32_t p = 0; p < n; ++p) made[p] = value;
        return made;
    }

    // Sums of `values` over the in-edges of the rows of slice s.
    Lanes sums(int32_t s, const double* values) const {
        Lanes total{};
        const int32_t* const end = sources_.data() + start_[s + 1];
        for (const int32_t* from = sources_.data() + start_[s]; from < end; from += kLanes)
            total += gather(values, from);
        return total;
    }

  private:
    std::vector<int64_t> start_;
    std::vector<int32_t> sources_;
};

}  // namespace rnngraph::RNNGRAPH_ISA
