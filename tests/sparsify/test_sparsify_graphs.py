import numpy as np
import pytest
import torch
from scipy import stats

from rnngraph.errors import InputError
from rnngraph.metrics import profile
from rnngraph.sparsify import (
    PUBLISHED,
    Plain,
    Shape,
    Variational,
    sample_graphs,
    topology_intervals,
)

N = 6


def model(levels: tuple[str, ...] = PUBLISHED["W+G+N"], layers: int = 1) -> Variational:
    made = Variational(Shape("lstm", 3, N, 2, layers=layers), levels, rng=0)
    draw = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=draw) - 0.5)
    return made


def test_probabilities_are_those_of_signs() -> None:
    made = model()
    found = made.probabilities()
    for name in ("weight_hh_l0", "readout"):
        normal = made.normals[name]
        mean, deviation = normal.mean.detach().numpy(), normal.log_sigma.detach().exp().numpy()
        positive = stats.norm.sf(0, mean, deviation)
        np.testing.assert_allclose(found[name], np.abs(2 * positive - 1), atol=1e-6)
    assert set(found) == set(made.shape.matrices()) | set(made.shape.factors())
    plain = model(("units",)).probabilities()
    assert (plain["weight_hh_l0"] == 1).all()
    assert (plain["gates_l0"] == 1).all()


@pytest.mark.parametrize("levels", [PUBLISHED["W"], PUBLISHED["W+G+N"], PUBLISHED["N"]])
@pytest.mark.parametrize("layer", [0, 1])
def test_edges_come_as_often_as_their_probability(levels: tuple[str, ...], layer: int) -> None:
    made = model(levels, layers=2)
    times = 3000
    share = np.mean(sample_graphs(made, times, layer=layer, rng=0), axis=0)
    alive = {name: value.numpy() for name, value in made.probabilities().items()}
    weight = alive[f"weight_hh_l{layer}"].reshape(4, N, N)
    gates = alive[f"gates_l{layer}"].reshape(4, N, 1)
    expected = (1 - (1 - gates * weight).prod(0)) * alive[f"units_l{layer}"]
    np.testing.assert_allclose(share, expected.T, atol=4.5 * 0.5 / np.sqrt(times))


def test_intervals_hold_the_graphs() -> None:
    made = model()
    table = topology_intervals(made, metrics=["density", "reciprocity"], n=50, rng=0)
    assert table["metric"].tolist() == ["density", "reciprocity"]
    drawn = profile(sample_graphs(made, 50, rng=0), metrics=["density"])["density"]
    row = table.iloc[0]
    assert row["mean"] == pytest.approx(drawn.mean())
    assert row["ci_low"] == pytest.approx(drawn.quantile(0.05))
    assert row["ci_high"] == pytest.approx(drawn.quantile(0.95))
    assert row["estimate"] == pytest.approx(drawn.median())
    assert len(topology_intervals(made, n=2, rng=0)) > 50


@pytest.mark.parametrize("log_sigma", [-2.0, 0.0, 1.0])
@pytest.mark.parametrize("level", [0.01, 0.9])
def test_an_estimate_lies_within_its_interval(log_sigma: float, level: float) -> None:
    """Also where many weights are kept that hardly any graph has."""
    made = model(PUBLISHED["W"])
    with torch.no_grad():
        made.normals["weight_hh_l0"].log_sigma.fill_(log_sigma)
    table = topology_intervals(made, n=40, level=level, rng=0)
    table = table[table["undefined"] < 1]
    assert len(table) > 50
    assert (table["ci_low"] <= table["estimate"]).all()
    assert (table["estimate"] <= table["ci_high"]).all()


def test_one_that_is_sure_has_one_graph() -> None:
    made = model()
    with torch.no_grad():
        for name, parameter in made.named_parameters():
            if "sigma" in name:
                parameter.fill_(-20.0)
    first, *others = sample_graphs(made, 5, rng=0)
    assert first.all()
    assert all((graph == first).all() for graph in others)


def test_bad_arguments_are_named() -> None:
    made = model()
    sure = Plain(made.shape, rng=0)
    for call, message in [
        (lambda: sample_graphs(made, 0, rng=0), r"`n` must be an integer >= 1; got 0"),
        (lambda: sample_graphs(made, 1, layer=1, rng=0), r"`layer` must be an integer in \[0, 0\]"),
        (lambda: topology_intervals(made, n=1, rng=0), "`n` must be an integer >= 2; got 1"),
        (lambda: topology_intervals(made, level=1.5, rng=0), r"`level` must be .*; got 1.5"),
        (lambda: topology_intervals(made, metrics=["dens"], rng=0), "`metrics` must .*'dens'"),
        (lambda: sample_graphs(sure, 3, rng=0), "`model` must be a Variational .*; got Plain"),
        (lambda: topology_intervals(sure, rng=0), "`model` must be a Variational .*; got Plain"),
    ]:
        with pytest.raises(InputError, match=f"^{message}"):
            call()
