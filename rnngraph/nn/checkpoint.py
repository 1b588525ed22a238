"""A population in one safetensors file, between two epochs: what is needed to go on to the bit."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as serialize

from rnngraph._files import write_atomically
from rnngraph.errors import FileError, InputError
from rnngraph.nn.engines import Learned, Scored
from rnngraph.nn.members import Member
from rnngraph.tasks import SequenceData

_FORMAT = "rnngraph.Population/3"


def fingerprint(
    everyone: Sequence[Member],
    task: SequenceData,
    settings: Mapping[str, object],
    seed: np.random.SeedSequence,
) -> dict[str, str]:
    """Name a population by all that its results depend on, argument by argument."""
    graphs, data = hashlib.sha256(), hashlib.sha256()
    data.update(f"{task.input_size} {task.output_size};".encode())
    for member in everyone:
        graphs.update(f"{member.key};".encode())
        for name, mask in member.parameter_masks(task).items():
            graphs.update(f"{name} {tuple(mask.shape)}".encode())
            graphs.update(np.packbits(mask.cpu().numpy()).tobytes())
        for name, value in (member.start or {}).items():
            graphs.update(f"{name} {tuple(value.shape)} {value.dtype}".encode())
            graphs.update(value.numpy().tobytes())
    for part in (task.train, task.test):
        for array in (part.inputs, part.lengths, part.targets):
            data.update(f"{array.shape} {array.dtype}".encode())
            data.update(np.ascontiguousarray(array).tobytes())
    return {
        "cell": everyone[0].cell,
        "replicates": str([member.replicate for member in everyone]),
        "graphs": graphs.hexdigest(),
        "task": data.hexdigest(),
        "rng": str([seed.entropy, list(seed.spawn_key)]),
        "init": everyone[0].init,
        **{name: str(value) for name, value in settings.items()},
    }


def save(
    path: str | Path,
    name: Mapping[str, str],
    epoch: int,
    everyone: Sequence[Member],
    state: Mapping[str, NDArray[np.generic]],
) -> None:
    """Write a population after an epoch; an existing file is replaced as a whole.

    Raises:
        FileError: The file cannot be written.
    """
    progress = {
        "population": dict(name),
        "epoch": epoch,
        "stopped": [member.stopped for member in everyone],
        "curves": [
            [[asdict(learned), asdict(scored)] for learned, scored in member.curve]
            for member in everyone
        ],
    }
    metadata = {"format": _FORMAT, "progress": json.dumps(progress)}
    arrays = {key: np.ascontiguousarray(value) for key, value in state.items()}
    write_atomically(path, serialize(arrays, metadata=metadata))


def load(
    path: str | Path, name: Mapping[str, str], everyone: Sequence[Member]
) -> tuple[int, dict[str, NDArray[np.generic]]]:
    """Read what `save` wrote: the members get their curves back.

    Training may go on to another epoch than was meant, where no step depends on which is the last.

    Returns:
        The epoch it was written after, and the state of the engine.

    Raises:
        FileError: No such file, or a damaged one.
        InputError: It holds another population, `epochs` is another under a schedule that goes
            down to 0 at the last, or less than those it has.
    """
    try:
        with safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
            arrays = {key: file.get_tensor(key) for key in file.keys()}
        if metadata.get("format") != _FORMAT:
            raise FileError(
                f"`checkpoint` must name a file of a population ({_FORMAT}); "
                f"{path} says {metadata.get('format')!r}."
            )
        progress = json.loads(metadata["progress"])
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise FileError(f"`checkpoint` must name a whole file; got {path}: {error}.") from error
    before = progress["population"]
    other = [key for key in name if before.get(key) != name[key] and key != "epochs"]
    if other:
        raise InputError(
            "`checkpoint` must be of the same population; "
            f"{path} is of another: {', '.join(f'`{key}`' for key in other)}."
        )
    if name["epochs"] != before.get("epochs") and name["schedule"] != "constant":
        raise InputError(
            f"`epochs` must be those of `checkpoint`, {before.get('epochs')}, for under `schedule` "
            f'"{name["schedule"]}" every step size depends on them; got {name["epochs"]}.'
        )
    if int(name["epochs"]) < progress["epoch"]:
        raise InputError(
            f"`epochs` must be at least the {progress['epoch']} that `checkpoint` has; "
            f"got {name['epochs']}."
        )
    for member, stopped, curve in zip(
        everyone, progress["stopped"], progress["curves"], strict=True
    ):
        member.stopped = stopped
        member.curve = [(Learned(**learned), Scored(**scored)) for learned, scored in curve]
    return progress["epoch"], arrays
