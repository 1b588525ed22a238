"""File formats that hold a matrix: scipy's npz and MatrixMarket."""

import io
from typing import Any

import numpy as np
import scipy.io
import scipy.sparse

from rnngraph._types import Adjacency, Weights
from rnngraph.errors import InputError
from rnngraph.graphs.matrix import as_matrix


def npz_bytes(matrix: Adjacency | Weights) -> bytes:
    """Write what `scipy.sparse.save_npz` writes for a CSR array."""
    buffer = io.BytesIO()
    scipy.sparse.save_npz(buffer, scipy.sparse.csr_array(matrix))
    return buffer.getvalue()


def parse_npz(content: bytes, name: str) -> Adjacency | Weights:
    """Read a scipy.sparse archive of any format, or an archive of one plain array."""
    if not content.startswith(b"PK"):
        raise InputError(f"`{name}` must be an npz archive; it is not a zip file.")
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        if len(archive.files) == 1:
            return as_matrix(archive[archive.files[0]], name)
    sparse: Any = scipy.sparse.load_npz(io.BytesIO(content))
    if hasattr(sparse, "check_format"):
        # Or `toarray` would write to wherever a damaged index points.
        sparse.check_format(full_check=True)
    return as_matrix(sparse, name)


def mtx_bytes(matrix: Adjacency | Weights) -> bytes:
    """Write MatrixMarket coordinates, field `pattern` for bool and `real` for numbers.

    Not by `scipy.io.mmwrite`, which calls a pattern without entries `real`.
    """
    pairs = np.argwhere(matrix)
    field = "pattern" if matrix.dtype == bool else "real"
    lines = [
        f"%%MatrixMarket matrix coordinate {field} general",
        f"{len(matrix)} {len(matrix)} {len(pairs)}",
        *edge_lines(matrix, " ", first=1),
    ]
    return "\n".join([*lines, ""]).encode()


def parse_mtx(content: bytes, name: str) -> Adjacency | Weights:
    """Read MatrixMarket coordinates or arrays; the field `pattern` gives bool."""
    check_last_line(content, name)
    field = scipy.io.mminfo(io.BytesIO(content))[4]
    matrix = as_matrix(scipy.io.mmread(io.BytesIO(content)), name)
    return matrix.astype(bool) if field == "pattern" else matrix


def edge_lines(matrix: Adjacency | Weights, separator: str, first: int = 0) -> list[str]:
    """List `source target` or `source target weight` of each edge, with nodes from `first` on.

    Weights are written so that they read back to the bit.
    """
    sources, targets = np.nonzero(matrix)
    columns = [(sources + first).tolist(), (targets + first).tolist()]
    if matrix.dtype != bool:
        columns.append(matrix[sources, targets].tolist())
    return [separator.join(map(repr, row)) for row in zip(*columns, strict=True)]


def check_last_line(content: bytes, name: str) -> None:
    """Refuse a text that stops within a line: a number that was cut off is still a number.

    Raises:
        InputError: The last line has no end.
    """
    if not content.endswith(b"\n"):
        raise InputError(f"`{name}` must end with a line end; it may be cut off.")
