"""Plans: what is read, and every way in which a plan can be wrong."""

import copy
import json
import re
import tomllib
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest

from rnngraph.errors import FileError, InputError
from rnngraph.experiments import Plan, default_plan_text
from rnngraph.experiments.design import planned_graphs
from rnngraph.experiments.sections import AnalysisSection, Model
from rnngraph.stats import MODELS, correlate


def changed(data: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """Copy nested tables with the field at a dotted path set, or deleted if `value` is ..."""
    result = copy.deepcopy(data)
    *parents, name = path.split(".")
    table: Any = result
    for parent in parents:
        table = table[int(parent)] if parent.isdigit() else table.setdefault(parent, {})
    key = int(name) if name.isdigit() else name
    if value is ...:
        del table[key]
    else:
        table[key] = value
    return result


def test_the_default_plan_is_valid_and_whole() -> None:
    plan = Plan.default()
    assert plan.task.name == "embedded_reber"
    assert len(plan.graphs.families) >= 4
    assert Plan.from_mapping(json.loads(plan.canonical())) == plan
    graphs = planned_graphs(plan)
    sizes = {(len(g.adjacency), int(g.adjacency.sum())) for g in graphs}
    assert sizes == {(n, m) for n in plan.graphs.units for m in plan.graphs.edge_counts(n)}
    assert {graph.family for graph in graphs} == {entry.name for entry in plan.graphs.families}
    assert len(graphs) >= 96
    assert plan.training.replicates >= 2
    assert {"gru", "tanh"} <= set(plan.network.cells)
    assert tomllib.loads(default_plan_text())["name"] == plan.name


def test_defaults_and_canonical_form(data: dict[str, Any]) -> None:
    plan = Plan.from_mapping(data)
    written = json.loads(plan.canonical())
    assert written["training"]["batch_size"] == 64
    assert written["graphs"]["families"][0] == {
        "family": "watts_strogatz",
        "null": None,
        "label": None,
        "p": 0.2,
    }
    shuffled = dict(reversed(data.items()))
    assert Plan.from_mapping(shuffled).canonical() == plan.canonical()


def test_a_plan_is_frozen(tiny: Plan) -> None:
    with pytest.raises(ValueError, match="frozen"):
        tiny.seed = 3


def test_parameters_are_completed_from_the_signature(tiny: Plan) -> None:
    assert tiny.graphs.families[0].parameters == {"k": None, "p": 0.2}
    assert tiny.task.parameters["n_train"] == 8
    assert tiny.task.parameters["depth"] == 1
    assert "rng" not in tiny.task.parameters


def test_an_integer_where_a_float_is_asked_is_that_float(data: dict[str, Any]) -> None:
    plan = Plan.from_mapping(changed(data, "graphs.families.0.p", 1))
    assert repr(plan.graphs.families[0].parameters["p"]) == "1.0"
    assert plan.training == Plan.from_mapping(changed(data, "training.clip", 1)).training


@pytest.mark.parametrize(
    ("units", "density", "edges"), [(6, 0.4, 12), (5, 0.25, 4), (5, 0.35, 8), (4, 1.0, 12)]
)
def test_density_gives_an_even_number_of_edges(
    data: dict[str, Any], units: int, density: float, edges: int
) -> None:
    graphs = {"units": [units], "density": [density], "families": [{"family": "erdos_renyi"}]}
    assert Plan.from_mapping({**data, "graphs": graphs}).graphs.edge_counts(units) == (edges,)


def test_metric_names_hold_covariates_once(data: dict[str, Any]) -> None:
    data["analysis"] = {"metrics": ["density", "n_edges"], "covariates": ["n_edges", "n_nodes"]}
    assert Plan.from_mapping(data).analysis.metric_names == ("density", "n_edges", "n_nodes")


@pytest.mark.parametrize("covariates", ["size", [], ["density"]])
def test_covariates_are_size_none_or_named(data: dict[str, Any], covariates: object) -> None:
    assert Plan.from_mapping(data).analysis.covariates == "size", "the default"
    data["analysis"]["covariates"] = covariates
    plan = Plan.from_mapping(data)
    assert json.loads(plan.canonical())["analysis"]["covariates"] == covariates
    assert Plan.from_mapping(json.loads(plan.canonical())) == plan
    assert plan.analysis.metric_names == ("density", "reciprocity")


@pytest.mark.parametrize("grid", [{"units": 6, "edges": 12}, {"units": 6, "density": 0.4}])
def test_one_number_is_an_array_of_one(data: dict[str, Any], grid: dict[str, Any]) -> None:
    families = [{"family": "erdos_renyi"}]
    arrays = {name: [value] for name, value in grid.items()}
    scalar = Plan.from_mapping({**data, "graphs": {**grid, "families": families}})
    assert scalar == Plan.from_mapping({**data, "graphs": {**arrays, "families": families}})
    assert scalar.graphs.units == (6,)
    assert scalar.graphs.edge_counts(6) == (12,)


@pytest.mark.parametrize("method", get_args(AnalysisSection.model_fields["method"].annotation))
def test_every_method_of_a_plan_has_partial_correlations(method: str) -> None:
    table = pd.DataFrame(np.random.default_rng(0).random((20, 3)), columns=["a", "b", "c"])
    assert correlate(table, "a", ["b"], covariates=["c"], method=method)["estimate"].notna().all()


def test_the_models_of_a_plan_are_those_of_the_statistics() -> None:
    assert get_args(Model) == tuple(MODELS)


MISTAKES: list[tuple[str, object, str]] = [
    ("name", ..., "plan: `name` is required; the plan does not give it."),
    ("nmae", "x", "plan: `nmae` is not a field of a plan. Did you mean 'name'?"),
    ("seed", -1, "plan: `seed` must be greater than or equal to 0; got -1."),
    ("seed", 1.0, "plan: `seed` must be a valid integer; got 1.0."),
    ("seed", True, "plan: `seed` must be a valid integer; got True."),
    ("name", 3, "plan: `name` must be a valid string; got 3."),
    ("task", "reber", "plan: `task` must be a table; got 'reber'."),
    ("task.name", ..., "plan: `task.name` is required; the plan does not give it."),
    (
        "task.name",
        "embeded_reber",
        "plan: `task.name` must be a known name; got 'embeded_reber'. "
        "Did you mean 'embedded_reber'?",
    ),
    ("task.depht", 2, "`task.depht` is not a parameter of 'embedded_reber'. Did you mean 'depth'?"),
    ("task.rng", 2, "`task.rng` is not a parameter of 'embedded_reber'. Its parameters are n_tr"),
    ("task.depth", 1.5, "plan: `task.depth` must be a valid integer; got 1.5."),
    ("task.depth", "2", "plan: `task.depth` must be a valid integer; got '2'."),
    ("task.share_negative", float("nan"), "`task.share_negative` must be a finite number; got nan"),
    ("training.epochz", 1, "`training.epochz` is not a field of [training]. Did you mean 'epochs'"),
    (
        "compute.gpu",
        1,
        "plan: `compute.gpu` is not a field of [compute]. Its fields are workers, members.",
    ),
    ("training.epochs", 0, "`training.epochs` must be greater than or equal to 1; got 0."),
    ("training.learning_rate", 0, "`training.learning_rate` must be greater than 0; got 0."),
    ("training.weight_decay", -0.1, "`training.weight_decay` must be greater than or equal to 0"),
    ("training.clip", "big", "`training.clip` must be a valid number; got 'big'."),
    (
        "training.momentum",
        0.9,
        '`training.momentum` must be 0 unless `optimizer` is "sgd"; got 0.9.',
    ),
    ("training.schedule", "step", "`training.schedule` must be 'constant', 'linear' or 'cosine'"),
    ("training.replicates", "3", "`training.replicates` must be a valid integer; got '3'."),
    ("network.cells", ["gru", "gur"], "`network.cells[1]` must be a known name; got 'gur'. Did yo"),
    ("network.cells", ["x"], "must be a known name; got 'x'. Known are tanh, relu, gru, lstm."),
    ("network.cells", ["GRU"], "must be a known name; got 'GRU'. Did you mean 'gru'?"),
    ("network.cells", [], "`network.cells` must hold at least one value; got []."),
    ("network.cells", "gru", "`network.cells` must be a valid array; got 'gru'."),
    ("network.cells", ["gru", "gru"], "must hold each value once; got 'gru' twice."),
    ("network.input", 0, '`network.input` must be "all", a share of the units in (0, 1] with a '),
    ("network.input", 1.5, '`network.input` must be "all", a share'),
    ("network.input", True, "a number of units >= 1 or an array of unit indices; got True."),
    ("network.readout", [], '`network.readout` must be "all"'),
    ("network.readout", [0, -1], '`network.readout` must be "all"'),
    ("network.readout", [2, 2], "`network.readout` must hold each value once; got 2 twice."),
    ("graphs.units", ..., "`graphs.units` must hold at least one size for the families."),
    ("graphs.units", [], "`graphs.units` must hold at least one value; got []."),
    ("graphs.units", [6, 0], "`graphs.units[1]` must be greater than or equal to 1; got 0."),
    ("graphs.units", [6, 6], "`graphs.units` must hold each value once; got 6 twice."),
    ("graphs.units", "6", "`graphs.units` must be a number or an array of numbers; got '6'."),
    ("graphs.units", True, "`graphs.units` must be a number or an array of numbers; got True."),
    ("graphs.units", 6.5, "`graphs.units[0]` must be a valid integer; got 6.5."),
    ("graphs.edges", 31, "`graphs.edges[0]` must give 1 to 30 edges at 6 units; got 31."),
    ("graphs.edges", "12", "`graphs.edges` must be a number or an array of numbers; got '12'."),
    ("graphs.edges", [4, 31], "`graphs.edges[1]` must give 1 to 30 edges at 6 units; got 31."),
    ("graphs.density", [0.1], "`graphs.density` must not be given together with `graphs.edges`."),
    (
        "graphs.self_loops",
        "yes",
        "`graphs.self_loops` must be true, false or \"graph\"; got 'yes'.",
    ),
    ("graphs.self_loops", 1, '`graphs.self_loops` must be true, false or "graph"; got 1.'),
    ("graphs.families", [], "must hold [[graphs.families]] or [[graphs.files]]; got neither."),
    ("graphs.families.0.family", "watts_strogats", "Did you mean 'watts_strogatz'?"),
    (
        "graphs.families.0.null",
        "rewired",
        "null` must be a known name; got 'rewired'. Did you mean ",
    ),
    ("training.init", "he", "plan: `training.init` must be 'torch' or 'fan_in'; got 'he'."),
    ("graphs.families.0.family", ..., "`graphs.families[0].family` is required; the plan does no"),
    (
        "graphs.families.0.q",
        1,
        "`graphs.families[0].q` is not a parameter of 'watts_strogatz'. Its parameters are k, p.",
    ),
    ("graphs.families.0.m", 12, "`graphs.families[0].m` is not a parameter of 'watts_strogatz'."),
    ("graphs.families.0.p", "x", "plan: `graphs.families[0].p` must be a valid number; got 'x'."),
    ("graphs.families.0.k", 2.5, "plan: `graphs.families[0].k` must be a valid integer; got 2.5."),
    ("graphs.families.0.label", 2, "`graphs.families[0].label` must be a valid string; got 2."),
    ("graphs.families.0", 3, "plan: `graphs.families[0]` must be a table; got 3."),
    (
        "graphs.families.0",
        {"family": "configuration_model", "in_degrees": [1]},
        "`graphs.families[0].out_degrees` is required by 'configuration_model'.",
    ),
    (
        "graphs.families.0",
        {"family": "stochastic_block", "blocks": [3, "x"]},
        "`graphs.families[0].blocks[1]` must be a valid integer; got 'x'.",
    ),
    (
        "graphs.families.0",
        {"family": "stochastic_block", "blocks": "x"},
        "`graphs.families[0].blocks` must be a valid integer or must be a valid array; got 'x'.",
    ),
    (
        "graphs.families.0",
        {"family": "erdos_renyi", "directed": False},
        "`graphs.families[0].label` must be a name that no other entry has; got 'erdos_renyi'.",
    ),
    (
        "graphs.families.0",
        {"family": "erdos_renyi", "directed": True, "label": "again"},
        "`graphs.families[1]` must not repeat the family and parameters of families[0].",
    ),
    ("graphs.files", [{"paths": ["no.npz"]}], "`graphs.files[0].paths[0]` must be a file; got '"),
    ("graphs.files", [{"glob": "*.no"}], "`graphs.files[0].glob` must match a file; got '"),
    ("graphs.files", [{}], "`graphs.files[0]` must name `paths` or a `glob`; got neither."),
    ("graphs.files", [{"path": "x"}], "`graphs.files[0].path` is not a field of [graphs.files[0]]"),
    ("analysis.target", "acuracy", "`analysis.target` must be 'accuracy', 'loss' or 'train_loss'"),
    ("analysis.method", "x", "must be 'spearman' or 'pearson'; got 'x'."),
    ("analysis.metrics", ["densty"], "`analysis.metrics[0]` must be a known name; got 'densty'. D"),
    ("analysis.metrics", "some", '`analysis.metrics` must be "all" or an array of names; got \'so'),
    ("analysis.covariates", "sizes", '`analysis.covariates` must be "size" or an array of names; '),
    ("analysis.covariates", ["density"] * 2, "must hold each value once; got 'density' twice."),
    ("analysis.covariates", ["n_node"], "`analysis.covariates[0]` must be a known name; got 'n_no"),
    ("analysis.folds", 1, "`analysis.folds` must be greater than or equal to 2; got 1."),
    ("compute.workers", -1, "`compute.workers` must be greater than or equal to 0; got -1."),
    ("compute.members", 0, "`compute.members` must be greater than or equal to 1; got 0."),
]


@pytest.mark.parametrize(("path", "value", "message"), MISTAKES)
def test_a_mistake_is_named(
    data: dict[str, Any], tmp_path: Path, path: str, value: object, message: str
) -> None:
    with pytest.raises(InputError, match=re.escape(message)) as caught:
        Plan.from_mapping(changed(data, path, value), folder=tmp_path)
    assert str(caught.value).count("\n") == 0, "one mistake, one line"


def test_every_mistake_has_its_line(data: dict[str, Any]) -> None:
    data["seed"] = -1
    data["training"] = {"epochs": 0, "epochz": 1}
    with pytest.raises(InputError) as caught:
        Plan.from_mapping(data, source="study.toml")
    assert [line.split("`")[:2] for line in str(caught.value).splitlines()] == [
        ["study.toml: ", "seed"],
        ["study.toml: ", "training.epochs"],
        ["study.toml: ", "training.epochz"],
    ]


@pytest.mark.parametrize(
    ("densities", "message"),
    [
        ([0.4, 0.41], "`graphs.density` must give different numbers of edges; got [12, 12] at 6"),
        ([0.01], "`graphs.density[0]` must give 1 to 30 edges at 6 units; got 0."),
        ([0.0], "`graphs.density[0]` must be greater than 0; got 0.0."),
        ([2], "`graphs.density[0]` must be less than or equal to 1; got 2."),
        ([], "`graphs.density` must hold at least one value; got []."),
    ],
)
def test_density_mistakes(data: dict[str, Any], densities: list[float], message: str) -> None:
    del data["graphs"]["edges"]
    data["graphs"]["density"] = densities
    with pytest.raises(InputError, match=re.escape(message)):
        Plan.from_mapping(data)


def test_files_are_found_from_the_folder_of_the_toml(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("b.edges", "a.edges"):
        (tmp_path / "sub" / name).write_text("0 1\n1 0\n")
    (tmp_path / "x.csv").write_text("string,valid\nab,1\nba,0\n")
    path = tmp_path / "study.toml"
    path.write_text(
        """
        name = "files"
        [task]
        name = "labelled_strings"
        train = "x.csv"
        test = "./x.csv"
        [[graphs.files]]
        paths = ["sub/b.edges"]
        [[graphs.files]]
        glob = "sub/*.edges"
        label = "both"
        """
    )
    plan = Plan.from_toml(path)
    assert plan.task.parameters == {
        "train": str(tmp_path / "x.csv"),
        "test": str(tmp_path / "x.csv"),
        "string": "string",
        "label": "valid",
    }
    assert [path.name for path in plan.graphs.files[0].found] == ["b.edges"]
    assert [path.name for path in plan.graphs.files[1].found] == ["a.edges", "b.edges"]


def test_a_missing_file_of_the_task_is_named(data: dict[str, Any], tmp_path: Path) -> None:
    data["task"] = {"name": "labelled_strings", "train": "no.csv", "test": "no.csv"}
    with pytest.raises(InputError, match=r"`task.train` must be a file; got '.*no.csv'\."):
        Plan.from_mapping(data, folder=tmp_path)


def test_a_toml_names_its_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text('name = "x"\nseed = = 3\n')
    with pytest.raises(FileError, match=r"study\.toml is not TOML: .*line 2, column 8"):
        Plan.from_toml(path)
    path.write_text('name = "x"\nsede = 3\n[task]\nname = "reber"\n[graphs]\n')
    with pytest.raises(InputError, match=r"study\.toml: `sede` is not a field of a plan\."):
        Plan.from_toml(path)
    path.write_bytes(b"name = '\xff'")
    with pytest.raises(FileError, match=r"study\.toml must be UTF-8 text; byte 8 is not\."):
        Plan.from_toml(path)
    with pytest.raises(FileError, match=r"no\.toml cannot be read: No such file or directory\."):
        Plan.from_toml(tmp_path / "no.toml")


def test_a_date_is_no_number(data: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text('name = "x"\nseed = 2020-01-01\n[task]\nname = "reber"\n[graphs]\n')
    with pytest.raises(InputError, match="`seed` must be a valid integer; got '2020-01-01'"):
        Plan.from_toml(path)
