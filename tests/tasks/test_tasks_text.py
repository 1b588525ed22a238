import gzip
import lzma
import zipfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rnngraph as rg
from rnngraph.errors import FileError, InputError
from rnngraph.tasks import (
    Vocabulary,
    bag_of_words_accuracy,
    language_model,
    stream_batches,
    text_classification,
    words_of,
)
from rnngraph.tasks.text import vocabulary as vocabulary_module

GOOD = [f"good film number {k} , really fine" for k in range(20)]
BAD = [f"bad film number {k} , really poor" for k in range(30)]


def csv_file(path: Path, *, header: bool = True) -> Path:
    rows = ["title,body,kind"] if header else []
    rows += [f'"{text}","Don\'t ask","pos"' for text in GOOD]
    rows += [f'"{text}","So it goes","neg"' for text in BAD]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def load(path: Path, **more: object) -> rg.tasks.TextTask:
    columns = {"text": ("title", "body"), "label": "kind", "rng": 0}
    return text_classification(path, **{**columns, **more})


def test_words_are_runs_of_letters_and_single_signs() -> None:
    assert words_of("Don't say “no”, Mr. O'Neill: 3.5%!") == [
        "don't", "say", "“", "no", "”", ",", "mr", ".", "o'neill", ":", "3", ".", "5", "%", "!",
    ]  # fmt: skip
    assert words_of("Ähre, ÄHRE", lower=False) == ["Ähre", ",", "ÄHRE"]


def test_a_table_becomes_a_task(tmp_path: Path) -> None:
    task = load(csv_file(tmp_path / "films.csv"))
    assert task.classes == ("neg", "pos")
    sizes = [len(part) for part in (task.train, task.valid, task.test)]
    assert sizes == [36, 4, 10]
    # Stratified: a fifth of 30 and of 20, then a tenth of what is left.
    assert np.bincount(task.test.targets).tolist() == [6, 4]
    assert np.bincount(task.valid.targets).tolist() == [2, 2]
    assert task.meta["chance"] == 0.6
    words = task.vocabulary.decode(task.train.inputs[0][: task.train.lengths[0]])
    assert words[0] in ("good", "bad")
    assert words[-2:] in (["don't", "ask"], ["it", "goes"])
    data = task.sequence_data()
    assert (data.n_tokens, data.n_classes) == (len(task.vocabulary), 2)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_parts_are_all_texts_once(tmp_path: Path, seed: int) -> None:
    task = load(csv_file(tmp_path / "films.csv"), rng=seed, level="character")
    texts = [
        "".join(task.vocabulary.decode(row[:length]))
        for part in (task.train, task.valid, task.test)
        for row, length in zip(part.inputs, part.lengths, strict=True)
    ]
    expected = [f"{t} don't ask" for t in GOOD] + [f"{t} so it goes" for t in BAD]
    assert sorted(texts) == sorted(expected)


def test_same_stream_same_split(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "films.csv")
    one, again, other = (load(path, rng=seed) for seed in (0, 0, 1))
    assert np.array_equal(one.test.inputs, again.test.inputs)
    assert not np.array_equal(one.test.inputs, other.test.inputs)
    test_file = csv_file(tmp_path / "test.csv")
    assert len(load(path, test=test_file).test) == 50


def test_every_form_gives_the_same_texts(tmp_path: Path) -> None:
    """A table, packed or not, a folder a class, a file a class, in a folder or an archive."""
    table = csv_file(tmp_path / "films.csv", header=False)
    wanted = {"text": ("0",), "label": "2", "header": False}
    expected = load(table, **wanted)
    for suffix, pack in ((".gz", gzip.compress), (".xz", lzma.compress)):
        packed = tmp_path / f"films.csv{suffix}"
        packed.write_bytes(pack(table.read_bytes()))
        assert np.array_equal(load(packed, **wanted).train.inputs, expected.train.inputs)
    by_file, by_folder = tmp_path / "file", tmp_path / "folder"
    by_file.mkdir()
    (by_file / "README.txt").write_text("not a text\n")
    for name, texts in (("pos", GOOD), ("neg", BAD)):
        (by_file / f"rt-films.{name}").write_text("\n".join(texts) + "\n\n")
        (by_folder / name).mkdir(parents=True)
        for k, text in enumerate(texts):
            (by_folder / name / f"{k:02d}.txt").write_text(text)
    (by_folder / "urls.txt").write_text("beside the folders\n")
    with zipfile.ZipFile(tmp_path / "films.zip", "w") as archive:
        for file in by_file.iterdir():
            archive.write(file, f"films/{file.name}")
        archive.writestr("__MACOSX/._rt-films.pos", "rubbish")
    sources = (by_file, by_folder, tmp_path / "films.zip")
    tasks = [text_classification(source, rng=0) for source in sources]
    for task in tasks:
        assert task.classes == ("neg", "pos")
        assert len(task.train) + len(task.valid) + len(task.test) == 50
        assert np.array_equal(task.train.inputs, tasks[0].train.inputs)


