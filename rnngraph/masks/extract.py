"""Recurrent weights of the one network in a source, whatever it comes as."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeGuard

from torch import Tensor, nn

from rnngraph.errors import InputError
from rnngraph.masks.layout import DIRECTIONS, parameter_name
from rnngraph.masks.load import load_state
from rnngraph.masks.mask import RecurrentMask

_WEIGHT = re.compile(r"(.*\.)?(weight_h[hr]_l\d+(?:_reverse)?|weight_hh)(_orig)?")
_SHOWN = 5


@dataclass(frozen=True, eq=False)
class RecurrentState:
    """Recurrent weights of one network by torch's names: `weight_hh_l0`, `weight_hr_l0`, ...

    Attributes:
        weights: By name, in torch's layout; what a mask hides means nothing.
        masks: By name, not 0 = live; a weight without a mask lives where it is not 0.
    """

    weights: Mapping[str, Tensor]
    masks: Mapping[str, Tensor]


class _Masked(Protocol):
    """A module that keeps the mask of its recurrent weights, as `rnngraph.nn.GraphRNN` does."""

    @property
    def mask(self) -> RecurrentMask: ...

    def recurrent_state(self) -> Mapping[str, Tensor]: ...


def recurrent_state(source: object) -> RecurrentState:
    """Find the recurrent weights of the one network in `source`.

    Args:
        source: A RecurrentMask, a torch module that is or contains one recurrent network, a
            mapping of names to tensors (or to such mappings), or the path of a file with one.

    Raises:
        InputError: No recurrent network, or several.
        FileError: The file cannot be read.
    """
    if isinstance(source, RecurrentMask):
        return RecurrentState(source.hidden, source.hidden)
    if isinstance(source, nn.Module):
        return _from_module(source)
    if isinstance(source, Mapping):
        return _from_tensors(dict(_flat(source)))
    if isinstance(source, str | Path):
        return _from_tensors(dict(_flat(load_state(source))))
    raise InputError(
        "`source` must be a torch module, a state dict, a RecurrentMask or a path; "
        f"got {type(source).__name__}."
    )


def _from_module(module: nn.Module) -> RecurrentState:
    found: dict[str, nn.Module] = {}
    for name, child in module.named_modules():
        inside = any(not outer or name.startswith(f"{outer}.") for outer in found)
        if not inside and _is_network(child):
            found[name] = child
    if not found:
        raise InputError(
            "`source` must contain a recurrent network (nn.RNN, nn.GRU, nn.LSTM, their cells or "
            f"a GraphRNN); {type(module).__name__} contains none."
        )
    if len(found) > 1:
        listed = ", ".join(f"{name} ({type(child).__name__})" for name, child in found.items())
        raise InputError(
            f"`source` must contain one recurrent network; {type(module).__name__} contains "
            f"{listed}. Pass one of them."
        )
    (network,) = found.values()
    if _is_masked(network):
        return RecurrentState(network.recurrent_state(), network.mask.hidden)
    return _from_tensors(dict(_attributes(network)))


def _is_network(module: nn.Module) -> bool:
    return _is_masked(module) or isinstance(module, nn.RNNBase | nn.RNNCellBase)


def _is_masked(module: object) -> TypeGuard[_Masked]:
    return isinstance(getattr(module, "mask", None), RecurrentMask) and hasattr(
        module, "recurrent_state"
    )


def _attributes(network: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Weights as the next forward pass will use them: parametrized, and pruned ones in parts.

    The attribute of a weight that torch pruned is stale after an optimiser's step, its parts are
    not; `rnngraph.pruning` keeps the weight and puts the mask beside it.
    """
    names = ["weight_hh"]
    if isinstance(network, nn.RNNBase):
        names = [
            parameter_name(block, layer, direction)
            for layer in range(network.num_layers)
            for direction in DIRECTIONS[: 1 + network.bidirectional]
            for block in (("hh", "hr") if network.proj_size else ("hh",))
        ]
    for name in names:
        kept = f"{name}_orig"
        for part in (kept if hasattr(network, kept) else name, f"{name}_mask"):
            if hasattr(network, part):
                yield part, getattr(network, part)


def _flat(tensors: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, Tensor]]:
    """The tensors of nested mappings, such as a checkpoint's, by their dotted names."""
    for key, value in tensors.items():
        if isinstance(value, Tensor):
            yield f"{prefix}{key}", value
        elif isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")


def _from_tensors(tensors: Mapping[str, Tensor]) -> RecurrentState:
    owners: dict[str, dict[str, str]] = {}
    for key in tensors:
        if match := _WEIGHT.fullmatch(key):
            owners.setdefault(match[1] or "", {})[match[2]] = key
    owner, keys = _only_owner(owners, tensors)
    weights, masks = {}, {}
    for name, key in keys.items():
        weights[_layered(name)] = tensors[key]
        # Torch's pruning keeps the mask beside the weight; a GraphRNN one level above its `rnn.`.
        beside = f"{owner}{name}_mask"
        above = owner.removesuffix("rnn.") + name.replace("weight", "mask")
        for mask in (beside, above):
            if mask in tensors:
                masks[_layered(name)] = tensors[mask]
    return RecurrentState(weights, masks)


def _only_owner(
    owners: Mapping[str, dict[str, str]], tensors: Mapping[str, Tensor]
) -> tuple[str, dict[str, str]]:
    if not owners:
        shown = [*list(tensors)[:_SHOWN], *(["..."] if len(tensors) > _SHOWN else [])]
        parametrized = any("parametrizations.weight_hh" in name for name in tensors)
        raise InputError(
            "`source` must hold recurrent weights under torch's names (`weight_hh_l0`, ...); "
            f"got {', '.join(shown) or 'no tensor'}."
            + (" The weights are parametrized: pass the module itself." if parametrized else "")
        )
    if len(owners) > 1:
        raise InputError(
            "`source` must hold one recurrent network; got weights under "
            f"{', '.join(repr(owner) for owner in owners)}. Pass the tensors of one of them."
        )
    ((owner, keys),) = owners.items()
    return owner, keys


def _layered(name: str) -> str:
    """The name that a torch cell's only weight has in a one-layer network."""
    return "weight_hh_l0" if name == "weight_hh" else name
