import inspect
from collections.abc import Callable

import numpy as np
import pytest

from rnngraph._types import Adjacency
from rnngraph.errors import InputError, UndefinedMetricError
from rnngraph.graphs import as_adjacency
from rnngraph.metrics.ports import PORTED, reachable_within, walks_by_length

# 0 -> 1 -> 2 -> 3 with 1 -> 4 (a dead end), 5 -> 2 (never driven) and 6 apart.
GRAPH = as_adjacency([(0, 1), (1, 2), (2, 3), (1, 4), (5, 2)], n=7)


def test_by_hand() -> None:
    found = {name: metric(GRAPH, inputs=[0], readouts=[3]) for name, metric in PORTED.items()}
    assert found == pytest.approx(
        {
            "driven_fraction": 5 / 7,
            "heard_fraction": 5 / 7,
            "live_fraction": 4 / 7,
            "answered_fraction": 1,
            "input_to_readout_distance": 3,
        }
    )
    assert PORTED["answered_fraction"](GRAPH, inputs=[0, 6], readouts=[3]) == 0.5
    assert PORTED["input_to_readout_distance"](GRAPH, inputs=[0, 5], readouts=[3, 2, 6]) == 1.5


def test_a_signal_spreads_step_by_step() -> None:
    spread = [reachable_within(GRAPH, inputs=[0], steps=steps) for steps in range(5)]
    assert spread == pytest.approx([1 / 7, 2 / 7, 4 / 7, 5 / 7, 5 / 7])


def test_everything_in_and_out() -> None:
    for metric in PORTED.values():
        expected = 0 if metric.__name__.endswith("distance") else 1
        assert metric(GRAPH, inputs="all", readouts="all") == expected


def test_walks_are_powers_of_the_matrix(digraph: Adjacency) -> None:
    loops = digraph | np.diag([True, *[False] * (len(digraph) - 1)])
    found = walks_by_length(loops, inputs=[0, 2], readouts=[1, 3], max_length=4)
    a = loops.astype(int)
    expected = [np.linalg.matrix_power(a, k)[np.ix_([0, 2], [1, 3])].sum() for k in range(5)]
    assert found.tolist() == expected


def test_more_walks_than_a_float_can_tell_are_infinite() -> None:
    # A clique of six, from which one edge leads to 6, the end of another way: 8 -> 7 -> 6.
    graph = np.zeros((9, 9), dtype=bool)
    graph[:6, :6] = graph[5, 6] = graph[7, 6] = graph[8, 7] = True
    ports = {"inputs": "all", "max_length": 420}
    inside = walks_by_length(graph, readouts=[0], **ports)
    assert inside[:20].tolist() == [6.0**k for k in range(20)]
    many = np.log(6) * np.arange(421) > np.log(np.finfo(float).max)
    assert np.isinf(inside).tolist() == many.tolist()
    assert many.any()
    assert np.isinf(walks_by_length(graph, readouts=[6], **ports)[-1])
    outside = walks_by_length(graph, readouts=[7, 8], **ports)
    assert outside.tolist() == [2, 1, *[0] * 419]


@pytest.mark.parametrize("units", [[1, 3], np.array([3, 1]), np.isin(np.arange(7), [1, 3])])
def test_units_are_named_in_several_ways(units: object) -> None:
    assert PORTED["driven_fraction"](GRAPH, inputs=units, readouts="all") == 4 / 7


@pytest.mark.parametrize("metric", PORTED.values(), ids=PORTED)
def test_docstrings_say_what_and_whence(metric: Callable[..., float]) -> None:
    doc = inspect.getdoc(metric) or ""
    assert doc.partition("\n")[0].endswith(".")
    assert "\nSource: " in doc
    assert list(inspect.signature(metric).parameters) == ["adjacency", "inputs", "readouts"]


@pytest.mark.parametrize("name", ["inputs", "readouts"])
@pytest.mark.parametrize(
    ("units", "message"),
    [
        ([7], r"must hold unit indices in \[0, 7\); got 7\."),
        ([-1], r"must hold unit indices in \[0, 7\); got -1\."),
        ([], r"must be unit indices, a boolean mask of shape \(7,\) or 'all'; got \[\]\."),
        (np.zeros(7, dtype=bool), r"must name at least 1 unit; got none\."),
        (np.zeros(0, dtype=int), r"must name at least 1 unit; got none\."),
        ([True], r"must be unit indices, a boolean mask of shape \(7,\) or 'all'; got \[True\]\."),
        ("some", r"must be unit indices, a boolean mask of shape \(7,\) or 'all'; got 'some'\."),
        ([0.5], r"must be unit indices, a boolean mask of shape \(7,\) or 'all'; got \[0\.5\]\."),
    ],
)
def test_bad_units(name: str, units: object, message: str) -> None:
    ports = {"inputs": "all", "readouts": "all", name: units}
    with pytest.raises(InputError, match=rf"^`{name}` {message}$"):
        PORTED["live_fraction"](GRAPH, **ports)


def test_bad_lengths() -> None:
    with pytest.raises(InputError, match=r"^`steps` must be an integer >= 0; got -1\.$"):
        reachable_within(GRAPH, inputs=[0], steps=-1)
    with pytest.raises(
        InputError, match=r"^`max_length` must be an integer in \[0, 1e\+07\]; got -1\.$"
    ):
        walks_by_length(GRAPH, inputs=[0], readouts=[0], max_length=-1)


def test_no_way_through_has_no_length() -> None:
    match = (
        r"^`input_to_readout_distance` needs a readout unit that an input reaches; got none of 1"
    )
    with pytest.raises(UndefinedMetricError, match=match):
        PORTED["input_to_readout_distance"](GRAPH, inputs=[6], readouts=[3])
