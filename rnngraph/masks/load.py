"""State dicts from files, without running anything that a file may hold."""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from rnngraph.errors import FileError

_TORCH_SUFFIXES = (".pt", ".pth", ".ckpt")


def load_state(path: str | Path) -> Mapping[str, object]:
    """Read a state dict, or a checkpoint that holds one, on the CPU.

    Args:
        path: `.safetensors`, or `.pt`, `.pth`, `.ckpt` as `torch.save` writes them; the latter
            are read with `weights_only=True`, so a file that holds code is refused.

    Raises:
        FileError: No such file, another suffix, or not such a file.
    """
    file = Path(path)
    if not file.is_file():
        raise FileError(f"`{file}` does not exist or is not a file.")
    suffix = file.suffix.lower()
    if suffix == ".safetensors":
        try:
            return load_file(file)
        except (OSError, SafetensorError) as error:
            raise FileError(f"`{file}` is not a safetensors file: {error}.") from error
    if suffix in _TORCH_SUFFIXES:
        return _load_torch(file)
    raise FileError(
        f"`{file}` must end in .safetensors, {', '.join(_TORCH_SUFFIXES)}; got {suffix!r}."
    )


def _load_torch(file: Path) -> Mapping[str, object]:
    try:
        content = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # A damaged file makes torch raise errors of any type.
        raise FileError(
            f"`{file}` must hold tensors only, as `torch.save(model.state_dict(), path)` writes "
            f"them; it is damaged, or holds code ({type(error).__name__})."
        ) from error
    if not isinstance(content, Mapping):
        raise FileError(f"`{file}` must hold a state dict; got {type(content).__name__}.")
    return content
