"""Published accuracies: read as they are, refused where they lack, and shown beside ours."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rnngraph.errors import FileError, InputError
from rnngraph.reporting import PublishedAccuracies, pruning_report, read_published_pruning
from rnngraph.reporting.pruning_words import points
from tests.reporting.test_reporting_pruning import made

COLUMNS = ["mode", "prune", "epoch", "test_acc"]
GRU = [
    ("gru", 0, 1, 0.5),
    ("gru", 0, 2, 0.96),
    ("gru_prune", 50, 0, 0.94),
    ("gru_prune", 50, 1, 0.95),
    ("gru_prune", 50, 2, 0.956),
    ("gru_prune_h2h", 80, 0, 0.3),
    ("gru_prune_h2h", 80, 1, 0.4),
]


def written(path: Path, rows: list[tuple[object, ...]] = GRU) -> Path:
    # Out of order, as results that were appended may be.
    pd.DataFrame(rows[::-1], columns=COLUMNS).to_csv(path)
    return path


def test_what_was_published_is_read(tmp_path: Path) -> None:
    tanh = [("rnn_tanh", 0, 1, 0.9), ("rnn_tanh_prune_i2h", 100, 0, 0.49)]
    paths = written(tmp_path / "gru.csv"), written(tmp_path / "tanh.csv", tanh)
    found = read_published_pruning(*paths, source="them")
    assert found.source == "them"
    assert [tuple(setting)[:-1] for setting in found.settings] == [
        ("gru", "both", "magnitude", 0.5, 0.96, 0.94, 0.956),
        ("gru", "hh", "magnitude", 0.8, 0.96, 0.3, 0.4),
        ("tanh", "ih", "magnitude", 1.0, 0.9, 0.49, 0.49),
    ]
    epochs = [setting.epochs_to_recover for setting in found.settings]
    np.testing.assert_equal(epochs, [2, np.nan, np.nan])
    (first, *_) = read_published_pruning(paths[0], source="them", within=0.01).settings
    assert first.epochs_to_recover == 1


def test_it_stands_beside_ours(tmp_path: Path) -> None:
    # Ours: 95 to 95.3 % before; half of the weights cost at most 0.3 points, 80 % more than 30.
    results = made()
    published = read_published_pruning(written(tmp_path / "gru.csv"), source="them <1>")
    report = pruning_report(results, tmp_path / "p.html", published=published)
    table = report.tables["published"].set_index(["cell", "what", "score", "amount"])
    assert table.index.tolist() == [
        ("gru", "both", "magnitude", 0.5),
        ("gru", "hh", "magnitude", 0.8),
    ]
    both = table.loc[("gru", "both", "magnitude", 0.5)]
    own = results.pruned.query(
        "cell == 'gru' and what == 'both' and score == 'magnitude' and amount == 0.5"
    )
    assert both["n"] == both["recovered"] == 4
    for stage, value in (("before", 0.96), ("pruned", 0.94), ("retrained", 0.956)):
        assert both[f"accuracy_{stage}"] == pytest.approx(own[f"accuracy_{stage}"].mean())
        assert both[f"published_accuracy_{stage}"] == value
    assert (both["epochs_to_recover"], both["published_epochs_to_recover"]) == (2, 2)
    page = report.path.read_text("utf-8")
    assert (
        "2 settings of this plan and of them &lt;1&gt;. Accuracies within one point of the "
        "published ones: 1 at once and 1 after retraining." in page
    )
    cells = re.findall(r"<td[^>]*>(.*?)</td>", page[page.index('<section id="published"') :])
    assert cells[:2] == ["both", "50\N{NO-BREAK SPACE}%"]
    ours = [points(both[f"accuracy_{stage}"]) for stage in ("before", "pruned", "retrained")]
    assert cells[2:10:2] == [*ours, "2.0"]
    assert cells[3:10:2] == ["96.0", "94.0", "95.6", "2.0"]
    assert cells[18:20] == ["2.0", "–"]


def test_networks_that_did_not_come_back_are_counted(tmp_path: Path) -> None:
    results = made()
    own = results.pruned.query(
        "cell == 'gru' and what == 'both' and score == 'magnitude' and amount == 0.5"
    )
    results.pruned.loc[own.index[:1], "epochs_to_recover"] = np.nan
    published = read_published_pruning(written(tmp_path / "gru.csv"), source="them")
    report = pruning_report(results, tmp_path / "p.html", published=published)
    assert "<td>2.0 (3 of 4)</td>" in report.path.read_text("utf-8")


def test_nothing_in_common_and_nothing_published(tmp_path: Path) -> None:
    published = read_published_pruning(written(tmp_path / "gru.csv"), source="them")
    report = pruning_report(made(amounts=[0.3]), tmp_path / "p.html", published=published)
    assert "them has no setting of this plan." in report.path.read_text("utf-8")
    assert "published" not in report.tables
    report = pruning_report(made(), tmp_path / "p.html")
    assert "published" not in report.path.read_text("utf-8")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([*GRU, ("grru", 0, 1, 0.9)], r"`mode` of `.*p.csv` must be one of rnn_tanh, .*'grru'\."),
        (
            [*GRU, ("gru", 0, 3, 1.9)],
            r"`test_acc` of `.*p.csv` must be numbers in \[0, 1\]; got 1.9",
        ),
        ([*GRU, ("gru", 0, 3, "x")], r"`test_acc` of `.*p.csv` must be numbers .*; got 'x'\."),
        ([*GRU, ("gru_prune", 101, 0, 0.9)], r"`prune` of `.*` must be numbers in \[0, 100\]; got"),
        ([*GRU, ("gru", 0, -1, 0.9)], r"`epoch` of `.*` must be numbers in \[0, inf\]; got -1\."),
        (GRU[2:], r"must hold the network before pruning, mode 'gru', for 'gru_prune'; got none"),
        (
            [*GRU, ("gru_prune", 50, 2, 0.9)],
            r"must hold the epochs 0, 1, 2, \.\.\. of each setting once; got \[0, 1, 2, 2\] for "
            r"'gru_prune' at 50 %\.",
        ),
        (GRU[:2] + GRU[3:], r"of each setting once; got \[1, 2\] for 'gru_prune' at 50 %\."),
    ],
)
def test_a_table_that_lacks_something(
    rows: list[tuple[object, ...]], message: str, tmp_path: Path
) -> None:
    path = written(tmp_path / "p.csv", rows)
    with pytest.raises(InputError, match=message):
        read_published_pruning(path, source="them")


def test_arguments_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^`paths` must name at least one file; got none\.$"):
        read_published_pruning(source="them")
    path = written(tmp_path / "gru.csv")
    message = r"^`paths` must hold each setting once; got \('gru', 'both', 0\.5\) twice\.$"
    with pytest.raises(InputError, match=message):
        read_published_pruning(path, path, source="them")
    with pytest.raises(InputError, match=r"`within` must be a number in \[0, 1\]; got 2"):
        read_published_pruning(path, source="them", within=2)
    with pytest.raises(FileError, match=r"none\.csv` cannot be read: No such file"):
        read_published_pruning(tmp_path / "none.csv", source="them")
    path.write_text("mode,epoch\ngru,1\n")
    message = r"must have the columns mode, prune, epoch and test_acc; it lacks prune and test_acc"
    with pytest.raises(InputError, match=message):
        read_published_pruning(path, source="them")
    message = "^`published` must be PublishedAccuracies, as `read_published_pruning` .* got a list"
    with pytest.raises(InputError, match=message):
        pruning_report(made(), tmp_path / "p.html", published=[])  # type: ignore[arg-type]


def test_a_structure_made_by_hand(tmp_path: Path) -> None:
    nothing = PublishedAccuracies("them", ())
    report = pruning_report(made(), tmp_path / "p.html", published=nothing)
    assert "them has no setting of this plan." in report.path.read_text("utf-8")
