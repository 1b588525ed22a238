"""Model -> graph: which hidden units read which, from any torch RNN, GRU or LSTM."""

from dataclasses import dataclass
from typing import Literal, cast, overload

import numpy as np
import torch
from numpy.typing import NDArray

from rnngraph._check import check_bool, check_choice, check_int, check_real
from rnngraph._types import Adjacency, Weights
from rnngraph.errors import InputError
from rnngraph.masks.extract import RecurrentState, recurrent_state
from rnngraph.masks.layered import LayeredMask
from rnngraph.masks.layout import DIRECTIONS, GATES, Direction, parameter_name, split_gates
from rnngraph.masks.mask import RecurrentMask

_FUSIONS = ("any", "all", "mean", "max")
_BY_COUNT = {len(gates): gates for gates in GATES.values()}


@overload
def graph_of(
    source: object,
    *,
    layer: int = 0,
    direction: Direction = "forward",
    gates: str = "any",
    threshold: float = 0.0,
    weights: Literal[False] = False,
    signed: bool = False,
) -> Adjacency: ...


@overload
def graph_of(
    source: object,
    *,
    layer: int = 0,
    direction: Direction = "forward",
    gates: str = "any",
    threshold: float = 0.0,
    weights: Literal[True],
    signed: bool = False,
) -> Weights: ...


@overload
def graph_of(
    source: object,
    *,
    layer: int = 0,
    direction: Direction = "forward",
    gates: str = "any",
    threshold: float = 0.0,
    weights: bool,
    signed: bool = False,
) -> Adjacency | Weights: ...


def graph_of(
    source: object,
    *,
    layer: int = 0,
    direction: Direction = "forward",
    gates: str = "any",
    threshold: float = 0.0,
    weights: bool = False,
    signed: bool = False,
) -> Adjacency | Weights:
    """Read the recurrent graph of a network: edge i -> j where unit j reads unit i.

    With `threshold=0` an edge is a weight that is live in a mask, even one whose value is 0, or,
    in a network without masks, a weight that is not 0. With a threshold, an edge is a weight
    whose magnitude exceeds it.

    An LSTM with projections feeds back `weight_hr @ h`, so its graph, between the n units before
    the projection, is that of `weight_hh @ weight_hr`: without a threshold unit j reads unit i
    where some projected output links them, with one where the product's magnitude exceeds it.

    Args:
        source: An nn.RNN, nn.GRU or nn.LSTM (also pruned or parametrized by torch's tools), a
            torch cell, a GraphRNN, a LayeredRNN or LayeredMask (whose graph is that between its
            layers), a module that contains just one of these, a RecurrentMask, a
            state dict or checkpoint with one network under any prefix, or the path of one:
            `.safetensors`, or `.pt`, `.pth`, `.ckpt` that hold no code.
        layer: Layer, counted from 0.
        direction: "forward" or "backward".
        gates: How the gates become one graph. "any": an edge in any gate; "all": in every gate;
            "mean", "max": the gates' mean or largest magnitude exceeds the threshold; or the
            name of one gate ("h", "r", "z", "n", "i", "f", "g", "o") for its own graph.
        threshold: Magnitude that a weight must exceed, >= 0, in the weights' own unit.
        weights: Return the edges' weights instead of booleans: the magnitude in one gate, the
            largest over gates for "max", else the mean over all gates. An edge whose weight is 0
            cannot be told from no edge here.
        signed: With `weights`, keep signs: the weight in one gate, the weight of largest
            magnitude for "max" (the first such gate in a tie), else the mean weight, where
            opposite signs cancel.

    Returns:
        Shape (n, n), rows = source, self-loops on the diagonal: bool, or float64 with 0 for no
        edge.

    Raises:
        InputError: No recurrent network or several in `source`, a layer, direction or gate it
            does not have, a negative threshold, a weight that is not finite, a flag that is no
            bool, or weights asked of a RecurrentMask.
        FileError: The file cannot be read, or holds code.
    """
    threshold = check_real("threshold", threshold, 0.0)
    check_bool("weights", weights)
    check_bool("signed", signed)
    layered = source if isinstance(source, LayeredMask) else getattr(source, "mask", None)
    if isinstance(layered, LayeredMask):
        if weights or threshold > 0 or layer or direction != "forward" or gates != "any":
            raise InputError(
                "`source` is layered: it has the graph between its layers, in any gate; for one "
                'of its cells pass that, such as model.cells["layer_0"].'
            )
        return layered.graph()
    if signed and not weights:
        raise InputError("`signed` needs `weights=True`: an adjacency has no sign.")
    if isinstance(source, RecurrentMask) and (weights or threshold > 0):
        raise InputError("`source` is a RecurrentMask: it has no weights to return or threshold.")
    blocks = _gate_blocks(recurrent_state(source), layer, direction)
    check_choice("gates", gates, (*_FUSIONS, *blocks.gates))
    if gates in blocks.gates:
        only = [blocks.gates.index(gates)]
        blocks = _GateBlocks((gates,), blocks.weights[only], blocks.live[only])
    edges = _fused_edges(blocks, gates, threshold)
    return np.where(edges, _fused_weights(blocks, gates, signed), 0.0) if weights else edges


