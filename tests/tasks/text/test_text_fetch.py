"""Public files: used where they are, fetched where they are not, never overwritten."""

import hashlib
import io
import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from rnngraph.errors import FileError, InputError
from rnngraph.tasks import (
    DATASETS,
    Dataset,
    data_folder,
    dataset_path,
    dataset_state,
    fetch,
    language_model,
    text_classification,
)

CONTENT = b"abc" * 100


def made(url: str, content: bytes = CONTENT) -> Mapping[str, Dataset]:
    sha256 = hashlib.sha256(content).hexdigest()
    return {"tiny": Dataset("tiny.txt", url, sha256, "a text", "free", "nobody")}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own, and one set that nobody serves."""
    monkeypatch.setenv("RNNGRAPH_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("NO_PROXY", "*")
    serve(monkeypatch, made("http://127.0.0.1:1/tiny.txt"))
    return tmp_path / "data"


def serve(monkeypatch: pytest.MonkeyPatch, datasets: Mapping[str, Dataset]) -> None:
    monkeypatch.setattr("rnngraph.tasks.text.fetch.DATASETS", datasets)


@pytest.fixture
def url() -> Iterator[str]:
    """A server on this machine that gives CONTENT for any path."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(CONTENT)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/tiny.txt"
        server.shutdown()
        thread.join()


def test_what_is_there_is_used_without_a_network(folder: Path) -> None:
    folder.mkdir()
    (folder / "tiny.txt").write_bytes(CONTENT)
    assert dataset_state("tiny") == "right"
    assert fetch("tiny") == dataset_path("tiny") == folder / "tiny.txt"
    assert len(language_model(fetch("tiny")).train) == 270


def test_the_reviews_of_imdb_are_read_in_their_archive(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the same layout: reviews without a class and lists lie beside the classes."""
    folder.mkdir()
    archive = folder / DATASETS["imdb"].file
    with tarfile.open(archive, "w:gz") as packed:
        for name in ("README", "imdb.vocab", "train/urls_pos.txt", "train/labeledBow.feat"):
            add(packed, f"aclImdb/{name}", "no review")
        for part, n in (("train", 10), ("test", 4)):
            for number in range(n):
                add(packed, f"aclImdb/{part}/pos/{number}_9.txt", f"a good film {number}")
                add(packed, f"aclImdb/{part}/neg/{number}_2.txt", f"a bad film {number}")
        add(packed, "aclImdb/train/unsup/0_0.txt", "a film")
    content = archive.read_bytes()
    made = replace(DATASETS["imdb"], sha256=hashlib.sha256(content).hexdigest())
    serve(monkeypatch, {"imdb": made})
    reviews = fetch("imdb") / "aclImdb"
    task = text_classification(
        reviews / "train", test=reviews / "test", classes=("neg", "pos"), rng=0
    )
    assert [len(part) for part in (task.train, task.valid, task.test)] == [18, 2, 8]
    assert task.classes == ("neg", "pos")
    assert task.vocabulary.words[1:3] == ("a", "film")
    assert task.test.targets.tolist() == [0] * 4 + [1] * 4
    assert task.vocabulary.decode(task.test.inputs[0])[:3] == ["a", "bad", "film"]
    assert archive.read_bytes() == content


def add(packed: tarfile.TarFile, name: str, text: str) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(text)
    packed.addfile(member, io.BytesIO(text.encode()))


def test_what_is_not_there_is_fetched_once(
    folder: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(monkeypatch, made(url))
    assert dataset_state("tiny") == "missing"
    assert fetch("tiny").read_bytes() == CONTENT
    assert dataset_state("tiny") == "right"
    serve(monkeypatch, made("http://127.0.0.1:1/tiny.txt"))
    assert fetch("tiny").read_bytes() == CONTENT


def test_without_a_network_the_error_says_what_to_put_where(folder: Path) -> None:
    message = (
        r"`tiny` cannot be fetched from http://127\.0\.0\.1:1/tiny\.txt: .* Without a network, put "
        rf"that file into {re.escape(str(folder))} as tiny\.txt\."
    )
    with pytest.raises(FileError, match=message):
        fetch("tiny")
    assert dataset_state("tiny") == "missing"


def test_other_bytes_are_never_overwritten(
    folder: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(monkeypatch, made(url))
    folder.mkdir()
    (folder / "tiny.txt").write_bytes(b"mine")
    assert dataset_state("tiny") == "wrong"
    with pytest.raises(FileError, match=r"tiny\.txt must have the SHA-256 [0-9a-f]{64} of `tiny`"):
        fetch("tiny")
    assert (folder / "tiny.txt").read_bytes() == b"mine"


def test_what_arrives_with_other_bytes_is_not_kept(
    folder: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(monkeypatch, made(url, b"something else"))
    with pytest.raises(FileError, match=r"`tiny` from http.* must have the SHA-256 .* not kept"):
        fetch("tiny")
    assert list(folder.iterdir()) == []


def test_a_folder_in_the_file_s_place(folder: Path) -> None:
    (folder / "tiny.txt").mkdir(parents=True)
    with pytest.raises(FileError, match=r"tiny\.txt cannot be read: Is a directory\."):
        fetch("tiny")


def test_without_a_variable_the_folder_is_the_user_s_cache(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("RNNGRAPH_DATA", raising=False)
    assert data_folder().name == "rnngraph"


@pytest.mark.parametrize("call", [fetch, dataset_state, dataset_path])
def test_an_unknown_name(call: object) -> None:
    with pytest.raises(InputError, match=r"`name` must be one of tiny_shakespeare, .*; got 'tiny'"):
        call("tiny")


@pytest.mark.parametrize("dataset", DATASETS.values(), ids=DATASETS)
def test_the_table_is_whole(dataset: Dataset) -> None:
    assert all(getattr(dataset, field.name) for field in fields(dataset))
    assert re.fullmatch(r"[0-9a-f]{64}", dataset.sha256)
    assert dataset.url.startswith("https://")
    assert Path(dataset.file).name == dataset.file


def test_files_and_hashes_are_distinct() -> None:
    assert len({d.file for d in DATASETS.values()}) == len(DATASETS)
    assert len({d.sha256 for d in DATASETS.values()}) == len(DATASETS)
