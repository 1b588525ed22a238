"""Train many sparse networks together, each as if it were alone."""

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from itertools import groupby
from typing import cast

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from rnngraph._check import check_choice, check_int
from rnngraph._rng import seed_sequence, stream
from rnngraph._types import CELLS, RNG, Cell
from rnngraph.errors import InputError
from rnngraph.masks import RecurrentMask, recurrent_mask
from rnngraph.nn.graph_rnn import GraphRNN
from rnngraph.nn.parameters import initial_parameters, n_live_parameters, parameter_masks
from rnngraph.nn.settings import TrainingSettings
from rnngraph.nn.stack import aligned, build_stack, member_parameters
from rnngraph.nn.stack_training import EpochResult, train_stack
from rnngraph.nn.threads import threads_worth_it
from rnngraph.nn.training import check_task
from rnngraph.tasks import SequenceData


@dataclass(frozen=True, eq=False)
class Population:
    """Networks trained by `train_population`.

    Attributes:
        results: A row a network, graphs outer and replicates inner: graph (position in
            `graphs`), replicate, cell, n_units, n_parameters (live), accuracy (share of scored
            test positions, NaN for real-valued targets), loss (test, nats or squared error),
            train_loss (mean over the last epoch), epochs, seconds (its share of its stack's wall
            time), diverged, backend.
        curves: A row a network and epoch: graph, replicate, epoch (from 1), train_loss, loss,
            accuracy.
    """

    results: pd.DataFrame
    curves: pd.DataFrame
    _members: tuple["_Member", ...] = field(repr=False)
    _sizes: tuple[int, int] = field(repr=False)

    def model(self, row: int) -> GraphRNN:
        """Take out the network of a row of `results`: a new `GraphRNN` at every call.

        Raises:
            InputError: There is no such row.
        """
        row = check_int("row", row, 0, len(self._members) - 1)
        member = self._members[row]
        dtype = next(iter(member.parameters.values())).dtype
        model = GraphRNN(member.mask, *self._sizes, rng=0, dtype=dtype)
        model.set_parameters(member.parameters)
        return model

    @cached_property
    def models(self) -> tuple[GraphRNN, ...]:
        """All networks, in the order of `results`: made once, so that they may be changed."""
        return tuple(self.model(row) for row in range(len(self._members)))


@dataclass(eq=False)
class _Member:
    """One network on its way: where it stands in the results, and what it has become."""

    graph: int
    replicate: int
    key: str
    mask: RecurrentMask
    parameters: dict[str, Tensor] = field(default_factory=dict)
    curve: list[EpochResult] = field(default_factory=list)
    seconds: float = 0.0


def train_population(
    graphs: Sequence[object],
    task: SequenceData,
    *,
    cell: Cell,
    replicates: int | Sequence[int] = 1,
    epochs: int,
    rng: RNG,
    batch_size: int = 64,
    learning_rate: float = 1e-3,
    weight_decay: float = 0.0,
    clip: float = 1.0,
    init: str = "torch",
    keys: Sequence[str] | None = None,
    members: int = 32,
    device: str = "auto",
    backend: str = "auto",
    dtype: torch.dtype = torch.float32,
    progress: Callable[[int], None] | None = None,
) -> Population:
    """Train one network a graph and replicate: AdamW, gradients clipped network by network.

    The first weights of a network come from the stream (key of its graph, cell, replicate), its
    order of data from (replicate, epoch): a network's result does not depend on which others are
    trained with it, nor on their order. On one CPU thread, which networks of up to 64 units are
    given (torch's process-wide setting is changed meanwhile), it is the same to the last bit.

    Args:
        graphs: Graphs (anything `as_adjacency` takes) or single-layer, one-directional
            `RecurrentMask`s of `cell`; sizes may differ.
        task: Training and test sequences.
        cell: `"tanh"`, `"relu"`, `"gru"` or `"lstm"`.
        replicates: Networks a graph, or the numbers of the replicates to train.
        epochs: Passes over the training sequences, at least 1.
        rng: Root of all streams.
        batch_size: Sequences in a batch.
        learning_rate: Step size of AdamW.
        weight_decay: Decoupled weight decay of AdamW.
        clip: Largest gradient norm of a network.
        init: First weights: "torch" (torch's own range) or "fan_in" (recurrence scaled to each
            unit's live in-degree, so that density is not also initial gain).
        keys: A name a graph for its stream; None takes the content of its mask, so that equal
            graphs give equal networks.
        members: Networks trained at once; memory grows with it, results do not change.
        device: "cpu", "cuda" or another torch device; "auto" takes a GPU if there is one.
        backend: "reference" (batched torch) or "auto".
        dtype: Type of weights and arithmetic.
        progress: Called with the number of network-epochs just finished.

    Raises:
        InputError: An argument outside its range, an unknown cell, a mask that does not fit.
    """
    cell = cast("Cell", check_choice("cell", cell, CELLS))
    check_choice("backend", backend, ("auto", "reference"))
    check_int("members", members, 1)
    check_task(task)
    where = _device(device)
    if dtype not in (torch.float32, torch.float64):
        raise InputError(f"`dtype` must be torch.float32 or torch.float64; got {dtype!r}.")
    settings = TrainingSettings(
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        weight_decay=weight_decay,
        clip=clip,
    )
    numbers = _replicate_numbers(replicates)
    masks = _masks(graphs, cell)
    names = [_content_key(mask) for mask in masks] if keys is None else list(keys)
    if len(names) != len(masks):
        raise InputError(f"`keys` must name each of the {len(masks)} graphs; got {len(names)}.")

    everyone = [
        _Member(graph, replicate, names[graph], mask)
        for graph, mask in enumerate(masks)
        for replicate in numbers
    ]
    seed = seed_sequence(rng)
    for together in _stacks(everyone, members):
        with threads_worth_it(max(member.mask.hidden_size for member in together)):
            _train_together(
                together,
                task,
                settings,
                seed=seed,
                init=init,
                device=where,
                dtype=dtype,
                progress=progress,
            )
    return Population(
        pd.DataFrame([_result(member, task) for member in everyone]),
        pd.DataFrame(
            [
                {
                    "graph": member.graph,
                    "replicate": member.replicate,
                    "epoch": epoch,
                    **asdict(point),
                }
                for member in everyone
                for epoch, point in enumerate(member.curve, start=1)
            ]
        ),
        tuple(everyone),
        (task.input_size, task.output_size),
    )


