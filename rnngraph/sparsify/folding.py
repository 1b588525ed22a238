"""From a sparsified network to a smaller one with the same outputs, constant gates not computed."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from rnngraph.nn.graph_rnn import stock_linear, stock_module
from rnngraph.sparsify.forward import Values, running_steps
from rnngraph.sparsify.scan import N_STATES, State
from rnngraph.sparsify.shape import Shape
from rnngraph.sparsify.structure import Structure, activation, structure_of, with_factors


class Folded(nn.Module):
    """The part of a gated network that its outputs hang on; for use, not for training.

    Units that lead nowhere are cut out, with their rows, columns and gates; so are tokens and
    channels that are not read, and columns of the embedding. A gate that reads nothing is never
    computed: its constant stands where its value would.

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
            places = torch.full((len(used),), int(used.sum()), device=used.device)
            places[used] = torch.arange(int(used.sum()), device=used.device)
            self.register_buffer("places", places)
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
        """
        given, running = x.transpose(0, 1), running_steps(x, lengths)
        ended = []
        for layer, own in enumerate(self.layers):
            assert isinstance(own, _Layer)
            products = self._first_products(own, given) if layer == 0 else given @ own.input.t()
            begun = state[layer] if state is not None else own.first_state(len(x))
            given, last = own(products, begun, running)
            ended.append(last)
        return functional.linear(given.transpose(0, 1), self.readout, self.readout_bias), ended

    @torch.no_grad()
    def to_torch(self) -> tuple[nn.Embedding | None, nn.RNNBase, nn.Linear]:
        """The same network of torch's own modules, a constant gate as one without weights.

        `rnngraph.compact` of the second computes no gate that is constant, and `graph_of` sees the
        graph of the units that are left. Torch has one number of units for all layers: where fewer
        are left, units that nothing reads fill up. Tokens are numbered by `places`; without an
        embedding, one-hot tokens have a channel for each that is read and one for all others.
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
            kept = int(self.structure.units[layer].sum())
            rows = torch.cat([gate * n + torch.arange(kept) for gate in range(gates)])
            live = rows[own.live.flatten().cpu()]
            weights[f"weight_ih_l{layer}"][live, : own.input.shape[1]] = own.input
            weights[f"weight_hh_l{layer}"][live, :kept] = own.hidden
            bias = self.structure.weights[f"bias_l{layer}"].reshape(gates, -1)
            weights[f"bias_l{layer}"][rows] = bias[:, self.structure.units[layer]].flatten()
        weights["readout"][:, : self.readout.shape[1]] = self.readout
        weights["readout_bias"] = self.readout_bias
        _, rnn, readout = stock_modules(shape, Values(weights))
        if not self.shape.embedding:
            return None, rnn, readout
        table = functional.pad(self.embedding, (0, shape.input_size - int(width)))
        return nn.Embedding.from_pretrained(table, freeze=False), rnn, readout

    def _first_products(self, own: "_Layer", x: Tensor) -> Tensor:
        if self.shape.dense:
            return x[..., self.channels] @ own.input.t()
        places = self.places[x]
        if self.shape.embedding:
            return functional.embedding(places, self.embedding) @ own.input.t()
        return functional.embedding(places, functional.pad(own.input, (0, 1)).t())


class _Layer(nn.Module):
    """One layer, with a row of weights for each gate unit that is not constant."""

    input: Tensor
    hidden: Tensor
    bias: Tensor
    live: Tensor
    still: Tensor

    def __init__(self, structure: Structure, layer: int, sources: Tensor) -> None:
        super().__init__()
        self.cell, self.names = structure.shape.cell, structure.shape.gates
        own = structure.units[layer]
        live = structure.gates[layer][:, own]
        rows = (structure.gates[layer] & own).flatten()
        parts = {
            "input": structure.weights[f"weight_ih_l{layer}"][rows][:, sources],
            "hidden": structure.weights[f"weight_hh_l{layer}"][rows][:, own],
            "bias": structure.weights[f"bias_l{layer}"][rows],
            "live": live,
            "still": structure.constants[layer][:, own],
        }
        for name, value in parts.items():
            self.register_buffer(name, value)
        ends = live.sum(1).cumsum(0).tolist()
        self._spans = [slice(*span) for span in pairwise([0, *ends])]

    def first_state(self, batch: int) -> State:
        """States of 0."""
        zeros = self.hidden.new_zeros(batch, self.hidden.shape[1])
        return (zeros,) * N_STATES[self.cell]

    def forward(
        self, products: Tensor, state: State, running: Tensor | None
    ) -> tuple[Tensor, State]:
        """States after each step, (steps, batch, n), and the last ones.

        Args:
            products: Products with the inputs, (steps, batch, gate units that are computed).
            state: First states.
            running: As of `scan`.
        """
        step = self._lstm_step if self.cell == "lstm" else self._gru_step
        batch = products.shape[1]
        # What is constant stays in place; a step writes over the rest.
        gates = [still.expand(batch, -1).clone() for still in self.still]
        places = [live.nonzero().flatten() for live in self.live]
        outputs = []
        for t, product in enumerate(products):
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
        sums = product + torch.addmm(self.bias, s, self.hidden.t())
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
        given = product + self.bias
        for gate, place, span in zip(gates[:2], places[:2], self._spans[:2], strict=True):
            gate[:, place] = torch.sigmoid(given[:, span] + recurrent[:, span])
        r, z, n = gates
        place, span = places[2], self._spans[2]
        n[:, place] = torch.tanh(given[:, span] + r[:, place] * recurrent[:, span])
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
