// Products with a sparse matrix, and what follows them in a step.
#include "inference/products.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "training/rows.hpp"

namespace rnngraph::RNNGRAPH_ISA {
namespace {

constexpr int kGroupParts = kGroup / kWidth;

// A matrix is read once a step, from beyond the core's own caches, and is asked for by so many bytes before it is used.
constexpr int kAhead = 2048;
template <class T>
void ask_ahead(const T* from, int n) {
    for (int k = 0; k < n * static_cast<int>(sizeof(T)); k += 64)
        __builtin_prefetch(reinterpret_cast<const char*>(from) + kAhead + k);
}

// Measured at 1,760 and 3,072 units, benchmarks/inference.
#if defined(__AVX512F__)
constexpr int32_t kMost = 4, kMostFull = 8;
#elif defined(__AVX2__)
constexpr int32_t kMost = 2, kMostFull = 4;
#else
constexpr int32_t kMost = 1, kMostFull = 1;
#endif

// The weights of a stop, kWidth at a time.
Part weights(const float* from) { return load_part(from); }

Part weights(const uint16_t* from) {
#if defined(__AVX512F__)
    const __m512i wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i*)from));
    return (Part)_mm512_slli_epi32(wide, 16);
#elif defined(__AVX2__)
    const __m256i wide = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i*)from));
    return (Part)_mm256_slli_epi32(wide, 16);
#else
    PartInt wide;
    for (int k = 0; k < kWidth; ++k) wide[k] = static_cast<int32_t>(uint32_t{from[k]} << 16);
    return (Part)wide;
#endif
}

Part weights(const int8_t* from) {
#if defined(__AVX512F__)
    return (Part)_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i*)from)));
#elif defined(__AVX2__)
    return (Part)_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i*)from)));
#else
    Part part;
    for (int k = 0; k < kWidth; ++k) part[k] = from[k];
    return part;
#endif
}

// What is seen through a window: the numbers at the indices of a stop, a row each.
#if defined(__AVX2__) && !defined(__AVX512F__)
// A table of 16 bytes is looked up 32 times by one instruction, one of 8 floats only 8 times. So numbers are taken
// apart in their four bytes, these looked up in the two halves of the window, and put together again: which leaves
// them in another order than the indices came in.
struct Scene {
    const uint8_t* planes[4];

    Scene(const float* x, int32_t n, float* scratch) {
        auto* bytes = reinterpret_cast<uint8_t*>(scratch);
        const int64_t size = int64_t{n} + kWindow;
        for (int p = 0; p < 4; ++p) planes[p] = bytes + p * size;
        for (int32_t j = 0; j < n; ++j) {
            const auto number = std::bit_cast<uint32_t>(x[j]);
            for (int p = 0; p < 4; ++p) bytes[p * size + j] = static_cast<uint8_t>(number >> (8 * p));
        }
        for (int p = 0; p < 4; ++p) std::memset(bytes + p * size + n, 0, kWindow);
    }
    void look(int64_t at, const uint8_t* index, Part (&seen)[kGroupParts]) const {
        const __m256i where = _mm256_loadu_si256((const __m256i*)index);
        const __m256i upper = _mm256_slli_epi16(where, 3);
        auto bytes = [&](int p) {
            auto half = [&](int h) {
                return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i*)(planes[p] + at + 16 * h)));
            };
            return _mm256_blendv_epi8(_mm256_shuffle_epi8(half(0), where), _mm256_shuffle_epi8(half(1), where), upper);
        };
        const __m256i b0 = bytes(0), b1 = bytes(1), b2 = bytes(2), b3 = bytes(3);
        const __m256i low = _mm256_unpacklo_epi8(b0, b1), high = _mm256_unpacklo_epi8(b2, b3);
        seen[0] = (Part)_mm256_unpacklo_epi16(low, high);
        seen[1] = (Part)_mm256_unpackhi_epi16(low, high);
        const __m256i low2 = _mm256_unpackhi_epi8(b0, b1), high2 = _mm256_unpackhi_epi8(b2, b3);
        seen[2] = (Part)_mm256_unpacklo_epi16(low2, high2);
        seen[3] = (Part)_mm256_unpackhi_epi16(low2, high2);
    }
};

constexpr std::array<uint8_t, kGroup> kPlaces = [] {
    std::array<uint8_t, kGroup> places{};
    for (int k = 0; k < kGroup; ++k) places[k] = static_cast<uint8_t>(k / 4 % 2 * 16 + k / 8 * 4 + k % 4);
    return places;
}();
#else
struct Scene {
    const float* numbers;

