"""The layered networks of Darji's thesis: a recurrent cell a layer, and one a skip."""

from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.utils.rnn import PackedSequence

from rnngraph._check import check_bool, check_int
from rnngraph._types import RNG, Cell
from rnngraph.errors import InputError
from rnngraph.masks import GATES, LayeredMask, layered_mask
from rnngraph.masks.layered import OUTSIDE, LayeredCell
from rnngraph.nn.graph_rnn import masked, stock_module
from rnngraph.nn.inputs import Lengths, check_batch, check_dtype, check_values
from rnngraph.nn.layered_parameters import initial_parameters
from rnngraph.nn.layers import numbers, pack, read_out, through


class LayeredRNN(nn.Module):
    """A network of recurrent cells on the layers of a graph, with a linear readout of the last.

    Each cell is a stock torch module (`.cells["layer_0"]`, `.cells["skip_0_2"]`, ...), its masks
    are buffers (`mask_ih_layer_0`, `mask_hh_layer_0`, ...). As in `GraphRNN`, masked weights start
    at 0, are multiplied by their mask whenever they are used, and get no gradient, unless
    `dense_gradients` is set to True.

    Source: Darji (2024), arXiv:2407.20601; gates as in torch, which the thesis's masks were not.

    Args:
        structure: A `LayeredMask`, or anything `rnngraph.as_adjacency` takes, for `layered_mask`.
        input_size: Number of tokens, or of input channels where the mask embeds none.
        output_size: Number of outputs.
        cell: "tanh", "relu", "gru" or "lstm"; None takes the mask's, "gru" for a graph.
        rng: Stream of the first weights: torch's own ranges, from +-1/sqrt(units), embeddings from
            the normal distribution.
        dtype: Type of the weights.

    Raises:
        InputError: `cell` is not the mask's, or a size is below 1.
    """

    dense_gradients = False

    def __init__(
        self,
        structure: object,
        input_size: int,
        output_size: int,
        cell: Cell | None = None,
        *,
        rng: RNG,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self.input_size = check_int("input_size", input_size, 1)
        self.output_size = check_int("output_size", output_size, 1)
        check_dtype(dtype)
        if not isinstance(structure, LayeredMask):
            structure = layered_mask(structure, "gru" if cell is None else cell)
        elif cell is not None and cell != structure.cell:
            raise InputError(f"`cell` must be the mask's, {structure.cell!r}; got {cell!r}.")
        self._structure = structure
        self.cell: Cell = structure.cell
        width = structure.embedding_size
        self.embedding = (
            nn.utils.skip_init(nn.Embedding, input_size, width, dtype=dtype) if width else None
        )
        self.cells = nn.ModuleDict()
        for part in structure.cells:
            sizes = (self._n_sources(part), len(structure.layers[part.target]))
            self.cells[part.name] = stock_module(self.cell, *sizes, dtype=dtype)
            rows = len(GATES[self.cell]) * sizes[1]
            self.register_buffer(f"mask_ih_{part.name}", part.input.expand(rows, sizes[0]).clone())
            self.register_buffer(f"mask_hh_{part.name}", part.hidden.clone())
        last = len(structure.layers[-1])
        self.readout = nn.utils.skip_init(nn.Linear, last, output_size, dtype=dtype)
        values = initial_parameters(structure, input_size, output_size, rng=rng)
        self.set_parameters({name: torch.from_numpy(value) for name, value in values.items()})
        nn.Module.register_load_state_dict_post_hook(self, _zero_masked)

    @property
    def mask(self) -> LayeredMask:
        """The masks in force, as they stand in the buffers."""
        cells = [
            LayeredCell(
                part.source,
                part.target,
                self.get_buffer(f"mask_ih_{part.name}"),
                self.get_buffer(f"mask_hh_{part.name}"),
            )
            for part in self._structure.cells
        ]
        return replace(self._structure, cells=tuple(cells))

    def forward(
        self, x: Tensor, lengths: Lengths | None = None, *, per_step: bool = False
    ) -> Tensor:
        """Read sequences and return their outputs; as `GraphRNN.forward`.

        Without `lengths` every step counts, padding too: the thesis's own reading.

        Args:
            x: Tokens, integer, shape (batch, steps), or inputs, shape (batch, steps, input_size).
            lengths: True length of each sequence, shape (batch,); None means all steps.
            per_step: Return the outputs of every step instead of those after the last real one.

        Returns:
            Shape (batch, output_size), or (batch, steps, output_size) with 0 past a
            sequence's end.

        Raises:
            InputError: `x` has another shape, a token or a length is out of range, or `per_step`
                is no bool.
        """
        check_bool("per_step", per_step)
        lengths = check_batch(x, lengths, self.input_size, tokens_only=self.embedding is not None)
        packed, ends = self._packed(x, lengths)
        last = packed._replace(data=self._run(packed)[0][-1])
        return read_out(last, ends, self.readout, steps=x.shape[1] if per_step else None)

    @torch.no_grad()
    def largest_states(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Largest absolute state of each unit, cell after cell, over a batch; shape (units,)."""
        states = self._run(self._packed(x, lengths)[0])[1]
        return torch.cat([state.abs().amax(dim=0) for state in states])

    def _packed(self, x: Tensor, lengths: Tensor | None) -> tuple[PackedSequence, Tensor]:
        """What goes into the cells, and the length of each sequence."""
        embedding = None if self.embedding is None else self.embedding.weight
        return pack(numbers(x, embedding, self.input_size, self.readout.weight.dtype), lengths)

    def _run(self, packed: PackedSequence) -> tuple[list[Tensor], list[Tensor]]:
        """Outputs of the layers, and states of the cells, as the data of packed sequences."""

        def run(part: LayeredCell, read: Tensor) -> Tensor:
            arguments = (packed._replace(data=read),)
            weights = self._weights(part)
            states: Tensor = functional_call(self.cells[part.name], weights, arguments)[0].data
            return states

        return through(self._structure.cells, packed.data, run)

    @torch.no_grad()
    def set_parameters(self, values: dict[str, Tensor]) -> None:
        """Copy in parameters by their names; what is masked stays at 0.

        Raises:
            InputError: A name that is not there, or something of another shape.
        """
        own = dict(self.named_parameters())
        for name, value in check_values(values, own).items():
            own[name].copy_(value)
        _zero_masked(self, None)

    def to_torch(self) -> dict[str, nn.RNNBase]:
        """Copy the cells into stock torch modules by their names; the copies know no mask.

        Put together, in the order of `mask.cells`: a cell reads the output of the layer that is its
        `source` at the same step, the first one `embedding(tokens)`; a layer's output is the sum of
        the states of the cells whose `target` it is; `readout` reads the last layer's.
        """
        copies = {}
        for part in self._structure.cells:
            weights = {name: value.detach() for name, value in self._weights(part).items()}
            made = stock_module(
                self.cell,
                self._n_sources(part),
                len(self._structure.layers[part.target]),
                dtype=self.readout.weight.dtype,
            )
            made.load_state_dict(weights)
            copies[part.name] = made
        return copies

    def mask_buffers(self) -> dict[str, str]:
        """Name of the buffer that holds the mask of each masked parameter, by its name."""
        return {
            f"cells.{part.name}.weight_{block}_l0": f"mask_{block}_{part.name}"
            for part in self._structure.cells
            for block in ("ih", "hh")
        }

    def extra_repr(self) -> str:
        """Show what torch's own modules cannot know."""
        sizes = [len(layer) for layer in self._structure.layers]
        skips = len(self._structure.cells) - len(sizes)
        return f"cell={self.cell!r}, layers={sizes}, skips={skips}"

    def _n_sources(self, part: LayeredCell) -> int:
        if part.source != OUTSIDE:
            return len(self._structure.layers[part.source])
        return self._structure.embedding_size or self.input_size

    def _weights(self, part: LayeredCell) -> dict[str, Tensor]:
        weights: dict[str, Tensor] = dict(self.cells[part.name].named_parameters())
        for block in ("ih", "hh"):
            weights[f"weight_{block}_l0"] = masked(
                weights[f"weight_{block}_l0"],
                self.get_buffer(f"mask_{block}_{part.name}"),
                dense_gradients=self.dense_gradients,
            )
        return weights


@torch.no_grad()
def _zero_masked(model: nn.Module, _: object) -> None:
    """Set every masked parameter to 0, whatever was loaded."""
    assert isinstance(model, LayeredRNN)
    for part in model._structure.cells:
        for block in ("ih", "hh"):
            weight = model.get_parameter(f"cells.{part.name}.weight_{block}_l0")
            weight.mul_(model.get_buffer(f"mask_{block}_{part.name}"))
