"""What every family and every null model promises."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnngraph import generators
from rnngraph._types import Adjacency
from rnngraph.errors import InputError
from rnngraph.generators import GENERATORS, NULL_MODELS, erdos_renyi

PARAMETERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "erdos_renyi": {"p": 0.3},
    "watts_strogatz": {"k": 4, "p": 0.3},
    "directed_small_world": {"k": 3, "p": 0.3},
    "barabasi_albert": {"m_attach": 3},
    "scale_free": {},
    "stochastic_block": {"blocks": 3, "p_in": 0.6, "p_out": 0.1},
    "hierarchical_modular": {"levels": 2, "p": 0.7},
    "random_geometric": {"radius": 0.4},
    "random_regular": {"k": 3},
    "ring_lattice": {"k": 4},
    "configuration_model": {
        "in_degrees": [2, 1, 3, 1, 0, 2, 1, 1, 2, 1, 1, 1],
        "out_degrees": [1, 3, 1, 0, 2, 1, 2, 1, 1, 1, 1, 2],
    },
    "complete": {},
}
"""A call for n = 12 each."""

FREE: Final[Mapping[str, Mapping[str, Any]]] = {
    "erdos_renyi": {},
    "watts_strogatz": {"p": 0.3},
    "directed_small_world": {"p": 0.3},
    "barabasi_albert": {},
    "scale_free": {},
    "stochastic_block": {"blocks": 3, "p_in": 0.6, "p_out": 0.1},
    "hierarchical_modular": {"levels": 2},
    "random_geometric": {},
    "ring_lattice": {},
}
"""What the families need beside n and m, where m is free."""

UNDIRECTED: Final = ("watts_strogatz", "barabasi_albert", "random_geometric", "ring_lattice")
WITHOUT_CHANCE: Final = ("ring_lattice", "complete")
DIRECTED_OPTION: Final = (
    "erdos_renyi",
    "stochastic_block",
    "hierarchical_modular",
    "random_regular",
)

Family = Callable[..., Adjacency]
families = pytest.mark.parametrize("name", GENERATORS)
null_models = pytest.mark.parametrize("name", NULL_MODELS)


def _reach(name: str, n: int) -> tuple[int, int]:
    low = {"barabasi_albert": 2 * (n - 1), "scale_free": n}.get(name, 0)
    high = 2 * (n * n // 4) if name == "barabasi_albert" else n * (n - 1)
    return low, high


def test_the_tables_hold_every_public_function() -> None:
    functions = {name for name, _ in inspect.getmembers(generators, inspect.isfunction)}
    assert functions == {*GENERATORS, *NULL_MODELS}
    assert set(generators.__all__) == {*functions, "GENERATORS", "NULL_MODELS"}


@pytest.mark.parametrize("table", [GENERATORS, NULL_MODELS])
def test_the_tables_are_read_only_and_cite_a_source(table: dict[str, Family]) -> None:
    with pytest.raises(TypeError):
        table["mine"] = erdos_renyi
    for name, function in table.items():
        assert function.__name__ == name
        assert "\n    Source: " in inspect.getsource(function)
        assert inspect.signature(function).parameters["rng"].kind is inspect.Parameter.KEYWORD_ONLY
        assert inspect.signature(function).parameters["rng"].default is inspect.Parameter.empty


@families
def test_a_family_gives_a_boolean_matrix_without_self_loops(name: str) -> None:
    for seed in range(5):
        adjacency = GENERATORS[name](12, **PARAMETERS[name], rng=seed)
        assert adjacency.dtype == np.bool_
        assert adjacency.shape == (12, 12)
        assert adjacency.any()
        assert not adjacency.diagonal().any()
        if name in UNDIRECTED:
            assert np.array_equal(adjacency, adjacency.T)


@pytest.mark.parametrize("name", DIRECTED_OPTION)
def test_directed_false_gives_symmetric_graphs_and_true_does_not(name: str) -> None:
    undirected = GENERATORS[name](12, **PARAMETERS[name], directed=False, rng=0)
    directed = GENERATORS[name](12, **PARAMETERS[name], rng=0)
    assert np.array_equal(undirected, undirected.T)
    assert undirected.any()
    assert not np.array_equal(directed, directed.T)


@families
def test_the_seed_makes_the_graph(name: str) -> None:
    def sample(rng: int | np.random.Generator | np.random.SeedSequence) -> Adjacency:
        return GENERATORS[name](12, **PARAMETERS[name], rng=rng)

    assert np.array_equal(sample(3), sample(3))
    assert np.array_equal(sample(3), sample(np.random.default_rng(3)))
    assert np.array_equal(sample(3), sample(np.random.SeedSequence(3)))
    gen = np.random.default_rng(3)
    graphs = {sample(gen).tobytes() for _ in range(6)} | {sample(seed).tobytes() for seed in (4, 5)}
    assert (len(graphs) == 1) == (name in WITHOUT_CHANCE)


@families
def test_a_family_leaves_the_global_generator_alone(name: str) -> None:
    before = str(np.random.get_state())  # noqa: NPY002 - the one to leave alone
    GENERATORS[name](12, **PARAMETERS[name], rng=0)
    assert str(np.random.get_state()) == before  # noqa: NPY002


@families
def test_rng_none_is_an_error(name: str) -> None:
    with pytest.raises(InputError, match=r"`rng` must be a non-negative integer, .*; got None\."):
        GENERATORS[name](12, **PARAMETERS[name], rng=None)


@pytest.mark.parametrize("name", FREE)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_m_is_met_exactly(name: str, data: st.DataObject) -> None:
    n = data.draw(st.integers(4, 24), label="n")
    low, high = _reach(name, n)
    ways = 2 if name in UNDIRECTED else 1
    m = ways * data.draw(st.integers(low // ways, high // ways), label="m / ways")
    seed = data.draw(st.integers(0, 2**32), label="seed")
    adjacency = GENERATORS[name](n, **FREE[name], m=m, rng=seed)
    assert adjacency.sum() == m
    assert not adjacency.diagonal().any()
    if name in UNDIRECTED:
        assert np.array_equal(adjacency, adjacency.T)


@pytest.mark.parametrize("name", FREE)
def test_an_m_out_of_reach_names_the_range(name: str) -> None:
    low, high = _reach(name, 12)
    for m in (low - 1, high + 1, 20.0, True):
        with pytest.raises(
            InputError, match=rf"`m` must be an integer in \[{low}, {high}\]; got {m!r}\."
        ):
            GENERATORS[name](12, **FREE[name], m=m, rng=0)


@pytest.mark.parametrize(
    "name", [*UNDIRECTED, "erdos_renyi", "stochastic_block", "hierarchical_modular"]
)
def test_an_odd_m_is_an_error_for_undirected_graphs(name: str) -> None:
    options = {} if name in UNDIRECTED else {"directed": False}
    with pytest.raises(
        InputError,
        match=r"`m` must be even, as an undirected edge counts in both directions; got 31\.",
    ):
        GENERATORS[name](12, **FREE[name], **options, m=31, rng=0)


@pytest.mark.parametrize(
    ("name", "parameter", "value"),
    [
        ("erdos_renyi", "p", 0.5),
        ("watts_strogatz", "k", 4),
        ("directed_small_world", "k", 4),
        ("barabasi_albert", "m_attach", 2),
        ("hierarchical_modular", "p", 0.5),
        ("random_geometric", "radius", 0.5),
        ("random_regular", "k", 2),
        ("ring_lattice", "k", 4),
    ],
)
def test_exactly_one_of_the_size_parameter_and_m(name: str, parameter: str, value: float) -> None:
    others = {"levels": 2} if name == "hierarchical_modular" else {}
    message = rf"Exactly one of `{parameter}` and `m` must be given; got {parameter}="
    with pytest.raises(InputError, match=rf"{message}None, m=None\."):
        GENERATORS[name](12, **others, rng=0)
    with pytest.raises(InputError, match=rf"{message}{value}, m=24\."):
        GENERATORS[name](12, **others, **{parameter: value}, m=24, rng=0)


@families
def test_n_is_checked(name: str) -> None:
    least = {"barabasi_albert": 2, "scale_free": 3, "hierarchical_modular": 2}.get(name, 1)
    for n in (least - 1, 4.0, "4"):
        with pytest.raises(InputError, match=rf"`n` must be an integer >= {least}; got {n!r}\."):
            GENERATORS[name](n, **PARAMETERS[name], rng=0)


@pytest.mark.parametrize("name", ["erdos_renyi", "random_geometric", "ring_lattice", "complete"])
def test_one_node_has_no_edge(name: str) -> None:
    adjacency = GENERATORS[name](1, m=0, rng=0)
    assert adjacency.shape == (1, 1)
    assert not adjacency.any()


@null_models
@pytest.mark.parametrize("directed", [True, False])
def test_a_null_model_keeps_size_and_self_loops(name: str, directed: bool) -> None:
    given_graph = erdos_renyi(14, m=50, directed=directed, rng=1)
    given_graph[[2, 5], [2, 5]] = True
    before = given_graph.copy()
    null = NULL_MODELS[name](given_graph, rng=0)
    assert np.array_equal(given_graph, before)
    assert null.dtype == np.bool_
    assert null.sum() == given_graph.sum()
    assert np.array_equal(null.diagonal(), given_graph.diagonal())
    assert not np.array_equal(null, given_graph)
    if not directed and name != "acyclic_twin":
        assert np.array_equal(null, null.T)
    assert np.array_equal(null, NULL_MODELS[name](given_graph, rng=0))
    others = [NULL_MODELS[name](given_graph, rng=seed) for seed in (1, 2)]
    assert not all(np.array_equal(null, other) for other in others)


@null_models
def test_a_null_model_takes_the_smallest_and_the_empty_graph(name: str) -> None:
    for adjacency in (np.zeros((1, 1), bool), np.ones((1, 1), bool), np.zeros((5, 5), bool)):
        assert np.array_equal(NULL_MODELS[name](adjacency, rng=0), adjacency)


@null_models
def test_a_null_model_refuses_what_is_no_graph(name: str) -> None:
    with pytest.raises(InputError, match=r"`adjacency` must be a square matrix .*\(2, 3\)"):
        NULL_MODELS[name](np.zeros((2, 3), bool), rng=0)
    with pytest.raises(InputError, match=r"`rng` must be .*; got None\."):
        NULL_MODELS[name](np.zeros((3, 3), bool), rng=None)
