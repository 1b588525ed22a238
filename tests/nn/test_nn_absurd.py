"""What a careless user might give: one error that names the argument, the rule and the value."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from rnngraph.errors import InputError
from rnngraph.nn import (
    GraphRNN,
    LayeredRNN,
    compact,
    export_onnx,
    load_model,
    load_sparse,
    save_model,
    save_sparse,
    shrink,
)

GRAPH = np.triu(np.ones((4, 4), dtype=bool), 1)
TOKENS = torch.zeros(2, 3, dtype=torch.long)


def flat() -> GraphRNN:
    return GraphRNN(GRAPH, 5, 2, rng=0)


def deep() -> LayeredRNN:
    return LayeredRNN(GRAPH, 5, 2, rng=0)


def without(remove: object) -> object:
    return shrink(nn.GRU(3, 4), nn.Linear(4, 2), remove=remove)


PATH = "`path` must be the path of a file; got"
CASES: list[tuple[Callable[[], object], str]] = [
    *(
        case
        for make in (flat, deep)
        for case in (
            (lambda make=make: make()(TOKENS, {}), "`lengths` must be integers; got dict"),
            (lambda make=make: make()(TOKENS, "x"), "`lengths` must be integers; got str"),
            (
                lambda make=make: make()(TOKENS[:0]),
                r"`x` must hold a sequence and a step; got torch.int64 of shape \(0, 3\)",
            ),
            (
                lambda make=make: make()(TOKENS[:, :0], [0, 0]),
                r"`x` must hold a sequence and a step; got torch.int64 of shape \(2, 0\)",
            ),
            (
                lambda make=make: make().set_parameters([1]),
                "`values` must be a mapping, tensors by name of parameter; got a list",
            ),
            (
                lambda make=make: make().set_parameters({"readout.wieght": torch.ones(2)}),
                "`values` must name parameters of the network; got 'readout.wieght'. Did you mean",
            ),
            (
                lambda make=make: make().set_parameters({"readout.bias": 3}),
                r"`values` must hold a tensor of shape \(2,\) for 'readout.bias'; got int",
            ),
            (
                lambda make=make: make().set_parameters({"readout.bias": torch.ones(3)}),
                r"`values` must hold a tensor of shape \(2,\) for 'readout.bias'; got \(3,\)",
            ),
            (lambda make=make: save_model(make(), None), f"{PATH} None"),
            (lambda make=make: export_onnx(make(), None), f"{PATH} None"),
        )
    ),
    *(
        (lambda make=make, how=how: make(GRAPH, 5, 2, rng=0, **how), message)
        for make in (GraphRNN, LayeredRNN)
        for how, message in (
            ({"dtype": 3}, "`dtype` must be a torch.dtype of real numbers; got 3"),
            ({"dtype": torch.int64}, "`dtype` must be a torch.dtype of real .*; got torch.int64"),
            ({"cell": []}, r"`cell` must be one of tanh, relu, gru, lstm; got \[\]"),
        )
    ),
    (
        lambda: GraphRNN.from_torch(nn.GRU(3, 4), nn.Sequential(nn.Linear(4, 2)), GRAPH),
        "`readout` must be an nn.Linear with a bias that reads .*, 4; got Sequential",
    ),
    (lambda: without([3]), "`remove` must be a mapping, units by layer .*; got a list"),
    (lambda: without({3: [0]}), "`remove` must name layers and directions of `model`; got 3"),
    (
        lambda: without({(0, "forward"): 3}),
        r"`remove\[\(0, 'forward'\)\]` must be a sequence of units; got int",
    ),
    (
        lambda: shrink(deep(), remove=torch.ones(2)),
        "`remove` must be a mapping, units by layer and direction; got a Tensor",
    ),
    (
        lambda: save_model(nn.GRU(2, 2), "net.safetensors"),
        "`model` must be a GraphRNN or a LayeredRNN; got GRU",
    ),
    (lambda: load_model(None), f"{PATH} None"),
    (lambda: load_sparse(3), f"{PATH} 3"),
    (lambda: save_sparse(compact(nn.GRU(2, 2), backend="reference"), []), rf"{PATH} \[\]"),
]


@pytest.mark.parametrize(("call", "message"), CASES)
def test_what_is_absurd_is_named(call: Callable[[], object], message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}"):
        call()
