"""Train many sparse networks together, each as if it were alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
import torch

from rnngraph._check import check_choice, check_function, check_int, check_real
from rnngraph._files import as_path
from rnngraph._machine import n_cores
from rnngraph._rng import seed_sequence
from rnngraph._types import CELLS, RNG, Cell
from rnngraph.errors import FileError, InputError
from rnngraph.masks import LayeredMask
from rnngraph.nn import checkpoint as checkpoints
from rnngraph.nn.backends import FOR_TRAINING, can_be_native, dense_wins
from rnngraph.nn.engines import Engine
from rnngraph.nn.graph_rnn import GraphRNN
from rnngraph.nn.layered_rnn import LayeredRNN
from rnngraph.nn.members import Member
from rnngraph.nn.memory import Way, check_fits
from rnngraph.nn.native import NativeEngine
from rnngraph.nn.outcome import curve_rows, result_row
from rnngraph.nn.reference import ReferenceEngine
from rnngraph.nn.settings import TrainingSettings, check_count
from rnngraph.nn.split import SplitEngine
from rnngraph.nn.stopping import Stopping
from rnngraph.nn.training import check_padding, check_task
from rnngraph.nn.wirings import members_of
from rnngraph.tasks import SequenceData


@dataclass(frozen=True, eq=False)
class Population:
    """Networks trained by `train_population`.

    Attributes:
        results: A row a network, graphs outer and replicates inner: graph (position in
            `graphs`), replicate, cell, n_units (of a layered network those of all its cells, skips
            too), n_parameters (live), accuracy (share of scored test positions, NaN for
            real-valued targets and where the loss is not finite), best_accuracy, best_epoch (of
            the least test loss; NaN where no epoch has one), loss (test,
            nats or squared error), train_loss (mean over the last epoch), epochs,
            gradient_norm_mean and gradient_norm_max (before clipping, over all epochs),
            dead_units (share whose state stays at 0 on the test sequences; NaN where the loss is
            not finite), seconds (of its own work, however many cores shared it), stopped
            ("patience", "halving", "diverged" or ""), diverged, backend; with a `threshold`
            epochs_to_threshold (first epoch of at least that accuracy, NaN if none). Epochs
            whose loss is not finite count for none of the bests.
        curves: A row a network and epoch: graph, replicate, epoch (from 1), train_loss, loss,
            accuracy, gradient_norm_mean, gradient_norm_max, dead_units.
    """

    results: pd.DataFrame
    curves: pd.DataFrame
    _members: tuple[Member, ...] = field(repr=False)
    _sizes: tuple[int, int] = field(repr=False)

    def model(self, row: int) -> GraphRNN | LayeredRNN:
        """Take out the network of a row of `results`: a new module at every call.

        It has the weights of its last epoch, not those of the best; of the last update that was
        made, if it diverged: those may be weights whose loss is not finite.

        Raises:
            InputError: There is no such row.
        """
        row = check_int("row", row, 0, len(self._members) - 1)
        member = self._members[row]
        dtype = next(iter(member.weights.values())).dtype
        make = LayeredRNN if isinstance(member.mask, LayeredMask) else GraphRNN
        model = make(member.mask, *self._sizes, rng=0, dtype=dtype)
        model.set_parameters(member.weights)
        return model

    @cached_property
    def models(self) -> tuple[GraphRNN | LayeredRNN, ...]:
        """All networks, in the order of `results`: made once, so that they may be changed."""
        return tuple(self.model(row) for row in range(len(self._members)))


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
    clip: float | None = 1.0,
    optimizer: str = "adamw",
    momentum: float = 0.0,
    schedule: str = "constant",
    warmup: int = 0,
    padding: int | None = None,
    init: str = "torch",
    patience: int | None = None,
    halving: Mapping[int, float] | None = None,
    threshold: float | None = None,
    keys: Sequence[str] | None = None,
    members: int = 32,
    device: str = "auto",
    backend: str = "auto",
    dtype: torch.dtype = torch.float32,
    n_jobs: int | None = None,
    checkpoint: str | Path | None = None,
    progress: Callable[[int], None] | None = None,
) -> Population:
    """Train one network a graph and replicate, gradients clipped network by network.

    The first weights of a network come from the stream (key of its graph, cell, replicate), its
    order of data from (replicate, epoch): without `halving` a network's result does not depend on
    which others are trained with it, nor on their order. The native backend gives the same bits for
    any `n_jobs`, the reference on one CPU thread, which layers of up to 64 units are given
    (torch's process-wide setting is changed meanwhile). Native and reference agree to float32's
    rounding, which training magnifies: compare runs of one backend.

    Args:
        graphs: Graphs (anything `as_adjacency` takes), or masks of `cell`: each a `RecurrentMask`
            of one layer and direction, or each a `LayeredMask`; or networks, each a `GraphRNN` or
            each a `LayeredRNN`, whose masks and weights are then those to start from; they are not
            changed. Sizes may differ.
        task: Training and test sequences.
        cell: `"tanh"`, `"relu"`, `"gru"` or `"lstm"`.
        replicates: Networks a graph, or the numbers of the replicates to train.
        epochs: Passes over the training sequences, at least 1.
        rng: Root of all streams.
        batch_size: Sequences in a batch.
        learning_rate: Largest step size of the optimiser.
        weight_decay: Decoupled for "adamw"; added to the gradient for "adam" and "sgd".
        clip: Largest gradient norm of a network; None: as it comes.
        optimizer: "adamw", "adam" or "sgd".
        momentum: Of "sgd".
        schedule: "constant", "linear" or "cosine": how the step size goes down to 0 in the end.
        warmup: Updates over which the step size first rises from 0.
        padding: Token that goes in after a sequence's end, up to the longest of its batch, and is
            read, as in Darji's thesis: an answer then depends on the batch. None: no such step
            exists.
        init: First weights where they are not given: "torch" (torch's own range) or "fan_in"
            (recurrence scaled to each unit's live in-degree, so that density is not also initial
            gain).
        patience: Epochs without a better test loss after which a network stops; None: never. Who
            stops by the test loss, or is chosen by it, has a test accuracy that flatters.
        halving: Epoch -> share of those still training that go on after it, by test loss.
        threshold: Accuracy in [0, 1] for `epochs_to_threshold`.
        keys: A name a graph for its stream; None takes the content of its mask, so that equal
            graphs give equal networks.
        members: Networks in one stack of the reference; memory grows with it, results do not
            change.
        device: "cpu", "cuda" or another torch device that has float64; "auto" takes a GPU if there
            is one, but the CPU for layered networks, of which few go into one stack.
        backend: "native" (the compiled core: CPU, float32), "reference" (batched torch, any
            device), "fused" (the same with steps that torch.compile fused: some seconds of
            compiling, for large stacks of cells with gates), or "auto": native on a CPU where it
            can, but for large networks that have most of their recurrent weights, for which whole
            matrices are faster: of cells with gates more than 90 % of them from 300 units on and
            60 % from 1,000 on, of others 75 and 40 %.
        dtype: Type of weights and arithmetic.
        n_jobs: Cores of the native backend, at least 1; None: all.
        checkpoint: File that is written after every epoch. If it is there, training goes on from
            it, to the bit. All arguments that results depend on must be as they were, but that with
            the schedule "constant" `epochs` may be more, also after the last: this is then as if it
            had been so many from the beginning.
        progress: Called with the number of network-epochs just finished.

    Raises:
        InputError: An argument outside its range, an unknown cell, a backend that cannot be had
            here, a graph, mask or network that does not fit, by its position (`graphs[17]`), a
            network or a population larger than the memory of this machine or GPU, a checkpoint of
            another population, or `epochs` that it cannot go on to.
        FileError: A damaged checkpoint, or one that cannot be written; a graph's file that cannot
            be read.
    """
    cell = cast("Cell", check_choice("cell", cell, CELLS))
    check_int("members", members, 1)
    check_task(task)
    if dtype not in (torch.float32, torch.float64):
        raise InputError(f"`dtype` must be torch.float32 or torch.float64; got {dtype!r}.")
    everyone = members_of(graphs, task, cell, replicates, keys, init)
    on_cpu = backend == "native" or isinstance(everyone[0].mask, LayeredMask)
    where = _device("cpu" if device == "auto" and on_cpu else device)
    able = can_be_native(backend, where, dtype, FOR_TRAINING)
    threads = _threads(n_jobs)
    settings = TrainingSettings(
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        weight_decay=weight_decay,
        clip=clip,
        optimizer=optimizer,
        momentum=momentum,
        schedule=schedule,
        warmup=warmup,
        padding=padding,
    )
    check_padding(task, padding)
    stopping = Stopping(patience=patience, halving={} if halving is None else halving)
    if threshold is not None:
        check_real("threshold", threshold, 0.0, 1.0)
    if progress is not None:
        check_function("progress", progress)
    if checkpoint is not None:
        _check_checkpoint(as_path(checkpoint, "checkpoint"))
    seed = seed_sequence(rng)
    mask_of = {member.graph: member.mask for member in everyone}
    dense = {graph: backend == "auto" and dense_wins(mask) for graph, mask in mask_of.items()}
    by_torch = "fused" if backend == "fused" else "reference"
    runs_on = ["native" if able and not dense[member.graph] else by_torch for member in everyone]
    way = Way(
        runs_on=runs_on,
        threads=threads,
        at_once=members,
        device=where,
        dtype=dtype,
        saves=checkpoint is not None,
    )
    check_fits(everyone, task, settings, way)

    def engine_of(name: str) -> Engine:
        own = [member for member, on in zip(everyone, runs_on, strict=True) if on == name]
        if name == "native":
            return NativeEngine(own, task, settings, seed=seed, threads=threads)
        return ReferenceEngine(
            own,
            task,
            settings,
            seed=seed,
            at_once=members,
            device=where,
            dtype=dtype,
            fused=name == "fused",
        )

    engines = sorted(set(runs_on))
    engine: Engine = SplitEngine(
        [engine_of(name) for name in engines], [engines.index(on) for on in runs_on]
    )
    _train(
        everyone,
        engine,
        settings.epochs,
        stopping,
        path=checkpoint,
        name={}
        if checkpoint is None
        else checkpoints.fingerprint(
            everyone,
            task,
            {**asdict(settings), **asdict(stopping), "backend": runs_on, "dtype": str(dtype)},
            seed,
        ),
        progress=progress,
    )
    return Population(
        pd.DataFrame(
            [
                result_row(member, task, on, threshold)
                for member, on in zip(everyone, runs_on, strict=True)
            ]
        ),
        pd.DataFrame([point for member in everyone for point in curve_rows(member)]),
        tuple(everyone),
        (task.input_size, task.output_size),
    )


def _train(
    everyone: list[Member],
    engine: Engine,
    epochs: int,
    stopping: Stopping,
    *,
    path: str | Path | None,
    name: Mapping[str, str],
    progress: Callable[[int], None] | None,
) -> None:
    """Train epoch by epoch, and leave in the members what became of them."""
    first = 0
    if path is not None and Path(path).exists():
        first, state = checkpoints.load(path, name, everyone)
        engine.restore(state)
    for epoch in range(first, epochs):
        going = [number for number, member in enumerate(everyone) if not member.stopped]
        if not going:
            break
        passed, judged = engine.learn(going, epoch), engine.score(going)
        for number, learned, scored in zip(going, passed, judged, strict=True):
            everyone[number].curve.append((learned, scored))
        # A network that diverged has the weights before the loss was not finite, and ends here.
        losses = [
            [
                np.nan if learned.diverged else scored.loss
                for learned, scored in everyone[number].curve
            ]
            for number in going
        ]
        for number, reason in stopping.reasons(going, losses, epoch + 1).items():
            everyone[number].stopped = reason
        if path is not None:
            checkpoints.save(path, name, epoch + 1, everyone, engine.state())
        if progress is not None:
            progress(len(going))
    for number, member in enumerate(everyone):
        member.weights = engine.parameters(number)


def _check_checkpoint(path: Path) -> None:
    if not path.absolute().parent.is_dir():
        raise FileError(f"`checkpoint` must be in a folder that exists; got {str(path)!r}.")
    if path.is_dir():
        raise FileError(f"`checkpoint` must be a file; got the folder {str(path)!r}.")


def _threads(n_jobs: int | None) -> int:
    if n_jobs is not None:
        return check_count("n_jobs", n_jobs, 1)
    return n_cores()


def _device(name: str) -> torch.device:
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.empty(0, device=name, dtype=torch.float64).device  # sums are of this type
    except (AssertionError, RuntimeError, TypeError) as error:
        raise InputError(
            f'`device` must be "auto" or a torch device of this machine that has float64, such as '
            f'"cpu"; got {name!r}.'
        ) from error
    if device.type == "meta":
        raise InputError(f"`device` must have numbers; got {name!r}.")
    return device
