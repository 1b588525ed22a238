"""Masks on the parameters of any module, by name: in force at every pass, whatever moved a weight.

Networks of this library have masks already: buffers by which they multiply. For others, a stock
`nn.GRU` or what contains one, the mask is a buffer beside the parameter, `weight_hh_l0_mask` beside
`weight_hh_l0`, and two hooks of the module write the zeros: before every forward pass, so that what
an optimiser's momentum did to a pruned weight is never seen, and before a state dict is taken. The
hooks are plain functions of this file and the parameters stay the parameters, so that deepcopy,
pickle, checkpoints, optimisers and `torch.compile` find nothing unusual.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor, nn

from rnngraph._check import check_choice, check_mapping, hint
from rnngraph.errors import InputError
from rnngraph.masks import GATES
from rnngraph.nn import GraphRNN, LayeredRNN
from rnngraph.pruning._tensors import check_tensors

PARTS: Final = ("both", "ih", "hh")
"""Input-to-hidden and hidden-to-hidden weights together, or one of them."""

_RECURRENT = re.compile(r"weight_(ih|hh)(_l\d+(_reverse)?)?")
_SUFFIX = "_mask"


@dataclass(frozen=True, eq=False)
class _Place:
    """Where a parameter and its mask are."""

    owner: nn.Module
    parameter: str
    masked: nn.Module
    buffer: str
    gates: int

    @property
    def weight(self) -> nn.Parameter:
        return self.owner.get_parameter(self.parameter)

    @property
    def mask(self) -> Tensor | None:
        return getattr(self.masked, self.buffer, None)


def recurrent_weights(module: nn.Module, what: str | Sequence[str] = "both") -> tuple[str, ...]:
    """Names of the weights to prune, in the module's order.

    Args:
        module: A network of this library, a stock `nn.RNN`, `nn.GRU`, `nn.LSTM` or their cells, or
            a module that contains any of them.
        what: "ih" (input to hidden), "hh" (hidden to hidden) or "both", of all recurrent layers; or
            the names of parameters, which may be any matrices.

    Raises:
        InputError: No module, no names, a name that is not that of a matrix of the module, or no
            recurrent weights in it.
    """
    places = _places(module)
    _refuse_torchs_own(module)
    if not isinstance(what, str):
        names = _known("what", what, places)
        if not names:
            raise InputError(f"`what` must name at least one parameter; got {what!r}.")
        return tuple(dict.fromkeys(names))
    check_choice("what", what, PARTS)
    wanted = ("ih", "hh") if what == "both" else (what,)
    names = []
    for name, place in places.items():
        match = _RECURRENT.fullmatch(place.parameter)
        if match and isinstance(place.owner, nn.RNNBase | nn.RNNCellBase) and match[1] in wanted:
            names.append(name)
    if not names:
        raise InputError(
            "`module` must contain recurrent weights (of an nn.RNN, nn.GRU, nn.LSTM or a network "
            f"of rnngraph); {type(module).__name__} contains none."
        )
    return tuple(names)


def _refuse_torchs_own(module: nn.Module) -> None:
    """Weights that torch prunes or parametrizes are no parameters under their own name."""
    for prefix, child in module.named_modules():
        if not isinstance(child, nn.RNNBase | nn.RNNCellBase):
            continue
        pruned = [name.removesuffix("_orig") for name in child._parameters if "_orig" in name]
        owned = getattr(child, "parametrizations", {})
        for name, how in (
            *((name, "torch.nn.utils.prune.remove") for name in pruned),
            *((name, "torch.nn.utils.parametrize.remove_parametrizations") for name in owned),
        ):
            raise InputError(
                "`module` must have its weights as parameters; got "
                f"{f'{prefix}.{name}'.lstrip('.')}, which torch makes from others: call {how} "
                "first."
            )


def masks_of(module: nn.Module) -> dict[str, Tensor]:
    """Masks in force, by the names of their parameters: bool, True = live; copies.

    Raises:
        InputError: `module` is no module.
    """
    return {
        name: place.mask.clone()
        for name, place in _places(module).items()
        if place.mask is not None
    }


def gates_of(module: nn.Module, names: Sequence[str]) -> dict[str, int]:
    """How many gates each of some parameters stacks in whole blocks of rows.

    Raises:
        InputError: No module, no names, or one that is not that of a matrix of the module.
    """
    places = _places(module)
    return {name: places[name].gates for name in _known("names", names, places)}


def _known(argument: str, names: object, places: Mapping[str, _Place]) -> Sequence[str]:
    """Return names of matrices of a module.

    Raises:
        InputError: No sequence, or a name of something else.
    """
    if not isinstance(names, Sequence):
        raise InputError(
            f"`{argument}` must be a sequence of names of parameters; got {type(names).__name__}."
        )
    for name in names:
        if not isinstance(name, str) or name not in places:
            raise InputError(
                f"`{argument}` must name matrices among the module's parameters; got "
                f"{name!r}.{hint(name, places)}"
            )
    return names


@torch.no_grad()
def set_masks(module: nn.Module, masks: Mapping[str, Tensor]) -> None:
    """Put masks in force; parameters that are not named keep theirs.

    Pruned weights are set to 0, and stay without effect whatever an optimiser does. Their gradient
    is 0 in a network of this library, and in a stock module what torch gives. Nothing is changed
    where an argument is wrong.

    Args:
        module: As for `recurrent_weights`; its parameters may be on any device.
        masks: By name of parameter, of its shape: bool, True = live.

    Raises:
        InputError: No module, no mapping, an unknown name, or a mask of another type or shape.
    """
    places = _places(module)
    for name, mask in check_mapping("masks", masks, "bool tensors by name of parameter").items():
        if name not in places:
            raise InputError(
                f"`masks` must name matrices among the module's parameters; got {name!r}."
                f"{hint(name, places)}"
            )
        check_mask("`masks` must be", name, mask, places[name].weight)
    for name, mask in masks.items():
        place = places[name]
        if place.mask is None:
            place.masked.register_buffer(place.buffer, mask.to(place.weight.device).clone())
            _hook(place.masked)
        else:
            place.mask.copy_(mask)
        # Not a product, which leaves what is not finite.
        place.weight.masked_fill_(~mask.to(place.weight.device), 0)


def check_mask(rule: str, name: str, mask: object, weight: Tensor) -> None:
    """Check that a mask fits a weight.

    Args:
        rule: How the error begins, such as "`masks` must be".
        name: Of the weight.
        mask: What should be its mask.
        weight: What it is for.

    Raises:
        InputError: No bool tensor, or of another shape.
    """
    if isinstance(mask, Tensor) and mask.dtype == torch.bool and mask.shape == weight.shape:
        return
    got = f"{mask.dtype} {tuple(mask.shape)}" if isinstance(mask, Tensor) else repr(mask)
    raise InputError(
        f"{rule} bool tensors of their parameters' shapes; got {got} for {name!r} of shape "
        f"{tuple(weight.shape)}."
    )


@torch.no_grad()
def finalize(module: nn.Module) -> nn.Module:
    """Leave exact zeros and nothing else: masks and hooks of stock modules go.

    The state dict then fits a fresh stock module. From here on training may bring weights back.
    Networks of this library keep their masks, which are part of them.

    Returns:
        The same module.

    Raises:
        InputError: `module` is no module.
    """
    for place in _places(module).values():
        if place.mask is None:
            continue
        place.weight.masked_fill_(~place.mask, 0)
        if place.masked is place.owner:
            delattr(place.masked, place.buffer)
    for child in module.modules():
        if isinstance(child, GraphRNN | LayeredRNN):
            child.dense_gradients = False
        for hooks in (child._forward_pre_hooks, child._state_dict_pre_hooks):
            for key in [key for key, hook in hooks.items() if hook in (_before_use, _before_save)]:
                del hooks[key]
    return module


def load_pruned(module: nn.Module, state: Mapping[str, Any]) -> None:
    """Load the state dict of a pruned module into a fresh one: weights, and masks in force.

    Args:
        module: Built as the pruned one was; its masks, if any, are replaced.
        state: What `state_dict()` of the pruned module returned.

    Raises:
        InputError: Names or shapes that do not fit the module.
    """
    check_mapping("state", state, "a state dict")
    places = {
        f"{name}{_SUFFIX}": (name, place)
        for name, place in _places(module).items()
        if place.masked is place.owner
    }
    own = {key: value for key, value in module.state_dict().items() if key not in places}
    given = {key: value for key, value in state.items() if key not in places}
    for key in (*own, *given):
        if key not in given or key not in own:
            what = "is missing" if key not in given else "is not of the module"
            raise InputError(f"`state` must fit the module; {key!r} {what}.")
    check_tensors("state", given, like={k: v for k, v in own.items() if isinstance(v, Tensor)})
    kept = {key: state[key] for key in places if state.get(key) is not None}
    check_tensors("state", kept, like={key: places[key][1].weight for key in kept})
    masks = {places[key][0]: mask.bool() for key, mask in kept.items()}
    for name, place in places.values():
        if place.mask is not None and name not in masks:
            delattr(place.owner, place.buffer)
    set_masks(module, masks)
    module.load_state_dict({**given, **{f"{name}{_SUFFIX}": own for name, own in masks.items()}})


def _places(module: nn.Module) -> dict[str, _Place]:
    """Every matrix among the parameters, by name.

    Raises:
        InputError: `module` is something else.
    """
    if not isinstance(module, nn.Module):
        raise InputError(f"`module` must be a torch module; got {type(module).__name__}.")
    found: dict[str, _Place] = {}
    ours: dict[int, tuple[GraphRNN | LayeredRNN, str]] = {}
    for child in module.modules():
        if isinstance(child, GraphRNN | LayeredRNN):
            for name, buffer in child.mask_buffers().items():
                ours[id(child.get_parameter(name))] = (child, buffer)
    inside = {
        id(parameter)
        for child in module.modules()
        if isinstance(child, GraphRNN | LayeredRNN)
        for parameter in child.parameters()
    }
    for prefix, owner in module.named_modules():
        for leaf, parameter in owner.named_parameters(recurse=False):
            name = f"{prefix}.{leaf}" if prefix else leaf
            if id(parameter) in ours:
                found[name] = _Place(owner, leaf, *ours[id(parameter)], _gates(owner))
            elif parameter.ndim == 2 and id(parameter) not in inside:
                found[name] = _Place(owner, leaf, owner, leaf + _SUFFIX, _gates(owner))
    return found


def _gates(owner: nn.Module) -> int:
    if isinstance(owner, nn.LSTM | nn.LSTMCell):
        return len(GATES["lstm"])
    return len(GATES["gru"]) if isinstance(owner, nn.GRU | nn.GRUCell) else 1


def _hook(owner: nn.Module) -> None:
    if _before_use not in owner._forward_pre_hooks.values():
        owner.register_forward_pre_hook(_before_use)
        owner.register_state_dict_pre_hook(_before_save)


def _before_use(owner: nn.Module, _: object) -> None:
    for parameter, mask in _own(owner):
        # Past autograd's count of versions: two passes may come before one backward.
        parameter.data.masked_fill_(~mask, 0)


def _before_save(owner: nn.Module, _prefix: str, _keep_vars: bool) -> None:
    _before_use(owner, None)


def _own(owner: nn.Module) -> Iterator[tuple[nn.Parameter, Tensor]]:
    for leaf, parameter in owner.named_parameters(recurse=False):
        mask = getattr(owner, leaf + _SUFFIX, None)
        if mask is not None:
            yield parameter, mask
