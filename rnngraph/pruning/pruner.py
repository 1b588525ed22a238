"""A method at work: called after each update of an optimiser, it keeps the masks in force."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from rnngraph._check import check_int, hint
from rnngraph._rng import seed_sequence, stream
from rnngraph._types import RNG
from rnngraph.errors import InputError
from rnngraph.nn import GraphRNN, LayeredRNN
from rnngraph.pruning._tensors import check_masks, check_one_device
from rnngraph.pruning.masking import check_mask, gates_of, masks_of, recurrent_weights, set_masks
from rnngraph.pruning.method import Method, Update


class Pruner:
    """Prunes a network while it learns.

    In a loop of one's own::

        pruner = Pruner(model, Cubic(0.9, start=100, end=1000), rng=0)
        for batch in data:
            ...
            optimizer.step()
            pruner.step(optimizer)

    or `rnngraph.train(model, task, ..., after_update=pruner.step)`.

    Args:
        model: As for `prune`; the masks that it has count as its start.
        method: One of this package, or any `Method`.
        what: "ih", "hh", "both", or names of parameters, as for `prune`.
        rng: Root of the streams of methods that draw: one an update.

    Raises:
        InputError: No recurrent weights, an unknown name, weights on several devices, or a method
            that is no function.
    """

    def __init__(
        self, model: nn.Module, method: Method, *, what: str | Sequence[str] = "both", rng: RNG
    ) -> None:
        if not callable(method):
            raise InputError(f"`method` must be a function of an `Update`; got {method!r}.")
        self.model, self.method, self.n_updates = model, method, 0
        self._names = recurrent_weights(model, what)
        check_one_device({name: model.get_parameter(name) for name in self._names})
        self._seed = seed_sequence(rng)
        in_force = masks_of(model)
        self._started = {
            name: in_force.get(name, torch.ones_like(model.get_parameter(name), dtype=torch.bool))
            for name in self._names
        }
        set_masks(model, self._started)
        self._gates = gates_of(model, self._names)
        for child in model.modules():
            if isinstance(child, GraphRNN | LayeredRNN):
                child.dense_gradients = getattr(method, "dense_gradients", False)

    @property
    def masks(self) -> dict[str, Tensor]:
        """Those in force on the weights that are pruned, by name: bool, True = live; copies."""
        in_force = masks_of(self.model)
        return {name: in_force[name] for name in self._names}

    @property
    def density(self) -> float:
        """Share of the weights live at the start that are live now, in [0, 1] unless more grew."""
        live = sum(int(mask.sum()) for mask in self.masks.values())
        return live / max(1, sum(int(mask.sum()) for mask in self._started.values()))

    @torch.no_grad()
    def step(self, optimizer: torch.optim.Optimizer | None = None) -> None:
        """Let the method choose, and put its masks in force.

        Args:
            optimizer: The one that has just updated the weights: what it remembers of weights that
                are pruned now is set to 0, so that momentum does not move them when they return.

        Raises:
            InputError: `optimizer` is something else, or the method returned a name that is not
                pruned, or a mask that does not fit.
        """
        if optimizer is not None and not isinstance(getattr(optimizer, "state", None), Mapping):
            raise InputError(
                f"`optimizer` must be one of torch.optim, or None; got {type(optimizer).__name__}."
            )
        self.n_updates += 1
        weights = {name: self.model.get_parameter(name) for name in self._names}
        before = self.masks
        update = Update(
            step=self.n_updates,
            weights={name: weight.detach() for name, weight in weights.items()},
            masks=before,
            started=self._started,
            gradients={name: _gradient(weight) for name, weight in weights.items()},
            gates=self._gates,
            rng=stream(self._seed, "prune", self.n_updates),
        )
        chosen = _checked(self.method(update), weights)
        keeps_values = getattr(self.method, "keeps_values", False)
        for name, weight in weights.items():
            after = chosen.get(name, before[name])
            if keeps_values:  # and what the optimiser remembers, for it is what brings them back
                continue
            weight.masked_fill_(~before[name], 0)
            if optimizer is not None:
                _forget(optimizer, weight, after & before[name])
        set_masks(self.model, {**before, **chosen})

    def state_dict(self) -> dict[str, Any]:
        """What `load_state_dict` needs to go on: tensors and numbers."""
        return {
            "n_updates": self.n_updates,
            "started": {name: mask.clone() for name, mask in self._started.items()},
            "masks": self.masks,
            **({"method": self.method.state_dict()} if hasattr(self.method, "state_dict") else {}),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` returned, of a pruner of the same method, network, `rng`.

        Raises:
            InputError: Something is missing, or masks do not fit the network.
        """
        for key in self.state_dict():
            if not isinstance(state, Mapping) or key not in state:
                raise InputError(f"`state` must be what `state_dict` returned; {key!r} is missing.")
        n_updates = check_int("state['n_updates']", state["n_updates"], 0)
        started = check_masks("state['started']", state["started"], like=self._started)
        set_masks(self.model, state["masks"])
        if "method" in state and hasattr(self.method, "load_state_dict"):
            self.method.load_state_dict(state["method"])
        self.n_updates = n_updates
        self._started = {name: mask.clone() for name, mask in started.items()}


def _checked(masks: object, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What a method returned, if it is masks of weights that it was shown."""
    if not isinstance(masks, Mapping):
        raise InputError(f"`method` must return masks by name; got a {type(masks).__name__}.")
    for name, mask in masks.items():
        if name not in weights:
            raise InputError(
                "`method` must return masks of the weights that it was shown; got "
                f"{name!r}.{hint(name, weights)}"
            )
        check_mask("`method` must return", name, mask, weights[name])
    return dict(masks)


def _gradient(weight: nn.Parameter) -> Tensor:
    return torch.zeros_like(weight) if weight.grad is None else weight.grad


def _forget(optimizer: torch.optim.Optimizer, weight: nn.Parameter, remembered: Tensor) -> None:
    """Set to 0 what an optimiser keeps for weights that do not live, or did not before."""
    for value in optimizer.state.get(weight, {}).values():
        if isinstance(value, Tensor) and value.shape == weight.shape:
            value.mul_(remembered)
