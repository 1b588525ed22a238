import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import networkx as nx
import pandas as pd
import pytest

import rnngraph as rg


@pytest.fixture(scope="module")
def script(load: Callable[[str], ModuleType]) -> ModuleType:
    return load("published_metrics")


@pytest.fixture
def graphs(tmp_path: Path) -> Path:
    peers = [nx.barabasi_albert_graph(12, 2, seed=seed) for seed in range(3)]
    lines = [
        {"graph": "barabasi_albert", "graph_nr": k, "nodes": 12, "edges": list(peer.edges)}
        for k, peer in enumerate(peers)
    ]
    path = tmp_path / "graphs.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.fixture
def table(graphs: Path) -> pd.DataFrame:
    records = [json.loads(line) for line in graphs.read_text().splitlines()]
    peers: list[nx.Graph[int]] = [nx.Graph(record["edges"]) for record in records]
    rows = rg.profile(
        [nx.to_numpy_array(peer, nodelist=range(12)) for peer in peers], metrics=rg.metrics.DARJI
    ).drop(columns="undefined")
    # One column from elsewhere, so that the table is not only our own echo.
    rows["diameter"] = [nx.diameter(peer) for peer in peers]
    key = {"mode": "GRU", "graph": "barabasi_albert", "graph_nr": range(3)}
    return pd.concat([pd.DataFrame(key), rows], axis=1)[::-1]


def test_a_table_that_agrees(
    script: ModuleType, graphs: Path, table: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    results = graphs.with_name("structure.csv")
    table.to_csv(results, index=False)
    assert script.main(["--graphs", str(graphs), "--results", str(results)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [*rg.metrics.DARJI, "graphs"]
    assert lines[-1].startswith("graphs 3  columns 23  max_abs_error ")
    assert float(lines[-1].split()[-1]) < 1e-9


@pytest.mark.parametrize(("value", "shown"), [(2.5, "2.5"), (float("nan"), "inf")])
def test_a_column_that_differs_is_named(
    script: ModuleType,
    graphs: Path,
    table: pd.DataFrame,
    capsys: pytest.CaptureFixture[str],
    value: float,
    shown: str,
) -> None:
    results = graphs.with_name("structure.csv")
    table["layers"] += [0, value, 0]
    table.to_csv(results, index=False)
    assert script.main(["--graphs", str(graphs), "--results", str(results)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["layers", shown]
    assert lines[-1].endswith(f"max_abs_error {shown}")


def test_a_mode_is_chosen(script: ModuleType, graphs: Path, table: pd.DataFrame) -> None:
    results = graphs.with_name("structure.csv")
    wrong = table.assign(mode="LSTM", layers=0)
    pd.concat([table, wrong]).to_csv(results, index=False)
    options = ["--graphs", str(graphs), "--results", str(results)]
    assert script.main([*options, "--mode", "GRU"]) == 0
    assert script.main([*options, "--mode", "LSTM"]) == 1
    with pytest.raises(SystemExit, match="holds the modes GRU, LSTM: choose one with --mode"):
        script.main(options)


def test_the_same_graphs_are_needed(script: ModuleType, graphs: Path, table: pd.DataFrame) -> None:
    results = graphs.with_name("structure.csv")
    table.iloc[:2].to_csv(results, index=False)
    with pytest.raises(SystemExit, match="do not hold the same graphs"):
        script.main(["--graphs", str(graphs), "--results", str(results)])
