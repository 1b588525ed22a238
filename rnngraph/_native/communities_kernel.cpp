// Built once for each instruction set.
#include <limits>

#include "lanes.hpp"

namespace rnngraph::RNNGRAPH_ISA {

extern const int32_t table_lanes = kLanes;

int32_t best_community(const double* toward, const double* in, const double* out, int32_t n_labels,
                       double m, double own_out, double own_in, double& gain) {
    constexpr double kNone = -std::numeric_limits<double>::infinity();
    Lanes most = all(kNone), label = all(-1), here{};
    for (int j = 0; j < kLanes; ++j) here[j] = j;
    for (int32_t c = 0; c < n_labels; c += kLanes, here += kLanes) {
        const Lanes weight = load(toward + c);
        const Lanes joined = m * weight - own_out * load(in + c) - own_in * load(out + c);
        const Lanes value = weight > 0 ? joined : all(kNone);
        label = value > most ? here : label;
        most = value > most ? value : most;
    }
    int32_t best = -1;
    for (int j = 0; j < kLanes; ++j) {
        if (most[j] < gain || (most[j] == gain && (best < 0 || label[j] > best))) continue;
        gain = most[j];
        best = static_cast<int32_t>(label[j]);
    }
    return best;
}

}  // namespace rnngraph::RNNGRAPH_ISA