@pytest.mark.parametrize(
    ("keep", "words"), [("first", ["good", "film"]), ("last", ["don't", "ask"])]
)
def test_long_texts_are_cut(tmp_path: Path, keep: str, words: list[str]) -> None:
    task = load(csv_file(tmp_path / "films.csv"), max_length=2, keep=keep)
    assert (task.train.lengths == 2).all()
    row = int(np.flatnonzero(task.train.targets == 1)[0])
    assert task.vocabulary.decode(task.train.inputs[row]) == words


def test_the_vocabulary_is_that_of_the_training_texts(tmp_path: Path) -> None:
    task = load(csv_file(tmp_path / "films.csv"), min_count=2)
    numbers = [word for word in task.vocabulary.tokens if word.isdigit()]
    shown = task.vocabulary.decode(np.unique(task.train.inputs[task.train.real]))
    assert set(numbers) <= set(shown)
    assert task.vocabulary.tokens[0] == "<unknown>"
    assert task.meta["unknown"] == (task.test.inputs[task.test.real] == 0).mean() > 0
    assert len(load(csv_file(tmp_path / "films.csv"), vocabulary_size=5).vocabulary) == 5


def test_a_bag_of_words_tells_words_and_no_order(tmp_path: Path) -> None:
    assert bag_of_words_accuracy(load(csv_file(tmp_path / "films.csv"))) == 1.0
    rows = ["text,label"] + [f"a {k} b,one" if k % 2 else f"b {k} a,two" for k in range(400)]
    (tmp_path / "order.csv").write_text("\n".join(rows))
    task = text_classification(tmp_path / "order.csv", vocabulary_size=3, rng=0)
    assert bag_of_words_accuracy(task) == pytest.approx(0.5, abs=0.01)


def test_a_population_learns_it(tmp_path: Path) -> None:
    task = load(csv_file(tmp_path / "films.csv"), max_length=3).sequence_data()
    graph = np.ones((6, 6), dtype=bool)
    found = rg.train_population(
        [graph], task, cell="gru", epochs=30, batch_size=8, learning_rate=0.02, rng=0
    )
    assert found.results["accuracy"].iloc[0] == 1.0


@given(st.lists(st.lists(st.text("abcd", min_size=1, max_size=2), min_size=1), min_size=1))
def test_encoding_and_decoding(texts: list[list[str]]) -> None:
    own = Vocabulary.of(texts)
    counts = {token: sum(text.count(token) for text in texts) for token in own.tokens[1:]}
    assert list(own.tokens[1:]) == sorted(counts, key=lambda token: (-counts[token], token))
    for text in texts:
        assert own.decode(own.encode(text)) == text
    assert own.encode(["zz"]).tolist() == [0]


