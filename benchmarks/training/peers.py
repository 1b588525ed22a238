"""The same training by torch, one network after the other, one thread.

Work is counted in symbols: each way of batching takes the same sequences, 128 at a time, through
forward, loss, backward, clipping and Adam. Masked weights start at 0, their gradients are zeroed:
what costs least.
"""

from collections.abc import Iterator

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from rnngraph._types import Adjacency
from rnngraph.masks import LayeredMask
from rnngraph.tasks import Sequences

BATCH, CLIP, RATE = 128, 5.0, 1e-3


class Masked(nn.Module):
    """A stock network of one layer on one-hot tokens, its hidden weights on a graph."""

    def __init__(self, graph: Adjacency, cell: str, n_tokens: int, n_classes: int) -> None:
        super().__init__()
        n = len(graph)
        self.n_tokens = n_tokens
        self.rnn: nn.RNNBase
        if cell in ("tanh", "relu"):
            self.rnn = nn.RNN(n_tokens, n, batch_first=True, nonlinearity=cell)
        else:
            kind = nn.GRU if cell == "gru" else nn.LSTM
            self.rnn = kind(n_tokens, n, batch_first=True)
        self.readout = nn.Linear(n, n_classes)
        gates = len(self.rnn.weight_hh_l0) // n
        mask = torch.from_numpy(np.tile(graph.T, (gates, 1)))
        with torch.no_grad():
            self.rnn.weight_hh_l0.mul_(mask)
        self.rnn.weight_hh_l0.register_hook(lambda gradient: gradient * mask)

    def forward(self, tokens: torch.Tensor, lengths: torch.Tensor | None) -> torch.Tensor:
        """Logits after the last step; `lengths` for packed sequences."""
        x = nn.functional.one_hot(tokens, self.n_tokens).float()
        if lengths is not None:
            x = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        state = self.rnn(x)[1]
        return self.readout((state[0] if isinstance(state, tuple) else state)[0])


def padded(data: Sequences, order: np.ndarray) -> Iterator[tuple]:
    """Batches padded to their longest sequence, read at the padded end."""
    for start in range(0, len(order), BATCH):
        rows = order[start : start + BATCH]
        steps = int(data.lengths[rows].max())
        yield (
            torch.from_numpy(data.inputs[rows, :steps]),
            None,
            torch.from_numpy(data.targets[rows]),
        )


def packed(data: Sequences, order: np.ndarray) -> Iterator[tuple]:
    """The same as packed sequences."""
    for (tokens, _, targets), start in zip(
        padded(data, order), range(0, len(order), BATCH), strict=True
    ):
        yield tokens, torch.from_numpy(data.lengths[order[start : start + BATCH]]), targets


def buckets(data: Sequences, order: np.ndarray) -> Iterator[tuple]:
    """Batches of sequences of one length each: no padding, no packing."""
    for length in np.unique(data.lengths[order]):
        alike = order[data.lengths[order] == length]
        for start in range(0, len(alike), BATCH):
            rows = alike[start : start + BATCH]
            tokens = torch.from_numpy(data.inputs[rows, :length])
            yield tokens, None, torch.from_numpy(data.targets[rows])


def all_padded(data: Sequences, order: np.ndarray) -> Iterator[tuple]:
    """Whole batches padded to the longest of all: one shape, which a compiler wants."""
    for start in range(0, len(order) - BATCH + 1, BATCH):
        rows = order[start : start + BATCH]
        yield torch.from_numpy(data.inputs[rows]), None, torch.from_numpy(data.targets[rows])


WAYS = {"padded": padded, "packed": packed, "buckets": buckets}


class Stepped(nn.Module):
    """A layered network whose cells are stepped through time in Python, as the thesis's were.

    Gates by nn.Linear for what comes in and nn.Linear for the state, at each step; a skip is a cell
    of its own, whose states are added. Padding is read.
    """

    def __init__(self, mask: LayeredMask, n_tokens: int, n_classes: int) -> None:
        super().__init__()
        self.mask = mask
        self.embedding = nn.Embedding(n_tokens, mask.embedding_size)
        self.given, self.own = nn.ModuleList(), nn.ModuleList()
        for part in mask.cells:
            rows, width = part.input.shape
            self.given.append(nn.Linear(width, rows))
            self.own.append(nn.Linear(part.hidden.shape[1], rows))
            with torch.no_grad():
                self.given[-1].weight.mul_(part.input)
            self.given[-1].weight.register_hook(lambda gradient, m=part.input: gradient * m)
        self.readout = nn.Linear(len(mask.layers[-1]), n_classes)

    def forward(self, tokens: torch.Tensor, _: None) -> torch.Tensor:
        """Logits after the last step."""
        outputs: list[torch.Tensor] = []
        embedded = self.embedding(tokens)
        for part, given, own in zip(self.mask.cells, self.given, self.own, strict=True):
            read = embedded if part.source < 0 else outputs[part.source]
            states = self._states(given, own, read)
            if part.target < len(outputs):
                outputs[part.target] = outputs[part.target] + states
            else:
                outputs.append(states)
        return self.readout(outputs[-1][:, -1])

    def _states(self, given: nn.Module, own: nn.Module, read: torch.Tensor) -> torch.Tensor:
        h = c = read.new_zeros(len(read), own.in_features)
        states = []
        for t in range(read.shape[1]):
            x, s = given(read[:, t]), own(h)
            match self.mask.cell:
                case "tanh":
                    h = torch.tanh(x + s)
                case "relu":
                    h = torch.relu(x + s)
                case "gru":
                    (xr, xz, xn), (sr, sz, sn) = x.chunk(3, 1), s.chunk(3, 1)
                    z = torch.sigmoid(xz + sz)
                    n = torch.tanh(xn + torch.sigmoid(xr + sr) * sn)
                    h = n + z * (h - n)
                case "lstm":
                    i, f, g, o = (x + s).chunk(4, 1)
                    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
                    h = torch.sigmoid(o) * torch.tanh(c)
            states.append(h)
        return torch.stack(states, dim=1)


def train(model: nn.Module, batches: Iterator[tuple]) -> float:
    """One network through the batches; the last loss."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.0)
    loss = torch.zeros(())
    for tokens, lengths, targets in batches:
        loss = nn.functional.cross_entropy(model(tokens, lengths), targets)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
    return float(loss.detach())
