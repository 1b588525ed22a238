import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest

from rnngraph.errors import FileError, InputError
from rnngraph.experiments import PruningPlan
from rnngraph.experiments.pruning_plan import Scope, Score, What
from rnngraph.pruning import SCORES
from rnngraph.pruning.masking import PARTS
from rnngraph.pruning.selection import SCOPES

SMALL: dict[str, Any] = {"name": "small", "task": {"name": "reber"}}


def test_the_default_plan_is_valid_and_whole() -> None:
    plan = PruningPlan.default()
    assert plan.network.cells == ("tanh", "relu", "gru", "lstm")
    assert set(plan.pruning.what) == set(get_args(What))
    assert "random" in plan.pruning.scores
    assert plan.pruning.amounts == tuple(percent / 100 for percent in range(10, 101, 10))
    # Whoever starts from it sees every field but those that are better left out.
    left_out = {"patience", "retrain_learning_rate"}
    for table in ("network", "training", "pruning", "compute"):
        fields = set(type(getattr(plan, table)).model_fields)
        assert fields - getattr(plan, table).model_fields_set <= left_out


def test_choices_are_those_of_pruning() -> None:
    assert get_args(What) == PARTS
    assert get_args(Scope) == SCOPES
    assert get_args(Score) == tuple(SCORES)


def test_a_canonical_plan_reads_back_the_same() -> None:
    plan = PruningPlan.default()
    assert PruningPlan.from_mapping(json.loads(plan.canonical())) == plan


@pytest.mark.parametrize(
    ("table", "fields", "message"),
    [
        ("pruning", {"amounts": [0.0]}, "plan: `pruning.amounts[0]` must be greater than 0"),
        ("pruning", {"amounts": [1.5]}, "`pruning.amounts[0]` must be less than or equal to 1"),
        ("pruning", {"amounts": []}, "`pruning.amounts` must hold at least one value; got []."),
        ("pruning", {"amounts": [0.5, 0.5]}, "must hold each value once; got 0.5 twice."),
        ("pruning", {"what": ["hi"]}, "`pruning.what[0]` must be 'both', 'ih' or 'hh'; got 'hi'."),
        ("pruning", {"what": ["hh", "hh"]}, "must hold each value once; got 'hh' twice."),
        ("pruning", {"scores": ["magnitud"]}, "`pruning.scores[0]` must be 'magnitude', 'random'"),
        ("pruning", {"scope": "all"}, "`pruning.scope` must be 'global', 'layer' or 'gate'"),
        (
            "pruning",
            {"retrain_epochs": 0},
            "`pruning.retrain_epochs` must be greater than or equal",
        ),
        ("pruning", {"retrain_learning_rate": 0.0}, "`pruning.retrain_learning_rate` must be"),
        ("pruning", {"within": 2.0}, "`pruning.within` must be less than or equal to 1; got 2.0."),
        ("pruning", {"null_graphs": 1}, "`pruning.null_graphs` must be greater than or equal to 2"),
        (
            "pruning",
            {"amount": [0.5]},
            "`pruning.amount` is not a field of [pruning]. Did you mean",
        ),
        ("network", {"cells": ["grru"]}, "must be a known name; got 'grru'. Did you mean 'gru'?"),
        ("network", {"layers": 0}, "`network.layers` must be greater than or equal to 1; got 0."),
        ("network", {"units": 0}, "`network.units` must be greater than or equal to 1; got 0."),
        (
            "network",
            {"embedding_size": -1},
            "`network.embedding_size` must be greater than or equal",
        ),
        ("training", {"replicates": 0}, "`training.replicates` must be greater than or equal to 1"),
        ("training", {"optimizer": "adm"}, "`training.optimizer` must be 'adamw', 'adam' or 'sgd'"),
        ("training", {"patience": 0}, "`training.patience` must be greater than or equal to 1"),
        ("compute", {"cores": -1}, "`compute.cores` must be greater than or equal to 0; got -1."),
    ],
)
def test_every_rule_has_its_error(table: str, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        PruningPlan.from_mapping({**SMALL, table: fields})


def test_a_file_that_is_no_plan(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"none\.toml cannot be read"):
        PruningPlan.from_toml(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("name =")
    with pytest.raises(FileError, match=r"bad\.toml is not TOML"):
        PruningPlan.from_toml(tmp_path / "bad.toml")
    (tmp_path / "empty.toml").write_text("")
    with pytest.raises(InputError, match=r"empty\.toml: `name` is required"):
        PruningPlan.from_toml(tmp_path / "empty.toml")
