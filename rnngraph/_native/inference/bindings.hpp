// Sparse inference, as Python sees it.
#pragma once

#include <nanobind/nanobind.h>

namespace rnngraph {

void bind_inference(nanobind::module_& module);

}  // namespace rnngraph
