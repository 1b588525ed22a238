// Numbers side by side, as many as one instruction takes.
#pragma once

#include <cstdint>
#include <cstring>

namespace rnngraph::RNNGRAPH_ISA {

#if defined(__AVX512F__)
constexpr int32_t kLanes = 8;
#elif defined(__AVX2__)
constexpr int32_t kLanes = 4;
#else
constexpr int32_t kLanes = 2;
#endif
typedef double Lanes __attribute__((vector_size(kLanes * sizeof(double))));

inline Lanes load(const double* from) {
    Lanes lanes;
    std::memcpy(&lanes, from, sizeof lanes);
    return lanes;
}

inline void store(double* to, Lanes lanes) { std::memcpy(to, &lanes, sizeof lanes); }

inline Lanes all(double value) { return Lanes{} + value; }

inline double sum(Lanes lanes) {
    double total = 0;
    for (int j = 0; j < kLanes; ++j) total += lanes[j];
    return total;
}

inline Lanes gather(const double* values, const int32_t* places) {
    Lanes lanes;
    for (int j = 0; j < kLanes; ++j) lanes[j] = values[places[j]];
    return lanes;
}

}  // namespace rnngraph::RNNGRAPH_ISA
