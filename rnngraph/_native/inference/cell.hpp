// A recurrent layer in one direction, whose weights are sparse and will not change again.
#pragma once

#include <vector>

#include "inference/matrix.hpp"
#include "inference/products.hpp"

namespace rnngraph {

struct SparseCell {
    Kind kind;
    Matrix input, hidden;
    std::vector<float> bias_input, bias_hidden;
    const Products* products;  // those that the matrices were laid out for

    int32_t n_units() const { return hidden.n_columns; }
};

// Sequences as torch packs them: step after step, and of each step those that have not ended, the longest first.
struct PackedInput {
    const float* x;            // (rows, inputs)
    const int64_t* batch_size; // of each step, not increasing
    int64_t n_steps;
};

// Runs the cell over the sequences, from the last step to the first if `backward`; `h` and `c` (sequences, units) hold
// the first states and become the last ones. `out`: (rows, units).
void run(const SparseCell&, const PackedInput&, bool backward, float* h, float* c, float* out);

}  // namespace rnngraph
