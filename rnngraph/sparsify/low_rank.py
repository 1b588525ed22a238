"""Matrices of low rank: products of two factors, one of them shared by all that reads a layer.

Source: Lu, Sindhwani & Sainath (2016), Learning compact recurrent neural networks, ICASSP, arXiv
1604.02594; Sak, Senior & Beaufays (2014), Interspeech, for what torch calls `proj_size`.
"""

from collections.abc import Iterator, Mapping
from typing import Self

import torch
from torch import Tensor, nn

from rnngraph._check import check_bool, check_int
from rnngraph._types import RNG
from rnngraph.errors import InputError
from rnngraph.nn.graph_rnn import stock_linear
from rnngraph.sparsify.forward import Values
from rnngraph.sparsify.method import Sparsified
from rnngraph.sparsify.shape import Shape, check_shape, initial_values
from rnngraph.sparsify.structure import with_factors


class LowRank(Sparsified):
    """A gated network whose matrices are products of factors that are learned.

    Every matrix of a recurrent layer with more than `rank` rows and columns is U V, U having `rank`
    columns. With `shared` there is instead one projection a layer, P (rank, units): what reads the
    layer, weight_hh and the next layer's weight_ih or the readout, is U P, each with a U of its
    own. All else is whole: the embedding, biases, matrices that are smaller, and without `shared`
    the readout, with it the first layer's weight_ih.

    Args:
        shape: What the network consists of.
        rank: Rank, in [1, units]; at that of units hidden matrices are whole, or P is square.
        shared: Whether there is a projection a layer.
        rng: Stream of the first values: the nearest ones to those of `Plain`.

    Attributes:
        shape: As given.
        rank: As given.
        shared: As given.
        whole: Matrices that have no factors, and biases, by name.
        left: U by the name of its matrix, (rows, rank).
        right: V by the name of its matrix, or P as "projection_l{k}", (rank, columns).

    Raises:
        InputError: A rank outside its range, or `shared` is no bool.
    """

    def __init__(self, shape: Shape, rank: int, *, shared: bool = False, rng: RNG) -> None:
        check_shape(shape)
        check_int("rank", rank, 1, shape.units)
        check_bool("shared", shared)
        self._begin(shape, rank, shared, initial_values(shape, rng=rng))

    @classmethod
    def from_values(cls, shape: Shape, values: Values, rank: int, *, shared: bool = False) -> Self:
        """The nearest network of low rank: least sum of squares over what shares a factor.

        Source: Eckart & Young (1936).

        Args:
            shape: What the network consists of.
            values: What it computes with in use, as `means()` returns; its factors, if any, are
                multiplied in.
            rank: Rank, in [1, units].
            shared: Whether there is a projection a layer.

        Raises:
            InputError: A rank outside its range, `shared` that is no bool, values of a training
                pass or not finite, or factors on units that are outputs, which no matrix can take
                in.
        """
        weights = with_factors(shape, values)
        check_int("rank", rank, 1, shape.units)
        check_bool("shared", shared)
        if bool((weights.pop("outputs", torch.ones(1)) != 1).any()):
            raise InputError(
                "`values` must have no factor on the last layer's units where there is no readout; "
                f"got units_l{shape.layers - 1}."
            )
        model = cls.__new__(cls)
        model._begin(shape, rank, shared, weights)
        return model

    def draw(
        self, x: Tensor, noise: torch.Generator, *, carried: bool = False
    ) -> tuple[Values, Tensor]:
        """The products as they are; nothing is drawn."""
        return Values(self._products()), x

    @torch.no_grad()
    def means(self) -> Values:
        """The products, and copies of what is none."""
        return Values({name: value.detach().clone() for name, value in self._products().items()})

    @property
    def n_weights(self) -> int:
        """Weights of all factors, and of matrices that have none; biases do not count."""
        whole = [self.whole[name] for name in self.shape.matrices() if name in self.whole]
        return sum(own.numel() for own in (*whole, *self.left.values(), *self.right.values()))

    @property
    def n_bytes(self) -> int:
        """Bytes of all factors, and of matrices that have none and biases."""
        return sum(own.nbytes for own in self.parameters())

    @torch.no_grad()
    def to_torch(self) -> tuple[nn.Embedding | None, nn.LSTM, nn.Linear]:
        """The same LSTM with shared projections as torch's own, whose `proj_size` is the rank.

        `readout(lstm(x)[0])` are the outputs of every step, x being embedded tokens, one-hot ones
        or dense inputs. Of other networks `stock_modules(shape, means())` makes torch's own.

        Raises:
            InputError: Another cell, no shared projections, no readout, or a rank that is not below
                the number of units.
        """
        shape = self.shape
        if shape.cell != "lstm" or not self.shared:
            what = f"{shape.cell!r}, shared={self.shared}"
            raise InputError(f"`to_torch` needs an LSTM with shared projections; got {what}.")
        if not shape.output_size:
            raise InputError("`shape` must have a readout, which reads the projection; got none.")
        if self.rank >= shape.units:
            raise InputError(
                f"`rank` must be below the number of units, {shape.units}; got {self.rank}."
            )
        some = self.whole["weight_ih_l0"]
        lstm = nn.LSTM(
            shape.sources(0), shape.units, shape.layers, batch_first=True, proj_size=self.rank,
            dtype=some.dtype, device="meta",
        ).to_empty(device=some.device)  # fmt: skip
        state = {name: own for name, own in self.left.items() if name != "readout"}
        state["weight_ih_l0"] = some
        for layer in range(shape.layers):
            state[f"weight_hr_l{layer}"] = self.right[f"projection_l{layer}"]
            # Torch has two biases.
            state[f"bias_ih_l{layer}"] = self.whole[f"bias_l{layer}"]
            state[f"bias_hh_l{layer}"] = torch.zeros_like(self.whole[f"bias_l{layer}"])
        lstm.load_state_dict(state)
        readout = stock_linear(self.left["readout"], self.whole["readout_bias"])
        if not shape.embedding:
            return None, lstm, readout
        table = self.whole["embedding"].detach().clone()
        return nn.Embedding.from_pretrained(table, freeze=False), lstm, readout

    def _begin(self, shape: Shape, rank: int, shared: bool, weights: Mapping[str, Tensor]) -> None:
        super().__init__(shape)
        self.rank, self.shared = rank, shared
        left: dict[str, Tensor] = {}
        right: dict[str, Tensor] = {}
        self._right_of: dict[str, str] = {}
        for key, names in _sharing(shape, rank, shared):
            rows, right[key] = _factors(torch.cat([weights[name] for name in names]), rank)
            sizes = [len(weights[name]) for name in names]
            left |= zip(names, rows.split(sizes), strict=True)
            self._right_of |= dict.fromkeys(names, key)
        whole = {name: value for name, value in weights.items() if name not in left}
        self.whole, self.left, self.right = map(_learned, (whole, left, right))

    def _products(self) -> dict[str, Tensor]:
        """Matrices and biases by name."""
        products = {name: self.left[name] @ self.right[key] for name, key in self._right_of.items()}
        return {**dict(self.whole.items()), **products}


def _learned(values: Mapping[str, Tensor]) -> nn.ParameterDict:
    return nn.ParameterDict(
        {name: nn.Parameter(value.detach().clone()) for name, value in values.items()}
    )


def _sharing(shape: Shape, rank: int, shared: bool) -> Iterator[tuple[str, list[str]]]:
    """Name of each right factor, and the matrices that have it."""
    if shared:
        for layer in range(shape.layers):
            above = f"weight_ih_l{layer + 1}" if layer + 1 < shape.layers else "readout"
            names = [f"weight_hh_l{layer}", above]
            yield f"projection_l{layer}", [name for name in names if name in shape.matrices()]
    else:
        for name, size in shape.matrices().items():
            if name.startswith("weight_") and min(size) > rank:
                yield name, [name]


def _factors(matrix: Tensor, rank: int) -> tuple[Tensor, Tensor]:
    """The best factors of a matrix, each with the roots of its singular values."""
    u, s, vh = torch.linalg.svd(matrix.detach().double(), full_matrices=False)
    roots = s[:rank].sqrt()
    left, right = u[:, :rank] * roots, roots.unsqueeze(1) * vh[:rank]
    return left.to(matrix.dtype), right.to(matrix.dtype)
