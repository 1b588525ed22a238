"""Networks in training as stacks of torch tensors, on any device: the twin of the native engine."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnngraph.nn.backends import edges_win
from rnngraph.nn.batching import Batch, batches, data_order, test_batches
from rnngraph.nn.cells import STEPS
from rnngraph.nn.engines import DEAD, Learned, Scored
from rnngraph.nn.fusing import fused_step
from rnngraph.nn.members import Member
from rnngraph.nn.objective import clip_coefficients, correct, losses
from rnngraph.nn.optimizers import Moments
from rnngraph.nn.settings import TrainingSettings
from rnngraph.nn.stack import Stack, build_stack, links_of, n_padded
from rnngraph.nn.threads import threads_worth_it
from rnngraph.tasks import SequenceData, Sequences


@dataclass(eq=False)
class _Group:
    """Members of one replicate, padded size and depth, stacked; they shrink as members stop."""

    members: list[int]
    replicate: int
    stack: Stack
    moments: Moments


class ReferenceEngine:
    """Members trained in stacks of `at_once`; see `Engine`.

    Args:
        everyone: Members, their first parameters in them.
        task: Training and test sequences.
        settings: The same for all.
        seed: Root of the streams of the order of data.
        at_once: Networks in a stack.
        device: Where the stacks are.
        dtype: Type of weights and arithmetic.
        fused: Whether torch.compile fuses the arithmetic of a step.
    """

    def __init__(
        self,
        everyone: Sequence[Member],
        task: SequenceData,
        settings: TrainingSettings,
        *,
        seed: np.random.SeedSequence,
        at_once: int,
        device: torch.device,
        dtype: torch.dtype,
        fused: bool = False,
    ) -> None:
        self._everyone, self._task, self._settings, self._seed = everyone, task, settings, seed
        self._shapes = [member.parameter_shapes(task) for member in everyone]
        self._groups = [
            self._group(numbers, device, dtype, fused)
            for numbers in stacks_of(everyone, task, at_once, device)
        ]
        self._stopped: dict[int, dict[str, Tensor]] = {}
        tested = test_batches(task, settings)
        self._test = list(self._batches(task.test, *tested, self._groups[0].stack))

    def learn(self, members: Sequence[int], epoch: int) -> list[Learned]:
        """Pass once over the training sequences; see `Engine`."""
        self._keep_only(set(members))
        n_sequences = len(self._task.train.lengths)
        rates = self._settings.rates(epoch, n_sequences)
        found: dict[int, Learned] = {}
        for group in self._groups:
            order = data_order(self._seed, group.replicate, epoch, n_sequences)
            training = self._batches(
                self._task.train, order, self._settings.batch_size, group.stack
            )
            with threads_worth_it(group.stack.n_units):
                found |= self._one_pass(group, training, rates)
        return [found[member] for member in members]

    def score(self, members: Sequence[int]) -> list[Scored]:
        """Evaluate on the test sequences; see `Engine`."""
        self._keep_only(set(members))
        found: dict[int, Scored] = {}
        for group in self._groups:
            with threads_worth_it(group.stack.n_units):
                found |= self._evaluate(group)
        return [found[member] for member in members]

    def parameters(self, member: int) -> dict[str, Tensor]:
        """Copy out the weights of a member; see `Engine`."""
        if member in self._stopped:
            return self._stopped[member]
        for group in self._groups:
            if member in group.members:
                return group.stack.member(group.members.index(member), self._shapes[member])
        raise KeyError(member)

    def state(self) -> dict[str, NDArray[np.generic]]:
        """Copy out all that `restore` needs; see `Engine`."""
        found: dict[str, NDArray[np.generic]] = {}
        for member, values in self._stopped.items():
            found |= {f"{member}.stopped.{name}": value.numpy() for name, value in values.items()}
        for group in self._groups:
            for member in group.members:
                found[f"{member}.n_updates"] = np.array([group.moments.n_updates])
            for part, tensors in _tensors(group).items():
                for name, stacked in tensors.items():
                    arrays = stacked.detach().cpu().numpy()
                    for member, array in zip(group.members, arrays, strict=True):
                        if name in self._shapes[member]:
                            found[f"{member}.{part}.{name}"] = array
        return found

    def restore(self, state: dict[str, NDArray[np.generic]]) -> None:
        """Go on from what `state` returned; see `Engine`."""
        going = {int(key.partition(".")[0]) for key in state if key.endswith(".n_updates")}
        for key, value in state.items():
            number, part, name = key.split(".", 2) if key.count(".") > 1 else (key, "", "")
            if part == "stopped":
                self._stopped.setdefault(int(number), {})[name] = torch.from_numpy(value.copy())
        for group in self._groups:
            for position, member in enumerate(group.members):
                if member not in going:
                    continue
                group.moments.n_updates = int(state[f"{member}.n_updates"][0])
                for part, tensors in _tensors(group).items():
                    for name in self._shapes[member].keys() & tensors.keys():
                        saved = torch.from_numpy(state[f"{member}.{part}.{name}"].copy())
                        tensors[name][position] = saved.to(group.stack.device)
        stopped = dict(self._stopped)
        self._keep_only(going)
        self._stopped = stopped

    def _group(
        self, numbers: list[int], device: torch.device, dtype: torch.dtype, fused: bool
    ) -> _Group:
        together = [self._everyone[number] for number in numbers]
        cell, (units, _) = together[0].cell, n_padded(self._shapes[numbers[0]])
        with threads_worth_it(units):
            step = fused_step(cell, device, dtype) if fused else STEPS[cell]
        stack = build_stack(
            cell,
            [links_of(member.mask) for member in together],
            [member.first_parameters(self._task, self._seed) for member in together],
            [member.parameter_masks(self._task) for member in together],
            device=device,
            dtype=dtype,
            step=step,
            along_edges=edges_win(together[0].mask, device),
        )
        return _Group(
            numbers, together[0].replicate, stack, Moments(stack.parameters, self._settings)
        )

    def _keep_only(self, members: set[int]) -> None:
        """Take those that stopped out of their stacks."""
        for group in self._groups:
            if members.issuperset(group.members):
                continue
            for position, member in enumerate(group.members):
                if member not in members:
                    self._stopped[member] = group.stack.member(position, self._shapes[member])
            kept = [k for k, member in enumerate(group.members) if member in members]
            group.members = [group.members[k] for k in kept]
            index = torch.tensor(kept, device=group.stack.device, dtype=torch.long)
            group.stack = group.stack.keep(index)
            group.moments.keep(index)
        self._groups = [group for group in self._groups if group.members]

    def _one_pass(
        self, group: _Group, training: Iterable[Batch], rates: NDArray[np.float64]
    ) -> dict[int, Learned]:
        started = time.perf_counter()
        columns = [column.tolist() for column in self._descend(group, training, rates)]
        seconds = (time.perf_counter() - started) / len(group.members)
        return {
            member: Learned(loss, mean, most, diverged, seconds)
            for member, loss, mean, most, diverged in zip(group.members, *columns, strict=True)
        }

    def _descend(
        self, group: _Group, training: Iterable[Batch], rates: NDArray[np.float64]
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Loss, mean and largest norm, and whether it diverged, of each member.

        Nothing is read off the device before the end: a GPU is not waited for.
        """
        stack = group.stack
        for parameter in stack.parameters.values():
            parameter.requires_grad_()
        names, parameters = zip(*stack.parameters.items(), strict=True)
        total = parameters[0].new_zeros(stack.n_members, dtype=torch.float64)
        norms, norm_max = torch.zeros_like(total), torch.zeros_like(total)
        done = torch.zeros_like(total)
        alive = torch.ones(stack.n_members, dtype=torch.bool, device=stack.device)
        weight = 0
        for batch, rate in zip(training, rates.tolist(), strict=True):
            outputs = stack.outputs(batch.steps, per_step=self._task.kind == "step")
            loss = losses(outputs, batch.targets)
            gradients = torch.autograd.grad(loss.sum(), parameters)
            live = [
                gradient * stack.masks[name] if name in stack.masks else gradient
                for name, gradient in zip(names, gradients, strict=True)
            ]
            scale, norm = clip_coefficients(live, self._settings.largest_norm)
            alive &= loss.detach().isfinite() & norm.isfinite()
            clipped = {
                name: gradient * scale.view(-1, *[1] * (gradient.ndim - 1))
                for name, gradient in zip(names, live, strict=True)
            }
            group.moments.update(stack.parameters, clipped, rate, alive)
            total += torch.where(alive, loss.detach() * batch.n_scored, 0)
            norms += torch.where(alive, norm, 0)
            norm_max = torch.where(alive, torch.maximum(norm_max, norm), norm_max)
            done += alive
            weight += batch.n_scored
        return (
            torch.where(alive, total / weight, torch.nan),
            norms / done,
            torch.where(done > 0, norm_max, torch.nan),
            ~alive,
        )

    def _evaluate(self, group: _Group) -> dict[int, Scored]:
        started = time.perf_counter()
        loss, accuracy, most = (column.cpu() for column in self._measure(group))
        dead = [
            float((row[group.stack.own_units(self._shapes[member])] < DEAD).double().mean())
            for row, member in zip(most, group.members, strict=True)
        ]
        seconds = (time.perf_counter() - started) / len(group.members)
        columns = (loss.tolist(), accuracy.tolist(), dead)
        return {
            member: Scored(loss, share, dead_share, seconds)
            for member, loss, share, dead_share in zip(group.members, *columns, strict=True)
        }

    @torch.no_grad()
    def _measure(self, group: _Group) -> tuple[Tensor, Tensor, Tensor]:
        """Loss, accuracy and largest |state| of each unit, of each member; as `_descend`."""
        stack, kind = group.stack, self._task.kind
        right = torch.zeros(stack.n_members, dtype=torch.float64, device=stack.device)
        total = torch.zeros_like(right)
        places = len(stack.links) * stack.n_units
        most = torch.zeros(stack.n_members, places, dtype=stack.dtype, device=stack.device)
        scored = sum(batch.n_scored for batch in self._test)
        for batch in self._test:
            outputs = stack.outputs(batch.steps, per_step=kind == "step", most=most)
            total += losses(outputs, batch.targets) * batch.n_scored
            right += correct(outputs, batch.targets)
        accuracy = torch.full_like(total, torch.nan) if kind == "value" else right / scored
        return total / scored, accuracy, most

    def _batches(
        self, sequences: Sequences, order: NDArray[np.int64], batch_size: int, stack: Stack
    ) -> Iterator[Batch]:
        return batches(
            sequences,
            self._task.n_tokens,
            order,
            batch_size,
            padding=self._settings.padding,
            device=stack.device,
            dtype=stack.dtype,
        )


def _tensors(group: _Group) -> dict[str, dict[str, Tensor]]:
    return {
        "numbers": group.stack.parameters,
        "first": group.moments.first,
        "second": group.moments.second,
    }


def stacks_of(
    everyone: Sequence[Member], task: SequenceData, size: int, device: torch.device
) -> Iterator[list[int]]:
    """Cut the members into stacks.

    Of one replicate, so of one order of data; of one size and depth; and whose products all go
    along edges, or none: what a member's are does not hang on its company.
    """

    def kind(number: int) -> tuple[int, ...]:
        member = everyone[number]
        depth = 1 + max(link.target for link in links_of(member.mask))
        along_edges = edges_win(member.mask, device)
        return (member.replicate, depth, along_edges, *n_padded(member.parameter_shapes(task)))

    for _, alike in groupby(sorted(range(len(everyone)), key=kind), key=kind):
        together = list(alike)
        for start in range(0, len(together), size):
            yield together[start : start + size]
