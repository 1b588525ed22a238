"""Texts of files: plain, compressed, or in an archive."""

import bz2
import gzip
import lzma
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Final

from rnngraph.errors import FileError, InputError

_OPEN: Final[Mapping[str, Callable[[bytes], bytes]]] = MappingProxyType(
    {".gz": gzip.decompress, ".xz": lzma.decompress, ".bz2": bz2.decompress}
)


def read_text(path: Path, encoding: str = "utf-8") -> str:
    """Read a text file; .gz, .xz and .bz2 are unpacked.

    Raises:
        FileError: It cannot be read or unpacked, is empty, or has a byte that is no text.
        InputError: An unknown encoding.
    """
    try:
        data = path.read_bytes()
        unpack = _OPEN.get(path.suffix)
        if unpack is not None:
            data = unpack(data)
    except (OSError, EOFError, lzma.LZMAError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise FileError(f"{path} cannot be read: {reason}.") from error
    return decoded(data, str(path), encoding)


def decoded(data: bytes, name: str, encoding: str = "utf-8") -> str:
    """Decode the bytes of a file of some name; line ends become line feeds.

    Raises:
        FileError: There is none but white space, or a byte that is no text.
        InputError: An unknown encoding.
    """
    try:
        text = data.decode("utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding)
    except LookupError as error:
        raise InputError(f"`encoding` must be one that Python knows; got {encoding!r}.") from error
    except UnicodeDecodeError as error:
        raise FileError(
            f"{name} must be {encoding} text; byte {error.start} is {data[error.start]:#04x}."
        ) from error
    if not text.strip():
        raise FileError(f"{name} must hold text; it is empty.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def members(path: Path) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Files below a folder, or in a zip archive, by their paths in it, in order of their names.

    Hidden files and what archivers of other systems leave behind are passed over.

    Raises:
        FileError: It cannot be read, or is no archive.
    """
    try:
        if path.is_dir():
            files = sorted(file for file in path.rglob("*") if file.is_file())
            for file in files:
                inside = PurePosixPath(file.relative_to(path).as_posix())
                if _shown(inside):
                    yield inside, file.read_bytes()
            return
        with zipfile.ZipFile(path) as archive:
            for name in sorted(archive.namelist()):
                if not name.endswith("/") and _shown(PurePosixPath(name)):
                    yield PurePosixPath(name), archive.read(name)
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}.") from error
    except zipfile.BadZipFile as error:
        raise FileError(f"{path} must be a zip archive: {error}.") from error


def _shown(path: PurePosixPath) -> bool:
    return not any(part.startswith((".", "__MACOSX")) for part in path.parts)
