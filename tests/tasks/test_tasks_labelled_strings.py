from pathlib import Path

import numpy as np
import pytest

from rnngraph.errors import FileError, InputError, RnngraphError
from rnngraph.tasks import labelled_strings

TRAIN = ",string,valid\n0,BTXSE,1\n1,BPVVE,1\n2,BTXE,0\n\n3,BXXSE,0\n"
TEST = ",string,valid\n9,BTVVE,1\n8,EB,0\n"


def written(folder: Path, train: str, test: str = TEST) -> tuple[Path, Path]:
    paths = folder / "train.csv", folder / "test.csv"
    for path, text in zip(paths, (train, test), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def test_files_become_tokens_and_classes(tmp_path: Path) -> None:
    train, test = written(tmp_path, TRAIN)
    data = labelled_strings(str(train), test)
    assert data.meta["tokens"] == ("B", "E", "P", "S", "T", "V", "X")
    assert data.meta["classes"] == ("0", "1")
    np.testing.assert_array_equal(
        data.train.inputs,
        [[0, 4, 6, 3, 1], [0, 2, 5, 5, 1], [0, 4, 6, 1, 0], [0, 6, 6, 3, 1]],
    )
    np.testing.assert_array_equal(data.train.lengths, [5, 5, 4, 5])
    np.testing.assert_array_equal(data.train.targets, [1, 1, 0, 0])
    np.testing.assert_array_equal(data.test.inputs, [[0, 4, 5, 5, 1], [1, 0, 0, 0, 0]])
    # BTVVE has the bigram TV, which no valid training string has; EB starts and ends wrongly.
    assert data.meta["ngram_rule"] == "seen_ngrams"
    assert data.meta["ngram"] == {"1": 0.5, "2": 0.5, "3": 0.5}
    assert data.meta["params"] == {
        "train": str(train),
        "test": str(test),
        "string": "string",
        "label": "valid",
    }


def test_long_strings_and_white_space_around_labels(tmp_path: Path) -> None:
    longer = TEST + "7," + "B" * 200_000 + ", 1\t\n"
    data = labelled_strings(*written(tmp_path, TRAIN, longer))
    assert data.meta["classes"] == ("0", "1")
    np.testing.assert_array_equal(data.test.lengths, [5, 2, 200_000])


def test_characters_that_only_test_has_share_one_token(tmp_path: Path) -> None:
    paths = written(tmp_path, TRAIN, ",string,valid\n0,BÄ\U0001f600A,0\n")
    data = labelled_strings(*paths)
    assert data.meta["tokens"] == ("B", "E", "P", "S", "T", "V", "X", "<unknown>")
    np.testing.assert_array_equal(data.test.inputs, [[0, 7, 7, 7]])
    assert data.train.inputs.max() == 6


def test_other_columns_labels_quotes_and_a_byte_order_mark(tmp_path: Path) -> None:
    text = '\ufeffkind,text\nc,"a,""b"\na,é\nb,a a\n'
    data = labelled_strings(*written(tmp_path, text, text), string="text", label="kind")
    assert data.meta["classes"] == ("a", "b", "c")
    assert data.meta["tokens"] == (" ", '"', ",", "a", "b", "é")
    assert data.meta["ngram_rule"] == "ngram_likelihood"
    np.testing.assert_array_equal(data.train.targets, [2, 0, 1])
    np.testing.assert_array_equal(data.train.lengths, [4, 1, 3])


@pytest.mark.parametrize("labels", [("0", "1"), ("False", "True"), ("invalid", "valid")])
def test_labels_that_mean_invalid_and_valid(tmp_path: Path, labels: tuple[str, str]) -> None:
    no, yes = labels
    text = f"string,valid\nab,{yes}\nba,{no}\n"
    data = labelled_strings(*written(tmp_path, text, text))
    assert data.meta["ngram_rule"] == "seen_ngrams"
    assert data.meta["ngram"] == {"1": 0.5, "2": 1.0, "3": 1.0}


@pytest.mark.parametrize(
    ("train", "test", "error", "message"),
    [
        ("", TEST, FileError, r"train\.csv must hold text; it is empty"),
        (TRAIN, "string,valid\n", FileError, r"test\.csv must hold a header and at least .* 1 li"),
        (
            TRAIN.replace("string", "strings"),
            TEST,
            InputError,
            r"`string` must be a column of .*train\.csv \(, strings, valid\); got 'string'\. Did "
            r"you mean 'strings'\?",
        ),
        (
            TRAIN,
            TEST.replace("valid", "Valid"),
            InputError,
            r"`label` must be a column of .*test\.csv .*got 'valid'\. Did you mean 'Valid'\?",
        ),
        (
            TRAIN.replace("BXXSE", ""),
            TEST,
            FileError,
            r"train\.csv, line 6: column 'string' must not be empty",
        ),
        (TRAIN, TEST + "7,BE,\n", FileError, r"test\.csv, line 4: column 'valid' must not be em"),
        (TRAIN, TEST + "7,BE\n", FileError, r"test\.csv, line 4: the row must have 3 co.* got 2"),
        (TRAIN.replace(",0\n", ",1\n"), TEST, InputError, r"`label` must name a column.*\['1'\]"),
        (
            TRAIN,
            TEST.replace("EB,0", "EB,2"),
            FileError,
            r"test\.csv, line 3: label '2' is none of the labels of .*train\.csv \(0, 1\)",
        ),
    ],
)
def test_files_that_break_a_rule(
    tmp_path: Path, train: str, test: str, error: type[RnngraphError], message: str
) -> None:
    with pytest.raises(error, match=message):
        labelled_strings(*written(tmp_path, train, test))


def test_missing_file(tmp_path: Path) -> None:
    train, _ = written(tmp_path, TRAIN)
    with pytest.raises(FileError, match=r"none\.csv cannot be read: No such file or directory"):
        labelled_strings(train, tmp_path / "none.csv")


def test_undecodable_bytes(tmp_path: Path) -> None:
    train, test = written(tmp_path, TRAIN)
    test.write_bytes(b"string,valid\nB\xff,1\n")
    with pytest.raises(FileError, match=r"test\.csv must be UTF-8 text; .* 0xff at offset 14\."):
        labelled_strings(train, test)
