"""Public files, fetched once and checked each time."""

import hashlib
import os
from pathlib import Path
from typing import Final, Literal, TypeAlias

from rnngraph._check import check_choice
from rnngraph.errors import FileError
from rnngraph.tasks.text.datasets import DATASETS

FileState: TypeAlias = Literal["right", "wrong", "missing"]
"""Whether a file of a data set is there and holds what it should."""

DATA_FOLDER_VARIABLE: Final = "RNNGRAPH_DATA"


def data_folder() -> Path:
    """Where data sets are kept: the folder RNNGRAPH_DATA, else the user's cache of rnngraph."""
    chosen = os.environ.get(DATA_FOLDER_VARIABLE)
    if chosen:
        return Path(chosen)
    import pooch

    return Path(pooch.os_cache("rnngraph"))


def dataset_path(name: str) -> Path:
    """Where a data set is kept, whether or not it is there.

    Raises:
        InputError: There is no data set of that name.
    """
    check_choice("name", name, DATASETS)
    return data_folder() / DATASETS[name].file


def dataset_state(name: str) -> FileState:
    """Whether a data set is in the data folder: "right", "wrong" (other bytes) or "missing".

    Raises:
        FileError: What is there cannot be read.
        InputError: There is no data set of that name.
    """
    path = dataset_path(name)
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return "missing"
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}.") from error
    return "right" if found == DATASETS[name].sha256 else "wrong"


def fetch(name: str) -> Path:
    """Path of a data set; it is fetched once, into the data folder.

    A file that is there already is used without a network, so the folder can be filled by hand. A
    file with other bytes is never overwritten, and what arrives with other bytes is not kept.

    Args:
        name: A name in `DATASETS`.

    Raises:
        FileError: The file there is not the right one, or it cannot be fetched.
        InputError: There is no data set of that name.
    """
    path, state = dataset_path(name), dataset_state(name)
    dataset = DATASETS[name]
    if state == "wrong":
        raise FileError(
            f"{path} must have the SHA-256 {dataset.sha256} of `{name}`; it has not, and is left "
            f"as it is. Move it away, or set {DATA_FOLDER_VARIABLE} to another folder."
        )
    if state == "missing":
        _download(name, path)
    return path


def _download(name: str, path: Path) -> None:
    import pooch

    dataset = DATASETS[name]
    try:
        pooch.retrieve(dataset.url, f"sha256:{dataset.sha256}", fname=path.name, path=path.parent)
    except OSError as error:
        raise FileError(
            f"`{name}` cannot be fetched from {dataset.url}: {error}. Without a network, put that "
            f"file into {path.parent} as {path.name}."
        ) from error
    except ValueError as error:
        raise FileError(
            f"`{name}` from {dataset.url} must have the SHA-256 {dataset.sha256}; what came has "
            "not, and was not kept."
        ) from error
