"""Networks in training in the compiled core: one a thread, along its edges only."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from rnngraph import _native
from rnngraph.masks import GATES, LayeredMask, RecurrentMask
from rnngraph.masks.layered import OUTSIDE
from rnngraph.nn.batching import data_order, test_batches
from rnngraph.nn.engines import DEAD, Learned, Scored
from rnngraph.nn.members import Member
from rnngraph.nn.parameters import READOUT_BIAS, READOUT_WEIGHT
from rnngraph.nn.settings import OPTIMIZERS, TrainingSettings
from rnngraph.nn.stack import BIAS_HH, BIAS_IH, WEIGHT_HH, WEIGHT_IH
from rnngraph.tasks import SequenceData, Sequences

OfCore: TypeAlias = Any
"""An object of the compiled core."""


class NativeEngine:
    """Members trained one by one in float32, several at a time; see `Engine`.

    Args:
        everyone: Members.
        task: Training and test sequences.
        settings: The same for all.
        seed: Root of the streams of the order of data.
        threads: Cores to use.
    """

    def __init__(
        self,
        everyone: Sequence[Member],
        task: SequenceData,
        settings: TrainingSettings,
        *,
        seed: np.random.SeedSequence,
        threads: int,
    ) -> None:
        self._everyone, self._settings, self._seed = everyone, settings, seed
        self._threads, self._n_train = threads, len(task.train.lengths)
        self._networks: list[OfCore] = []
        self._numbers: list[NDArray[np.float32]] = []
        for member in everyone:
            network = network_of(member, task)
            first = member.first_parameters(task, seed)
            self._networks.append(network)
            self._numbers.append(network.pack(arrays_of(member.mask, first)))
        self._task = task
        self._first = [np.zeros_like(numbers) for numbers in self._numbers]
        self._second = [np.zeros_like(numbers) for numbers in self._numbers]
        self._n_updates = [0] * len(everyone)
        self._train, self._test = held(task.train), held(task.test)
        order, size = test_batches(task, settings)
        self._padding = -1 if settings.padding is None else settings.padding
        self._packed_test = _native.core.Packed(self._test, order, size, self._padding)

    def learn(self, members: Sequence[int], epoch: int) -> list[Learned]:
        """Pass once over the training sequences; see `Engine`."""
        replicates = sorted({self._everyone[member].replicate for member in members})
        place = {replicate: k for k, replicate in enumerate(replicates)}
        orders = [
            np.ascontiguousarray(data_order(self._seed, replicate, epoch, self._n_train))
            for replicate in replicates
        ]
        # Of one replicate together, so that few orders of data are laid out at a time; the
        # largest first, so that no core waits long for the last.
        work = sorted(members, key=lambda m: (self._everyone[m].replicate, -len(self._numbers[m])))
        found = _native.core.learn(
            [self._networks[m] for m in work],
            [self._numbers[m] for m in work],
            [self._first[m] for m in work],
            [self._second[m] for m in work],
            [self._n_updates[m] for m in work],
            [place[self._everyone[m].replicate] for m in work],
            self._train,
            orders,
            self._settings.batch_size,
            self._padding,
            OPTIMIZERS.index(self._settings.optimizer),
            self._settings.weight_decay,
            self._settings.largest_norm,
            self._settings.momentum,
            self._settings.rates(epoch, self._n_train).astype(np.float32),
            self._threads,
        )
        columns = [
            found[name].tolist()
            for name in ("train_loss", "gradient_norm_mean", "gradient_norm_max")
        ]
        diverged = (found["diverged_at"] >= 0).tolist()
        rows = zip(*columns, diverged, found["seconds"].tolist(), strict=True)
        learned = {m: Learned(*row) for m, row in zip(work, rows, strict=True)}
        for m, n_updates in zip(work, found["n_updates"].tolist(), strict=True):
            self._n_updates[m] = n_updates
        return [learned[member] for member in members]

    def score(self, members: Sequence[int]) -> list[Scored]:
        """Evaluate on the test sequences; see `Engine`."""
        loss, accuracy, most, seconds = _native.core.score(
            [self._networks[m] for m in members],
            [self._numbers[m] for m in members],
            self._test,
            self._packed_test,
            self._threads,
        )
        dead = [float((states < DEAD).mean()) for states in most]
        rows = zip(loss.tolist(), accuracy.tolist(), dead, seconds.tolist(), strict=True)
        return [Scored(*row) for row in rows]

    def parameters(self, member: int) -> dict[str, Tensor]:
        """Copy out the weights of a member; see `Engine`."""
        arrays = self._networks[member].unpack(self._numbers[member])
        shapes = self._everyone[member].parameter_shapes(self._task)
        return {
            name: torch.from_numpy(array).reshape(shapes[name])
            for name, array in zip(names_of(self._everyone[member].mask), arrays, strict=True)
        }

    def state(self) -> dict[str, NDArray[np.generic]]:
        """Copy out all that `restore` needs; see `Engine`."""
        found: dict[str, NDArray[np.generic]] = {"n_updates": np.array(self._n_updates)}
        for part, vectors in self._vectors().items():
            found |= {f"{part}.{k}": vector for k, vector in enumerate(vectors)}
        return found

    def restore(self, state: dict[str, NDArray[np.generic]]) -> None:
        """Go on from what `state` returned; see `Engine`."""
        self._n_updates = state["n_updates"].tolist()
        for part, vectors in self._vectors().items():
            for k, vector in enumerate(vectors):
                vector[:] = state[f"{part}.{k}"]

    def _vectors(self) -> dict[str, list[NDArray[np.float32]]]:
        return {"numbers": self._numbers, "first": self._first, "second": self._second}


def network_of(member: Member, task: SequenceData) -> OfCore:
    """Describe a network to the core."""
    mask, tokens = member.mask, task.n_tokens > 0
    live = {name: block.cpu().numpy() for name, block in member.parameter_masks(task).items()}
    if isinstance(mask, LayeredMask):
        places = [(part.source, part.target) for part in mask.cells]
        layers, width = [len(layer) for layer in mask.layers], mask.embedding_size
    else:
        places, layers, width = [(OUTSIDE, 0)], [mask.hidden_size], 0
    gates = len(GATES[mask.cell])
    given = [_by_gate(live[name], gates) for name in live if "weight_ih" in name]
    hidden = [_by_gate(live[name], gates) for name in live if "weight_hh" in name]
    network = _native.core.Network(
        mask.cell,
        task.n_tokens,
        width if tokens else task.input_size,
        layers,
        [
            # Tokens that nothing embeds are looked up, not multiplied.
            (*place, None if tokens and place[0] == OUTSIDE and not width else _any(i), _any(h))
            for place, i, h in zip(places, given, hidden, strict=True)
        ],
        _bytes(live[READOUT_WEIGHT]),
    )
    # Gates that see different sources share the edges of all; what is not theirs stays at 0.
    looked_up = tokens and not width and not given[0].all()
    if looked_up or any((block != block[0]).any() for block in (*given, *hidden)):
        ones = {name: np.ones(shape) for name, shape in member.parameter_shapes(task).items()}
        network.mask(arrays_of(mask, {**ones, **live}))
    return network


def names_of(mask: RecurrentMask | LayeredMask) -> list[str]:
    """Names of a network's parameters, as the core takes their arrays."""
    pieces = (WEIGHT_IH, WEIGHT_HH, BIAS_IH, BIAS_HH)
    if not isinstance(mask, LayeredMask):
        return [*pieces, READOUT_WEIGHT, READOUT_BIAS]
    of_cells = [f"cells.{part.name}.{piece}" for part in mask.cells for piece in pieces]
    embedding = ["embedding.weight"] if mask.embedding_size else []
    return [*of_cells, *embedding, READOUT_WEIGHT, READOUT_BIAS]


