"""What tells a file's content from a damaged one."""

import hashlib
from collections.abc import Mapping

import torch
from torch import Tensor


def checksum(text: str, tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 of a text and of tensors by name, whatever their order, in hexadecimal."""
    found = hashlib.sha256(text.encode())
    for name, tensor in sorted(tensors.items()):
        # Types and shapes too: the same bytes may be other numbers.
        found.update(f"\n{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        found.update(tensor.contiguous().flatten().view(torch.uint8).numpy().data)
    return found.hexdigest()
