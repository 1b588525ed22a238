"""From a sparsified network to a smaller one with the same outputs, constant gates not computed."""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rnngraph.nn.graph_rnn import stock_linear, stock_module
from rnngraph.sparsify.forward import Values, check_inputs, check_state, running_steps
from rnngraph.sparsify.scan import N_STATES, State
from rnngraph.sparsify.shape import Shape
from rnngraph.sparsify.structure import Structure, activation, structure_of, with_factors

_PAYS: Final = 2**19
"""Hidden weights that constant gates save a step, from which on it pays not to compute them."""


class Folded(nn.Module):
    """The part of a gated network that its outputs hang on; for use, not for training.

    Units that lead nowhere are cut out, with their rows, columns and gates; so are tokens and
    channels that are not read, and columns of the embedding. Of a gate that reads nothing only its
    bias is kept.

    On a CPU a layer runs in torch's kernel, with rows of 0 for constant gates. Where not computing
    them saves half a million hidden weights a step it runs step by step without them, as do layers
    that are not on a CPU, and first layers of more one-hot tokens than gates.

    Faster than that, in float32 on a CPU, is `rnngraph.compact` of the second module of `to_torch`,
    which computes neither constant gates nor weights that are 0; unless most weights are left and
    many sequences are read at once. On a GPU take the modules of `to_torch` as they are.

    Attributes:
        shape: Of the whole network.
        structure: What was found in it.
    """

    embedding: Tensor
    channels: Tensor
    places: Tensor
    readout: Tensor
    readout_bias: Tensor

    def __init__(self, structure: Structure) -> None:
        super().__init__()
        self.shape, self.structure = structure.shape, structure
        shape, weights = self.shape, structure.weights
        used = structure.inputs
        sources = used
        if shape.embedding:
            sources = structure.embedding
            rows = weights["embedding"][used][:, sources]
            self.register_buffer("embedding", torch.cat([rows, rows.new_zeros(1, rows.shape[1])]))
        if shape.dense:
            self.register_buffer("channels", used.nonzero().flatten())
        else:
            # Whatever is not read shares the last row, of zeros.
            places = torch.where(used, used.cumsum(0) - 1, used.sum())
            self.register_buffer("places", places.int())
        layers = []
        for layer in range(shape.layers):
            layers.append(_Layer(structure, layer, sources))
            sources = structure.units[layer]
        self.layers = nn.ModuleList(layers)
        if shape.output_size:
            self.register_buffer("readout", weights["readout"][:, sources])
            self.register_buffer("readout_bias", weights["readout_bias"])
        else:
            self.register_buffer("readout", torch.diag(weights["outputs"])[:, sources])
            self.register_buffer("readout_bias", torch.zeros_like(weights["outputs"]))

    @torch.no_grad()
    def forward(
        self, x: Tensor, lengths: Tensor | None = None, state: Sequence[State] | None = None
    ) -> tuple[Tensor, list[State]]:
        """Read sequences, as the whole network does with its means.

        Args:
            x: Tokens (batch, steps) of the whole vocabulary, or dense inputs
                (batch, steps, input_size).
            lengths: Real steps of each sequence, (batch,); None: all.
            state: As returned by an earlier call: states of the units that are left; None: 0.

        Returns:
            Outputs of every step, (batch, steps, output_size or units), past a sequence's end those
            of its last real step; and the last states. Without a readout there is an output for
            every unit of the whole network, 0 for those that are cut out.

        Raises:
            InputError: `x` is of another kind or size, has no step, or tokens that are none; or
                `lengths` or `state` are not those of as many sequences and units.
        """
        check_inputs("x", x, self.shape, self.readout.dtype)
        if state is not None:
            left = [own.hidden.shape[1] for own in self.layers if isinstance(own, _Layer)]
            check_state(state, self.shape.cell, len(x), left)
        given, running = self._inputs(x.transpose(0, 1)), running_steps(x, lengths)
        ended = []
        for layer, own in enumerate(self.layers):
            assert isinstance(own, _Layer)
            begun = state[layer] if state is not None else own.first_state(len(x))
            given, last = own(given, begun, running)
            ended.append(last)
        return functional.linear(given.transpose(0, 1), self.readout, self.readout_bias), ended

    @torch.no_grad()
    def to_torch(self) -> tuple[nn.Embedding | None, nn.RNNBase, nn.Linear]:
        """The same network of torch's own modules, a constant gate as one without weights.

        `rnngraph.compact` of the second computes no gate that is constant, and `graph_of` sees the
        graph of the units that are left. Torch has one number of units for all layers: where fewer
        are left, units that nothing reads fill up. Dense inputs are read at `channels`. Tokens are
        numbered by `places`, int32; without an embedding, one-hot tokens have a channel for each
        that is read and one for all others.
        """
        n = max(1, *(int(units.sum()) for units in self.structure.units))
        gates = len(self.shape.gates)
        layers = [own for own in self.layers if isinstance(own, _Layer)]
        width = layers[0].input.shape[1]
        one_hot = not self.shape.dense and not self.shape.embedding
        shape = Shape(
            self.shape.cell,
            max(1, width + one_hot),
            n,
            len(self.readout),
            layers=self.shape.layers,
            dense=True,
        )
        weights = {name: self.readout.new_zeros(size) for name, size in shape.matrices().items()}
        weights |= {name: self.readout.new_zeros(size) for name, size in shape.biases().items()}
        for layer, own in enumerate(layers):
            kept = own.hidden.shape[1]
            for part, rows in (("ih", own.whole(own.input)), ("hh", own.whole(own.hidden))):
                block = weights[f"weight_{part}_l{layer}"].view(gates, n, -1)
                block[:, :kept, : rows.shape[1]] = rows.view(gates, kept, rows.shape[1])
            weights[f"bias_l{layer}"].view(gates, n)[:, :kept] = own.bias.view(gates, kept)
        weights["readout"][:, : self.readout.shape[1]] = self.readout
        weights["readout_bias"] = self.readout_bias
        _, rnn, readout = stock_modules(shape, Values(weights))
        if not self.shape.embedding:
            return None, rnn, readout
        table = functional.pad(self.embedding, (0, shape.input_size - int(width)))
        return nn.Embedding.from_pretrained(table, freeze=False), rnn, readout

    def _inputs(self, x: Tensor) -> Tensor:
        """What the first layer reads: (steps, batch, width), or one-hot tokens by their places."""
        if self.shape.dense:
            return x[..., self.channels]
        places = self.places[x]
        return functional.embedding(places, self.embedding) if self.shape.embedding else places


