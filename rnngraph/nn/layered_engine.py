"""Layered networks in training, one torch module after the other: the twin of the native engine."""

import time
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnngraph.nn.batching import data_order, split_rows, test_batches, with_padding
from rnngraph.nn.engines import DEAD, Learned, Scored
from rnngraph.nn.layered_rnn import LayeredRNN
from rnngraph.nn.members import Member
from rnngraph.nn.objective import clip_coefficients, correct, losses, n_scored
from rnngraph.nn.optimizers import Moments
from rnngraph.nn.settings import TrainingSettings
from rnngraph.nn.threads import threads_worth_it
from rnngraph.tasks import SequenceData, Sequences


class LayeredEngine:
    """Members of `LayeredMask`s, trained one by one; see `Engine`.

    Args:
        everyone: Members.
        task: Training and test sequences.
        settings: The same for all.
        seed: Root of the streams of the order of data.
        device: Where the networks are.
        dtype: Type of weights and arithmetic.
    """

    def __init__(
        self,
        everyone: Sequence[Member],
        task: SequenceData,
        settings: TrainingSettings,
        *,
        seed: np.random.SeedSequence,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        self._everyone, self._task, self._settings, self._seed = everyone, task, settings, seed
        self._models, self._moments = [], []
        for member in everyone:
            sizes = (task.input_size, task.output_size)
            model = LayeredRNN(member.mask, *sizes, rng=0, dtype=dtype)
            first = member.first_parameters(task, seed)
            model.set_parameters({name: torch.from_numpy(value) for name, value in first.items()})
            self._models.append(model.to(device))
            self._moments.append(Moments(_stacked(model), settings))

    def learn(self, members: Sequence[int], epoch: int) -> list[Learned]:
        """Pass once over the training sequences; see `Engine`."""
        n_sequences = len(self._task.train.lengths)
        rates = self._settings.rates(epoch, n_sequences).tolist()
        found = []
        for member in members:
            order = data_order(self._seed, self._everyone[member].replicate, epoch, n_sequences)
            with threads_worth_it(self._everyone[member].n_units):
                found.append(self._one_pass(member, order, rates))
        return found

    def score(self, members: Sequence[int]) -> list[Scored]:
        """Evaluate on the test sequences; see `Engine`."""
        return [self._evaluate(member) for member in members]

    def parameters(self, member: int) -> dict[str, Tensor]:
        """Copy out the weights of a member; see `Engine`."""
        model = self._models[member]
        return {name: value.detach().cpu().clone() for name, value in model.named_parameters()}

    def state(self) -> dict[str, NDArray[np.generic]]:
        """Copy out all that `restore` needs; see `Engine`."""
        found: dict[str, NDArray[np.generic]] = {}
        for member, moments in enumerate(self._moments):
            found[f"{member}.n_updates"] = np.array([moments.n_updates])
            for part, tensors in self._tensors(member).items():
                for name, value in tensors.items():
                    found[f"{member}.{part}.{name}"] = value.detach().cpu().numpy()
        return found

    def restore(self, state: dict[str, NDArray[np.generic]]) -> None:
        """Go on from what `state` returned; see `Engine`."""
        for member, moments in enumerate(self._moments):
            moments.n_updates = int(state[f"{member}.n_updates"][0])
            for part, tensors in self._tensors(member).items():
                for name, value in tensors.items():
                    value.detach().copy_(torch.from_numpy(state[f"{member}.{part}.{name}"].copy()))

    def _tensors(self, member: int) -> dict[str, dict[str, Tensor]]:
        moments = self._moments[member]
        numbers = _stacked(self._models[member])
        return {"numbers": numbers, "first": moments.first, "second": moments.second}

    def _one_pass(self, member: int, order: NDArray[np.int64], rates: list[float]) -> Learned:
        started = time.perf_counter()
        model, moments = self._models[member], self._moments[member]
        names, parameters = zip(*model.named_parameters(), strict=True)
        total, weight, norms = 0.0, 0, []
        alive = torch.ones(1, dtype=torch.bool)
        diverged = False
        batches = self._batches(self._task.train, order, self._settings.batch_size)
        for (x, lengths, targets), rate in zip(batches, rates, strict=True):
            loss = self._loss(model(x, lengths, per_step=self._task.kind == "step"), targets)[0]
            gradients = [g.unsqueeze(0) for g in torch.autograd.grad(loss, parameters)]
            scale, norm = clip_coefficients(gradients, self._settings.largest_norm)
            if not (loss.isfinite() and norm.isfinite()):
                diverged = True
                break
            clipped = {n: g * scale for n, g in zip(names, gradients, strict=True)}
            moments.update(_stacked(model), clipped, rate, alive.to(norm.device))
            scored = n_scored(targets)
            total, weight = total + float(loss.detach()) * scored, weight + scored
            norms.append(float(norm))
        return Learned(
            float("nan") if diverged else total / weight,
            float(np.mean(norms)) if norms else float("nan"),
            max(norms, default=float("nan")),
            diverged,
            time.perf_counter() - started,
        )

    @torch.no_grad()
    def _evaluate(self, member: int) -> Scored:
        started = time.perf_counter()
        model, kind = self._models[member], self._task.kind
        most: Tensor | None = None
        total, right, weight = 0.0, 0, 0
        for x, lengths, targets in self._batches(
            self._task.test, *test_batches(self._task, self._settings)
        ):
            loss, outputs = self._loss(model(x, lengths, per_step=kind == "step"), targets)
            total += float(loss) * n_scored(targets)
            right += int(correct(outputs, targets)) if kind != "value" else 0
            weight += n_scored(targets)
            far = model.largest_states(x, lengths)
            most = far if most is None else torch.maximum(most, far)
        assert most is not None
        return Scored(
            total / weight,
            float("nan") if kind == "value" else right / weight,
            float((most < DEAD).double().mean()),
            time.perf_counter() - started,
        )

    def _loss(self, outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        outputs = outputs.reshape(1, -1, outputs.shape[-1])
        return losses(outputs, targets)[0], outputs

    def _batches(
        self, sequences: Sequences, order: NDArray[np.int64], size: int
    ) -> Iterator[tuple[Tensor, Tensor | None, Tensor]]:
        weight = self._models[0].readout.weight
        padding = self._settings.padding
        for rows in split_rows(order, size):
            n_steps = int(sequences.lengths[rows].max())
            inputs: NDArray[np.generic] = sequences.inputs[rows, :n_steps]
            lengths: Tensor | None = torch.from_numpy(sequences.lengths[rows])
            if padding is not None:
                inputs, lengths = with_padding(sequences, rows, padding), None
            x = torch.from_numpy(inputs).to(weight.device)
            targets = torch.from_numpy(sequences.targets[rows]).to(weight.device)
            if targets.ndim == 2:
                targets = targets[:, :n_steps].flatten()
            if targets.is_floating_point():
                targets = targets.to(weight.dtype)
            yield x.to(weight.dtype) if x.is_floating_point() else x, lengths, targets


def _stacked(model: LayeredRNN) -> dict[str, Tensor]:
    """Parameters as those of a stack of one: views, so that an update changes them."""
    return {name: value.detach().unsqueeze(0) for name, value in model.named_parameters()}
