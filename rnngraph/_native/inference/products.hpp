// The kernels of inference, each built once for each instruction set.
#pragma once

#include <array>
#include <span>

#include "inference/matrix.hpp"
#include "training/network.hpp"

namespace rnngraph {

// Numbers of which there is a multiple of this many can be read and written beyond their end, up to the next multiple.
constexpr int32_t kPadding = 16;
// Columns of numbers that are looked at together through a window.
constexpr int32_t kAbreast = 4;

struct Products {
    std::array<std::span<const uint8_t>, 3> places;  // by form of values, where the index of each row of a group lies
    int32_t most, most_full;  // columns up to which `few` is as fast as `many`: for any windows, and for full ones
    // y = matrix * x + bias, for a few columns of numbers one after the other: those of x `width` apart, those of y
    // n_rows. `scratch` has room for kAbreast * (n_columns + 2 * kWindow) numbers.
    void (*few)(const Matrix&, const float* x, int64_t width, int64_t columns, const float* bias, float* scratch,
                float* y);
    // The same for columns of numbers side by side, `stride` of them: 4, 8, 16 or 32.
    void (*many)(const Matrix&, const float* x, const float* bias, int64_t stride, float* y);
    // One step of n units (or of n / lanes units in each of the lanes): the parts of the two pre-activations, gate
    // after gate, and the states, which become the next ones.
    void (*step)(Kind, int64_t n, const float* from_input, const float* from_hidden, float* h, float* c);
};

}  // namespace rnngraph