    Scene(const float* x, int32_t n, float* scratch) : numbers(scratch) {
        std::memcpy(scratch, x, n * sizeof(float));
        std::fill_n(scratch + n, kWindow, 0.0f);
    }
    void look(int64_t at, const uint8_t* index, Part (&seen)[kGroupParts]) const {
#if defined(__AVX512F__)
        __m512 first = _mm512_loadu_ps(numbers + at), second = _mm512_loadu_ps(numbers + at + 16);
        // A window lies across lines of the cache, and would be read once for each part were it not kept here.
        asm("" : "+v"(first), "+v"(second));
        for (int p = 0; p < kGroupParts; ++p) {
            const __m512i where = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i*)(index + 16 * p)));
            seen[p] = (Part)_mm512_permutex2var_ps(first, where, second);
        }
#else
        float found[kGroup];
        for (int k = 0; k < kGroup; ++k) found[k] = numbers[at + index[k]];
        for (int p = 0; p < kGroupParts; ++p) seen[p] = load_part(found + p * kWidth);
#endif
    }
};

constexpr std::array<uint8_t, kGroup> kPlaces = [] {
    std::array<uint8_t, kGroup> places{};
    for (int k = 0; k < kGroup; ++k) places[k] = static_cast<uint8_t>(k);
    return places;
}();
#endif

// N columns at once: weights and indices are read once for all of them.
template <int N, class Number>
void product(const Matrix& matrix, const Number* values, const Scene* scenes, const float* bias, float* y) {
    const Windows& windows = matrix.windows;
    const uint8_t* index = windows.index.data();
    const size_t n_groups = windows.stops.size() - 1;
    for (size_t group = 0; group < n_groups; ++group) {
        Part sums[N][kGroupParts] = {};
        int64_t at = 0;
        for (int32_t stop = windows.stops[group]; stop < windows.stops[group + 1]; ++stop) {
            at += windows.advance[stop];
            ask_ahead(values, kGroup);
            ask_ahead(index, kGroup);
            Part weight[kGroupParts];
#pragma GCC unroll 8
            for (int p = 0; p < kGroupParts; ++p) weight[p] = weights(values + p * kWidth);
#pragma GCC unroll 4
            for (int k = 0; k < N; ++k) {
                Part seen[kGroupParts];
                scenes[k].look(at, index, seen);
#pragma GCC unroll 8
                for (int p = 0; p < kGroupParts; ++p) sums[k][p] += seen[p] * weight[p];
            }
            index += kGroup;
            values += kGroup;
        }
        const int32_t* order = windows.order.data() + group * kGroup;
        for (int k = 0; k < N; ++k) {
            float found[kGroup];
            for (int p = 0; p < kGroupParts; ++p) store_part(found + p * kWidth, sums[k][p]);
            float* to = y + int64_t{k} * matrix.n_rows;
            for (int j = 0; j < kGroup && order[j] >= 0; ++j)
                to[order[j]] = bias[order[j]] + matrix.scale[order[j]] * found[j];
        }
    }
}

template <int N>
void abreast(const Matrix& matrix, const float* x, int64_t width, const float* bias, float* scratch, float* y) {
    auto scene = [&](int k) {
        return Scene(x + k * width, matrix.n_columns, scratch + int64_t{k} * (matrix.n_columns + 2 * kWindow));
    };
    const auto scenes = [&]<int... k>(std::integer_sequence<int, k...>) {
        return std::array<Scene, N>{scene(k)...};
    }(std::make_integer_sequence<int, N>());
    switch (matrix.values) {
        case Values::float32: return product<N>(matrix, matrix.windows.single.data(), scenes.data(), bias, y);
        case Values::bfloat16: return product<N>(matrix, matrix.windows.half.data(), scenes.data(), bias, y);
        case Values::int8: return product<N>(matrix, matrix.windows.byte.data(), scenes.data(), bias, y);
    }
}

void few(const Matrix& matrix, const float* x, int64_t width, int64_t columns, const float* bias, float* scratch,
         float* y) {
    for (int64_t k = 0; k < columns; k += kAbreast) {
        const float* from = x + k * width;
        float* to = y + k * matrix.n_rows;
        switch (columns - k) {
            case 1: abreast<1>(matrix, from, width, bias, scratch, to); break;
            case 2: abreast<2>(matrix, from, width, bias, scratch, to); break;
            case 3: abreast<3>(matrix, from, width, bias, scratch, to); break;
            default: abreast<kAbreast>(matrix, from, width, bias, scratch, to);
        }
    }
}

