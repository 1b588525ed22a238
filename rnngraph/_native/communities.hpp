// The community that a node gains most by joining.
#pragma once

#include <cstdint>

namespace rnngraph {

// The least label, of those with toward > 0, with the greatest
//     m toward[c] - own_out in[c] - own_in out[c],
// which replaces `gain`; -1 where that is no more than `gain`. Arrays are read up to
// the next multiple of 8 of `n_labels`.
using BestCommunity = int32_t (*)(const double* toward, const double* in, const double* out,
                                  int32_t n_labels, double m, double own_out, double own_in,
                                  double& gain);

}  // namespace rnngraph
