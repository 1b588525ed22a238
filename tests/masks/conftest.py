"""Stock torch networks whose weights follow a mask: what the tests hold masks against."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from rnngraph.masks import RecurrentMask

MaskedTorch = Callable[..., nn.RNNBase]
_STOCK: dict[str, MaskedTorch] = {"gru": nn.GRU, "lstm": nn.LSTM}


def _masked_torch(mask: RecurrentMask, input_size: int = 2, seed: int = 0) -> nn.RNNBase:
    """A stock float64 module, every weight of magnitude 0.1 to 0.5, then 0 where masked.

    Signs are random, but all + for relu: no unit is off, so every live edge passes a gradient.
    """
    options = {} if mask.cell in _STOCK else {"nonlinearity": mask.cell}
    module = _STOCK.get(mask.cell, nn.RNN)(
        input_size,
        mask.hidden_size,
        num_layers=mask.num_layers,
        bidirectional=mask.bidirectional,
        dtype=torch.float64,
        **options,
    )
    random = torch.Generator().manual_seed(seed)
    live = {**mask.hidden, **mask.input}
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            parameter.uniform_(0.1, 0.5, generator=random)
            if mask.cell != "relu":
                coin = torch.rand(parameter.shape, generator=random, dtype=torch.float64)
                parameter.mul_(torch.where(coin < 0.5, -1.0, 1.0))
            if name in live:
                parameter.mul_(live[name])
    return module


@pytest.fixture(scope="session")
def masked_torch() -> MaskedTorch:
    return _masked_torch