@given(
    length=st.integers(2, 60),
    batch_size=st.integers(1, 5),
    steps=st.integers(1, 9),
    offset=st.integers(0, 7),
)
def test_every_token_is_a_target_once(
    length: int, batch_size: int, steps: int, offset: int
) -> None:
    tokens = np.arange(length)
    rows = (length - 1 - offset) // batch_size
    if rows < 1:
        with pytest.raises(InputError, match="^`tokens` must hold more than"):
            list(stream_batches(tokens, batch_size, steps, offset=offset))
        return
    pieces = list(stream_batches(tokens, batch_size, steps, offset=offset))
    asked = np.concatenate([targets.ravel() for _, targets, _ in pieces])
    expected = range(offset + 1, offset + 1 + rows * batch_size)
    assert sorted(asked.tolist()) == list(expected)
    assert length - 1 - offset - len(asked) < batch_size
    for x, targets, _ in pieces:
        assert np.array_equal(targets, x + 1)
        assert x.shape[1] <= steps
    assert [continues for *_, continues in pieces] == [k > 0 for k in range(len(pieces))]
    for (before, *_), (after, *_) in pairwise(pieces):
        assert np.array_equal(after[:, 0], before[:, -1] + 1)


def test_a_text_in_characters(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("abab" * 50 + "\n", encoding="utf-8")
    task = language_model(tmp_path / "text.txt", valid_share=0.1, test_share=0.2)
    assert [len(part) for part in (task.train, task.valid, task.test)] == [141, 20, 40]
    text = "".join(task.vocabulary.decode(np.concatenate([task.train, task.valid, task.test])))
    assert text.replace("<unknown>", "\n") == "abab" * 50 + "\n"
    # 71 a and 70 b in training, and one for the unknown token.
    counts = np.array([1, 72, 71]) / 144
    expected = -np.log2(counts)[task.test].mean()
    assert task.meta["unigram_bits"] == pytest.approx(expected)
    assert task.meta["unknown"] == 1 / 40


def test_a_text_in_words(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("the cat <unk> N\n the dog \n")
    with zipfile.ZipFile(tmp_path / "rest.zip", "w") as archive:
        archive.writestr("deep/valid.txt", "the cat\n")
        archive.writestr("deep/test.txt", "The bird\n")
    rest = tmp_path / "rest.zip" / "deep"
    task = language_model(
        tmp_path / "train.txt", valid=rest / "valid.txt", test=rest / "test.txt", level="word"
    )
    assert task.vocabulary.decode(task.train) == [
        "the", "cat", "<unk>", "N", "<eos>", "the", "dog", "<eos>",
    ]  # fmt: skip
    assert task.vocabulary.decode(task.test) == ["<unknown>", "<unknown>", "<eos>"]
    assert task.vocabulary.decode(task.valid) == ["the", "cat", "<eos>"]


def test_characters_as_those_of_the_treebank(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text(" no it was n't \n aer <unk> \n" * 20)
    task = language_model(tmp_path / "text.txt", as_treebank=True)
    whole = np.concatenate([task.train, task.valid, task.test])
    assert "".join(task.vocabulary.decode(whole)) == "no_it_was_n't\naer_<unk>\n" * 20


def test_files_that_are_no_texts_are_named(tmp_path: Path) -> None:
    def written(name: str, content: bytes) -> Path:
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    rows = b"text,label\n" + b"a b,x\nc d,y\n" * 5
    cases = [
        (lambda: load(tmp_path / "no.csv"), "no.csv cannot be read: No such file"),
        (lambda: load(tmp_path / "no"), "no cannot be read: No such file"),
        (lambda: load(written("empty.csv", b" \n")), "empty.csv must hold text; it is empty"),
        (
            lambda: load(written("latin.csv", b"text,label\nna\xefve,x\n")),
            "latin.csv must be utf-8 text; byte 13 is 0xef",
        ),
        (lambda: load(written("torn.csv.gz", b"\x1f\x8bno")), "torn.csv.gz cannot be read: "),
        (lambda: load(written("no.zip", b"no zip")), "no.zip must be a zip archive: "),
        (
            lambda: text_classification(written("one.csv", b"text,label\n"), rng=0),
            "one.csv must hold a header and at least one row; got 1 line",
        ),
        (
            lambda: text_classification(written("wide.csv", b"text,label\na,b,c\n"), rng=0),
            "wide.csv, line 2: must have 2 columns, as the first line; got 3",
        ),
        (
            lambda: text_classification(written("quote.csv", b'text,label\n"a"b,c\n'), rng=0),
            "quote.csv, line 2, must be CSV: ",
        ),
        (
            lambda: text_classification(written("blank.csv", rows + b" ,x\n"), rng=0),
            "blank.csv, line 12: a text must hold at least one token; got ' '",
        ),
        (
            lambda: text_classification(
                written("known.csv", rows), test=written("new.csv", b"text,label\na,z\n"), rng=0
            ),
            r"new.csv, line 2: label 'z' is none of the labels of .*known.csv \(x, y\)",
        ),
        (lambda: language_model(tmp_path / "no.txt"), "no.txt cannot be read: No such file"),
        (lambda: language_model(written("e.txt", b"")), "e.txt must hold text; it is empty"),
        (
            lambda: language_model(written("bad.txt", b"abc\xff")),
            "bad.txt must be utf-8 text; byte 3 is 0xff",
        ),
    ]
    for call, message in cases:
        with pytest.raises(FileError, match=message):
            call()
    (tmp_path / "nothing").mkdir()
    with pytest.raises(FileError, match="nothing must hold text files; it holds none"):
        text_classification(tmp_path / "nothing", rng=0)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("b.txt", "text")
    with pytest.raises(FileError, match=r"a.zip must hold c.txt; it holds b.txt"):
        language_model(tmp_path / "a.zip" / "c.txt")


def test_bad_arguments_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = csv_file(tmp_path / "films.csv")
    (tmp_path / "few.csv").write_text("text,label\na,x\nb,x\nc,y\n")
    (tmp_path / "one.csv").write_text("text,label\na,x\nb,x\n")
    (tmp_path / "text.md").write_text("text")
    for call, message in [
        (lambda: load(path, text=("titel",)), "`text` must name columns of .*Did you mean 'title'"),
        (lambda: load(path, label="label"), "`label` must name columns of .*; got 'label'"),
        (lambda: load(path, level="words"), "`level` must be one of word, character"),
        (lambda: load(path, keep="all"), "`keep` must be one of first, last; got 'all'"),
        (lambda: load(path, max_length=0), "`max_length` must be an integer >= 1; got 0"),
        (lambda: load(path, test_share=0.0), "`test_share` must be a number .*; got 0.0"),
        (lambda: load(path, valid_share=1.0), "`valid_share` must be a number .*; got 1.0"),
        (lambda: load(path, vocabulary_size=1), "`vocabulary_size` must be an integer >= 2"),
        (lambda: load(path, min_count=0), "`min_count` must be an integer >= 1; got 0"),
        (lambda: load(path, encoding="utf-9"), "`encoding` must be one that Python knows"),
        (
            lambda: text_classification(tmp_path / "few.csv", rng=0),
            "`train` must hold enough texts of each label .*; got 1 of 'y'",
        ),
        (
            lambda: text_classification(tmp_path / "one.csv", rng=0),
            r"`train` must hold two or more labels; got \['x'\]",
        ),
        (
            lambda: text_classification(tmp_path / "text.md", rng=0),
            "`train` and `test` must be .csv or .zip files or folders; got",
        ),
        (lambda: language_model(path, level="line"), "`level` must be one of word, character"),
        (lambda: language_model(path, valid_share=2), "`valid_share` must be a number"),
        (
            lambda: language_model(path, level="word", as_treebank=True),
            '`as_treebank` must be false for level="word"',
        ),
        (
            lambda: language_model(tmp_path / "text.md", valid_share=0.1),
            "`valid` must have two or more tokens; got 0",
        ),
        (lambda: list(stream_batches(np.arange(9), 0, 1)), "`batch_size` must be an integer >= 1"),
        (lambda: list(stream_batches(np.arange(9), 1, 0)), "`steps` must be an integer >= 1"),
        (
            lambda: list(stream_batches(np.arange(9), 1, 1, offset=-1)),
            "`offset` must be an integer >= 0; got -1",
        ),
        (lambda: Vocabulary(("a",)), "`tokens` must begin with '<unknown>'"),
        (lambda: Vocabulary(("<unknown>", "a", "a")), "`tokens` must be distinct; got 'a' twice"),
    ]:
        with pytest.raises(InputError, match=f"^{message}"):
            call()
    monkeypatch.setattr(vocabulary_module, "MOST_TOKENS", 10)
    with pytest.raises(InputError, match="^`tokens` must be at most 10, .*Limit `vocabulary_size`"):
        load(path)
