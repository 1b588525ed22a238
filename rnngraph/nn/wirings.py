"""The networks that a caller names by graphs, masks or networks, before any is trained."""

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from rnngraph._check import check_int
from rnngraph._types import Cell
from rnngraph.errors import InputError
from rnngraph.masks import LayeredMask, RecurrentMask, recurrent_mask
from rnngraph.nn.graph_rnn import GraphRNN
from rnngraph.nn.layered_rnn import LayeredRNN
from rnngraph.nn.members import Member, content_key
from rnngraph.nn.training import check_sizes
from rnngraph.tasks import SequenceData


def members_of(
    graphs: Sequence[object],
    task: SequenceData,
    cell: Cell,
    replicates: int | Sequence[int],
    keys: Sequence[str] | None,
    init: str,
) -> list[Member]:
    """A member a graph and replicate, graphs outer; the arguments are those of `train_population`.

    Raises:
        InputError: An argument that does not fit.
    """
    masks = _masks(graphs, cell, task)
    numbers = _replicate_numbers(replicates)
    starts = [_start(graph, task) for graph in graphs]
    names = [content_key(mask) for mask in masks] if keys is None else _names(keys, len(masks))
    return [
        Member(graph, replicate, names[graph], mask, init, starts[graph])
        for graph, mask in enumerate(masks)
        for replicate in numbers
    ]


def _replicate_numbers(replicates: int | Sequence[int]) -> list[int]:
    if isinstance(replicates, int | np.integer):
        return list(range(check_int("replicates", replicates, 1)))
    if not isinstance(replicates, list | tuple | range | np.ndarray):
        raise InputError(
            f"`replicates` must be an integer >= 1 or a sequence of numbers; got {replicates!r}."
        )
    numbers = [check_int("replicates", number, 0) for number in replicates]
    if not numbers or len(set(numbers)) < len(numbers):
        raise InputError(f"`replicates` must name each replicate once; got {numbers}.")
    return numbers


def _names(keys: Sequence[str], n_graphs: int) -> list[str]:
    if isinstance(keys, str) or not isinstance(keys, Sequence):
        raise InputError(f"`keys` must be a sequence of names, one a graph; got {keys!r}.")
    for name in keys:
        if not isinstance(name, str):
            raise InputError(f"`keys` must hold names, text; got {name!r}.")
    if len(keys) != n_graphs:
        raise InputError(f"`keys` must name each of the {n_graphs} graphs; got {len(keys)}.")
    return list(keys)


def _masks(
    graphs: Sequence[object], cell: Cell, task: SequenceData
) -> list[RecurrentMask | LayeredMask]:
    if not isinstance(graphs, list | tuple) and getattr(graphs, "ndim", None) != 3:
        raise InputError(
            "`graphs` must be a list of graphs or masks, or an array (K, n, n); got "
            f"{type(graphs).__name__}."
        )
    if not len(graphs):
        raise InputError("`graphs` must hold at least one graph; got none.")
    masks = [_mask(graph, cell, position) for position, graph in enumerate(graphs)]
    if len({type(mask) for mask in masks}) > 1:
        raise InputError("`graphs` must all be layered masks, or none of them.")
    for position, mask in enumerate(masks):
        if isinstance(mask, LayeredMask) and mask.embedding_size and not task.n_tokens:
            raise InputError(
                "`graphs` must hold layered masks with `embedding_size=0` for inputs that are not "
                f"tokens; got {mask.embedding_size} at {position}."
            )
    return masks


def _mask(graph: object, cell: Cell, position: int) -> RecurrentMask | LayeredMask:
    if isinstance(graph, RecurrentMask | LayeredMask):
        mask = graph
    elif isinstance(graph, GraphRNN | LayeredRNN):
        mask = graph.mask
    else:
        mask = recurrent_mask(graph, cell)
    if mask.cell != cell:
        raise InputError(
            f"`graphs` must hold masks of `cell` {cell!r}; got {mask.cell!r} at {position}."
        )
    if isinstance(mask, RecurrentMask) and (mask.num_layers > 1 or mask.bidirectional):
        raise InputError(
            "`graphs` must hold networks of one layer and one direction; got "
            f"{mask.num_layers} layers, {mask.num_directions} directions at {position}. "
            "`rnngraph.train` takes any GraphRNN."
        )
    return mask


def _start(graph: object, task: SequenceData) -> dict[str, Tensor] | None:
    """Weights of a network by the names of a member's, on the CPU; None for a graph or mask."""
    if not isinstance(graph, GraphRNN | LayeredRNN):
        return None
    check_sizes(graph, task)
    values = {name: value.detach().cpu().clone() for name, value in graph.named_parameters()}
    for name, buffer in graph.mask_buffers().items():
        values[name] *= graph.get_buffer(buffer).cpu()
    return {name.removeprefix("rnn."): value for name, value in values.items()}
