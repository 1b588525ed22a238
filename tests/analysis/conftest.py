"""Scripts are no package: each is loaded from its file, with those beside it at hand."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

ANALYSIS = Path(__file__).parents[2] / "analysis"


@pytest.fixture(scope="session")
def load() -> Callable[[str], ModuleType]:
    """Load a script of `analysis` by its name."""

    def load_script(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(name, ANALYSIS / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.path.insert(0, str(ANALYSIS))
        try:
            spec.loader.exec_module(module)
        finally:
            sys.path.remove(str(ANALYSIS))
        return module

    return load_script
