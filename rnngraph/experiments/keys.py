"""Canonical JSON and its hash: equal content gives equal text, whatever order it was written in."""

import hashlib
import json
import math
from pathlib import Path

import numpy as np


def canonical(value: object) -> str:
    """Return `value` as JSON with sorted keys, no spaces and shortest floats."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def plain(value: object) -> object:
    """Return a number of numpy or Python as a JSON value: None where it is not finite."""
    number = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(number, float) and not math.isfinite(number) else number


def digest(value: object) -> str:
    """Return the SHA-256 of the canonical JSON of `value`, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, or of the names and bytes of a folder's files.

    64 hexadecimal digits.
    """
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file())
        return digest([[str(file.relative_to(path)), file_digest(file)] for file in files])
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
