"""Text from files: plain, compressed, or inside an archive that is entered like a folder."""

import errno
import gzip
import io
import lzma
import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Final, TypeAlias

from rnngraph.errors import FileError, InputError

Place: TypeAlias = Path | zipfile.Path
"""A file or folder, on disk or in an archive."""

_UNPACK: Final[Mapping[str, Callable[[bytes], bytes]]] = MappingProxyType(
    {".gz": gzip.decompress, ".xz": lzma.decompress}
)
_TARS: Final = (".tar", ".tar.gz", ".tgz", ".tar.xz")
_BROKEN: Final = (
    EOFError,
    RuntimeError,  # an archive with a password, or packed in a way Python does not know
    gzip.BadGzipFile,
    lzma.LZMAError,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
)


def read_text(path: str | Path, *, encoding: str = "utf-8") -> str:
    """Read a text file whole; lines end with a line feed, a byte order mark goes.

    Args:
        path: A plain file, a .gz or .xz file, or a file in a .zip or .tar archive (.tar.gz too),
            named as if the archive were a folder: `corpus.zip/train.txt`; an archive of a single
            file may stand for that file. Where `train.txt` is missing, `train.txt.gz` or
            `train.txt.xz` is read, and the other way round.
        encoding: What the bytes mean, by a name that Python knows.

    Raises:
        FileError: The file cannot be read or unpacked, is not text in that encoding, or holds
            nothing but white space.
        InputError: The encoding is unknown.
    """
    with opened(path) as place:
        return text_of(place, encoding)


@contextmanager
def opened(path: str | Path) -> Iterator[Place]:
    """A file or folder. An archive on the way there is entered as if it were a folder.

    An archive that holds a single file or folder stands for it. Where a file is missing, the same
    one compressed, or not, stands for it.

    Raises:
        FileError: The archive cannot be read.
    """
    path = Path(path)
    archive = archive_of(path)
    if archive is None:
        yield there(path)
        return
    below = path.relative_to(archive)
    is_tar = archive.name.lower().endswith(_TARS)
    try:
        content = _repacked(archive, below) if is_tar else zipfile.ZipFile(archive)
    except _BROKEN as error:
        raise FileError(f"{archive} cannot be unpacked: {error}.") from error
    except OSError as error:
        raise FileError(f"{archive} cannot be read: {error.strerror}.") from error
    with content:
        place: Place = zipfile.Path(content).joinpath(*below.parts)
        while place.is_dir() and len(only := listed(place)) == 1:
            (place,) = only
        yield place


def listed(folder: Place) -> list[Place]:
    """What a folder holds, by name, without what is no data: hidden files and a README."""
    found: list[Place] = [
        place
        for place in folder.iterdir()
        if not place.name.startswith((".", "__MACOSX")) and place.stem.upper() != "README"
    ]
    return sorted(found, key=lambda place: place.name)


def text_of(place: Place, encoding: str) -> str:
    """The text of one file; see `read_text`."""
    content = _bytes_of(place)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        # "utf-8-sig" decodes what follows the mark, and counts from there.
        offset = len(content) - len(error.object) + error.start
        raise FileError(
            f"{place} must be {encoding.upper()} text; got byte {error.object[error.start]:#04x} "
            f"at offset {offset}."
        ) from error
    except (LookupError, TypeError, ValueError) as error:
        raise InputError(
            f"`encoding` must be a text encoding that Python knows; got {encoding!r}."
        ) from error
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise FileError(f"{place} must hold text; it is empty.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _bytes_of(place: Place) -> bytes:
    try:
        content = place.read_bytes()
        unpack = _UNPACK.get(place.suffix.lower())
        return content if unpack is None else unpack(content)
    except _BROKEN as error:
        raise FileError(f"{place} cannot be unpacked: {error}.") from error
    except OSError as error:
        # In an archive it comes without a reason.
        reason = error.strerror or os.strerror(errno.EISDIR if place.is_dir() else errno.ENOENT)
        raise FileError(f"{place} cannot be read: {reason}.") from error


def there(path: Path) -> Path:
    """The path, or where nothing is there, that of the same file with or without compression."""
    others = [path.with_name(path.name + suffix) for suffix in _UNPACK]
    if path.suffix.lower() in _UNPACK:
        others.append(path.with_suffix(""))
    return next((other for other in (path, *others) if other.exists()), path)


def archive_of(path: Path) -> Path | None:
    """The archive that a path is, or leads into."""
    return next((p for p in (path, *path.parents) if _is_archive(p)), None)


def _is_archive(path: Path) -> bool:
    return path.name.lower().endswith((".zip", *_TARS)) and path.is_file()


def _repacked(archive: Path, below: Path) -> zipfile.ZipFile:
    """A folder of a .tar archive as a .zip archive in memory: a tar can only be read in order."""
    files = {}
    with tarfile.open(archive) as packed:
        for member in packed:
            name = PurePosixPath(member.name)
            if name.is_relative_to(below.as_posix()) and (file := packed.extractfile(member)):
                files[str(name)] = file.read()
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as content:
        for inside, read in files.items():
            content.writestr(inside, read)
    content = zipfile.ZipFile(memory)
    content.filename = str(archive)  # for messages
    return content
