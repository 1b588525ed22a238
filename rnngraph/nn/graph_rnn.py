"""A recurrent network whose hidden-to-hidden weights follow a graph."""

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from rnngraph._check import check_bool, check_int
from rnngraph._types import RNG, Cell
from rnngraph.errors import InputError
from rnngraph.masks import RecurrentMask, recurrent_mask
from rnngraph.nn.in_use import in_use
from rnngraph.nn.inputs import Lengths, check_batch, check_dtype, check_values
from rnngraph.nn.layers import numbers, pack
from rnngraph.nn.parameters import (
    READOUT_BIAS,
    READOUT_WEIGHT,
    initial_parameters,
    parameter_masks,
)


class GraphRNN(nn.Module):
    """A masked RNN, GRU or LSTM with a linear readout.

    The weights live in a stock torch module, `.rnn`, and a stock `nn.Linear`, `.readout`; the
    masks are buffers (`mask_hh_l0`, ...). Masked weights start at exactly 0, are multiplied by
    their mask whenever they are used, and so get a gradient of exactly 0: training, weight
    decay, momentum, deepcopy, reloading and compiling keep them there. A value written into them
    by hand has no effect either, but stays in `.rnn` until the next reload.

    Where `dense_gradients` is set to True, a masked weight gets the gradient that it would have if
    it lived at 0, as methods need that let pruned weights come back; it stays without effect.

    Args:
        mask_or_graph: A `RecurrentMask`, or anything `rnngraph.as_adjacency` takes.
        input_size: Number of input channels, or of tokens.
        output_size: Number of outputs (classes, or 1 for a real value).
        cell: `"tanh"`, `"relu"`, `"gru"` or `"lstm"`; None takes the mask's, `"gru"` for a graph.
        rng: Stream of the first weights; torch's global generator is not touched.
        init: "torch" draws all first weights from +-1/sqrt(n), so that a sparser graph starts
            with weaker recurrence; "fan_in" draws the hidden-to-hidden weights of a unit with k
            live ones from +-sqrt(3/k), so that density is not also initial gain.
        dtype: Type of the weights.

    Raises:
        InputError: `cell` is not the mask's, or a size is below 1 or does not fit the mask.
    """

    dense_gradients = False

    def __init__(
        self,
        mask_or_graph: object,
        input_size: int,
        output_size: int,
        cell: Cell | None = None,
        *,
        rng: RNG,
        init: str = "torch",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self.input_size = check_int("input_size", input_size, 1)
        self.output_size = check_int("output_size", output_size, 1)
        check_dtype(dtype)
        mask = _as_mask(mask_or_graph, cell)
        self.cell: Cell = mask.cell
        self.rnn = _stock_rnn(mask, input_size, dtype, torch.device("cpu"))
        self.readout = nn.utils.skip_init(
            nn.Linear, mask.hidden_size * mask.num_directions, output_size, dtype=dtype
        )
        for name, block in parameter_masks(mask, input_size, output_size).items():
            self.register_buffer(_buffer(name), block.clone())
        values = initial_parameters(mask, input_size, output_size, rng=rng, init=init)
        self.set_parameters({name: torch.from_numpy(value) for name, value in values.items()})
        nn.Module.register_load_state_dict_post_hook(self, _zero_masked)

    @property
    def mask(self) -> RecurrentMask:
        """The masks in force, as they stand in the buffers."""
        blocks = {name: self.get_buffer(_buffer(name)) for name in self._masked_names()}
        return RecurrentMask(
            cell=self.cell,
            hidden_size=self.rnn.hidden_size,
            num_layers=self.rnn.num_layers,
            bidirectional=self.rnn.bidirectional,
            hidden={name: block for name, block in blocks.items() if "_hh_" in name},
            input={name: block for name, block in blocks.items() if "_ih_" in name},
            readout=self.get_buffer(_buffer(READOUT_WEIGHT)),
        )

    def forward(
        self, x: Tensor, lengths: Lengths | None = None, *, per_step: bool = False
    ) -> Tensor:
        """Read sequences and return their outputs (logits, or real values).

        Args:
            x: Tokens, integer, shape (batch, steps), or inputs, shape (batch, steps, input_size).
            lengths: True length of each sequence, shape (batch,); None means all steps. Steps
                past a sequence's end are neither computed nor read.
            per_step: Return the outputs of every step instead of those after the last real one.

        Returns:
            Shape (batch, output_size), or (batch, steps, output_size) with 0 past a
            sequence's end.

        Raises:
            InputError: `x` has another shape, a length is outside 1..steps, or `per_step` is no
                bool.
        """
        check_bool("per_step", per_step)
        lengths = check_batch(x, lengths, self.input_size)
        x = numbers(x, None, self.input_size, self.readout.weight.dtype)
        packed: Tensor | PackedSequence = x
        if lengths is not None:
            packed = pack(x, lengths)[0]
        hidden, state = functional_call(self.rnn, self._recurrent_weights(), (packed,))
        weight = self._readout_weight()
        if per_step:
            if isinstance(hidden, PackedSequence):
                rows = nn.functional.linear(hidden.data, weight, self.readout.bias)
                hidden = hidden._replace(data=rows)
                return pad_packed_sequence(hidden, batch_first=True, total_length=x.shape[1])[0]
            return nn.functional.linear(hidden, weight, self.readout.bias)
        last = state[0] if self.cell == "lstm" else state
        directions = 2 if self.rnn.bidirectional else 1
        last = last[-directions:].transpose(0, 1).flatten(1)
        return nn.functional.linear(last, weight, self.readout.bias)

    def recurrent_state(self) -> dict[str, Tensor]:
        """Weights and biases in use, detached, by the names of the stock torch module."""
        return {name: value.detach() for name, value in self._recurrent_weights().items()}

    @classmethod
    def from_torch(cls, rnn: nn.RNNBase, readout: nn.Linear, mask_or_graph: object) -> "GraphRNN":
        """Put a mask on stock modules, trained or not; the inverse of `to_torch`.

        Args:
            rnn: An `nn.RNN`, `nn.GRU` or `nn.LSTM` with biases and without projections, under
                masks of `rnngraph.pruning` or torch's or none; it is not changed.
            readout: Reads the outputs of its last layer.
            mask_or_graph: A `RecurrentMask` of the same cell, size, layers and directions; or a
                graph of as many nodes as there are hidden units, for every layer and direction.

        Returns:
            A network of copied weights, those that the mask forbids at 0.

        Raises:
            InputError: A module of another kind, or a graph or mask that does not fit it.
        """
        cell = _checked_cell(rnn)
        mask = mask_or_graph
        if not isinstance(mask, RecurrentMask):
            both = bool(rnn.bidirectional)
            mask = recurrent_mask([mask] * rnn.num_layers, cell, bidirectional=both)
        have = (mask.cell, mask.hidden_size, mask.num_layers, mask.num_directions)
        need = (cell, rnn.hidden_size, rnn.num_layers, 2 if rnn.bidirectional else 1)
        if have != need:
            raise InputError(
                "`mask_or_graph` must fit `rnn` in cell, hidden units, layers and directions, "
                f"{need}; got {have}."
            )
        check_readout(readout, rnn, "rnn", bias=True)
        weight = in_use(readout, "weight")
        model = cls(mask, rnn.input_size, readout.out_features, rng=0, dtype=weight.dtype)
        values = {name: in_use(rnn, name) for name, _ in model.rnn.named_parameters()}
        model.set_parameters(
            {**values, READOUT_WEIGHT: weight, READOUT_BIAS: in_use(readout, "bias")}
        )
        return model.to(weight.device)

    def to_torch(self) -> tuple[nn.RNNBase, nn.Linear]:
        """Copy into stock torch modules: `readout(rnn(x)[0])` are the outputs of every step.

        Stock modules read numbers: tokens go in as
        `torch.nn.functional.one_hot(tokens, input_size).float()`. The copies know no mask: training
        them further brings masked weights back.
        """
        weight = self._readout_weight().detach()
        rnn = _stock_rnn(self.mask, self.input_size, weight.dtype, weight.device)
        rnn.load_state_dict(self.recurrent_state())
        return rnn, stock_linear(weight, self.readout.bias.detach())

    @torch.no_grad()
    def set_parameters(self, values: dict[str, Tensor]) -> None:
        """Copy in parameters by torch's names (`weight_hh_l0`, ..., `readout.weight`).

        Raises:
            InputError: A name that is not there, or something of another shape.
        """
        own = dict(self.rnn.named_parameters())
        own |= {name: self.get_parameter(name) for name in (READOUT_WEIGHT, READOUT_BIAS)}
        for name, value in check_values(values, own).items():
            own[name].copy_(value)
        _zero_masked(self, None)

    def mask_buffers(self) -> dict[str, str]:
        """Name of the buffer that holds the mask of each masked parameter, by its name."""
        names = {f"rnn.{name}": _buffer(name) for name in self._masked_names()}
        return {**names, READOUT_WEIGHT: _buffer(READOUT_WEIGHT)}

    def extra_repr(self) -> str:
        """Show what torch's own modules cannot know."""
        edges = sum(int(block.sum()) for block in self.mask.hidden.values())
        total = sum(block.numel() for block in self.mask.hidden.values())
        return f"cell={self.cell!r}, live hidden-to-hidden weights: {edges} of {total}"

    def _masked_names(self) -> list[str]:
        return [name for name, _ in self.rnn.named_parameters() if name.startswith("weight")]

    def _recurrent_weights(self) -> dict[str, Tensor]:
        weights: dict[str, Tensor] = dict(self.rnn.named_parameters())
        for name in self._masked_names():
            weights[name] = self._masked(weights[name], _buffer(name))
        return weights

    def _readout_weight(self) -> Tensor:
        return self._masked(self.readout.weight, _buffer(READOUT_WEIGHT))

    def _masked(self, weight: Tensor, buffer: str) -> Tensor:
        return masked(weight, self.get_buffer(buffer), dense_gradients=self.dense_gradients)


def masked(weight: Tensor, mask: Tensor, *, dense_gradients: bool = False) -> Tensor:
    """A weight as it acts; what is masked gets no gradient, unless asked for."""
    live = weight * mask
    # Adds 0, whose gradient is that of the masked weights.
    return live + (weight - weight.detach()) * ~mask if dense_gradients else live


def _as_mask(mask_or_graph: object, cell: Cell | None) -> RecurrentMask:
    if not isinstance(mask_or_graph, RecurrentMask):
        return recurrent_mask(mask_or_graph, "gru" if cell is None else cell)
    if cell is not None and cell != mask_or_graph.cell:
        raise InputError(f"`cell` must be the mask's, {mask_or_graph.cell!r}; got {cell!r}.")
    return mask_or_graph


def check_readout(
    readout: object, rnn: nn.RNNBase, argument: str, *, bias: bool = False
) -> nn.Linear:
    """Return a readout that fits a stock module.

    Args:
        readout: What should be one.
        rnn: What it reads.
        argument: How the error calls `rnn`.
        bias: Whether it must have a bias.

    Raises:
        InputError: No `nn.Linear`, of another number of inputs, or without the bias.
    """
    wanted = rnn.hidden_size * (2 if rnn.bidirectional else 1)
    if (
        not isinstance(readout, nn.Linear)
        or readout.in_features != wanted
        or (bias and readout.bias is None)
    ):
        raise InputError(
            f"`readout` must be an nn.Linear {'with a bias ' if bias else ''}that reads all "
            f"outputs of `{argument}`, {wanted}; got "
            f"{readout if isinstance(readout, nn.Linear) else type(readout).__name__}."
        )
    return readout


def _checked_cell(rnn: nn.RNNBase) -> Cell:
    """Tell the cell of a stock module that a `GraphRNN` could have.

    Raises:
        InputError: Another module, or one without biases or with projections.
    """
    if not isinstance(rnn, nn.RNN | nn.GRU | nn.LSTM) or rnn.proj_size or not rnn.bias:
        raise InputError(
            "`rnn` must be an nn.RNN, nn.GRU or nn.LSTM with biases and without projections; "
            f"got {rnn}."
        )
    return stock_cell(rnn)


def check_stock(model: object, others: str) -> nn.RNNBase:
    """Return a stock module without projections, with or without biases.

    Args:
        model: What should be one.
        others: What it might have been instead, such as "a GraphRNN,".

    Raises:
        InputError: It is something else.
    """
    if not isinstance(model, nn.RNN | nn.GRU | nn.LSTM) or model.proj_size:
        raise InputError(
            f"`model` must be {others} or an nn.RNN, nn.GRU or nn.LSTM without projections; got "
            f"{model if isinstance(model, nn.RNNBase) else type(model).__name__}."
        )
    return model


def stock_cell(rnn: nn.RNNBase) -> Cell:
    """Our name of a stock module's cell."""
    cells: dict[str, Cell] = {"GRU": "gru", "LSTM": "lstm", "RNN_RELU": "relu"}
    return cells.get(rnn.mode, "tanh")


def stock_module(
    cell: Cell,
    input_size: int,
    hidden_size: int,
    *,
    num_layers: int = 1,
    bidirectional: bool = False,
    bias: bool = True,
    dtype: torch.dtype = torch.float32,
    device: torch.device | None = None,
) -> nn.RNNBase:
    """Stock torch module of a cell, its weights not set: no random number is drawn."""
    shape = {
        "input_size": input_size,
        "hidden_size": hidden_size,
        "num_layers": num_layers,
        "bidirectional": bidirectional,
        "bias": bias,
        "batch_first": True,
        "dtype": dtype,
        "device": "meta",
    }
    unset: nn.RNNBase
    match cell:
        case "gru":
            unset = nn.GRU(**shape)
        case "lstm":
            unset = nn.LSTM(**shape)
        case activation:
            unset = nn.RNN(**shape, nonlinearity=activation)
    return unset.to_empty(device=device or torch.device("cpu"))


def stock_linear(weight: Tensor, bias: Tensor | None) -> nn.Linear:
    """Stock torch module of copies of a weight and a bias, if there is one."""
    made: nn.Linear = nn.utils.skip_init(
        nn.Linear,
        *reversed(weight.shape),
        bias=bias is not None,
        dtype=weight.dtype,
        device=weight.device,
    )
    made.load_state_dict({"weight": weight} if bias is None else {"weight": weight, "bias": bias})
    return made


def _stock_rnn(
    mask: RecurrentMask, input_size: int, dtype: torch.dtype, device: torch.device
) -> nn.RNNBase:
    return stock_module(
        mask.cell,
        input_size,
        mask.hidden_size,
        num_layers=mask.num_layers,
        bidirectional=mask.bidirectional,
        dtype=dtype,
        device=device,
    )


def _buffer(parameter: str) -> str:
    """Name of a parameter's mask: `weight_hh_l0` -> `mask_hh_l0`."""
    return "mask_readout" if parameter == READOUT_WEIGHT else parameter.replace("weight", "mask")


@torch.no_grad()
def _zero_masked(model: nn.Module, _: object) -> None:
    """Set every masked parameter to 0, whatever was loaded."""
    assert isinstance(model, GraphRNN)
    for name in model._masked_names():
        model.rnn.get_parameter(name).mul_(model.get_buffer(_buffer(name)))
    model.readout.weight.mul_(model.get_buffer(_buffer(READOUT_WEIGHT)))
