"""The networks that a caller names by graphs, masks or networks, before any is trained."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from torch import Tensor

from rnngraph._check import check_int
from rnngraph._types import Cell
from rnngraph.errors import FileError, InputError
from rnngraph.masks import LayeredMask, RecurrentMask, recurrent_mask
from rnngraph.nn.graph_rnn import GraphRNN
from rnngraph.nn.layered_rnn import LayeredRNN
from rnngraph.nn.members import Member, content_key
from rnngraph.nn.parameters import parameter_masks
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
        InputError: An argument that does not fit; of a graph, `graphs[17]` says which.
        FileError: A graph's file that cannot be read.
    """
    masks = _masks(graphs, cell, task)
    numbers = _replicate_numbers(replicates)
    starts = []
    for position, graph in enumerate(graphs):
        with _named(position):
            starts.append(_start(graph, task))
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
    masks = []
    for position, graph in enumerate(graphs):
        with _named(position):
            masks.append(_mask(graph, cell, task))
    kinds = [type(mask).__name__ for mask in masks]
    other = next((k for k, kind in enumerate(kinds) if kind != kinds[0]), None)
    if other is not None:
        raise InputError(
            f"`graphs` must all be layered masks, or none of them; got a {kinds[0]} at "
            f"`graphs[0]` and a {kinds[other]} at `graphs[{other}]`."
        )
    return masks


@contextmanager
def _named(position: int) -> Iterator[None]:
    """Say of which graph an error is, for which readers of one graph have names of their own."""
    try:
        yield
    except (FileError, InputError) as error:
        name = f"`graphs[{position}]`"
        text, told = re.subn("^`(x|graph|model)`", name, str(error))
        raise type(error)(text if told else f"{name}: {error}") from error


def _mask(graph: object, cell: Cell, task: SequenceData) -> RecurrentMask | LayeredMask:
    if isinstance(graph, RecurrentMask | LayeredMask):
        mask = graph
    elif isinstance(graph, GraphRNN | LayeredRNN):
        mask = graph.mask
    else:
        mask = recurrent_mask(graph, cell)
    if mask.cell != cell:
        raise InputError(f"`graph` must be of `cell` {cell!r}; got a mask of {mask.cell!r}.")
    if isinstance(mask, LayeredMask):
        if mask.embedding_size and not task.n_tokens:
            raise InputError(
                "`graph` must be a layered mask with `embedding_size=0` for inputs that are not "
                f"tokens; got {mask.embedding_size}."
            )
        return mask
    if mask.num_layers > 1 or mask.bidirectional:
        raise InputError(
            "`graph` must be of one layer and one direction; got "
            f"{mask.num_layers} layers, {mask.num_directions} directions. "
            "`rnngraph.train` takes any GraphRNN."
        )
    if not isinstance(graph, GraphRNN):  # a network says itself what does not fit
        parameter_masks(mask, task.input_size, task.output_size)
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
