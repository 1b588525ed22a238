import numpy as np
import pandas as pd
import pytest
import torch

from rnngraph._types import Adjacency
from rnngraph.errors import InputError
from rnngraph.metrics import METRICS, profile
from rnngraph.metrics._torch_paths import names, path_metrics
from rnngraph.metrics._torch_table import all_by_torch, lies_on_an_accelerator

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


def stack(n: int) -> Adjacency:
    """Graphs of n nodes: sparse and dense, acyclic, in parts, a ring, a star, one without edges."""
    rng = np.random.default_rng(n)
    graphs = [rng.random((n, n)) < p for p in (0.03, 0.1, 0.3, 0.9)]
    graphs += [np.triu(graphs[2]), np.kron(np.eye(2), graphs[3])[:n, :n] > 0]
    graphs += [np.roll(np.eye(n), 1, axis=1) > 0, np.eye(n) > 0, np.zeros((n, n)) > 0]
    star = np.zeros((n, n), dtype=bool)
    star[0] = True
    return np.stack([*graphs, star, star.T])


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("n", [1, 2, 3, 9, 40])
def test_path_metrics_are_those_of_the_reference(n: int, device: str) -> None:
    graphs = stack(n)
    masks = torch.from_numpy(graphs).to(device)
    found = path_metrics(masks)
    assert all(
        value.device == masks.device and value.dtype == torch.float64 for value in found.values()
    )
    table = profile(graphs, metrics=list(found), backend="reference")
    for name, value in found.items():
        np.testing.assert_allclose(value.cpu(), table[name], rtol=1e-12, atol=1e-13, err_msg=name)


def test_all_of_them_are_metrics() -> None:
    assert set(names()) < set(METRICS)
    assert {"mean_path_length", "closeness_in_max", "edge_betweenness_std"} < set(names())


def test_chunks_change_nothing() -> None:
    masks = torch.from_numpy(stack(12))
    whole, parts = path_metrics(masks), path_metrics(masks, max_bytes=1)
    for name, value in whole.items():
        assert torch.equal(value.nan_to_num(-1), parts[name].nan_to_num(-1))


def test_the_input_is_left_alone_whatever_its_type() -> None:
    weights = torch.randn(2, 6, 6, requires_grad=True)
    before = weights.detach().clone()
    found = path_metrics(weights)
    assert torch.equal(weights, before)
    assert found["diameter"].tolist() == [1, 1]
    assert not found["diameter"].requires_grad


@pytest.mark.parametrize(
    ("masks", "message"),
    [
        (torch.ones(2, 3), r"must be a tensor of shape \(K, n, n\); got \(2, 3\)\."),
        (torch.ones(1, 2, 3), r"must be a tensor of shape \(K, n, n\); got \(1, 2, 3\)\."),
        (np.ones((1, 2, 2)), r"must be a tensor of shape \(K, n, n\); got ndarray\."),
        (torch.ones(1, 0, 0), r"must have at least 1 node; got 0\."),
        (
            torch.ones(1, 2, 2, device="meta"),
            r"must hold values; got a tensor on the device 'meta'\.",
        ),
        (
            torch.full((1, 2, 2), torch.nan),
            r"must hold booleans or finite numbers; got torch",
        ),
        (
            torch.ones(1, 2, 2, dtype=torch.complex64),
            r"must hold booleans or finite numbers; got ",
        ),
    ],
)
def test_bad_masks(masks: torch.Tensor, message: str) -> None:
    with pytest.raises(InputError, match=rf"^`graphs` {message}"):
        path_metrics(masks)


def test_profiles_by_torch() -> None:
    graphs = stack(9)
    chosen = ["diameter", "betweenness_mean", "eccentricity_std"]
    table = profile(torch.from_numpy(graphs), metrics=chosen, backend="torch")
    assert table.attrs == {"backend": "torch"}
    expected = profile(graphs, metrics=chosen, backend="reference")
    pd.testing.assert_frame_equal(table, expected, rtol=1e-12)
    whole = profile(torch.from_numpy(graphs), backend="torch")
    assert list(whole) == [*names(), "undefined"]


@pytest.mark.parametrize("metrics", ["density", ["diameter", "modularity"], {"diameter": len}])
def test_torch_measures_paths_alone(metrics: object) -> None:
    with pytest.raises(InputError, match="^`metrics` must be"):
        profile(torch.ones(1, 3, 3), metrics=metrics, backend="torch")


def test_who_goes_to_torch_by_itself() -> None:
    assert not lies_on_an_accelerator(torch.ones(1, 3, 3))
    assert not lies_on_an_accelerator(np.ones((1, 3, 3)))
    assert all_by_torch(["diameter", "radius"])
    assert not all_by_torch(["diameter", "density"])
    assert not all_by_torch(None)
    assert not all_by_torch({"diameter": len})


@pytest.mark.skipif("cuda" not in DEVICES, reason="no GPU")
def test_a_tensor_on_a_gpu_is_measured_there() -> None:
    masks = torch.from_numpy(stack(9)).cuda()
    assert profile(masks, metrics=["diameter"]).attrs == {"backend": "torch"}
    assert profile(masks, metrics=["density"]).attrs != {"backend": "torch"}
