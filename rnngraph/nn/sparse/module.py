"""A sparse recurrent network that is called like torch's own."""

from typing import Any, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from rnngraph.errors import InputError
from rnngraph.nn.backends import can_be_native
from rnngraph.nn.cells import N_STATES
from rnngraph.nn.sparse.engines import Engine, NativeEngine, ReferenceEngine
from rnngraph.nn.sparse.tensors import as_tensors, from_tensors, shape_text
from rnngraph.nn.sparse.weights import Weights

States: TypeAlias = Tensor | tuple[Tensor, Tensor]
"""What a network carries: h, or (h, c) for an LSTM; each (layers x directions, batch, units)."""

_DIMENSIONS = 2, 3
"""Of one sequence, and of a batch."""


class SparseRNN(nn.Module):
    """A pruned `nn.RNN`, `nn.GRU` or `nn.LSTM` for inference; see `compact`, which makes it.

    It is called like the stock module: `output, state = module(x, state)`. It has neither
    parameters nor gradients, stays on the CPU, and computes in float32.

    Attributes:
        backend: "native" (the compiled core) or "reference" (torch, by whole matrices).
        values: "float32", "bfloat16" or "int8".
        density: Share of the weights that are stored.
        cell, input_size, hidden_size, num_layers, bidirectional, batch_first: As torch has them.
    """

    def __init__(self, weights: Weights, backend: str = "auto") -> None:
        super().__init__()
        shape = weights.shape
        self.weights = weights
        self.cell, self.values, self.density = shape.cell, shape.values, weights.density
        self.input_size, self.hidden_size = shape.input_size, shape.hidden_size
        self.num_layers, self.bidirectional = shape.num_layers, shape.bidirectional
        self.batch_first = shape.batch_first
        native = can_be_native(backend, torch.device("cpu"), torch.float32)
        self.backend = "native" if native else "reference"
        self._engine = self._make_engine()

    def forward(
        self,
        input: Tensor | PackedSequence,
        hx: States | None = None,
    ) -> tuple[Tensor | PackedSequence, States]:
        """Read sequences.

        Args:
            input: Inputs, (steps, batch, input_size), or (batch, steps, input_size) if
                `batch_first`; one sequence (steps, input_size); or a `PackedSequence`.
            hx: First state, h or (h, c), each (layers x directions, batch, hidden_size), or
                without `batch` for one sequence; None is 0.

        Returns:
            Outputs of the last layer at every step, in the form of `input`, and the last states.

        Raises:
            InputError: `input` or `hx` has another type or shape.
        """
        x, state = input, hx
        if isinstance(x, PackedSequence):
            _check_input(
                "input", x.data, x.data.ndim == _DIMENSIONS[0], "(rows, {})", self.input_size
            )
            states = self._states("hx", state, int(x.batch_sizes[0]), one=False)
            if x.sorted_indices is not None:
                states = tuple(part.index_select(1, x.sorted_indices) for part in states)
            data, last = self._engine.run(_plain(x.data), x.batch_sizes, states)
            if x.unsorted_indices is not None:
                last = tuple(part.index_select(1, x.unsorted_indices) for part in last)
            return x._replace(data=data), _as_torch(last)
        form = "(batch, steps, {})" if self.batch_first else "(steps, batch, {})"
        fits = isinstance(x, Tensor) and x.ndim in _DIMENSIONS
        _check_input("input", x, fits, f"{form} or (steps, {{}})", self.input_size)
        one = x.ndim == _DIMENSIONS[0]
        steps_first = x[:, None] if one else x.transpose(0, 1) if self.batch_first else x
        steps, batch, _ = steps_first.shape
        states = self._states("hx", state, batch, one)
        sizes = torch.full((steps,), batch)
        data, last = self._engine.run(_plain(steps_first.flatten(0, 1)), sizes, states)
        output = data.view(steps, batch, -1)
        if one:
            return output[:, 0], _as_torch(tuple(part[:, 0] for part in last))
        return output.transpose(0, 1) if self.batch_first else output, _as_torch(last)

    def step(self, x: Tensor, state: States | None = None) -> tuple[Tensor, States]:
        """Read one step of each sequence of a stream.

        Args:
            x: Inputs, (batch, input_size).
            state: What the last step returned, h or (h, c), each (layers, batch, hidden_size);
                None at the first.

        Returns:
            Outputs of the last layer, (batch, hidden_size), and the states.

        Raises:
            InputError: The network is bidirectional, or `x` or `state` has another shape.
        """
        if self.bidirectional:
            raise InputError(
                "`step` must be called on a network of one direction: the other one reads the "
                "last step first."
            )
        fits = isinstance(x, Tensor) and x.ndim == _DIMENSIONS[0]
        _check_input("x", x, fits, "(batch, {})", self.input_size)
        states = self._states("state", state, len(x), one=False)
        output, last = self._engine.run(_plain(x), torch.tensor([len(x)]), states)
        return output, _as_torch(last)

    def get_extra_state(self) -> dict[str, Any]:
        """The weights, so that a `state_dict` has them: tensors by name, and the shape."""
        return {"network": shape_text(self.weights.shape), **as_tensors(self.weights)}

    def set_extra_state(self, state: dict[str, Any]) -> None:
        """Take weights out of a `state_dict`.

        Raises:
            InputError: They are of a network of another shape, or do not fit together.
        """
        own = shape_text(self.weights.shape)
        if not isinstance(state, dict) or state.get("network") != own:
            got = state.get("network") if isinstance(state, dict) else type(state).__name__
            raise InputError(f"`state` must be of a sparse network of shape {own}; got {got}.")
        try:
            self.weights = from_tensors(own, state)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"`state` must be whole; it does not fit together: {type(error).__name__}: {error}."
            ) from error
        self.density = self.weights.density
        self._engine = self._make_engine()

    def extra_repr(self) -> str:
        """Show sizes, what is stored and who runs it."""
        layers = f", num_layers={self.num_layers}" if self.num_layers > 1 else ""
        both = ", bidirectional=True" if self.bidirectional else ""
        return (
            f"{self.cell!r}, {self.input_size}, {self.hidden_size}{layers}{both}, "
            f"density={self.density:.3g}, values={self.values!r}, backend={self.backend!r}"
        )

    def _make_engine(self) -> Engine:
        native = self.backend == "native"
        return NativeEngine(self.weights) if native else ReferenceEngine(self.weights)

    def _states(self, name: str, state: States | None, batch: int, one: bool) -> tuple[Tensor, ...]:
        n_states = N_STATES[self.cell]
        directions = self.weights.shape.directions
        shape = (self.num_layers * directions, batch, self.hidden_size)
        if state is None:
            return (torch.zeros(shape),) * n_states
        states = state if isinstance(state, tuple) else (state,)
        wanted = (shape[0], shape[2]) if one else shape
        if len(states) != n_states or any(
            not isinstance(part, Tensor) or part.shape != wanted for part in states
        ):
            got = [getattr(part, "shape", type(part).__name__) for part in states]
            of = "a tensor" if n_states == 1 else "two tensors, (h, c),"
            raise InputError(
                f"`{name}` must be {of} of shape {wanted}; got "
                f"{', '.join(str(tuple(s) if isinstance(s, torch.Size) else s) for s in got)}."
            )
        return tuple(_plain(part).reshape(shape) for part in states)

    # The engine holds what cannot be copied, but can be made again.
    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_engine"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._engine = self._make_engine()


def _plain(x: Tensor) -> Tensor:
    return x.detach().to("cpu", torch.float32)


def _as_torch(states: tuple[Tensor, ...]) -> States:
    return states[0] if len(states) == 1 else (states[0], states[1])


def _check_input(name: str, x: object, fits: bool, form: str, input_size: int) -> None:
    if not isinstance(x, Tensor):
        raise InputError(
            f"`{name}` must be a torch tensor or a PackedSequence; got {type(x).__name__}."
        )
    if not fits or x.shape[-1] != input_size or not x.is_floating_point() or not x.numel():
        raise InputError(
            f"`{name}` must hold real numbers of shape {form.format(input_size, input_size)}, and "
            f"not be empty; got {x.dtype} of shape {tuple(x.shape)}."
        )