class _Layer(nn.Module):
    """One layer, with a row of weights for each gate unit that is not constant."""

    input: Tensor
    hidden: Tensor
    bias: Tensor
    live: Tensor

    def __init__(self, structure: Structure, layer: int, sources: Tensor) -> None:
        super().__init__()
        self.cell, self.names = structure.shape.cell, structure.shape.gates
        own = structure.units[layer]
        live = structure.gates[layer][:, own]
        rows = (structure.gates[layer] & own).flatten()
        parts = {
            "input": structure.weights[f"weight_ih_l{layer}"][rows][:, sources],
            "hidden": structure.weights[f"weight_hh_l{layer}"][rows][:, own],
            "bias": structure.weights[f"bias_l{layer}"].view(len(live), -1)[:, own].flatten(),
            "live": live,
        }
        for name, value in parts.items():
            self.register_buffer(name, value)
        ends = live.sum(1).cumsum(0).tolist()
        self._spans = [slice(*span) for span in pairwise([0, *ends])]
        constant = live.numel() - len(self.hidden)
        self._skips = constant * self.hidden.shape[1] >= _PAYS

    def first_state(self, batch: int) -> State:
        """States of 0."""
        zeros = self.hidden.new_zeros(batch, self.hidden.shape[1])
        return (zeros,) * N_STATES[self.cell]

    def whole(self, weight: Tensor) -> Tensor:
        """Rows of 0 for constant gates among those of the others: (gates * n, columns)."""
        if len(weight) == len(self.bias):
            return weight
        rows = weight.new_zeros(len(self.bias), weight.shape[1])
        rows[self.live.flatten()] = weight
        return rows

    def forward(self, given: Tensor, state: State, running: Tensor | None) -> tuple[Tensor, State]:
        """States after each step, (steps, batch, n), and the last ones.

        Args:
            given: Inputs, (steps, batch, width), or places of one-hot tokens, (steps, batch), where
                `width` is one that is not read.
            state: First states.
            running: As of `scan`.
        """
        one_hot = not given.is_floating_point()
        # Torch's kernel knows no empty parts, no sequences that never run, no tokens but as rows.
        fits = all(part.numel() for part in (given, self.input, self.hidden))
        fits = fits and (running is None or bool(running[0].all()))
        fits = fits and not (one_hot and self.input.shape[1] > len(self.input))
        if fits and given.is_cpu and not self._skips:
            if one_hot:
                rows = functional.one_hot(given.long(), self.input.shape[1] + 1)
                given = rows[..., :-1].to(self.input.dtype)
            return self._by_torch(given, state, running)
        if one_hot:
            products = functional.embedding(given, functional.pad(self.input, (0, 1)).t())
        else:
            products = given @ self.input.t()
        return self._by_steps(products, state, running)

    def _by_torch(
        self, given: Tensor, state: State, running: Tensor | None
    ) -> tuple[Tensor, State]:
        kernel: Callable[..., tuple[Tensor, ...]] = torch.gru if self.cell == "gru" else torch.lstm
        # One layer with biases, its second ones 0: no dropout, training or second direction.
        rows = [self.whole(self.input), self.whole(self.hidden)]
        options = [*rows, self.bias, torch.zeros_like(self.bias)], True, 1, 0.0, False, False

        def first(state: Iterable[Tensor]) -> list[Tensor] | Tensor:
            parts = [part.unsqueeze(0) for part in state]
            return parts[0] if self.cell == "gru" else parts

        if running is None:
            outputs, *last = kernel(given, first(state), *options, False)
            return outputs, tuple(part[0] for part in last)
        packed = pack_padded_sequence(given, running.sum(0), enforce_sorted=False)
        begun = first(part[packed.sorted_indices] for part in state)
        data, *last = kernel(packed.data, packed.batch_sizes, begun, *options)
        outputs, _ = pad_packed_sequence(packed._replace(data=data), total_length=len(given))
        ended = tuple(part[0][packed.unsorted_indices] for part in last)
        return torch.where(running.unsqueeze(2), outputs, ended[0]), ended

    def _by_steps(
        self, products: Tensor, state: State, running: Tensor | None
    ) -> tuple[Tensor, State]:
        """The same from products with the inputs, (steps, batch, gate units that are computed)."""
        step = self._lstm_step if self.cell == "lstm" else self._gru_step
        batch = products.shape[1]
        bias = self.bias[self.live.flatten()]
        # What is constant stays in place; a step writes over the rest.
        sums = self.bias.view(self.live.shape)
        gates = [
            activation(name)(own).expand(batch, -1).clone()
            for name, own in zip(self.names, sums, strict=True)
        ]
        places = [live.nonzero().flatten() for live in self.live]
        outputs = []
        for t, product in enumerate(products + bias):
            after = step(product, state, gates, places)
            if running is not None:
                runs = running[t].unsqueeze(1)
                after = tuple(torch.where(runs, *pair) for pair in zip(after, state, strict=True))
            state = after
            outputs.append(state[0])
        return torch.stack(outputs), state

    def _lstm_step(
        self, product: Tensor, state: State, gates: list[Tensor], places: list[Tensor]
    ) -> State:
        s, c = state
        sums = torch.addmm(product, s, self.hidden.t())
        for name, gate, place, span in zip(self.names, gates, places, self._spans, strict=True):
            gate[:, place] = activation(name)(sums[:, span])
        i, f, g, o = gates
        c = f * c + i * g
        return o * torch.tanh(c), c

    def _gru_step(
        self, product: Tensor, state: State, gates: list[Tensor], places: list[Tensor]
    ) -> State:
        (s,) = state
        recurrent = s @ self.hidden.t()
        for gate, place, span in zip(gates[:2], places[:2], self._spans[:2], strict=True):
            gate[:, place] = torch.sigmoid(product[:, span] + recurrent[:, span])
        r, z, n = gates
        place, span = places[2], self._spans[2]
        n[:, place] = torch.tanh(product[:, span] + r[:, place] * recurrent[:, span])
        return (torch.lerp(n, s, z),)


