"""Group lasso: weights, gates, units and inputs that are pulled to exactly 0, group by group.

Source: Wen et al. (2018), Learning intrinsic sparse structures within LSTM, ICLR, for units;
Lobacheva et al. (2020), AAAI, for gates; Parikh & Boyd (2014), Proximal algorithms, for the steps.
"""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from rnngraph._check import check_choice, check_real
from rnngraph._types import RNG
from rnngraph.sparsify.plain import Plain
from rnngraph.sparsify.shape import Shape
from rnngraph.sparsify.variational import LEVELS


class GroupLasso(Plain):
    """A gated network whose groups of weights are drawn to 0 by a proximal step after each update.

    The groups: every weight by itself ("weights"); the row of a gate of a unit, from inputs and
    from hidden units ("gates"); all rows of a unit with all weights that read it ("units"); the
    embedding of a token, or the column of a token or channel ("inputs"). A step at learning rate
    eta takes eta * strength off a group's norm, down to 0; as with decoupled weight decay, Adam's
    scaling does not touch it. Groups of several levels overlap: their steps are taken one level
    after the other, weights first.

    Args:
        shape: What the network consists of.
        strengths: By level, >= 0; levels that are missing are left alone.
        rng: Stream of the first values.

    Raises:
        InputError: An unknown level, or a strength below 0.
    """

    def __init__(self, shape: Shape, strengths: Mapping[str, float], *, rng: RNG) -> None:
        super().__init__(shape, rng=rng)
        for level, strength in strengths.items():
            check_choice("strengths", level, LEVELS)
            check_real(f"strengths[{level!r}]", strength, 0.0)
        self.strengths = {level: strengths[level] for level in LEVELS if level in strengths}

    @torch.no_grad()
    def after_update(self, rate: float) -> None:
        """Take a proximal step of every level."""
        for level, strength in self.strengths.items():
            if level == "weights":
                for name in self.shape.matrices():
                    weight = self.weights[name]
                    weight.copy_(weight.sign() * (weight.abs() - rate * strength).clamp(min=0))
            elif level == "units":
                for layer in range(self.shape.layers):
                    self._shrink_units(layer, rate * strength)
            else:
                for group in self._groups(level):
                    norms = torch.stack([part.square().sum(1) for part in group]).sum(0).sqrt()
                    for part in group:
                        part.mul_(_factors(norms, rate * strength).unsqueeze(1))

    def _groups(self, level: str) -> Iterator[list[Tensor]]:
        """Views of parts, each (groups, size): the k-th group is the k-th row of every part."""
        shape = self.shape
        if level == "inputs":
            embedding = self.weights["embedding" if shape.embedding else "weight_ih_l0"]
            yield [embedding if shape.embedding else embedding.t()]
            return
        for layer in range(shape.layers):
            yield [self.weights[f"weight_{part}_l{layer}"] for part in ("ih", "hh")]

    def _shrink_units(self, layer: int, by: float) -> None:
        """Shrink the rows of every unit, and the columns that read it, by one factor.

        A weight between two units stands in the groups of both, and shrinks by both factors; that
        of a unit to itself, though in its rows and in its columns, stands in its group once.
        """
        n, gates = self.shape.units, len(self.shape.gates)
        hidden = self.weights[f"weight_hh_l{layer}"]
        rows = [self.weights[f"weight_ih_l{layer}"], hidden]
        above = f"weight_ih_l{layer + 1}" if layer + 1 < self.shape.layers else "readout"
        columns = [hidden, *([self.weights[above]] if above in self.weights else [])]
        own = hidden.reshape(gates, n, n).diagonal(dim1=1, dim2=2)
        squares = torch.stack([row.square().sum(1).reshape(gates, n).sum(0) for row in rows])
        squares = squares.sum(0) - own.square().sum(0)
        squares += torch.stack([column.square().sum(0) for column in columns]).sum(0)
        factors = _factors(squares.clamp(min=0).sqrt(), by)
        once = own * factors
        for row in rows:
            row.mul_(factors.repeat(gates).unsqueeze(1))
        for column in columns:
            column.mul_(factors)
        own.copy_(once)


def _factors(norms: Tensor, by: float) -> Tensor:
    """What takes `by` off every norm; 0 for one that is no longer."""
    tiny = torch.finfo(norms.dtype).tiny
    return (1 - by / norms.clamp(min=tiny)).clamp(min=0)
