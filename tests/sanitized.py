"""A pytest plugin: the tests' core is the one that `make test-sanitize` built."""

import importlib.util
import sys
from pathlib import Path

NAME = "rnngraph._native._core"
[built] = (Path(__file__).parents[1] / "build" / "sanitize").glob("_core*.so")
spec = importlib.util.spec_from_file_location(NAME, built)
assert spec
assert spec.loader
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
sys.modules[NAME] = module
