"""The default study's promise at full breadth: no result depends on how the work is spread."""

from pathlib import Path

import pandas as pd
import pytest

from rnngraph.experiments import Plan, load_results, run


@pytest.mark.slow
def test_workers_and_grouping_change_no_bit_of_the_default_study(tmp_path: Path) -> None:
    default = Plan.default()
    training = default.training.model_copy(update={"epochs": 2})
    tables = []
    for name, workers, members in (("one", 1, 24), ("two", 2, 7)):
        compute = default.compute.model_copy(update={"workers": workers, "members": members})
        plan = default.model_copy(update={"training": training, "compute": compute})
        run(plan, tmp_path / name, progress="none")
        tables.append(load_results(tmp_path / name).drop(columns="seconds"))
    assert len(tables[0]) == 576
    pd.testing.assert_frame_equal(*tables, check_exact=True)
