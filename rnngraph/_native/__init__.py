"""The compiled core, where it was built; everything works without it, by the reference backend.

It is built from the C++ files of this folder when the package is installed on a machine with a
compiler (GCC or Clang). A core that was built and cannot be loaded is an error, not a fallback.
"""

import warnings
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

core: Final[Any] = (
    import_module("rnngraph._native._core") if find_spec("rnngraph._native._core") else None
)
"""The extension module, or None."""


@cache
def say_that_it_is_missing() -> None:
    """Warn, once a process, that the reference backend does the core's work."""
    warnings.warn(
        "rnngraph was installed without its compiled core, for want of a C++20 compiler (GCC or "
        "Clang): the reference backend gives the same results, many times slower. Install a "
        'compiler and rnngraph again, or ask for backend="reference" to silence this.',
        stacklevel=4,
    )
