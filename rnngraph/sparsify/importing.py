"""From torch's own modules to a network with factors: the way in for one that is trained."""

from typing import cast

import torch
from torch import Tensor, nn

from rnngraph._check import check_bool
from rnngraph.errors import InputError
from rnngraph.nn.graph_rnn import stock_cell
from rnngraph.sparsify.forward import Values
from rnngraph.sparsify.scan import GatedCell
from rnngraph.sparsify.shape import Shape


@torch.no_grad()
def from_torch(
    rnn: nn.RNNBase,
    readout: nn.Linear | None = None,
    *,
    embedding: nn.Embedding | None = None,
    one_hot: bool = False,
) -> tuple[Shape, Values]:
    """The same network as torch's modules, to be pruned, factorised or fitted further.

    `spectral_pruning` and `LowRank.from_values` take what is returned;
    `model.set_weights(values.weights)` puts it into a `Plain`, `GroupLasso`, `HardConcrete` or
    `Variational` network of that shape. `stock_modules` is the way back.

    Torch has two biases a gate; here there is one, their sum. The second one of a GRU's gate n,
    which the reset gate multiplies, has no place here and must be 0. Dropout between layers is left
    out, as torch does in use.

    Args:
        rnn: An `nn.LSTM`, or an `nn.GRU` whose `bias_hh` of gate n is 0, of one direction.
        readout: What reads the last layer; None: its states are the outputs.
        embedding: What reads tokens for `rnn`; None: it reads numbers.
        one_hot: Without an embedding: whether `rnn` reads tokens, as one-hot vectors.

    Returns:
        Shape, and values: copies, of the modules' type and on their device.

    Raises:
        InputError: Other modules, modules that do not fit together, a bias that has no place, or
            `one_hot` is no bool.
    """
    check_bool("one_hot", one_hot)
    if not isinstance(rnn, nn.LSTM | nn.GRU) or rnn.bidirectional or rnn.proj_size:
        got = rnn if isinstance(rnn, nn.RNNBase) else type(rnn).__name__
        raise InputError(
            f"`rnn` must be an nn.LSTM or nn.GRU of one direction without projections; got {got}."
        )
    weights: dict[str, Tensor] = {}
    if embedding is not None:
        _check_module("embedding", embedding, nn.Embedding)
        _check_width("embedding", "give", embedding.embedding_dim, rnn.input_size)
        if one_hot:
            raise InputError("`one_hot` must be False with an embedding; got True.")
        weights["embedding"] = embedding.weight.clone()
    for layer in range(rnn.num_layers):
        for part in ("ih", "hh"):
            weights[f"weight_{part}_l{layer}"] = getattr(rnn, f"weight_{part}_l{layer}").clone()
        weights[f"bias_l{layer}"] = _bias(rnn, layer)
    if readout is not None:
        _check_module("readout", readout, nn.Linear)
        _check_width("readout", "read", readout.in_features, rnn.hidden_size)
        weights["readout"] = readout.weight.clone()
        zeros = readout.weight.new_zeros(readout.out_features)
        weights["readout_bias"] = zeros if readout.bias is None else readout.bias.clone()
    shape = Shape(
        cast("GatedCell", stock_cell(rnn)),
        rnn.input_size if embedding is None else embedding.num_embeddings,
        rnn.hidden_size,
        0 if readout is None else readout.out_features,
        embedding=0 if embedding is None else embedding.embedding_dim,
        layers=rnn.num_layers,
        dense=embedding is None and not one_hot,
    )
    return shape, Values(weights)


def _bias(rnn: nn.RNNBase, layer: int) -> Tensor:
    """The one bias of each gate."""
    if not rnn.bias:
        weight: Tensor = getattr(rnn, f"weight_hh_l{layer}")
        return weight.new_zeros(len(weight))
    first: Tensor = getattr(rnn, f"bias_ih_l{layer}")
    second: Tensor = getattr(rnn, f"bias_hh_l{layer}")
    if isinstance(rnn, nn.GRU) and bool((reset := second.chunk(3)[2]).any()):
        raise InputError(
            f"`rnn` must have a bias_hh_l{layer} of 0 for gate n of a GRU: the reset gate "
            "multiplies it, and there is no such bias here; got one of up to "
            f"{float(reset.abs().max()):.3g}. Train it with that bias held at 0, or an nn.LSTM."
        )
    return first + second


def _check_module(name: str, module: object, kind: type[nn.Module]) -> None:
    if not isinstance(module, kind):
        raise InputError(f"`{name}` must be an nn.{kind.__name__}; got {type(module).__name__}.")


def _check_width(name: str, verb: str, got: int, wanted: int) -> None:
    if got != wanted:
        raise InputError(f"`{name}` must {verb} {wanted} numbers, as `rnn` has; got {got}.")
