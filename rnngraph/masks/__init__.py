"""Graph <-> recurrent mask: gates by name, layers, directions, input and readout."""

from rnngraph.masks.decode import graph_of
from rnngraph.masks.encode import recurrent_mask
from rnngraph.masks.layered import LayeredMask, layered_mask
from rnngraph.masks.layout import GATES
from rnngraph.masks.mask import RecurrentMask

__all__ = [
    "GATES",
    "LayeredMask",
    "RecurrentMask",
    "graph_of",
    "layered_mask",
    "recurrent_mask",
]
