// Products with a sparse matrix, and what follows them in a step.
#include "inference/products.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "training/rows.hpp"

namespace rnngraph::RNNGRAPH_ISA {
namespace {

// Rows side by side in a group. More of them have a window read once, but wait more for each other, and empty places
// cost the more the wider the weights are.
template <class Number>
constexpr int kGroup = kWidth == 16 && sizeof(Number) < 4 ? 64 : 32;

// A matrix is read once a step, from beyond the core's own caches: each number is asked for so many before it.
constexpr int kAhead = 2048;
template <class Number>
void ask_ahead(const Number* next, int n) {
    constexpr int kLine = 64 / sizeof(Number);
    for (int k = 0; k < n; k += kLine) __builtin_prefetch(next + kAhead + k);
}

// Measured at 1,760 and 3,072 units, benchmarks/inference.
#if defined(__AVX512F__)
constexpr int32_t kMost = 4, kMostFull = 12;
#elif defined(__AVX2__)
constexpr int32_t kMost = 2, kMostFull = 4;
#else
constexpr int32_t kMost = 1, kMostFull = 1;
#endif

template <class Work>
void in_their_form(Values values, const Weights& weights, Work work) {
    switch (values) {
        case Values::float32: return work(weights.single.data());
        case Values::bfloat16: return work(weights.half.data());
        case Values::int8: return work(weights.byte.data());
    }
}

// kWidth weights at a time.
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
    void look(int64_t at, const uint8_t* index, Part (&seen)[4]) const {
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

constexpr auto kPlaces = [] {
    std::array<uint8_t, 32> places{};
    for (int k = 0; k < 32; ++k) places[k] = static_cast<uint8_t>(k / 4 % 2 * 16 + k / 8 * 4 + k % 4);
    return places;
}();
#else
struct Scene {
    const float* numbers;

    Scene(const float* x, int32_t n, float* scratch) : numbers(scratch) {
        std::memcpy(scratch, x, n * sizeof(float));
        std::fill_n(scratch + n, kWindow, 0.0f);
    }
    template <int parts>
    void look(int64_t at, const uint8_t* index, Part (&seen)[parts]) const {
#if defined(__AVX512F__)
        __m512 first = _mm512_loadu_ps(numbers + at), second = _mm512_loadu_ps(numbers + at + 16);
        // A window lies across lines of the cache, and would be read once for each part were it not kept here.
        asm("" : "+v"(first), "+v"(second));
        for (int p = 0; p < parts; ++p) {
            const __m512i where = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i*)(index + 16 * p)));
            seen[p] = (Part)_mm512_permutex2var_ps(first, where, second);
        }
#else
        float found[parts * kWidth];
        for (int k = 0; k < parts * kWidth; ++k) found[k] = numbers[at + index[k]];
        for (int p = 0; p < parts; ++p) seen[p] = load_part(found + p * kWidth);
#endif
    }
};

constexpr auto kPlaces = [] {
    std::array<uint8_t, 64> places{};
    for (int k = 0; k < 64; ++k) places[k] = static_cast<uint8_t>(k);
    return places;
}();
#endif

