"""Networks in training in the compiled core: one a thread, along its edges only."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from rnngraph import _native
from rnngraph._types import Cell
from rnngraph.masks import GATES
from rnngraph.nn.batching import data_order
from rnngraph.nn.engines import DEAD, Learned, Scored
from rnngraph.nn.members import Member
from rnngraph.nn.parameters import READOUT_BIAS, READOUT_WEIGHT
from rnngraph.nn.settings import OPTIMIZERS, TrainingSettings
from rnngraph.nn.stack import BIAS_HH, BIAS_IH, WEIGHT_HH, WEIGHT_IH
from rnngraph.tasks import SequenceData, Sequences

OfCore: TypeAlias = Any
"""An object of the compiled core."""

_TEST_BATCH = 256
_ORDER = (WEIGHT_IH, WEIGHT_HH, BIAS_IH, BIAS_HH, READOUT_WEIGHT, READOUT_BIAS)
"""The arrays of a network of one layer, as the core takes them."""


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
        sizes = (task.input_size, task.output_size)
        self._networks, self._numbers = [], []
        for member in everyone:
            masks = {
                name: mask.cpu().numpy() for name, mask in member.parameter_masks(*sizes).items()
            }
            network = network_of(member.mask.cell, masks, task.n_tokens)
            first = member.first_parameters(task, seed)
            self._networks.append(network)
            self._numbers.append(network.pack(arrays_of(first)))
        self._first = [np.zeros_like(numbers) for numbers in self._numbers]
        self._second = [np.zeros_like(numbers) for numbers in self._numbers]
        self._n_updates = [0] * len(everyone)
        self._train, self._test = held(task.train), held(task.test)
        by_length = np.argsort(task.test.lengths, kind="stable").astype(np.int64)
        self._packed_test = _native.core.Packed(self._test, by_length, _TEST_BATCH)

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
            OPTIMIZERS.index(self._settings.optimizer),
            self._settings.weight_decay,
            self._settings.clip,
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
        cell = self._everyone[member].mask.cell
        return {name: torch.from_numpy(a) for name, a in named(cell, arrays).items()}

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


def network_of(cell: Cell, masks: Mapping[str, NDArray[np.bool_]], n_tokens: int) -> OfCore:
    """Describe a network of one layer to the core.

    Args:
        cell: Its cell.
        masks: Of its masked parameters at full shape, by torch's names.
        n_tokens: Size of the alphabet; 0 for dense inputs.
    """
    gates = len(GATES[cell])
    hidden = _by_gate(masks[WEIGHT_HH], gates)
    given = _by_gate(masks[WEIGHT_IH], gates)
    n_units = hidden.shape[1]
    network = _native.core.Network(
        cell,
        n_tokens,
        0 if n_tokens else given.shape[2],
        [n_units],
        [(-1, 0, None if n_tokens else _bytes(given.any(axis=0)), _bytes(hidden.any(axis=0)))],
        _bytes(masks[READOUT_WEIGHT]),
    )
    # Gates that see different sources share the edges of all; what is not theirs stays at 0.
    if (hidden != hidden[0]).any() or (given != given[0]).any() or (n_tokens and not given.all()):
        biases = {name: np.ones(gates * n_units) for name in (BIAS_IH, BIAS_HH)}
        whole = {READOUT_BIAS: np.ones(len(masks[READOUT_WEIGHT]))}
        network.mask(arrays_of({**masks, **biases, **whole}))
    return network


def arrays_of(values: Mapping[str, NDArray[np.generic]]) -> list[NDArray[np.float32]]:
    """Parameters by torch's names as the core takes them: gates apart, float32."""
    return [np.ascontiguousarray(values[name], dtype=np.float32) for name in _ORDER]


def named(cell: Cell, arrays: Sequence[NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
    """The inverse of `arrays_of`, in torch's shapes."""
    gates = len(GATES[cell])
    n_units = len(arrays[_ORDER.index(BIAS_IH)]) // gates
    n_outputs = len(arrays[_ORDER.index(READOUT_BIAS)])
    rows = {WEIGHT_IH: gates * n_units, WEIGHT_HH: gates * n_units, READOUT_WEIGHT: n_outputs}
    return {
        name: array.reshape(rows[name], -1) if name in rows else array
        for name, array in zip(_ORDER, arrays, strict=True)
    }


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


def _bytes(pattern: ArrayLike) -> NDArray[np.uint8]:
    return np.ascontiguousarray(pattern, dtype=np.uint8)
