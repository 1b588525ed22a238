"""Group lasso: weights, gates, units and inputs that are pulled to exactly 0, group by group.

Source: Wen et al. (2018), Learning intrinsic sparse structures within LSTM, ICLR, for units;
Lobacheva et al. (2020), AAAI, for gates; Parikh & Boyd (2014), Proximal algorithms, for the steps.
"""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from rnngraph._check import check_choice, check_mapping, check_real
from rnngraph._types import RNG
from rnngraph.errors import InputError
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
    after the other, weights first. So do units: a weight from one to another is in the groups of
    both and shrinks by both factors, and layers take turns from the first to the last.

    Args:
        shape: What the network consists of.
        strengths: By level, >= 0, one of them above 0; levels that are missing are left alone.
        rng: Stream of the first values.

    Raises:
        InputError: No mapping, an unknown level, a strength below 0, or none above 0: that is
            `Plain`.
    """

    def __init__(self, shape: Shape, strengths: Mapping[str, float], *, rng: RNG) -> None:
        super().__init__(shape, rng=rng)
        check_mapping("strengths", strengths, "a strength for each level, as {'units': 0.1}")
        for level, strength in strengths.items():
            check_choice("strengths", level, LEVELS)
            check_real(f"strengths[{level!r}]", strength, 0.0)
        if not any(strengths.values()):
            raise InputError(
                "`strengths` must have one above 0 (a network without a penalty is `Plain`); got "
                f"{dict(strengths)!r}."
            )
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
                for parts, twice in self._groups(level):
                    _shrink(parts, rate * strength, twice)

    def _groups(self, level: str) -> Iterator[tuple[list[Tensor], Tensor | None]]:
        """Views of parts, each (groups, size): the k-th group is the k-th row of every part.

        With them comes a view of what stands in two parts, (groups, size), if anything does.
        """
        shape, n = self.shape, self.shape.units
        if level == "inputs":
            name = "embedding" if shape.embedding else "weight_ih_l0"
            yield [self.weights[name] if shape.embedding else self.weights[name].t()], None
            return
        for layer in range(shape.layers):
            rows = [self.weights[f"weight_{part}_l{layer}"] for part in ("ih", "hh")]
            if level == "gates":
                yield rows, None
                continue
            above = f"weight_ih_l{layer + 1}" if layer + 1 < shape.layers else "readout"
            readers = [rows[1], *([self.weights[above]] if above in self.weights else [])]
            parts = [
                *(block for row in rows for block in row.split(n)),
                *(reader.t() for reader in readers),
            ]
            # What a unit reads of itself is in its rows and in its column.
            yield parts, rows[1].unflatten(0, (-1, n)).diagonal(dim1=1, dim2=2).t()


def _shrink(parts: list[Tensor], by: float, twice: Tensor | None) -> None:
    """Take `by` off the norm of every group, in place; what stands in two parts counts once."""
    squares = torch.stack([part.square().sum(1) for part in parts]).sum(0)
    if twice is not None:
        squares = squares - twice.square().sum(1)
    norms = squares.sqrt()
    # A group of norm 0 stays: its factor is 0 whatever it is divided by.
    factors = (1 - by / norms.clamp(min=torch.finfo(norms.dtype).tiny)).clamp(min=0).unsqueeze(1)
    once = None if twice is None else twice * factors
    for part in parts:
        part.mul_(factors)
    if twice is not None and once is not None:
        twice.copy_(once)