// N columns at once: weights and indices are read once for all of them.
template <int N, class Number>
void product(const Matrix& matrix, const Number* values, const Scene* scenes, const float* bias, float* y) {
    constexpr int kRows = kGroup<Number>, kRowParts = kRows / kWidth;
    const Windows& windows = matrix.windows;
    const uint8_t* index = windows.index.data();
    const size_t n_groups = windows.stops.size() - 1;
    for (size_t group = 0; group < n_groups; ++group) {
        Part sums[N][kRowParts] = {};
        int64_t at = 0;
        for (int32_t stop = windows.stops[group]; stop < windows.stops[group + 1]; ++stop) {
            at += windows.advance[stop];
            ask_ahead(values, kRows);
            ask_ahead(index, kRows);
            Part weight[kRowParts];
#pragma GCC unroll 8
            for (int p = 0; p < kRowParts; ++p) weight[p] = weights(values + p * kWidth);
#pragma GCC unroll 4
            for (int k = 0; k < N; ++k) {
                Part seen[kRowParts];
                scenes[k].look(at, index, seen);
#pragma GCC unroll 8
                for (int p = 0; p < kRowParts; ++p) sums[k][p] += seen[p] * weight[p];
            }
            index += kRows;
            values += kRows;
        }
        const int32_t* order = windows.order.data() + group * kRows;
        for (int k = 0; k < N; ++k) {
            float found[kRows];
            for (int p = 0; p < kRowParts; ++p) store_part(found + p * kWidth, sums[k][p]);
            float* to = y + int64_t{k} * matrix.n_rows;
            for (int j = 0; j < kRows && order[j] >= 0; ++j)
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
    in_their_form(matrix.values, matrix.windows.weights,
                  [&](auto* values) { product<N>(matrix, values, scenes.data(), bias, y); });
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

// Lanes side by side, no more than a part has. So that a part is full, it holds few lanes of several columns.
template <int width>
using Side __attribute__((vector_size(width * 4))) = float;

// The lanes of columns from `first` on, as many as make up the width; `place` says where those of one lie.
template <int lanes, int width, class Place>
Side<width> columns_from(int first, Place place) {
    if constexpr (width == lanes) {
        Side<width> seen;
        std::memcpy(&seen, place(first), sizeof seen);
        return seen;
    } else {
        constexpr int half = width / 2;
        const Side<half> left = columns_from<lanes, half>(first, place);
        const Side<half> right = columns_from<lanes, half>(first + half / lanes, place);
        return [&]<int... k>(std::integer_sequence<int, k...>) {
            return __builtin_shufflevector(left, right, k...);
        }(std::make_integer_sequence<int, width>());
    }
}

// The weights of as many columns, each in all of its lanes.
template <int lanes, int first>
Part spread(Part weights) {
    return [&]<int... k>(std::integer_sequence<int, k...>) {
        return __builtin_shufflevector(weights, weights, (first + k / lanes)...);
    }(std::make_integer_sequence<int, kWidth>());
}

// The sum of all columns.
template <int lanes, int width>
Side<lanes> folded(Side<width> part) {
    if constexpr (width == lanes) {
        return part;
    } else {
        constexpr int half = width / 2;
        return [&]<int... k>(std::integer_sequence<int, k...>) {
            return folded<lanes, half>(__builtin_shufflevector(part, part, k...) +
                                       __builtin_shufflevector(part, part, (half + k)...));
        }(std::make_integer_sequence<int, half>());
    }
}

template <int stride, class Number, class Column>
void product(const Matrix& matrix, const Number* values, const Column* column, const float* x, const float* bias,
             float* y) {
    constexpr int kSide = std::min(stride, kWidth), kParts = stride / kSide, kColumns = kWidth / kSide;
    // An addition to a sum waits for the one before.
    constexpr int kSums = std::max(1, 4 / kParts);
    const Rows& rows = matrix.rows;
    for (size_t next = 0; next < rows.order.size(); ++next) {
        Part sums[kSums][kParts] = {};
        for (int32_t run = rows.runs[next]; run > 0; --run) {
            ask_ahead(values, kRun);
            ask_ahead(column, kRun);
            Part weight[kRun / kWidth];
#pragma GCC unroll 4
            for (int k = 0; k < kRun / kWidth; ++k) weight[k] = weights(values + k * kWidth);
            auto add = [&]<int k>(std::integral_constant<int, k>) {
                constexpr int first = k * kColumns;
                const Part factor = spread<kSide, first % kWidth>(weight[first / kWidth]);
#pragma GCC unroll 8
                for (int p = 0; p < kParts; ++p)
                    sums[k % kSums][p] += factor * columns_from<kSide, kWidth>(first, [&](int e) {
                        return x + int64_t{column[e]} * stride + p * kSide;
                    });
            };
            [&]<int... k>(std::integer_sequence<int, k...>) {
                (add(std::integral_constant<int, k>()), ...);
            }(std::make_integer_sequence<int, kRun / kColumns>());
            values += kRun;
            column += kRun;
        }
        const int64_t row = rows.order[next];
#pragma GCC unroll 8
        for (int p = 0; p < kParts; ++p) {
            Part total = sums[0][p];
            for (int k = 1; k < kSums; ++k) total += sums[k][p];
            const Side<kSide> made = bias[row] + matrix.scale[row] * folded<kSide, kWidth>(total);
            std::memcpy(y + row * stride + p * kSide, &made, sizeof made);
        }
    }
}

template <int stride>
void all_lanes(const Matrix& matrix, const float* x, const float* bias, float* y) {
    const Rows& rows = matrix.rows;
    in_their_form(matrix.values, rows.weights, [&](auto* values) {
        if (rows.far.empty())
            product<stride>(matrix, values, rows.near.data(), x, bias, y);
        else
            product<stride>(matrix, values, rows.far.data(), x, bias, y);
    });
}

void many(const Matrix& matrix, const float* x, const float* bias, int64_t stride, float* y) {
    switch (stride) {
        case 4: return all_lanes<4>(matrix, x, bias, y);
        case 8: return all_lanes<8>(matrix, x, bias, y);
        case 16: return all_lanes<16>(matrix, x, bias, y);
        default: return all_lanes<32>(matrix, x, bias, y);
    }
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

template <class Number>
constexpr std::span<const uint8_t> places = std::span(kPlaces).template first<kGroup<Number>>();

}  // namespace

extern const Products products;
const Products products = {{places<float>, places<uint16_t>, places<int8_t>}, kMost, kMostFull, few, many, step};

}  // namespace rnngraph::RNNGRAPH_ISA
