"""rnngraph: does the wiring of a recurrent network matter for what it learns?

Public names are resolved on first use, so `import rnngraph` loads none of torch, igraph,
pandas or scikit-learn.
"""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from rnngraph import experiments as experiments
    from rnngraph import generators as generators
    from rnngraph import graphs as graphs
    from rnngraph import masks as masks
    from rnngraph import metrics as metrics
    from rnngraph import nn as nn
    from rnngraph import nulls as nulls
    from rnngraph import pruning as pruning
    from rnngraph import reporting as reporting
    from rnngraph import sparsify as sparsify
    from rnngraph import stats as stats
    from rnngraph import tasks as tasks
    from rnngraph._types import RNG as RNG
    from rnngraph._types import Adjacency as Adjacency
    from rnngraph._types import Cell as Cell
    from rnngraph._types import Weights as Weights
    from rnngraph.experiments import Plan as Plan
    from rnngraph.experiments import load_results as load_results
    from rnngraph.experiments import run as run
    from rnngraph.graphs import as_adjacency as as_adjacency
    from rnngraph.graphs import as_weights as as_weights
    from rnngraph.graphs import graph_key as graph_key
    from rnngraph.graphs import layer_index as layer_index
    from rnngraph.graphs import load_graph as load_graph
    from rnngraph.graphs import orient_acyclic as orient_acyclic
    from rnngraph.graphs import save_graph as save_graph
    from rnngraph.graphs import to_igraph as to_igraph
    from rnngraph.graphs import to_networkx as to_networkx
    from rnngraph.graphs import to_scipy as to_scipy
    from rnngraph.masks import graph_of as graph_of
    from rnngraph.masks import layered_mask as layered_mask
    from rnngraph.masks import recurrent_mask as recurrent_mask
    from rnngraph.metrics import profile as profile
    from rnngraph.nn import compact as compact
    from rnngraph.nn import train as train
    from rnngraph.nn import train_population as train_population
    from rnngraph.nulls import null_zscores as null_zscores
    from rnngraph.reporting import report as report

_PARTS: Final = (
    "experiments",
    "generators",
    "graphs",
    "masks",
    "metrics",
    "nn",
    "nulls",
    "pruning",
    "reporting",
    "sparsify",
    "stats",
    "tasks",
)
_HOME: Final = {
    "Adjacency": "_types",
    "Cell": "_types",
    "Plan": "experiments",
    "RNG": "_types",
    "Weights": "_types",
    "as_adjacency": "graphs",
    "as_weights": "graphs",
    "compact": "nn",
    "graph_key": "graphs",
    "graph_of": "masks",
    "layer_index": "graphs",
    "layered_mask": "masks",
    "load_graph": "graphs",
    "load_results": "experiments",
    "null_zscores": "nulls",
    "orient_acyclic": "graphs",
    "profile": "metrics",
    "recurrent_mask": "masks",
    "report": "reporting",
    "run": "experiments",
    "save_graph": "graphs",
    "to_igraph": "graphs",
    "to_networkx": "graphs",
    "to_scipy": "graphs",
    "train": "nn",
    "train_population": "nn",
}

__version__ = version("rnngraph")
__all__ = ["__version__", *_PARTS, *_HOME]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module attribute can be anything
    if name in _PARTS:
        return import_module(f"rnngraph.{name}")
    if name in _HOME:
        return getattr(import_module(f"rnngraph.{_HOME[name]}"), name)
    raise AttributeError(f"module 'rnngraph' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