def arrays_of(
    mask: RecurrentMask | LayeredMask, values: Mapping[str, NDArray[Any]]
) -> list[NDArray[np.float32]]:
    """Parameters by torch's names as the core takes them: float32, in its order."""
    return [np.ascontiguousarray(values[name], dtype=np.float32) for name in names_of(mask)]


def held(sequences: Sequences) -> OfCore:
    """Sequences as the core takes them."""
    tokens = features = classes = values = None
    if sequences.inputs.ndim == 2:
        tokens = np.ascontiguousarray(sequences.inputs, dtype=np.int32)
    else:
        features = np.ascontiguousarray(sequences.inputs, dtype=np.float32)
    if sequences.kind == "value":
        values = np.ascontiguousarray(sequences.targets, dtype=np.float32)
    else:
        classes = np.ascontiguousarray(sequences.targets, dtype=np.int32)
    lengths = np.ascontiguousarray(sequences.lengths, dtype=np.int64)
    return _native.core.Sequences(tokens, features, lengths, classes, values)


def _by_gate(mask: NDArray[np.bool_], gates: int) -> NDArray[np.bool_]:
    return mask.reshape(gates, len(mask) // gates, -1)


def _any(by_gate: NDArray[np.bool_]) -> NDArray[np.uint8]:
    return _bytes(by_gate.any(axis=0))


def _bytes(pattern: ArrayLike) -> NDArray[np.uint8]:
    return np.ascontiguousarray(pattern, dtype=np.uint8)
