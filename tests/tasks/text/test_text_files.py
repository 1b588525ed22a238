"""Texts come from plain, compressed and archived files alike; what is broken is named."""

import errno
import gzip
import io
import lzma
import re
import tarfile
import zipfile
from pathlib import Path

import pytest

from rnngraph.errors import FileError, InputError
from rnngraph.tasks import read_text

TEXT = "Zeile äöü\nline \U0001f600\n"


def archived(path: Path, files: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def tarred(name: str, content: bytes) -> bytes:
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return memory.getvalue()


@pytest.mark.parametrize(
    ("name", "pack"), [("a.txt", bytes), ("a.txt.gz", gzip.compress), ("a.XZ", lzma.compress)]
)
def test_plain_and_compressed_files(tmp_path: Path, name: str, pack: object) -> None:
    (tmp_path / name).write_bytes(pack(TEXT.encode()))
    assert read_text(tmp_path / name) == read_text(str(tmp_path / name)) == TEXT


@pytest.mark.parametrize("there", ["a.txt", "a.txt.gz", "a.txt.xz"])
def test_a_file_stands_for_the_same_one_with_or_without_compression(
    tmp_path: Path, there: str
) -> None:
    pack = {"a.txt": bytes, "a.txt.gz": gzip.compress, "a.txt.xz": lzma.compress}
    (tmp_path / there).write_bytes(pack[there](TEXT.encode()))
    assert read_text(tmp_path / "a.txt") == TEXT
    if there == "a.txt":
        assert read_text(tmp_path / "a.txt.gz") == read_text(tmp_path / "a.txt.xz") == TEXT
    else:
        (tmp_path / "a.txt").write_text("its own")
        assert read_text(tmp_path / "a.txt") == "its own"


def test_archives_are_entered_like_folders(tmp_path: Path) -> None:
    inside = {"top/a.txt": TEXT, "top/b.txt.gz": gzip.compress(b"b"), "__MACOSX/x": "x"}
    archive = archived(tmp_path / "corpus.zip", inside)
    assert read_text(archive / "top" / "a.txt") == TEXT
    assert read_text(archive / "top/b.txt.gz") == "b"
    for name, pack in (("c.tar", bytes), ("c.TAR.XZ", lzma.compress), ("c.tgz", gzip.compress)):
        (tmp_path / name).write_bytes(pack(tarred("top/a.txt", TEXT.encode())))
        assert read_text(tmp_path / name) == read_text(tmp_path / name / "top/a.txt") == TEXT
        with pytest.raises(FileError, match=rf"{name}.top.b\.txt cannot be read: No such file"):
            read_text(tmp_path / name / "top/b.txt")
    assert read_text(archived(tmp_path / "one.ZIP", {"d/e/a": TEXT, "README.txt": "x"})) == TEXT


def test_ends_of_lines_and_byte_order_marks(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbfa\r\nb\rc\n")
    assert read_text(tmp_path / "a") == "a\nb\nc\n"
    (tmp_path / "b").write_bytes("ä\n".encode("utf-16"))
    assert read_text(tmp_path / "b", encoding="utf-16") == "ä\n"
    (tmp_path / "c").write_bytes(b"\xe4")
    assert read_text(tmp_path / "c", encoding="latin-1") == "ä"


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("name", ["a.txt", "a.gz", "a.zip"])
def test_an_undecodable_byte_is_named_with_its_place(
    tmp_path: Path, name: str, mark: bytes
) -> None:
    content, path = mark + b"line\n\xc3\xa4 \xff", tmp_path / name
    if name == "a.zip":
        archived(path, {"in.txt": content})
    else:
        path.write_bytes(gzip.compress(content) if name == "a.gz" else content)
    place = rf"a\.(txt|gz|zip.in\.txt) must be UTF-8 text; .* 0xff at offset {8 + len(mark)}\."
    with pytest.raises(FileError, match=place):
        read_text(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-32", "utf-7"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_its_place_does_not_depend_on_the_encoding(
    tmp_path: Path, mark: bytes, encoding: str
) -> None:
    content = mark + b"a line and more\xff\xff"
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(FileError, match="got byte 0x.. at offset ") as caught:
        read_text(tmp_path / "a", encoding=encoding)
    byte, offset = re.findall(r"byte (0x..) at offset (\d+)", str(caught.value))[0]
    assert content[int(offset)] == int(byte, 16)
    if encoding.startswith("utf-8"):
        assert int(offset) == content.index(b"\xff")


@pytest.mark.parametrize("content", [b"", b" \r\n\t", b"\xef\xbb\xbf\n", b"\x0c\xc2\xa0"])
def test_an_empty_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(FileError, match=r"a\.txt must hold text; it is empty\."):
        read_text(tmp_path / "a.txt")


def test_files_that_are_not_there(tmp_path: Path) -> None:
    archive = archived(tmp_path / "c.zip", {"d/a": TEXT, "d/b": TEXT})
    for path in (tmp_path / "none.txt", tmp_path / "none.zip" / "a", archive / "d" / "none"):
        with pytest.raises(FileError, match=r" cannot be read: (No such file or directory)\."):
            read_text(path)
    for path in (tmp_path, archive, archive / "d"):
        with pytest.raises(FileError, match=re.escape(" cannot be read: Is a directory.")):
            read_text(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.gz", TEXT.encode()),
        ("a.gz", gzip.compress(TEXT.encode() * 9, mtime=0)[:-9]),
        ("a.gz", gzip.compress(TEXT.encode(), mtime=0)[:12] + b"\xff" * 20),
        ("a.xz", TEXT.encode()),
        ("a.xz", lzma.compress(TEXT.encode() * 9)[:-9]),
        ("a.zip", TEXT.encode()),
        ("a.tar", TEXT.encode()),
        ("a.tar.gz", TEXT.encode()),
        ("a.tar.gz", gzip.compress(tarred("a", b"a" * 9000), mtime=0)[:50]),
    ],
)
def test_a_broken_file(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FileError, match=rf"{re.escape(name)} cannot be unpacked: ."):
        read_text(tmp_path / name)


def test_a_broken_member(tmp_path: Path) -> None:
    archive = archived(tmp_path / "c.zip", {"a": TEXT})
    archive.write_bytes(archive.read_bytes().replace(b"line", b"LINE"))
    with pytest.raises(FileError, match=r"c\.zip.a cannot be unpacked: Bad CRC-32"):
        read_text(archive)


def test_an_archive_nobody_may_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = archived(tmp_path / "c.zip", {"a": TEXT})

    def refuse(path: Path) -> None:  # root may read everything, so chmod would not do
        raise PermissionError(errno.EACCES, "Permission denied", path)

    monkeypatch.setattr(zipfile, "ZipFile", refuse)
    with pytest.raises(FileError, match=r"c\.zip cannot be read: Permission denied\."):
        read_text(archive)


@pytest.mark.parametrize("encoding", ["utf-88", "rot13", "undefined", "", "a\0", None, 3])
def test_an_unknown_encoding(tmp_path: Path, encoding: object) -> None:
    (tmp_path / "a").write_text(TEXT)
    message = rf"^`encoding` must be a text encoding .*; got {re.escape(repr(encoding))}\."
    with pytest.raises(InputError, match=message):
        read_text(tmp_path / "a", encoding=encoding)
