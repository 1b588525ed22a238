"""What is minimised and what is reported: loss and accuracy of each network of a stack."""

import torch
from torch import Tensor

NO_TARGET = -1
"""Target of a step that is not scored."""


def losses(outputs: Tensor, targets: Tensor) -> Tensor:
    """Mean loss of each network: cross-entropy in nats, or mean squared error for real targets.

    Args:
        outputs: Shape (networks, positions, output_size).
        targets: Shape (positions,): class index (-1 is not scored) or real value.

    Returns:
        Shape (networks,).
    """
    if targets.is_floating_point():
        return (outputs[..., 0] - targets).square().mean(dim=-1)
    scored = targets != NO_TARGET
    log_likelihood = outputs.log_softmax(dim=-1).gather(
        -1, targets.clamp(min=0).expand(len(outputs), -1).unsqueeze(-1)
    )
    return -(log_likelihood.squeeze(-1) * scored).sum(dim=-1) / scored.sum().clamp(min=1)


def correct(outputs: Tensor, targets: Tensor) -> Tensor:
    """Number of scored positions each network classifies rightly; shape (networks,)."""
    return ((outputs.argmax(dim=-1) == targets) & (targets != NO_TARGET)).sum(dim=-1)


def n_scored(targets: Tensor) -> int:
    """Number of positions that count; every position of a real-valued target does."""
    return targets.numel() if targets.is_floating_point() else int((targets != NO_TARGET).sum())


def clip_coefficients(gradients: list[Tensor], clip: float) -> tuple[Tensor, Tensor]:
    """Factor that brings each network's global gradient norm down to `clip`, at most 1.

    Source: Pascanu, Mikolov & Bengio (2013), ICML; the constant 1e-6 is torch's.

    Args:
        gradients: One stacked gradient per parameter, first dimension = network.
        clip: Largest allowed Euclidean norm over all parameters of a network.

    Returns:
        The factors and the norms, each of shape (networks,).
    """
    rows = [gradient.flatten(1) for gradient in gradients]
    # Over the largest of each network: squares of large gradients are beyond float32.
    size = torch.stack([row.abs().amax(dim=1) for row in rows if row.shape[1]]).amax(dim=0)
    size = torch.where(size > 0, size, 1)
    squares = size.new_zeros(len(size))
    # One after another: a torch sum over the stacked terms adds in an order that depends on K.
    for row in rows:
        squares = squares + (row / size[:, None]).square().sum(dim=1)
    norms = size * squares.sqrt()
    return (clip / (norms + 1e-6)).clamp(max=1.0), norms
