// The training of networks, as Python sees it.
#pragma once

#include <nanobind/nanobind.h>

namespace rnngraph {

void bind_training(nanobind::module_& module);

}  // namespace rnngraph