@dataclass(frozen=True, eq=False)
class _GateBlocks:
    """Weights of one layer and direction, (gates, n, n), rows = source, 0 where not live."""

    gates: tuple[str, ...]
    weights: Weights
    live: NDArray[np.bool_]


def _gate_blocks(state: RecurrentState, layer: int, direction: str) -> _GateBlocks:
    names = [name for name in state.weights if name.startswith("weight_hh_l")]
    if not names:
        raise InputError("`source` holds projections (`weight_hr_l0`, ...) but no `weight_hh_l0`.")
    last = max(int(name.removeprefix("weight_hh_l").removesuffix("_reverse")) for name in names)
    check_int("layer", layer, 0, last)
    way = cast("Direction", check_choice("direction", direction, DIRECTIONS))
    hidden, projection = parameter_name("hh", layer, way), parameter_name("hr", layer, way)
    if hidden not in names:
        raise InputError(f"`source` has no `{hidden}`: no layer {layer} that reads {way}.")
    weight, live = _weight(state, hidden)
    if projection in state.weights:
        down, live_down = _weight(state, projection)
        if len(down) != weight.shape[1]:
            raise InputError(
                f"`{projection}` must have {weight.shape[1]} rows, as `{hidden}` has columns; "
                f"got shape {tuple(down.shape)}."
            )
        weight, live = weight @ down, (live.double() @ live_down.double()) > 0
    count, rest = divmod(len(weight), weight.shape[1])
    if rest or count not in _BY_COUNT:
        raise InputError(
            f"`source` must stack {', '.join(map(str, _BY_COUNT))} gates of n units in "
            f"`{hidden}`; got shape {tuple(weight.shape)}."
        )
    return _GateBlocks(_BY_COUNT[count], split_gates(weight, count), split_gates(live, count))


def _weight(state: RecurrentState, name: str) -> tuple[torch.Tensor, torch.Tensor]:
    """One weight in float64, 0 where not live, and where it is live; both on the CPU."""
    value = state.weights[name].detach().cpu().to_dense().double()
    if value.ndim != 2 or not value.numel():
        raise InputError(f"`{name}` must be a matrix; got shape {tuple(value.shape)}.")
    if name in state.masks:
        live = state.masks[name].detach().cpu().to_dense() != 0
        if live.shape != value.shape:
            raise InputError(
                f"`{name}` and its mask must have one shape; got {tuple(value.shape)} and "
                f"{tuple(live.shape)}."
            )
        value = torch.where(live, value, 0.0)
    else:
        live = value != 0
    if not value.isfinite().all():
        raise InputError(f"`{name}` must hold finite weights; got NaN or infinity.")
    return value, live


def _fused_edges(blocks: _GateBlocks, gates: str, threshold: float) -> Adjacency:
    magnitude = np.abs(blocks.weights)
    if gates == "mean" and threshold > 0:
        return np.asarray(magnitude.mean(axis=0) > threshold)
    passing = magnitude > threshold if threshold > 0 else blocks.live
    return np.asarray(passing.all(axis=0) if gates == "all" else passing.any(axis=0))


def _fused_weights(blocks: _GateBlocks, gates: str, signed: bool) -> Weights:
    values = blocks.weights if signed else np.abs(blocks.weights)
    if gates == "max":
        largest = np.abs(values).argmax(axis=0)[None]
        values = np.take_along_axis(values, largest, axis=0)
    return np.asarray(values.mean(axis=0))
