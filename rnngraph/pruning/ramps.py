"""Pruning that grows while a network learns: a rising threshold, or a rising sparsity."""

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import torch
from torch import Tensor

from rnngraph._check import check_bool, check_choice, check_int, check_mapping, check_real, hint
from rnngraph.errors import InputError
from rnngraph.pruning._steps import check_steps
from rnngraph.pruning.method import Update
from rnngraph.pruning.selection import SCOPES, check_scores, keep_highest

TYPES: Final = ("ih", "hh", "hr", "other")
"""Types of parameter, by torch's names: input to hidden, hidden to hidden, projection, the rest."""

PerParameter: TypeAlias = float | Mapping[str, float]
"""One number for all, or one by name of parameter or by type; a name goes before its type."""


def thresholds(
    model_weights: Mapping[str, Any],
    percentile: float = 90.0,
    by: Literal["type", "parameter"] = "type",
) -> dict[str, float]:
    """Percentiles of the |w| of a trained dense network: the `q` of `Narang`.

    Source: Narang et al. (2017), ICLR, Table 1, where a type is recurrent or linear.

    Args:
        model_weights: By name of parameter, of any shape; every entry counts, so that of a masked
            network only the live ones should come. A `state_dict` will do: biases and what is not
            a floating-point tensor are passed over.
        percentile: In [0, 100].
        by: "type" pools the parameters of each type ("ih", "hh", "hr" and "other"), "parameter"
            takes each by itself.

    Returns:
        Thresholds by type or by name, >= 0.

    Raises:
        InputError: A percentile outside [0, 100], an unknown `by`, no weights, or some that are not
            finite.
    """
    check_real("percentile", percentile, 0.0, 100.0)
    check_choice("by", by, ("type", "parameter"))
    check_mapping("model_weights", model_weights, "tensors by name, such as a `state_dict`")
    pools: dict[str, list[Tensor]] = {}
    for name, weight in model_weights.items():
        if not isinstance(name, str):
            raise InputError(f"`model_weights` must have names; got {name!r}.")
        if not isinstance(weight, Tensor):
            continue
        if weight.is_floating_point() and not _last(name).startswith("bias") and weight.numel():
            if not bool(weight.isfinite().all()):
                raise InputError(f"`model_weights` must be finite; {name!r} is not.")
            pool = pools.setdefault(_type(name) if by == "type" else name, [])
            pool.append(weight.detach().abs().flatten().double().cpu())
    if not pools:
        raise InputError(f"`model_weights` must hold weights; got {list(model_weights)}.")
    # torch.quantile refuses more than 16 million entries.
    return {
        name: float(np.percentile(torch.cat(pool).numpy(), percentile))
        for name, pool in pools.items()
    }


@dataclass(frozen=True)
class Narang:
    """Prune what is below a threshold that rises slowly from `start`, faster from `ramp`.

    At an update t that is a multiple of `every`, start < t < end, the threshold is
    theta * (t - start + 1) / every before `ramp` and
    theta * ((ramp - start + 1) + phi * (t - ramp + 1)) / every from there on, so that the last
    masks are those of the last multiple of `every` before `end`. With theta of Eq. 1, `every`
    cancels, and the threshold of step end - 1 is q for phi = 1.5 and 1.22 q for phi = 2 if the
    second phase is 5/4 of the first, as in the paper. No sparsity is promised: how many weights go
    depends on how large they are.

    Source: Narang et al. (2017), Exploring Sparsity in Recurrent Neural Networks, ICLR, Eq. 1 and
    Algorithm 1. The text lets pruned weights come back, the algorithm as printed does not: see
    `regrow`.

    Attributes:
        q: What the threshold reaches, >= 0: `thresholds` of a dense network. A mapping by name of
            parameter or by type ("ih", "hh", "hr", "other"); what it leaves out is not pruned.
        start: Last step without pruning, >= 0; in the paper, where the 2nd epoch starts.
        ramp: Step from which the threshold rises faster; in the paper, 1/4 of all.
        end: Step from which on the masks stay; in the paper, half of all.
        every: Steps between updates of the masks, at least 1.
        phi: Slope from `ramp` on, in units of theta, >= 0; in the paper 1.5 to 2.
        theta: Rise of the threshold within `every` steps before `ramp`, >= 0, in place of `q`;
            as `q`, a number or a mapping.
        regrow: False: what was pruned stays so, as in the algorithm. True: every update takes
            any weight that was live at the start and that the optimiser left at or above the
            threshold.

    Raises:
        InputError: Not exactly one of `q` and `theta`, a value outside its range, `ramp` outside
            [start, end], no update between `start` and `end`, `regrow` is no bool; when called, a
            name in `q` or `theta` that is neither a type nor a parameter.
    """

    q: PerParameter | None = None
    _: KW_ONLY
    start: int
    ramp: int
    end: int
    every: int = 100
    phi: float = 1.5
    theta: PerParameter | None = None
    regrow: bool = False

    def __post_init__(self) -> None:
        check_steps(self.start, check_int("end", self.end), self.every)
        check_int("ramp", self.ramp, self.start, self.end)
        check_real("phi", self.phi, 0.0)
        check_bool("regrow", self.regrow)
        if (self.q is None) == (self.theta is None):
            raise InputError(
                "exactly one of `q` and `theta` must be given; got "
                f"q={self.q!r}, theta={self.theta!r}."
            )
        if self.q is not None:
            _check_all("q", self.q)
        if self.theta is not None:
            _check_all("theta", self.theta)

    @property
    def dense_gradients(self) -> bool:
        """Whether pruned weights need gradients: to come back."""
        return self.regrow

    @property
    def keeps_values(self) -> bool:
        """Whether a weight that comes back keeps the value that brought it back."""
        return self.regrow

    def threshold(self, step: int, name: str = "") -> float:
        """Threshold of parameter `name` at a step: 0 up to `start`, constant from end - 1 on."""
        t = min(check_real("step", step), self.end - 1)
        if t <= self.start:
            return 0.0
        if t < self.ramp:
            rise = t - self.start + 1.0
        else:
            rise = (self.ramp - self.start + 1) + self.phi * (t - self.ramp + 1)
        return self._theta(name) * rise / self.every

    def __call__(self, update: Update) -> dict[str, Tensor]:
        """Masks after this update; {} where the threshold does not change."""
        t = update.step
        if t % self.every or not self.start < t < self.end:
            return {}
        for argument, value in (("q", self.q), ("theta", self.theta)):
            _check_names(argument, value, update.masks)
        candidates = update.started if self.regrow else update.masks
        return {
            name: live & (update.weights[name].detach().abs() >= self.threshold(t, name))
            for name, live in candidates.items()
        }

    def _theta(self, name: str) -> float:
        if self.theta is not None:
            return _of(self.theta, name)
        assert self.q is not None  # by __post_init__
        duration = 2 * (self.ramp - self.start) + 3 * (self.end - self.ramp)
        return 2 * _of(self.q, name) * self.every / duration


