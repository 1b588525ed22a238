"""Texts to predict: levels, the split in order, the unigram baseline, each error."""

import json
import zipfile
from math import log2
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnngraph.errors import FileError, InputError
from rnngraph.tasks import LanguageTask, Vocabulary, characters_of_words, language_model

TREEBANK = " no it was n't \n the <unk> N \n"


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text("abcab" * 20)
    return path


def test_the_last_shares_are_split_off_in_order(text: Path) -> None:
    task = language_model(text, valid=0.1, test=7)
    assert [len(part) for part in (task.train, task.valid, task.test)] == [83, 10, 7]
    whole = np.concatenate([task.train, task.valid, task.test])
    assert "".join(task.vocabulary.decode(whole)) == text.read_text()
    assert task.vocabulary.words == ("<unknown>", "a", "b", "c")
    assert [len(part) for part in (language_model(text).valid, language_model(text).test)] == [5, 5]


def test_given_parts_are_taken_whole(tmp_path: Path, text: Path) -> None:
    with zipfile.ZipFile(tmp_path / "more.zip", "w") as archive:
        archive.writestr("v.txt", "AB")
        archive.writestr("t.txt", "cad")
    task = language_model(
        text, valid=str(tmp_path / "more.zip" / "v.txt"), test=tmp_path / "more.zip/t.txt"
    )
    assert len(task.train) == 100
    assert task.vocabulary.decode(task.valid) == ["<unknown>"] * 2
    assert task.vocabulary.decode(task.test) == ["c", "a", "<unknown>"]
    assert task.meta["unknown"] == pytest.approx(1 / 3)
    lower = language_model(text, valid=tmp_path / "more.zip/v.txt", lower=True)
    assert lower.vocabulary.decode(lower.valid) == ["a", "b"]
    assert len(lower.train) == 95


def test_words_end_lines_with_eos(tmp_path: Path) -> None:
    path = tmp_path / "ptb.txt"
    path.write_text(TREEBANK + "\nit  was\tit")
    task = language_model(path, valid=path, test=path, level="word", unknown="<unk>")
    assert task.vocabulary.words == ("<unk>", "<eos>", "it", "was", "N", "n't", "no", "the")
    assert " ".join(task.vocabulary.decode(task.train)) == (
        "no it was n't <eos> the <unk> N <eos> <eos> it was it <eos>"
    )
    small = language_model(path, valid=path, test=path, level="word", vocabulary_size=3)
    assert small.vocabulary.words == ("<unknown>", "<eos>", "it")
    often = language_model(path, valid=path, test=path, level="word", min_count=2)
    assert often.vocabulary.words == ("<unknown>", "<eos>", "it", "was")


def test_characters_of_words_are_the_published_files(tmp_path: Path) -> None:
    path = tmp_path / "ptb.txt"
    path.write_text(TREEBANK)
    spelled = characters_of_words(TREEBANK)
    assert spelled == characters_of_words(path) == "no_it_was_n't\nthe_<unk>_N\n"
    published = "n o _ i t _ w a s _ n ' t \n t h e _ < u n k > _ N \n "
    assert " ".join(spelled) + " " == published
    task = language_model(path, valid=path, test=path, level="characters_of_words")
    assert "".join(task.vocabulary.decode(task.test)) == spelled
    assert task.level == "characters_of_words"


def test_the_unigram_baseline_by_hand(tmp_path: Path) -> None:
    train, test = tmp_path / "a", tmp_path / "b"
    train.write_text("aaab")
    test.write_text("abx")
    task = language_model(train, valid=test, test=test)
    # Counts plus one: a 4, b 2, unknown 1.
    assert task.meta["unigram_bits"] == pytest.approx(
        -(log2(4 / 7) + log2(2 / 7) + log2(1 / 7)) / 3
    )


def test_params_remake_the_task(text: Path) -> None:
    task = language_model(text, test=9, level="character", min_count=2, vocabulary_size=3)
    meta = json.loads(json.dumps(task.meta))
    again = language_model(**meta["params"])
    np.testing.assert_array_equal(again.test, task.test)
    assert again.vocabulary == task.vocabulary
    assert again.meta == task.meta


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"level": "line"}, r"`level` must be one of character, word, characters_of_words; got"),
        ({"valid": 0.0}, r"`valid` must be a share above 0 and below 1; got 0\.0"),
        ({"test": 100}, r"`test` must be an integer in \[1, 99\]; got 100"),
        ({"test": 60, "valid": 40}, r"`test` and `valid` must leave tokens .*txt has 100\."),
        ({"test": 60, "valid": 39}, r"`train` must hold two or more tokens; got 1"),
        ({"test": 1}, r"`test` must hold two or more tokens; got 1"),
        ({"vocabulary_size": 1}, r"`vocabulary_size` must be an integer >= 2; got 1"),
        ({"min_count": 0}, r"`min_count` must be an integer >= 1; got 0"),
        ({"encoding": "no"}, r"`encoding` must be a text encoding that Python knows; got 'no'"),
    ],
)
def test_arguments_are_checked(text: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        language_model(text, **change)


@pytest.mark.parametrize("part", ["train", "valid", "test"])
def test_files_are_checked(tmp_path: Path, text: Path, part: str) -> None:
    broken = tmp_path / "broken.txt"
    arguments = {"train": text, part: broken}
    for content, message in (
        (b"", r"broken\.txt must hold text; it is empty"),
        (b"ab\x80", r"broken\.txt must be UTF-8 text; got byte 0x80 at offset 2\."),
    ):
        broken.write_bytes(content)
        with pytest.raises(FileError, match=message):
            language_model(**arguments)
    broken.unlink()
    with pytest.raises(FileError, match=r"broken\.txt cannot be read: No such file or directory"):
        language_model(**arguments)


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (np.zeros(3), r"`valid` must be an int64 array of one dimension"),
        (np.zeros((2, 2), np.int64), r"`valid` must be an int64 array of one dimension"),
        (np.array([0, 2]), r"`valid` must hold tokens in \[0, 1\]; got 0 to 2"),
        (np.array([-1, 1]), r"`valid` must hold tokens in \[0, 1\]; got -1 to 1"),
    ],
)
def test_arrays_are_checked(part: np.ndarray, message: str) -> None:
    good = np.array([0, 1])
    with pytest.raises(InputError, match=message):
        LanguageTask(good, part, good, Vocabulary(("<unknown>", "a")), "character", {})
