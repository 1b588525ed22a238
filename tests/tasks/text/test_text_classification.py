"""Texts with classes: every kind of source, the split, the cut, the baselines, each error."""

import csv
import json
import lzma
import tarfile
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnngraph.errors import FileError, InputError
from rnngraph.tasks import (
    SequenceData,
    Sequences,
    TextTask,
    bag_of_words_accuracy,
    ngram_accuracy,
    text_classification,
)
from rnngraph.tasks.text.shares import part_size, stratified

GOOD = ["good fun", "a good film", "really good , good", "good ending", "Good cast", "so good"]
BAD = ["bad film", "a bad ending", "bad bad bad", "really bad", "Bad fun", "so bad"]
TEXTS = {"bad": BAD, "good": GOOD}


def csv_text() -> str:
    rows = [f'{label},"{text}"' for label, texts in TEXTS.items() for text in texts]
    return "\n".join(["label,text", *rows]) + "\n"


def as_csv(folder: Path) -> Path:
    path = folder / "all.csv"
    path.write_text(csv_text())
    return path


def as_packed_csv(folder: Path) -> Path:
    path = folder / "all.csv.xz"
    path.write_bytes(lzma.compress(csv_text().encode()))
    return path


def as_folders(folder: Path) -> Path:
    for label, texts in TEXTS.items():
        (folder / "set" / label).mkdir(parents=True)
        for number, text in enumerate(texts):
            (folder / "set" / label / f"{number}.txt").write_text(f"{text}\n")
    (folder / "set" / "stray.txt").write_text("not a text")
    (folder / "set" / "good" / ".hidden").write_text("not a text")
    return folder / "set"


def as_files(folder: Path) -> Path:
    (folder / "lines").mkdir()
    for label, texts in TEXTS.items():
        (folder / "lines" / f"rt.{label}").write_text("\n".join(texts) + "\n")
    (folder / "lines" / "README").write_text("not a text")
    return folder / "lines"


def zipped(make: Callable[[Path], Path]) -> Callable[[Path], Path]:
    def as_archive(folder: Path) -> Path:
        source = make(folder)
        path = folder / "set.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for file in [source] if source.is_file() else sorted(source.rglob("*")):
                archive.write(file, file.relative_to(folder))
        return path

    return as_archive


def tarred(folder: Path) -> Path:
    source = as_folders(folder)
    with tarfile.open(folder / "set.tar.gz", "w:gz") as archive:
        archive.add(source, "./set")
    return folder / "set.tar.gz"


SOURCES = {
    "csv": as_csv,
    "csv.xz": as_packed_csv,
    "folders": as_folders,
    "files": as_files,
    "tarred folders": tarred,
    "zipped csv": zipped(as_csv),
    "zipped folders": zipped(as_folders),
    "zipped files": zipped(as_files),
}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return as_csv(tmp_path)


def decoded(task: TextTask, part: Sequences) -> list[tuple[str, str]]:
    rows = zip(part.inputs, part.lengths, part.targets, strict=True)
    return [(" ".join(task.vocabulary.decode(r[:n])), task.classes[label]) for r, n, label in rows]


