"""The folder of a pruning study: its plan, what is on its way, and a file for each finished part.

A part is a cell and a replicate. Every file is written as a whole, so a study can be stopped at any
time; two processes at work in one folder do the same work twice, and no harm.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

from rnngraph._files import write_atomically
from rnngraph.errors import FileError, InputError
from rnngraph.experiments.design import task_config
from rnngraph.experiments.keys import canonical
from rnngraph.experiments.pruning_plan import PruningPlan

Row = dict[str, Any]

PRUNING_FORMAT: Final = 1
"""Raised when the same plan starts to give other numbers."""

_PLAN: Final = "pruning_plan.json"
_CHANGES_NOTHING: Final = {"name", "description", "compute"}
_TABLES: Final = ("base", "pruned", "curves")


class Parts:
    """The parts of one plan.

    Args:
        folder: Where they are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def open(cls, folder: str | Path, plan: PruningPlan) -> Self:
        """Make the folder of a plan, or find what it holds already.

        Raises:
            InputError: It holds another plan.
            FileError: It cannot be read or written.
        """
        folder = Path(folder)
        path, identity = folder / _PLAN, _identity(plan)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            before = path.read_text(encoding="utf-8") if path.exists() else None
        except OSError as error:
            raise FileError(f"`{folder}` cannot be used: {error.strerror}.") from error
        if before is None:
            write_atomically(path, identity.encode())
        elif before != identity:
            raise InputError(
                "`folder` must be empty or hold this plan; "
                f"{folder} holds another{_difference(before, identity)}."
            )
        return cls(folder)

    def has(self, cell: str, replicate: int) -> bool:
        """Whether a part is finished."""
        return self._part(cell, replicate).exists()

    def save(self, cell: str, replicate: int, tables: Mapping[str, Sequence[Row]]) -> None:
        """Keep a finished part; what was on its way is removed.

        Args:
            cell: Cell of the part.
            replicate: Replicate of the part.
            tables: Rows of "base", "pruned" and "curves", JSON values.

        Raises:
            FileError: It cannot be written.
        """
        # Not canonical: the order of the columns is kept.
        text = json.dumps(dict(tables), allow_nan=False)
        write_atomically(self._part(cell, replicate), text.encode())
        self.retraining(cell, replicate).unlink(missing_ok=True)

    def load(self, cell: str, replicate: int) -> dict[str, list[Row]]:
        """Read a finished part.

        Raises:
            FileError: It cannot be read, or is damaged.
        """
        path = self._part(cell, replicate)
        try:
            tables = json.loads(path.read_text(encoding="utf-8"))
            return {name: list(tables[name]) for name in _TABLES}
        except OSError as error:
            raise FileError(f"{path} cannot be read: {error.strerror}.") from error
        except (ValueError, KeyError, TypeError) as error:
            raise FileError(f"{path} is damaged; delete it to have it made again.") from error

    def training(self, cell: str) -> Path:
        """Checkpoint of the networks before pruning of a cell; there until its parts are done."""
        return self._folder / f"{cell}_base.safetensors"

    def retraining(self, cell: str, replicate: int) -> Path:
        """Checkpoint of the pruned networks of a part; there until it is done."""
        return self._folder / f"{cell}_{replicate}.safetensors"

    def _part(self, cell: str, replicate: int) -> Path:
        return self._folder / f"{cell}_{replicate}.json"


def _identity(plan: PruningPlan) -> str:
    """All of a plan that a result depends on; files count by their content."""
    fields = plan.model_dump(mode="json", exclude=_CHANGES_NOTHING | {"task"})
    return canonical({"format": PRUNING_FORMAT, "task": task_config(plan.task), **fields})


def _difference(before: str, now: str) -> str:
    """Say which tables differ, if both can be read."""
    try:
        old, new = json.loads(before), json.loads(now)
        names = [name for name in new if old.get(name) != new[name]]
    except (ValueError, AttributeError):
        return ""
    return f": it differs in {', '.join(f'`{name}`' for name in names)}"
