"""Others that run a recurrent network step by step or over whole sequences: seconds a step."""

import contextlib
import io
import warnings
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

STEPS = 10
"""Steps of a whole sequence."""

Work = Callable[[], object]
Contender = tuple[Work, int]
"""What is timed, and the steps that it takes."""


def nn_step(model: nn.RNNBase, x: Tensor, state: object) -> Contender:
    return (lambda: model(x[:1], state)), 1


def nn_sequence(model: nn.RNNBase, x: Tensor, state: object) -> Contender:
    return (lambda: model(x, state)), len(x)


def nn_cell(model: nn.RNNBase, x: Tensor, state: object) -> Contender:
    """`nn.GRUCell` or `nn.LSTMCell` with the same weights."""
    kind = nn.LSTMCell if isinstance(model, nn.LSTM) else nn.GRUCell
    cell = kind(1, 1)
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        setattr(cell, name, nn.Parameter(getattr(model, f"{name}_l0"), requires_grad=False))
    cell.input_size, cell.hidden_size = model.input_size, model.hidden_size
    own = tuple(part[0] for part in state) if isinstance(state, tuple) else state[0]
    return (lambda: cell(x[0], own)), 1


def gates(a: Tensor, b: Tensor, h: Tensor, c: Tensor | None) -> Tensor:
    """The next state from both pre-activations, gates along the last dimension."""
    if c is None:
        ar, az, an = a.chunk(3, -1)
        br, bz, bn = b.chunk(3, -1)
        return torch.lerp(torch.tanh(an + torch.sigmoid(ar + br) * bn), h, torch.sigmoid(az + bz))
    i, f, g, o = (a + b).chunk(4, -1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c)


def by_products(
    model: nn.RNNBase, x: Tensor, state: object, product: Callable[[str, Tensor], Tensor]
) -> Contender:
    """A step of torch's functions around some product with the two weights."""
    h, c = (part[0] for part in state) if isinstance(state, tuple) else (state[0], None)

    def work() -> Tensor:
        a = product("weight_ih_l0", x[0]) + model.bias_ih_l0
        b = product("weight_hh_l0", h) + model.bias_hh_l0
        return gates(a, b, h, c)

    return work, 1


def linear(model: nn.RNNBase, x: Tensor, state: object) -> Contender:
    return by_products(model, x, state, lambda name, v: F.linear(v, getattr(model, name)))


def linear_bfloat16(model: nn.RNNBase, x: Tensor, state: object) -> Contender:
    weights = {name: getattr(model, name).bfloat16() for name in ("weight_ih_l0", "weight_hh_l0")}
    return by_products(
        model, x, state, lambda name, v: F.linear(v.bfloat16(), weights[name]).float()
    )


def torch_csr(model: nn.RNNBase, x: Tensor, state: object) -> Contender:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        weights = {
            name: getattr(model, name).to_sparse_csr() for name in ("weight_ih_l0", "weight_hh_l0")
        }
    return by_products(model, x, state, lambda name, v: (weights[name] @ v.T).T)


def scipy_csr(model: nn.RNNBase, x: Tensor, state: object) -> Contender:
    from scipy.sparse import csr_array

    weights = {
        name: csr_array(getattr(model, name).numpy()) for name in ("weight_ih_l0", "weight_hh_l0")
    }

    def product(name: str, v: Tensor) -> Tensor:
        found = weights[name] @ np.ascontiguousarray(v.numpy().T)
        return torch.from_numpy(found.T)

    return by_products(model, x, state, product)


def int8_dynamic(model: nn.RNNBase) -> nn.Module:
    """Torch's dynamic quantisation of the dense weights."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        holder = nn.Sequential(model)
        return torch.ao.quantization.quantize_dynamic(holder, {type(model)}, dtype=torch.qint8)[0]


def int8_step(model: nn.RNNBase, x: Tensor, state: object) -> Contender:
    return nn_step(int8_dynamic(model), x, state)


def int8_sequence(model: nn.RNNBase, x: Tensor, state: object) -> Contender:
    return nn_sequence(int8_dynamic(model), x, state)


def onnxruntime(model: nn.RNNBase, x: Tensor, state: object) -> Contender:
    """The exported dense module, over a whole sequence."""
    import onnxruntime as ort

    file = io.BytesIO()
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        torch.onnx.export(model, (x, state), file, dynamo=False, input_names=None)
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = ort.InferenceSession(file.getvalue(), options, providers=["CPUExecutionProvider"])
    parts = [x, *(state if isinstance(state, tuple) else (state,))]
    feed = {
        given.name: part.numpy() for given, part in zip(session.get_inputs(), parts, strict=True)
    }
    return (lambda: session.run(None, feed)), len(x)


DENSE = {
    "nn, single steps": nn_step,
    "nn, sequence": nn_sequence,
    "nn cell": nn_cell,
    "linear": linear,
}
"""Forms of dense float32 in torch."""

OTHERS = {
    "linear bfloat16": linear_bfloat16,
    "torch CSR": torch_csr,
    "scipy CSR": scipy_csr,
    "int8 dynamic, single steps": int8_step,
    "int8 dynamic, sequence": int8_sequence,
    "onnxruntime, sequence": onnxruntime,
}