@pytest.mark.parametrize("make", SOURCES.values(), ids=SOURCES)
def test_every_source_gives_the_same_task(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    task = text_classification(make(tmp_path), test=4, valid=2, rng=0)
    (tmp_path / "csv").mkdir()
    same = text_classification(as_csv(tmp_path / "csv"), test=4, valid=2, rng=0)
    assert task.classes == ("bad", "good")
    assert task.vocabulary == same.vocabulary
    for name in ("train", "valid", "test"):
        part, other = getattr(task, name), getattr(same, name)
        np.testing.assert_array_equal(part.inputs, other.inputs)
        np.testing.assert_array_equal(part.lengths, other.lengths)
        np.testing.assert_array_equal(part.targets, other.targets)


def test_texts_come_back(source: Path) -> None:
    task = text_classification(source, test=4, valid=2, rng=1)
    assert [len(part) for part in (task.train, task.valid, task.test)] == [6, 2, 4]
    given = {(text.lower(), label) for label, texts in TEXTS.items() for text in texts}
    known = set(decoded(task, task.train))
    assert known < given
    assert task.vocabulary.words[0] == "<unknown>"
    assert set(task.vocabulary.words[1:]) == {w for text, _ in known for w in text.split()}
    for part in (task.valid, task.test):
        assert Counter(label for _, label in decoded(task, part)) == {
            "bad": len(part) // 2,
            "good": len(part) // 2,
        }


def test_the_rest_of_the_library_can_use_it(source: Path) -> None:
    task = text_classification(source, rng=0)
    data = task.data
    assert isinstance(data, SequenceData)
    assert data.kind == "sequence"
    assert (data.input_size, data.output_size) == (len(task.vocabulary), 2)
    assert data.meta["chance"] == 0.5
    assert data.meta["tokens"] == task.vocabulary.words
    assert ngram_accuracy(data.train, data.test, 1, rule="ngram_likelihood") >= 0.5


def test_params_remake_the_data(source: Path) -> None:
    task = text_classification(source, test=0.25, valid=0.2, rng=3)
    meta = json.loads(json.dumps(task.meta))
    again = text_classification(**meta["params"], rng=3)
    np.testing.assert_array_equal(again.train.inputs, task.train.inputs)
    assert json.loads(json.dumps(again.meta)) == meta


def test_test_does_not_depend_on_valid(source: Path) -> None:
    few, many = (text_classification(source, test=4, valid=n, rng=0) for n in (1, 5))
    other = text_classification(source, test=4, rng=1)
    assert words_of(few) == words_of(many)
    assert words_of(few) != words_of(other)


def words_of(task: TextTask) -> list[tuple[int, int]]:
    """Lengths and classes of test, which no vocabulary changes."""
    return list(zip(task.test.lengths.tolist(), task.test.targets.tolist(), strict=True))


def test_given_parts_are_taken_whole(tmp_path: Path, source: Path) -> None:
    test, valid = tmp_path / "test.csv", tmp_path / "valid.csv"
    test.write_text("label,text\ngood,GOOD fun\nbad,bad NEWS\nbad,Bad fun\n")
    valid.write_text("label,text\ngood,so good\n")
    task = text_classification(source, test=test, valid=str(valid), rng=0)
    assert len(task.train) == 12
    assert decoded(task, task.valid) == [("so good", "good")]
    assert decoded(task, task.test) == [
        ("good fun", "good"),
        ("bad <unknown>", "bad"),
        ("bad fun", "bad"),
    ]
    assert task.meta["chance"] == pytest.approx(2 / 3)
    assert task.meta["test_in_train"] == 2
    assert task.meta["params"]["test"] == str(test)


def test_columns_without_a_header_are_joined(tmp_path: Path) -> None:
    path = tmp_path / "news.csv"
    path.write_text('"2","T one","say ""a""\nb"\n"1","T two",""\n"1","c","d"\n"2","e","f"\n')
    task = text_classification(
        path, test=path, valid=path, text=(1, 2), label=0, header=False, rng=0
    )
    assert decoded(task, task.test) == [
        ('t one say " a " b', "2"),
        ("t two", "1"),
        ("c d", "1"),
        ("e f", "2"),
    ]
    by_name = text_classification(source_with_header(path), text=["title", 2], label="n", rng=0)
    assert len(by_name.vocabulary) > 5


def source_with_header(path: Path) -> Path:
    named = path.with_name("named.csv")
    named.write_text("n,title,text\n" + path.read_text() * 2)
    return named


def test_long_texts_are_cut_before_words_are_counted(source: Path) -> None:
    first, last = (
        text_classification(source, test=source, valid=source, max_length=1, keep=keep, rng=0)
        for keep in ("first", "last")
    )
    assert first.test.inputs.shape == (12, 1)
    assert [text for text, _ in decoded(first, first.test)] == [
        text.lower().split()[0] for text in BAD + GOOD
    ]
    assert [text for text, _ in decoded(last, last.test)] == [
        text.lower().split()[-1] for text in BAD + GOOD
    ]
    assert "film" not in first.vocabulary.words


def test_characters_and_case(source: Path) -> None:
    task = text_classification(source, level="character", lower=False, rng=0)
    assert {"o", "d", " "} <= set(task.vocabulary.words)
    upper = text_classification(source, test=source, valid=source, lower=False, rng=0)
    assert {"Good", "Bad"} <= set(upper.vocabulary.words)


def test_a_small_vocabulary_keeps_the_commonest_of_train(source: Path) -> None:
    task = text_classification(source, test=source, valid=source, vocabulary_size=3, rng=0)
    assert task.vocabulary.words == ("<unknown>", "bad", "good")
    task = text_classification(source, test=source, valid=source, min_count=7, rng=0)
    assert task.vocabulary.words == ("<unknown>", "bad", "good")


def test_classes_are_chosen_and_ordered(tmp_path: Path) -> None:
    folder = as_folders(tmp_path)
    (folder / "unsorted").mkdir()
    (folder / "unsorted" / "1.txt").write_text("what")
    task = text_classification(folder, test=folder, classes=("good", "bad"), rng=0)
    assert task.classes == ("good", "bad")
    assert len(task.test) == 12


def test_stems_name_classes_where_they_differ(tmp_path: Path) -> None:
    for name in ("ham.txt", "spam.txt"):
        (tmp_path / name).write_text("a\nb\nc\nd\ne")
    task = text_classification(tmp_path, rng=0)
    assert task.classes == ("ham", "spam")
    assert len(task.train) + len(task.valid) + len(task.test) == 10


def test_words_alone_tell_good_from_bad(source: Path) -> None:
    task = text_classification(source, test=4, valid=2, rng=0)
    assert bag_of_words_accuracy(task) == 1.0
    with pytest.raises(InputError, match=r"^`task` must be a TextTask, as .*; got SequenceData\."):
        bag_of_words_accuracy(task.data)  # type: ignore[arg-type]


def test_order_is_not_in_the_bag(tmp_path: Path) -> None:
    path = tmp_path / "order.csv"
    path.write_text("label,text\n" + "ab,a b\nba,b a\n" * 20)
    assert bag_of_words_accuracy(text_classification(path, rng=0)) == 0.5


@given(st.lists(st.integers(0, 3), min_size=2, max_size=60), st.integers(0, 9), st.data())
def test_parts_hold_every_class_in_its_share(
    classes: list[int], seed: int, data: st.DataObject
) -> None:
    labels = np.array(classes)
    first = data.draw(st.integers(1, len(labels) - 1))
    second = data.draw(st.integers(0, len(labels) - first))
    parts = stratified(labels, [first, second], rng=seed)
    assert [len(part) for part in parts] == [first, second, len(labels) - first - second]
    assert sorted(np.concatenate(parts)) == list(range(len(labels)))
    exact = first * np.bincount(labels) / len(labels)
    assert (np.abs(np.bincount(labels[parts[0]], minlength=len(exact)) - exact) < 1).all()
    np.testing.assert_array_equal(parts[0], stratified(labels, [first], rng=seed)[0])


def test_sizes_of_parts() -> None:
    assert part_size("test", 0.25, 10) == 2
    assert part_size("test", 0.001, 10) == 1
    assert part_size("test", 9, 10) == 9


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"level": "sentence"}, r"`level` must be one of word, character; got 'sentence'"),
        ({"keep": "middle"}, r"`keep` must be one of first, last; got 'middle'"),
        ({"max_length": 0}, r"`max_length` must be an integer >= 1; got 0"),
        ({"vocabulary_size": 1}, r"`vocabulary_size` must be an integer >= 2; got 1"),
        ({"min_count": 0}, r"`min_count` must be an integer >= 1; got 0"),
        ({"test": 0.0}, r"`test` must be a share above 0 and below 1; got 0\.0"),
        ({"valid": 1.5}, r"`valid` must be a share above 0 and below 1; got 1\.5"),
        ({"valid": None}, r"`valid` must be a number that is finite; got None"),
        ({"test": 12}, r"`test` must be an integer in \[1, 11\]; got 12"),
        ({"test": 8, "valid": 4}, r"`test` and `valid` must leave texts .* got 8 \+ 4 of 12 texts"),
        ({"test": 10, "valid": 1}, r"`train` must hold enough texts .* class '(good|bad)' is left"),
        (
            {"text": "txt"},
            r"`text` must be a column of .*all\.csv \(label, text\); got 'txt'",
        ),
        ({"text": ()}, r"`text` must name one or more columns; got none"),
        ({"label": 2}, r"`label` must be a column number of .*, in \[0, 1\]; got 2"),
        ({"header": False}, r"`text` must be the number of a column, as .*header; got 'text'"),
        ({"classes": "good"}, r"`classes` must be a sequence of names; got 'good'"),
        ({"classes": 2}, r"`classes` must be a sequence of names; got 2"),
        ({"classes": ["good", "fine"]}, r"`classes` must be labels of .*all\.csv; got 'fine'"),
        ({"classes": ["good", "good"]}, r"`classes` must be distinct; got \['good', 'good'\]"),
        ({"classes": ["good"]}, r"`train` must hold two or more classes; .* has \['good'\]"),
        ({"encoding": "no"}, r"`encoding` must be a text encoding that Python knows; got 'no'"),
        ({"rng": None}, r"`rng` must be a non-negative integer"),
    ],
)
def test_arguments_are_checked(source: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        text_classification(**{"train": source, "rng": 0, **change})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", r"must hold text; it is empty"),
        ("label,text\n", r"must hold a header and at least one row; got 1 line"),
        ("label,text\na,b\n\nc, \n", r"line 4: the text must not be empty"),
        ('label,text\na,"b\nc"\n,d\n', r"line 4: column 'label' must not be empty"),
        ("label,text\n \t,b\n", r"line 2: column 'label' must not be empty"),
        ("label,text\na,b\na,b,c\n", r"line 3: the row must have 2 columns as the first .* got 3"),
        ('label,text\na,b\nc,"d\ne,f\n', r"must be a CSV file: unexpected end of data, .*line 3"),
        ('label,text\na,"b"c\n', r"must be a CSV file: ',' expected after '\"', .*line 2"),
    ],
)
def test_a_file_that_breaks_a_rule(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(FileError, match=r"a\.csv(, | )" + message):
        text_classification(write(tmp_path / "a.csv", content), rng=0)


def test_a_label_that_train_lacks(tmp_path: Path, source: Path) -> None:
    new = write(tmp_path / "new.csv", "label,text\ngood,a\nfine,b\n")
    message = r"new\.csv, line 3: label 'fine' is none of the labels of .*all\.csv \(bad, good\)"
    for part in ("test", "valid"):
        with pytest.raises(FileError, match=message):
            text_classification(source, **{part: new}, rng=0)


@pytest.mark.parametrize("part", ["test", "valid"])
def test_a_part_without_a_text_of_the_classes(tmp_path: Path, source: Path, part: str) -> None:
    other = write(tmp_path / "other.csv", "label,text\nfine,b\n")
    message = rf"^`{part}` must hold texts of `classes`, good, bad; .*other\.csv has none\."
    with pytest.raises(InputError, match=message):
        text_classification(source, **{part: other}, classes=("good", "bad"), rng=0)


def test_one_class_alone(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"`train` must hold two or more classes; .* \['a'\]"):
        text_classification(write(tmp_path / "a.csv", "label,text\na,b\na,c\n"), rng=0)


def test_an_empty_line_or_file_or_folder(tmp_path: Path) -> None:
    lines = as_files(tmp_path)
    (lines / "rt.bad").write_text("bad\n\nworse\n")
    with pytest.raises(FileError, match=r"rt\.bad, line 2: the text must not be empty"):
        text_classification(lines, rng=0)
    folders = as_folders(tmp_path)
    (folders / "bad" / "3.txt").write_text("\n")
    with pytest.raises(FileError, match=r"bad.3\.txt must hold text; it is empty"):
        text_classification(folders, rng=0)
    (folders / "empty").mkdir()
    (folders / "bad" / "3.txt").unlink()
    with pytest.raises(FileError, match=r"empty must hold the texts of its class; it is empty"):
        text_classification(folders, rng=0)
    (tmp_path / "nothing").mkdir()
    with pytest.raises(FileError, match=r"nothing must hold a folder or a file for each class"):
        text_classification(tmp_path / "nothing", rng=0)
    with pytest.raises(FileError, match=r"none cannot be read: No such file or directory"):
        text_classification(tmp_path / "none", rng=0)


def test_a_file_of_white_space_is_named(tmp_path: Path) -> None:
    folders = as_folders(tmp_path)
    (folders / "bad" / "3.txt").write_text("\x0c\xa0\u2003")
    with pytest.raises(FileError, match=r"bad.3\.txt must hold text; it is empty"):
        text_classification(folders, rng=0)


def test_white_space_around_labels_does_not_count(tmp_path: Path, source: Path) -> None:
    padded = write(tmp_path / "padded.csv", source.read_text().replace(",", " ,\t", 3))
    named = write(tmp_path / "named.csv", padded.read_text().replace("label ,\ttext", "label,text"))
    assert text_classification(named, rng=0).classes == ("bad", "good")


def test_a_column_that_stands_twice(tmp_path: Path) -> None:
    twice = write(tmp_path / "a.csv", "text,text,label\n" + "a,b,c\na,b,d\n" * 6)
    message = r"^`text` must name one column of .*a\.csv; 'text' stands there 2 times: give its num"
    with pytest.raises(InputError, match=message):
        text_classification(twice, rng=0)
    assert text_classification(twice, text=1, rng=0).vocabulary.words == ("<unknown>", "b")


def test_texts_of_any_length(source: Path) -> None:
    limit = csv.field_size_limit()
    long = write(source, source.read_text() + "good," + "x " * 70_000 + "\n")
    task = text_classification(long, test=1, valid=1, rng=0)
    assert max(part.lengths.max() for part in (task.train, task.valid, task.test)) == 70_000
    with pytest.raises(FileError, match="must be a CSV file"):
        text_classification(write(source, long.read_text() + 'bad,"'), rng=0)
    assert csv.field_size_limit() == limit


def test_undecodable_bytes(tmp_path: Path) -> None:
    lines = as_files(tmp_path)
    (lines / "rt.bad").write_bytes(b"caf\xe9\n" * 9)
    with pytest.raises(FileError, match=r"rt\.bad must be UTF-8 text; got byte 0xe9 at offset 3"):
        text_classification(lines, rng=0)
    task = text_classification(lines, test=lines, encoding="latin-1", rng=0)
    assert "café" in task.vocabulary.words


def test_texts_larger_than_memory(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnngraph.tasks.text.memory.total_memory", lambda: 64.0 * 4096)
    long = write(source, source.read_text() + "good," + "x " * 40_000 + "\n")
    message = r"`max_length` must leave texts that fit into memory; \d+ texts padded to 40000 tok"
    with pytest.raises(InputError, match=message):
        text_classification(long, rng=0)
    assert len(text_classification(long, max_length=100, rng=0).train) > 0
