"""A parameter as its module's next pass will use it, whoever pruned it."""

from torch import Tensor, nn


def in_use(module: nn.Module, name: str) -> Tensor:
    """A weight or bias, detached, with its mask applied if there is one beside it.

    `torch.nn.utils.prune` leaves the weight, whose attribute is stale after an optimiser's step,
    in two parts; `rnngraph.pruning` keeps the weight and puts the mask beside it; a parametrized
    weight is what its attribute says.
    """
    value: Tensor = getattr(module, f"{name}_orig" if hasattr(module, f"{name}_orig") else name)
    mask = dict(module.named_buffers(recurse=False)).get(f"{name}_mask")
    return value.detach() if mask is None else value.detach() * mask