@dataclass(frozen=True)
class Cubic:
    """Prune the lowest scores to a sparsity that rises fast at first and levels out at `final`.

    The sparsity of step t is final + (initial - final) * (1 - (t - start) / (end - start))^3,
    brought about at `start`, every `every` steps from there, and at `end`. Of the N weights of a
    scope that were live at the start, exactly round(sparsity * N) are then pruned; none regrows.

    Source: Zhu & Gupta (2017), To prune, or not to prune, arXiv:1710.01878, Eq. 1.

    Attributes:
        final: Sparsity reached, in [0, 1], of what was live at the start.
        start: Step with the sparsity `initial`, >= 0.
        end: Step with the sparsity `final`, after `start`.
        every: Steps between updates of the masks, at least 1.
        initial: Sparsity at `start`, in [0, final].
        score: "magnitude", |w|, or a function from an `Update` to scores by name.
        scope: Where the lowest scores are sought, and the sparsity holds: "global", "layer" (each
            parameter) or "gate".

    Raises:
        InputError: A value outside its range, or `end` not after `start`.
    """

    final: float
    _: KW_ONLY
    start: int
    end: int
    every: int = 100
    initial: float = 0.0
    score: Literal["magnitude"] | Callable[[Update], Mapping[str, Tensor]] = "magnitude"
    scope: str = "layer"

    def __post_init__(self) -> None:
        check_real("final", self.final, 0.0, 1.0)
        check_real("initial", self.initial, 0.0, self.final)
        check_int("start", self.start, 0)
        if check_int("end", self.end) <= self.start:
            raise InputError(f"`end` must come after `start`, {self.start}; got {self.end}.")
        check_int("every", self.every, 1)
        check_choice("scope", self.scope, SCOPES)
        if self.score != "magnitude" and not callable(self.score):
            raise InputError(f'`score` must be "magnitude" or a function; got {self.score!r}.')

    def sparsity(self, step: int) -> float:
        """Sparsity of a step, in [0, 1]: 0 before `start`, `final` from `end` on."""
        if check_real("step", step) < self.start:
            return 0.0
        left = max(0.0, 1 - (step - self.start) / (self.end - self.start))
        return self.final + (self.initial - self.final) * left**3

    def __call__(self, update: Update) -> dict[str, Tensor]:
        """Masks after this update; {} where the sparsity does not change."""
        since = update.step - self.start
        due = since % self.every == 0 or update.step == self.end
        if not due or not self.start <= update.step <= self.end:
            return {}
        scores = self.score(update) if callable(self.score) else _magnitudes(update)
        check_scores(scores, update.masks)
        # Counted from the start, with the pruned ones first to go: no rounding adds up.
        ranked = {
            name: scores[name].masked_fill(~mask, -torch.inf) for name, mask in update.masks.items()
        }
        wanted = keep_highest(
            ranked,
            update.started,
            self.sparsity(update.step),
            scope=self.scope,
            gates=update.gates,
        )
        return {name: mask & wanted[name] for name, mask in update.masks.items()}


def _magnitudes(update: Update) -> dict[str, Tensor]:
    return {name: weight.detach().abs() for name, weight in update.weights.items()}


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _type(name: str) -> str:
    """Type of a parameter: `rnn.weight_hh_l0` -> "hh"."""
    words = _last(name).split("_")
    return next((kind for kind in TYPES if kind in words), "other")


def _of(value: PerParameter, name: str) -> float:
    """What holds for a parameter: 0, which prunes nothing, where it is left out."""
    if isinstance(value, Mapping):
        return value.get(name, value.get(_type(name), 0.0))
    return value


def _check_all(argument: str, value: PerParameter) -> None:
    if not isinstance(value, Mapping):
        check_real(argument, value, 0.0)
        return
    for name, number in value.items():
        check_real(f"{argument}[{name!r}]", number, 0.0)


def _check_names(argument: str, value: PerParameter | None, masks: Mapping[str, Tensor]) -> None:
    if not isinstance(value, Mapping):
        return
    known = [*TYPES, *masks]
    for name in value:
        if name not in known:
            raise InputError(
                f"`{argument}` must name types ({', '.join(TYPES)}) or pruned parameters "
                f"({', '.join(masks)}); got {name!r}.{hint(name, known)}"
            )
