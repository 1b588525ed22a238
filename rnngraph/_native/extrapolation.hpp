// What a linear iteration comes to, from its last iterates: reduced rank extrapolation (Eddy 1979,
// Mesina 1977). The combination of iterates whose differences cancel best loses the slowest modes.
#pragma once

#include <cmath>
#include <vector>

#include "slices.hpp"

namespace rnngraph::RNNGRAPH_ISA {

class Extrapolation {
  public:
    // Iterates are those of a Slices::vector; `n` entries of them count.
    Extrapolation(int32_t n, size_t size) : n_(n), kept_(kKept * size), size_(size) {}

    void keep(const std::vector<double>& iterate) {
        std::memcpy(row(n_kept_++), iterate.data(), size_ * sizeof(double));
    }

    bool full() const { return n_kept_ == kKept; }

    // Uses up what was kept. Leaves `iterate` where no better one is seen.
    void apply(std::vector<double>& iterate) {
        n_kept_ = 0;
        constexpr int k = kKept - 1;
        // Rows 0 .. k - 1 become differences; row k remains the last iterate.
        for (int i = 0; i < k; ++i) {
            double *before = row(i), *after = row(i + 1);
            for (size_t v = 0; v + kLanes <= size_; v += kLanes) store(before + v, load(after + v) - load(before + v));
        }
        double gram[k][k + 1];
        for (int i = 0; i < k; ++i) {
            gram[i][k] = 1;
            for (int j = 0; j <= i; ++j) {
                Lanes dot{};
                for (size_t v = 0; v + kLanes <= size_; v += kLanes) dot += load(row(i) + v) * load(row(j) + v);
                gram[i][j] = gram[j][i] = sum(dot);
            }
        }
        // Gram c = 1, by elimination: symmetric and nonnegative, so that no pivot is searched for.
        // It ends early where the differences so far span the next: then they are all there is.
        int used = 0;
        for (; used < k && gram[used][used] > 1e-13 * gram[0][0]; ++used)
            for (int i = 0; i < k; ++i) {
                if (i == used) continue;
                const double factor = gram[i][used] / gram[used][used];
                for (int j = used; j <= k; ++j) gram[i][j] -= factor * gram[used][j];
            }
        double total = 0, weight[k];
        for (int i = 0; i < used; ++i) total += weight[i] = gram[i][k] / gram[i][i];
        if (used < 2 || !(std::abs(total) > 0)) return;
        // The sum of weight_i times iterate i + 1, which is the last less the differences after it.
        std::vector<double> better(row(k), row(k) + size_);
        double share = 0;
        for (int i = 0; i + 1 < k; ++i) {
            if (i < used) share += weight[i] / total;
            for (size_t v = 0; v + kLanes <= size_; v += kLanes)
                store(&better[v], load(&better[v]) - share * load(row(i + 1) + v));
        }
        for (int32_t v = 0; v < n_; ++v)
            if (!(better[v] > 0)) return;  // the iterations live on positive vectors
        iterate.swap(better);
    }

  private:
    static constexpr int kKept = 8;

    double* row(int i) { return kept_.data() + i * size_; }

    int32_t n_;
    std::vector<double> kept_;
    size_t size_;
    int n_kept_ = 0;
};

}  // namespace rnngraph::RNNGRAPH_ISA
