"""Canonical JSON and its hash."""

import hashlib
import math
from pathlib import Path

import numpy as np
import pytest

from rnngraph.experiments.keys import canonical, digest, file_digest, plain


def test_order_of_writing_does_not_count() -> None:
    assert canonical({"b": [1, 2.5], "a": None}) == '{"a":null,"b":[1,2.5]}'
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest([1, 2]) != digest([2, 1])


def test_digest_is_sha256_of_the_text(tmp_path: Path) -> None:
    assert digest("x") == hashlib.sha256(b'"x"').hexdigest()
    (tmp_path / "file").write_bytes(b"content")
    assert file_digest(tmp_path / "file") == hashlib.sha256(b"content").hexdigest()


def test_no_key_of_a_number_that_is_not_finite() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical(math.nan)


def test_plain_numbers() -> None:
    values = [np.float64(0.1), np.float32("nan"), np.bool_(True), np.int64(3), math.inf, "text"]
    assert [plain(value) for value in values] == [0.1, None, True, 3, None, "text"]
    assert [type(plain(value)) for value in values[2:4]] == [bool, int]
