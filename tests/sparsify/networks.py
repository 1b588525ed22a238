"""Random networks with random zeros, for tests."""

import torch
from hypothesis import strategies as st
from torch import Tensor

from rnngraph.sparsify import Shape, Values

SHAPES = st.builds(
    Shape,
    cell=st.sampled_from(("lstm", "gru")),
    input_size=st.integers(1, 5),
    units=st.integers(1, 5),
    output_size=st.integers(0, 2),
    embedding=st.integers(0, 3),
    layers=st.integers(1, 3),
) | st.builds(
    Shape,
    cell=st.sampled_from(("lstm", "gru")),
    input_size=st.integers(1, 5),
    units=st.integers(1, 5),
    output_size=st.integers(0, 2),
    layers=st.integers(1, 2),
    dense=st.just(True),
)


def random_values(shape: Shape, density: float, alive: float, seed: int) -> Values:
    """Matrices of a density, factors of a share that is not 0; some rows of gates are all 0."""
    draw = torch.Generator().manual_seed(seed)

    def sparse(size: tuple[int, ...], share: float) -> Tensor:
        values = torch.randn(size, generator=draw, dtype=torch.float64)
        return values * (torch.rand(size, generator=draw) < share)

    weights = {name: sparse(size, density) for name, size in shape.matrices().items()}
    weights |= {name: sparse((size,), 1.0) for name, size in shape.biases().items()}
    return Values(weights, {name: sparse((size,), alive) for name, size in shape.factors().items()})


def random_inputs(shape: Shape, seed: int, batch: int = 3, steps: int = 6) -> tuple[Tensor, Tensor]:
    """Inputs and lengths."""
    draw = torch.Generator().manual_seed(seed)
    lengths = torch.randint(1, steps + 1, (batch,), generator=draw)
    if shape.dense:
        size = (batch, steps, shape.input_size)
        return torch.randn(size, generator=draw, dtype=torch.float64), lengths
    return torch.randint(0, shape.input_size, (batch, steps), generator=draw), lengths
