"""Accuracies of a published pruning study, read from tables as Darji's thesis released them."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import pandas as pd

from rnngraph.errors import InputError
from rnngraph.reporting.columns import read_csv
from rnngraph.reporting.numbers import listed

_CELLS: Final = {"rnn_tanh": "tanh", "rnn_relu": "relu", "gru": "gru", "lstm": "lstm"}
_KINDS: Final = {"prune": "both", "prune_i2h": "ih", "prune_h2h": "hh"}
_MODES: Final = {
    f"{name}_{suffix}": (name, what) for name in _CELLS for suffix, what in _KINDS.items()
}
"""Modes of pruned networks: that of the network before pruning, and the kind of weights."""

_RANGES: Final = {"prune": (0, 100), "epoch": (0, float("inf")), "test_acc": (0, 1)}
"""Columns of numbers, and what these can be."""

_SCORE: Final = "magnitude"
"""How the thesis pruned."""


class PublishedSetting(NamedTuple):
    """What was published of one way to prune a network, by the names of our own tables."""

    cell: str
    what: str
    score: str
    amount: float
    accuracy_before: float
    accuracy_pruned: float
    accuracy_retrained: float
    epochs_to_recover: float


@dataclass(frozen=True)
class PublishedAccuracies:
    """Published accuracies that a report can stand ours beside.

    Attributes:
        source: What the report calls them, such as "Darji's thesis".
        settings: What was published of each way to prune a network.
    """

    source: str
    settings: tuple[PublishedSetting, ...]


def read_published_pruning(
    *paths: str | os.PathLike[str], source: str, within: float = 0.005
) -> PublishedAccuracies:
    """Read what a pruning study published: CSV files, a row an epoch.

    Their columns are mode (CELL: before pruning; CELL_prune: both kinds of weights,
    CELL_prune_i2h, CELL_prune_h2h; CELL is rnn_tanh, rnn_relu, gru or lstm), prune (percent, by
    magnitude), epoch (of retraining, 0: none yet) and test_acc; others are ignored.

    Args:
        paths: The files, at least one.
        source: What a report calls the results, such as "Darji's thesis".
        within: How far below the accuracy before pruning counts as recovered, in [0, 1].

    Raises:
        InputError: No file, a column that lacks or holds what it cannot, a setting without a
            network before pruning, with epochs that lack, or that is there twice.
        FileError: A file cannot be read as CSV.
    """
    if not paths:
        raise InputError("`paths` must name at least one file; got none.")
    settings = [setting for path in paths for setting in _settings(Path(path), within)]
    seen = set()
    for setting in settings:
        key = (setting.cell, setting.what, setting.amount)
        if key in seen:
            raise InputError(f"`paths` must hold each setting once; got {key} twice.")
        seen.add(key)
    return PublishedAccuracies(source, tuple(settings))


def _settings(path: Path, within: float) -> Iterator[PublishedSetting]:
    # Not at the top: it loads torch, which a report does without.
    from rnngraph.pruning import epochs_to_recover

    table = _checked(path)
    for mode, (name, what) in _MODES.items():
        before = table.loc[table["mode"] == name, "test_acc"].tolist()
        pruned = table.loc[table["mode"] == mode]
        for percent in sorted(pruned["prune"].unique()):
            own = pruned.loc[pruned["prune"] == percent]
            epochs, accuracies = own["epoch"].tolist(), own["test_acc"].tolist()
            if not before:
                raise InputError(
                    f"`{path}` must hold the network before pruning, mode {name!r}, for {mode!r}; "
                    "got none."
                )
            if epochs != list(range(len(epochs))):
                raise InputError(
                    f"`{path}` must hold the epochs 0, 1, 2, ... of each setting once; got "
                    f"{epochs} for {mode!r} at {percent:g} %."
                )
            yield PublishedSetting(
                cell=_CELLS[name],
                what=what,
                score=_SCORE,
                amount=float(percent) / 100,
                accuracy_before=before[-1],
                accuracy_pruned=accuracies[0],
                accuracy_retrained=accuracies[-1],
                epochs_to_recover=epochs_to_recover(accuracies[1:], before[-1], within=within),
            )


def _checked(path: Path) -> pd.DataFrame:
    """The table of a file, epochs in order."""
    table = read_csv(path)
    missing = [name for name in ("mode", *_RANGES) if name not in table]
    if missing:
        raise InputError(
            f"`{path}` must have the columns mode, {listed(list(_RANGES))}; it lacks "
            f"{listed(missing)}."
        )
    for mode in table["mode"].unique():
        if mode not in (*_CELLS, *_MODES):
            raise InputError(
                f"`mode` of `{path}` must be one of {', '.join((*_CELLS, *_MODES))}; got {mode!r}."
            )
    for name, (low, high) in _RANGES.items():
        numbers = pd.to_numeric(table[name], errors="coerce")
        wrong = table.loc[~numbers.between(low, high), name].tolist()
        if wrong:
            raise InputError(
                f"`{name}` of `{path}` must be numbers in [{low}, {high}]; got {wrong[0]!r}."
            )
    return table.sort_values("epoch", kind="stable")
