"""From a pruned network to one that stores and computes only what is left."""

from typing import cast, overload

import torch
from torch import Tensor, nn

from rnngraph._check import check_choice
from rnngraph.errors import InputError
from rnngraph.nn.graph_rnn import GraphRNN, check_stock, stock_cell
from rnngraph.nn.in_use import in_use
from rnngraph.nn.layered_rnn import LayeredRNN
from rnngraph.nn.sparse.graph import SparseGraphRNN
from rnngraph.nn.sparse.layered import SparseLayeredRNN, SparseLink
from rnngraph.nn.sparse.matrix import VALUES, SparseMatrix, Values
from rnngraph.nn.sparse.module import SparseRNN
from rnngraph.nn.sparse.weights import Shape, Weights, bias_name


@overload
def compact(model: nn.RNNBase, *, values: str = ..., backend: str = ...) -> SparseRNN: ...
@overload
def compact(model: GraphRNN, *, values: str = ..., backend: str = ...) -> SparseGraphRNN: ...
@overload
def compact(model: LayeredRNN, *, values: str = ..., backend: str = ...) -> SparseLayeredRNN: ...
@overload
def compact(
    model: nn.Module, *, values: str = ..., backend: str = ...
) -> SparseRNN | SparseGraphRNN | SparseLayeredRNN: ...


def compact(
    model: nn.Module, *, values: str = "float32", backend: str = "auto"
) -> SparseRNN | SparseGraphRNN | SparseLayeredRNN:
    """Make a small and fast inference module of a pruned network.

    Masks alone make nothing faster: a masked weight is multiplied like any other. The module
    that comes back holds what is not 0, and computes along it in the compiled core. It is a copy:
    later changes of `model` do not reach it. Where most weights are left, dense torch is faster
    for batches.

    Weights are kept twice in memory, as `values` says, for a few sequences at a time and for many.
    Few are up to 4, or 12 where a pattern is balanced (AVX-512; with AVX2 up to 2 and 4, else 1).

    Args:
        model: An `nn.RNN`, `nn.GRU` or `nn.LSTM` without projections, with or without biases, of
            any number of layers and directions; what counts are its weights that are not 0, after
            a `weight_hh_l0_mask` (and so on) beside them, as `torch.nn.utils.prune` leaves it. Or
            a `GraphRNN` or `LayeredRNN`, whose masks are applied; embedding and readout stay dense.
        values: "float32" keeps weights as they are; "bfloat16" rounds them to 8 significant bits,
            "int8" to 255 levels a row. Sums and states are float32 for all of them.
        backend: "native" is the compiled core, "reference" torch on whole matrices with the same
            weights, "auto" the core where it was built.

    Returns:
        A module called like `model`; `.backend` says who runs it.

    Raises:
        InputError: Another kind of module, weights that are not finite, or an unknown `values` or
            `backend`.

    Source: Narang et al. (2017), arXiv 1704.05119, for pruned recurrent networks; Cao et al.
    (2019), FPGA'19, 63, for balanced patterns, on which the core is fastest.
    """
    kept = cast("Values", check_choice("values", values, VALUES))
    if isinstance(model, GraphRNN):
        stock, readout = model.to_torch()
        rnn = compact(stock, values=values, backend=backend)
        return SparseGraphRNN(rnn, _plain(readout.weight), _plain(readout.bias))
    if isinstance(model, LayeredRNN):
        stocks = model.to_torch()
        cells = {
            SparseLink(part.source, part.target): compact(
                stocks[part.name], values=values, backend=backend
            )
            for part in model.mask.cells
        }
        embedding = None if model.embedding is None else _plain(model.embedding.weight)
        readout = model.readout
        return SparseLayeredRNN(cells, embedding, _plain(readout.weight), _plain(readout.bias))
    model = check_stock(model, "a GraphRNN, a LayeredRNN,")
    shape = Shape(
        stock_cell(model),
        model.input_size,
        model.hidden_size,
        model.num_layers,
        bool(model.bidirectional),
        bool(model.batch_first),
        kept,
    )
    matrices, biases = {}, {}
    for name, (rows, _) in shape.blocks():
        matrices[name] = SparseMatrix.from_dense(_finite(model, name), kept)
        given = _finite(model, bias_name(name)) if model.bias else torch.zeros(rows)
        biases[bias_name(name)] = _plain(given)
    return SparseRNN(Weights(shape, matrices, biases), backend)


def _plain(value: Tensor) -> Tensor:
    return value.detach().to("cpu", torch.float32, copy=True)


def _finite(model: nn.RNNBase, name: str) -> Tensor:
    value = in_use(model, name)
    if not bool(torch.isfinite(value).all()):
        raise InputError(f"`model` must have finite weights; {name} has some that are not.")
    return value