// Lanes side by side, fewer than a part has when there are few: so much less has to be in the cache.
template <int width>
using Side __attribute__((vector_size(width * 4))) = float;

// N times `width` lanes; few leave time between additions to the same sum, so there are several sums.
template <int width, int N, class Column>
void product(const Rows& rows, const Column* column, const float* x, const float* bias, int64_t stride, float* y) {
    using Lanes = Side<width>;
    constexpr int kSums = N == 1 ? 4 : N == 2 ? 2 : 1;
    const auto n_rows = static_cast<int64_t>(rows.start.size()) - 1;
    for (int64_t row = 0; row < n_rows; ++row) {
        Lanes sums[kSums][N] = {};
        auto add = [&](int64_t e, Lanes(&to)[N]) {
            const float* from = x + column[e] * stride;
#pragma GCC unroll 4
            for (int p = 0; p < N; ++p) {
                Lanes seen;
                std::memcpy(&seen, from + p * width, sizeof seen);
                to[p] += rows.weight[e] * seen;
            }
        };
        int64_t e = rows.start[row];
        const int64_t end = rows.start[row + 1];
        for (; e + kSums <= end; e += kSums)
#pragma GCC unroll 4
            for (int s = 0; s < kSums; ++s) add(e + s, sums[s]);
        for (; e < end; ++e) add(e, sums[0]);
#pragma GCC unroll 4
        for (int p = 0; p < N; ++p) {
            Lanes total = sums[0][p] + bias[row];
            for (int s = 1; s < kSums; ++s) total += sums[s][p];
            std::memcpy(y + row * stride + p * width, &total, sizeof total);
        }
    }
}

template <class Column>
void all_lanes(const Rows& rows, const Column* column, const float* x, const float* bias, int32_t lanes, int64_t stride,
               float* y) {
    if (stride == 4) return product<4, 1>(rows, column, x, bias, stride, y);
    if (stride == 8) return product<std::min(8, kWidth), 8 / std::min(8, kWidth)>(rows, column, x, bias, stride, y);
    for (int32_t lane = 0; lane < lanes;) {
        const int32_t parts = (lanes - lane + kWidth - 1) / kWidth;
        auto some = [&](auto product) {
            product(rows, column, x + lane, bias, stride, y + lane);
        };
        if (parts >= 4) {
            some(product<kWidth, 4, Column>);
            lane += 4 * kWidth;
        } else if (parts >= 2) {
            some(product<kWidth, 2, Column>);
            lane += 2 * kWidth;
        } else {
            some(product<kWidth, 1, Column>);
            lane += kWidth;
        }
    }
}

void many(const Matrix& matrix, const float* x, const float* bias, int32_t lanes, int64_t stride, float* y) {
    const Rows& rows = matrix.rows;
    if (rows.far.empty())
        all_lanes(rows, rows.near.data(), x, bias, lanes, stride, y);
    else
        all_lanes(rows, rows.far.data(), x, bias, lanes, stride, y);
}

// `next` makes of the place of some units their next state.
template <class Next>
void all_units(int64_t n, float* h, Next next) {
    for (int64_t j = 0; j < n; j += kWidth) store_part(h + j, next(j));
}

void step(Kind kind, int64_t n, const float* from_input, const float* from_hidden, float* h, float* c) {
    auto sum = [&](int gate, int64_t j) {
        return load_part(from_input + gate * n + j) + load_part(from_hidden + gate * n + j);
    };
    switch (kind) {
        case Kind::tanh: return all_units(n, h, [&](int64_t j) { return tanh(sum(0, j)); });
        case Kind::relu: return all_units(n, h, [&](int64_t j) { return greater(Part{}, sum(0, j)); });
        case Kind::gru:
            return all_units(n, h, [&](int64_t j) {
                const Part r = sigmoid(sum(0, j)), z = sigmoid(sum(1, j));
                const Part made = tanh(load_part(from_input + 2 * n + j) + r * load_part(from_hidden + 2 * n + j));
                return made + z * (load_part(h + j) - made);
            });
        case Kind::lstm:
            return all_units(n, h, [&](int64_t j) {
                const Part kept = sigmoid(sum(1, j)) * load_part(c + j) + sigmoid(sum(0, j)) * tanh(sum(2, j));
                store_part(c + j, kept);
                return sigmoid(sum(3, j)) * tanh(kept);
            });
    }
}

}  // namespace

extern const Products products;
const Products products = {kPlaces, kMost, kMostFull, few, many, step};

}  // namespace rnngraph::RNNGRAPH_ISA
