"""Writing a file as a whole: whoever reads it meanwhile sees the old content or the new."""

import contextlib
import os
import secrets
from pathlib import Path

from rnngraph.errors import FileError, InputError


def as_path(path: object, name: str = "path") -> Path:
    """Return `path`, the argument called `name`, as one.

    Raises:
        InputError: It is no path.
    """
    if not isinstance(path, str | os.PathLike):
        raise InputError(f"`{name}` must be the path of a file; got {path!r}.")
    return Path(path)


def write_atomically(path: str | os.PathLike[str], content: bytes) -> None:
    """Write `content` to `path`, replacing a file that is there.

    Raises:
        FileError: The file cannot be written; what was there is untouched.
        InputError: `path` is no path.
    """
    path = as_path(path)
    # Not from `tempfile`, whose files nobody else may read.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise FileError(f"`{path}` cannot be written: {error.strerror}.") from error
    finally:
        with contextlib.suppress(OSError):  # it was moved, or could not even be opened
            temporary.unlink()