def _stacks(everyone: list[_Member], size: int) -> Iterator[list[_Member]]:
    """Cut the members into stacks: of one replicate, so one order of data, and one padded size."""

    def kind(member: _Member) -> tuple[int, int]:
        return member.replicate, aligned(member.mask.hidden_size)

    for _, alike in groupby(sorted(everyone, key=kind), key=kind):
        together = list(alike)
        for start in range(0, len(together), size):
            yield together[start : start + size]


def _train_together(
    together: list[_Member],
    task: SequenceData,
    settings: TrainingSettings,
    *,
    seed: np.random.SeedSequence,
    init: str,
    device: torch.device,
    dtype: torch.dtype,
    progress: Callable[[int], None] | None,
) -> None:
    """Train the members of one stack and leave what became of them in them."""
    started = time.perf_counter()
    cell, replicate = together[0].mask.cell, together[0].replicate
    sizes = (task.input_size, task.output_size)
    first = [
        initial_parameters(
            member.mask, *sizes, rng=stream(seed, "init", member.key, cell, replicate), init=init
        )
        for member in together
    ]
    masks = [parameter_masks(member.mask, *sizes) for member in together]
    stack = build_stack(cell, first, masks, device=device, dtype=dtype)
    curves = train_stack(stack, task, settings, seed=seed, replicate=replicate, progress=progress)
    seconds = (time.perf_counter() - started) / len(together)
    for position, member in enumerate(together):
        member.curve = curves[position]
        member.parameters = member_parameters(stack, position, member.mask.hidden_size)
        member.seconds = seconds


def _result(member: _Member, task: SequenceData) -> dict[str, object]:
    last = member.curve[-1]
    return {
        "graph": member.graph,
        "replicate": member.replicate,
        "cell": member.mask.cell,
        "n_units": member.mask.hidden_size,
        "n_parameters": n_live_parameters(member.mask, task.input_size, task.output_size),
        "accuracy": last.accuracy,
        "loss": last.loss,
        "train_loss": last.train_loss,
        "epochs": len(member.curve),
        "seconds": member.seconds,
        "diverged": not np.isfinite(last.train_loss),
        "backend": "reference",
    }


def _replicate_numbers(replicates: int | Sequence[int]) -> list[int]:
    if isinstance(replicates, int):
        return list(range(check_int("replicates", replicates, 1)))
    numbers = [check_int("replicates", number, 0) for number in replicates]
    if not numbers or len(set(numbers)) < len(numbers):
        raise InputError(f"`replicates` must name each replicate once; got {numbers}.")
    return numbers


def _masks(graphs: Sequence[object], cell: Cell) -> list[RecurrentMask]:
    if not isinstance(graphs, list | tuple) and getattr(graphs, "ndim", None) != 3:
        raise InputError(
            "`graphs` must be a list of graphs or masks, or an array (K, n, n); got "
            f"{type(graphs).__name__}."
        )
    if not len(graphs):
        raise InputError("`graphs` must hold at least one graph; got none.")
    return [_single_layer_mask(graph, cell, position) for position, graph in enumerate(graphs)]


def _single_layer_mask(graph: object, cell: Cell, position: int) -> RecurrentMask:
    mask = graph if isinstance(graph, RecurrentMask) else recurrent_mask(graph, cell)
    if mask.cell != cell:
        raise InputError(
            f"`graphs` must hold masks of `cell` {cell!r}; got {mask.cell!r} at {position}."
        )
    if mask.num_layers > 1 or mask.bidirectional:
        raise InputError(
            "`graphs` must hold networks of one layer and one direction; got "
            f"{mask.num_layers} layers, {mask.num_directions} directions at {position}. "
            "`rnngraph.train` takes any GraphRNN."
        )
    return mask


def _content_key(mask: RecurrentMask) -> str:
    """Name a mask by its blocks, so that equal masks have equal streams."""
    blocks = [*mask.hidden.values(), *mask.input.values(), mask.readout]
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(str(tuple(block.shape)).encode())
        digest.update(np.packbits(block.cpu().numpy()).tobytes())
    return digest.hexdigest()


def _device(name: str) -> torch.device:
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.empty(0, device=name).device
    except (AssertionError, RuntimeError, TypeError) as error:
        raise InputError(
            f'`device` must be "auto" or a torch device of this machine, such as "cpu"; '
            f"got {name!r}."
        ) from error
