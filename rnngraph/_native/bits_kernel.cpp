// Built once for each instruction set. Bytes to bits.
#include <cstring>

#include "graph.hpp"
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace rnngraph::RNNGRAPH_ISA {
namespace {

// Bit k of the result: whether byte k of the 64 is not 0.
inline uint64_t nonzero_bytes(const uint8_t* bytes) {
#if defined(__AVX512BW__)
    const __m512i all = _mm512_loadu_si512(bytes);
    return _mm512_test_epi8_mask(all, all);
#elif defined(__AVX2__)
    auto zero = [&](int at) {
        const __m256i half = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes + at));
        return static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(half, _mm256_setzero_si256())));
    };
    return ~(zero(0) | uint64_t{zero(32)} << 32);
#else
    uint64_t bits = 0;
    for (int at = 0; at < 64; at += 8) {
        constexpr uint64_t kLow = 0x7f7f7f7f7f7f7f7f;
        uint64_t eight;
        std::memcpy(&eight, bytes + at, 8);
        const uint64_t high = (((eight & kLow) + kLow) | eight) & ~kLow;
        bits |= ((high >> 7) * 0x0102040810204080 >> 56) << at;
    }
    return bits;
#endif
}

}  // namespace

void out_bits(const uint8_t* adjacency, int32_t n, uint64_t* bits) {
    const int32_t words = (n + 63) / 64, whole = n / 64, rest = n % 64;
    for (int32_t i = 0; i < n; ++i, adjacency += n, bits += words) {
        for (int32_t w = 0; w < whole; ++w) bits[w] = nonzero_bytes(adjacency + w * 64);
        if (rest == 0) continue;
        if (whole > 0) {  // the last 64 bytes, less those that were read before
            bits[whole] = nonzero_bytes(adjacency + n - 64) >> (64 - rest);
        } else {
            uint8_t row[64] = {};
            std::memcpy(row, adjacency, n);
            bits[0] = nonzero_bytes(row);
        }
    }
}

}  // namespace rnngraph::RNNGRAPH_ISA
