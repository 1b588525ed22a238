// One number of each sample, side by side: of some or all of the kSamples of a chunk.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <utility>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

#include "training/scan.hpp"

namespace rnngraph::RNNGRAPH_ISA {

#if defined(__AVX512F__)
constexpr int kWidth = 16;
#elif defined(__AVX2__)
constexpr int kWidth = 8;
#else
constexpr int kWidth = 4;
#endif
constexpr int kParts = kSamples / kWidth;
typedef float Part __attribute__((vector_size(kWidth * 4)));
typedef int32_t PartInt __attribute__((vector_size(kWidth * 4)));

// So many parts at a time that what is done with them stays in registers.
template <int N>
struct Row {
    static constexpr int32_t kLanes = N * kWidth;
    Part part[N];
};

// By a type that aliases floats alone: a memcpy could change anything, and pointers would be fetched
// anew after every store.
typedef float PartAnywhere __attribute__((vector_size(kWidth * 4), aligned(4)));
inline Part load_part(const float* from) { return *reinterpret_cast<const PartAnywhere*>(from); }
inline void store_part(float* to, Part part) { *reinterpret_cast<PartAnywhere*>(to) = part; }
inline float sum(Part part) {
    float total = 0;
    for (int k = 0; k < kWidth; ++k) total += part[k];
    return total;
}

// Combine rows part by part.
template <class Op, int N, class... Rows>
inline Row<N> each(Op op, const Row<N>& first, const Rows&... others) {
    Row<N> made;
#pragma GCC unroll 8
    for (int p = 0; p < N; ++p) made.part[p] = op(first.part[p], others.part[p]...);
    return made;
}
template <int N>
inline Row<N> load(const float* from) {
    Row<N> row;
#pragma GCC unroll 8
    for (int p = 0; p < N; ++p) row.part[p] = load_part(from + p * kWidth);
    return row;
}
template <int N>
inline void store(float* to, const Row<N>& row) {
#pragma GCC unroll 8
    for (int p = 0; p < N; ++p) store_part(to + p * kWidth, row.part[p]);
}
template <int N>
inline Row<N> all(float value) {
    Row<N> row;
#pragma GCC unroll 8
    for (int p = 0; p < N; ++p) row.part[p] = Part{} + value;
    return row;
}
template <int N>
inline Row<N> operator+(const Row<N>& a, const Row<N>& b) { return each([](Part x, Part y) { return x + y; }, a, b); }
template <int N>
inline Row<N> operator-(const Row<N>& a, const Row<N>& b) { return each([](Part x, Part y) { return x - y; }, a, b); }
template <int N>
inline Row<N> operator*(const Row<N>& a, const Row<N>& b) { return each([](Part x, Part y) { return x * y; }, a, b); }
template <int N>
inline Row<N> operator*(float a, const Row<N>& b) { return each([a](Part y) { return a * y; }, b); }
template <int N>
inline Part folded(const Row<N>& row) {
    Part total = row.part[0];
#pragma GCC unroll 8
    for (int p = 1; p < N; ++p) total += row.part[p];
    return total;
}

// 1 in the first `n` of kSamples lanes, 0 in the others; of them those from `lane` on.
template <int N>
inline Row<N> first_lanes(int32_t n, int32_t lane) {
    static constexpr auto kSteps = [] {
        std::array<float, 2 * kSamples> numbers{};
        for (int k = 0; k < kSamples; ++k) numbers[k] = 1;
        return numbers;
    }();
    return load<N>(kSteps.data() + kSamples - n + lane);
}

// The second of two where the first is NaN, as the instruction has it.
inline Part lesser(Part a, Part b) {
#if defined(__AVX512F__)
    return (Part)_mm512_min_ps((__m512)a, (__m512)b);
#elif defined(__AVX2__)
    return (Part)_mm256_min_ps((__m256)a, (__m256)b);
#else
    return a < b ? a : b;
#endif
}
inline Part greater(Part a, Part b) {
#if defined(__AVX512F__)
    return (Part)_mm512_max_ps((__m512)a, (__m512)b);
#elif defined(__AVX2__)
    return (Part)_mm256_max_ps((__m256)a, (__m256)b);
#else
    return a > b ? a : b;
#endif
}

template <int N>
inline Row<N> larger(const Row<N>& a, const Row<N>& b) { return each(greater, a, b); }

// a / b for 1 <= b < 1e30, to 2 units in the last place: a division takes several times as long as
// an approximate inverse and one step of Newton's method.
inline Part quotient(Part a, Part b) {
#if defined(__AVX512F__)
    const Part inverse = (Part)_mm512_rcp14_ps((__m512)b);
    return a * (inverse * (2.0f - b * inverse));
#elif defined(__AVX2__)
    const Part inverse = (Part)_mm256_rcp_ps((__m256)b);
    return a * (inverse * (2.0f - b * inverse));
#else
    return a / b;
#endif
}

// tanh(x) / x as a ratio of polynomials in x^2, fitted on [0, 9.01]: relative error 2e-8, and with
// rounding 4e-7. Beyond 7.6 tanh is 1 - 5e-7 here, so that no rounding takes it to 1. NaN stays.
inline Part tanh(Part x) {
    constexpr float kMost = 7.6f;
    constexpr float p[] = {9.999999793e-01f, 1.338036026e-01f, 3.494797542e-03f, 2.059605298e-05f, 1.333655016e-08f};
    constexpr float q[] = {1.000000000e+00f, 4.671367569e-01f, 2.587397543e-02f, 3.284341155e-04f, 7.769159054e-07f};
    x = greater(Part{} - kMost, lesser(Part{} + kMost, x));
    const Part y = x * x;
    const Part above = (((p[4] * y + p[3]) * y + p[2]) * y + p[1]) * y + p[0];
    const Part below = (((q[4] * y + q[3]) * y + q[2]) * y + q[1]) * y + q[0];
    return quotient(x * above, below);
}
inline Part sigmoid(Part x) { return 0.5f * tanh(0.5f * x) + 0.5f; }

// exp(x) for x <= 0, to 2 units in the last place; 0 below -87. x = k ln 2 + r, |r| <= ln 2 / 2.
inline Part exp(Part x) {
    constexpr float kLog2e = 1.44269504f, kLn2High = 0.693359375f, kLn2Low = -2.12194440e-4f, kRound = 12582912.0f;
    const Part small = x < -87.0f ? Part{} - 87.0f : x;
    const Part k = (small * kLog2e + kRound) - kRound;
    const Part r = (small - k * kLn2High) - k * kLn2Low;
    Part e = Part{} + 1.0f / 5040;
    for (float c : {1.0f / 720, 1.0f / 120, 1.0f / 24, 1.0f / 6, 0.5f, 1.0f, 1.0f}) e = e * r + c;
    const PartInt power = (__builtin_convertvector(k, PartInt) + 127) << 23;
    return x < -87.0f ? Part{} : e * (Part)power;
}

// Places that a table has for each row: tables of up to 32 tokens are looked up in registers.
inline int32_t table_stride(int32_t n_tokens) {
    return n_tokens <= 8 ? 8 : n_tokens <= 16 ? 16 : n_tokens <= 32 ? 32 : n_tokens;
}

// table[tokens[k]] for each lane, for a stride of 8, 16, 32, or 0 for any other.
template <int stride>
inline Part look_up(const float* table, const int32_t* tokens) {
#if defined(__AVX512F__)
    const __m512i at = _mm512_loadu_si512(tokens);
    if constexpr (stride == 8) return (Part)_mm512_permutexvar_ps(at, _mm512_castps256_ps512(_mm256_loadu_ps(table)));
    if constexpr (stride == 16) return (Part)_mm512_permutexvar_ps(at, _mm512_loadu_ps(table));
    if constexpr (stride == 32) return (Part)_mm512_permutex2var_ps(_mm512_loadu_ps(table), at, _mm512_loadu_ps(table + 16));
    if constexpr (stride == 0) return (Part)_mm512_i32gather_ps(at, table, 4);
#elif defined(__AVX2__)
    const __m256i at = _mm256_loadu_si256((const __m256i*)tokens);
    if constexpr (stride == 0) return (Part)_mm256_i32gather_ps(table, at, 4);
    // The three lowest bits of a token choose from eight numbers, its other bits from which eight.
    auto eight = [&](int k) { return _mm256_permutevar8x32_ps(_mm256_loadu_ps(table + 8 * k), at); };
    auto bit = [&](int k) { return _mm256_castsi256_ps(_mm256_slli_epi32(at, 31 - k)); };
    if constexpr (stride == 8) return (Part)eight(0);
    if constexpr (stride == 16) return (Part)_mm256_blendv_ps(eight(0), eight(1), bit(3));
    if constexpr (stride == 32)
        return (Part)_mm256_blendv_ps(_mm256_blendv_ps(eight(0), eight(1), bit(3)),
                                      _mm256_blendv_ps(eight(2), eight(3), bit(3)), bit(4));
#else
    Part part;
    for (int k = 0; k < kWidth; ++k) part[k] = table[tokens[k]];
    return part;
#endif
}

template <int N>
inline Row<N> look_up(const float* table, const int32_t* tokens, int32_t stride) {
    Row<N> row;
#pragma GCC unroll 8
    for (int p = 0; p < N; ++p) {
        const int32_t* at = tokens + p * kWidth;
        row.part[p] = stride == 8    ? look_up<8>(table, at)
                      : stride == 16 ? look_up<16>(table, at)
                      : stride == 32 ? look_up<32>(table, at)
                                     : look_up<0>(table, at);
    }
    return row;
}

// Blocks of S lanes from two parts: those at even places, or those at odd ones.
template <int S, int... I>
inline Part even_blocks(Part a, Part b, std::integer_sequence<int, I...>) {
    return __builtin_shufflevector(a, b, ((I / S) % 2 ? kWidth + I - S : I)...);
}
template <int S, int... I>
inline Part odd_blocks(Part a, Part b, std::integer_sequence<int, I...>) {
    return __builtin_shufflevector(a, b, ((I / S) % 2 ? kWidth + I : I + S)...);
}

// Turn kWidth parts into their columns, in place: swap blocks of half the size, and so on.
template <int S = kWidth / 2>
inline void transpose(Part (&m)[kWidth]) {
    constexpr std::make_integer_sequence<int, kWidth> lanes{};
#pragma GCC unroll 16
    for (int i = 0; i < kWidth; ++i) {
        if (i & S) continue;
        const Part a = m[i], b = m[i + S];
        m[i] = even_blocks<S>(a, b, lanes);
        m[i + S] = odd_blocks<S>(a, b, lanes);
    }
    if constexpr (S > 1) transpose<S / 2>(m);
}

}  // namespace rnngraph::RNNGRAPH_ISA