def fold(shape: Shape, values: Values) -> Folded:
    """Cut out of a network what its outputs hang on.

    Args:
        shape: What the network consists of.
        values: What it computes with in use: factors of shape (size,), no `spread`.

    Raises:
        InputError: `values` are those of a training pass, of another shape or not finite.
    """
    return Folded(structure_of(shape, values))


@torch.no_grad()
def stock_modules(
    shape: Shape, values: Values
) -> tuple[nn.Embedding | None, nn.RNNBase, nn.Linear]:
    """The same network of torch's own modules, factors multiplied in.

    So it can be given to `rnngraph.graph_of`, `rnngraph.compact` or ONNX. `readout(rnn(x)[0])` are
    the outputs of every step, x being embedded tokens, one-hot ones or dense inputs; without a
    readout the one that is returned has the factors of the last layer's units on its diagonal.

    Args:
        shape: What the network consists of.
        values: As for `fold`.

    Raises:
        InputError: `values` are those of a training pass, of another shape or not finite.
    """
    weights = with_factors(shape, values)
    some = weights["weight_hh_l0"]
    rnn = stock_module(
        shape.cell,
        shape.sources(0),
        shape.units,
        num_layers=shape.layers,
        dtype=some.dtype,
        device=some.device,
    )
    state = {}
    for layer in range(shape.layers):
        for part in ("ih", "hh"):
            state[f"weight_{part}_l{layer}"] = weights[f"weight_{part}_l{layer}"]
        # Torch has two biases, the GRU's second one inside of its reset gate.
        state[f"bias_ih_l{layer}"] = weights[f"bias_l{layer}"]
        state[f"bias_hh_l{layer}"] = torch.zeros_like(weights[f"bias_l{layer}"])
    rnn.load_state_dict(state)
    reads, offset = weights.get("readout"), weights.get("readout_bias")
    if reads is None or offset is None:
        reads, offset = torch.diag(weights["outputs"]), torch.zeros_like(weights["outputs"])
    readout = stock_linear(reads, offset)
    if not shape.embedding:
        return None, rnn, readout
    return nn.Embedding.from_pretrained(weights["embedding"], freeze=False), rnn, readout
