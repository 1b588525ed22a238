"""A plan that runs in a second: networks of 6 units, 8 strings, 1 epoch."""

from typing import Any

import pytest
import torch

from rnngraph.experiments import Plan


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """Tiny tensors: a second thread only costs."""
    torch.set_num_threads(1)


@pytest.fixture
def data() -> dict[str, Any]:
    """Nested tables as `tomllib` reads them, to be changed by a test."""
    return {
        "name": "tiny",
        "seed": 5,
        "task": {"name": "embedded_reber", "n_train": 8, "n_test": 8},
        "graphs": {
            "units": [6],
            "edges": [12],
            "count": 2,
            "families": [{"family": "watts_strogatz", "p": 0.2}, {"family": "erdos_renyi"}],
        },
        "network": {"cells": ["tanh"]},
        "training": {"replicates": 2, "epochs": 1},
        "analysis": {"metrics": ["density", "reciprocity"]},
        "compute": {"workers": 1, "members": 3},
    }


@pytest.fixture
def tiny(data: dict[str, Any]) -> Plan:
    return Plan.from_mapping(data)
