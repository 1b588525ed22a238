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
            else:
                for group in self._groups(level):
                    _shrink(group, rate * strength)

    def _groups(self, level: str) -> Iterator[list[Tensor]]:
        """Views of parts, each (groups, size): the k-th group is the k-th row of every part."""
        shape, n = self.shape, self.shape.units
        if level == "inputs":
            yield [
                self.weights["embedding"] if shape.embedding else self.weights["weight_ih_l0"].t()
            ]
            return
        for layer in range(shape.layers):
            rows = [self.weights[f"weight_{part}_l{layer}"] for part in ("ih", "hh")]
            if level == "gates":
                yield rows
                continue
            above = f"weight_ih_l{layer + 1}" if layer + 1 < shape.layers else "readout"
            readers = [rows[1], *([self.weights[above]] if above in self.weights else [])]
            yield [
                *(block for row in rows for block in row.split(n)),
                *(reader.t() for reader in readers),
            ]


def _shrink(parts: list[Tensor], by: float) -> None:
    """Take `by` off the norm of every group, in place."""
    norms = torch.stack([part.square().sum(1) for part in parts]).sum(0).sqrt()
    # A group of norm 0 stays: its factor is 0 whatever it is divided by.
    factors = (1 - by / norms.clamp(min=torch.finfo(norms.dtype).tiny)).clamp(min=0)
    for part in parts:
        part.mul_(factors.unsqueeze(1))
