"""Matrices as products of thin ones, with a projection of each layer's states that readers share.

Source: Lu, Sindhwani & Sainath (2016), Learning compact recurrent neural networks, ICASSP,
arXiv:1604.02594; Sak, Senior & Beaufays (2014) for the shared projection as a layer.
"""

from typing import Self

import torch
from torch import Tensor, nn

from rnngraph._check import check_int
from rnngraph._types import RNG
from rnngraph.errors import InputError
from rnngraph.sparsify.forward import Values
from rnngraph.sparsify.method import Sparsified
from rnngraph.sparsify.shape import Shape, initial_values
from rnngraph.sparsify.structure import with_factors


class LowRank(Sparsified):
    """A gated network whose recurrent layers have matrices of low rank, learned as products.

    With `shared`, all that reads the states of a layer (its hidden weights, and those of the next
    layer or the readout) reads one projection of them of `rank` numbers; the first layer's input
    weights stay whole. Without, each input and hidden matrix is a product of its own, if it has
    more rows and columns than `rank`. It begins at what is nearest to the first values.

    Args:
        shape: What the network consists of.
        rank: Columns of the left and rows of the right factor, in [1, units].
        shared: Whether readers share a projection.
        rng: Stream of the first values.

    Attributes:
        left: Left factors, (rows, rank), by the name of the matrix.
        right: Right factors, (rank, columns), by the name of the matrix; shared ones by "units_l0".
        plain: What is no product, and biases.

    Raises:
        InputError: A rank outside its range.
    """

    def __init__(self, shape: Shape, rank: int, *, shared: bool = False, rng: RNG) -> None:
        super().__init__(shape)
        self._begin(initial_values(shape, rng=rng), rank, shared)

    @classmethod
    def from_values(cls, shape: Shape, values: Values, rank: int, *, shared: bool = False) -> Self:
        """Begin at a network that is there: by singular values, nearest in Frobenius norm.

        Args:
            shape: What it consists of.
            values: What it computes with in use; factors are multiplied in.
            rank: As for the class.
            shared: As for the class.

        Raises:
            InputError: As the class, or values of a training pass.
        """
        made = cls.__new__(cls)
        Sparsified.__init__(made, shape)
        made._begin(with_factors(shape, values), rank, shared)
        return made

    def _begin(self, values: dict[str, Tensor], rank: int, shared: bool) -> None:
        shape = self.shape
        check_int("rank", rank, 1, shape.units)
        if not shape.output_size:
            raise InputError("`shape` must have a readout: `output_size` is 0.")
        self.rank, self._shared = rank, shared
        self._projection: dict[str, str] = {}
        left, right = {}, {}
        for name, group in self._groups().items():
            stacked = torch.cat([values[own] for own in group])
            u, s, v = torch.linalg.svd(stacked, full_matrices=False)
            root = s[:rank].sqrt()
            right[name] = root.unsqueeze(1) * v[:rank]
            sizes = [len(values[own]) for own in group]
            for own, part in zip(group, (u[:, :rank] * root).split(sizes), strict=True):
                left[own] = part
                self._projection[own] = name
        self.left = _parameters(left)
        self.right = _parameters(right)
        names = [*shape.matrices(), *shape.biases()]
        self.plain = _parameters({name: values[name] for name in names if name not in left})

    def _groups(self) -> dict[str, list[str]]:
        """Matrices that share a right factor, by its name."""
        shape = self.shape
        if self._shared:
            above = [f"weight_ih_l{k + 1}" for k in range(shape.layers - 1)] + ["readout"]
            return {f"units_l{k}": [f"weight_hh_l{k}", name] for k, name in enumerate(above)}
        return {
            name: [name]
            for name, size in shape.matrices().items()
            if name.startswith("weight") and min(size) > self.rank
        }

    def draw(
        self, x: Tensor, noise: torch.Generator, *, carried: bool = False
    ) -> tuple[Values, Tensor]:
        """The products; nothing is drawn."""
        return Values(self._weights()), x

    def means(self) -> Values:
        """The products, detached."""
        return Values({name: value.detach() for name, value in self._weights().items()})

    @property
    def n_weights(self) -> int:
        """Weights of all factors, and of the matrices that are no product."""
        matrices = [value for name, value in self.plain.items() if name in self.shape.matrices()]
        return sum(own.numel() for own in (*self.left.values(), *self.right.values(), *matrices))

    def _weights(self) -> dict[str, Tensor]:
        products = {
            name: own @ self.right[self._projection[name]] for name, own in self.left.items()
        }
        return {**dict(self.plain.items()), **products}


def _parameters(values: dict[str, Tensor]) -> nn.ParameterDict:
    return nn.ParameterDict({name: nn.Parameter(value.clone()) for name, value in values.items()})
