"""The work of a pruning study: train networks of a cell, prune copies, train these again."""

import copy
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import pandas as pd

from rnngraph._rng import seed_sequence, stream
from rnngraph._types import Cell
from rnngraph.experiments.keys import plain
from rnngraph.experiments.pruned_topology import remaining, topology
from rnngraph.experiments.pruning_parts import Row
from rnngraph.experiments.pruning_plan import PruningPlan
from rnngraph.masks import layered_mask
from rnngraph.nn import LayeredRNN, Population, evaluate, train_population
from rnngraph.nn.threads import threads_worth_it
from rnngraph.pruning import epochs_to_recover, masks_of, prune, recurrent_weights
from rnngraph.tasks import SequenceData

Tell = Callable[[int], None]
"""Called with the number of network-epochs just finished."""

_POINT = ("epoch", "accuracy", "loss", "train_loss")
_VALUE_BYTES = _INDEX_BYTES = 4


class Setting(NamedTuple):
    """How a network is pruned."""

    what: str
    score: str
    amount: float


def settings_of(plan: PruningPlan) -> list[Setting]:
    """All settings of a plan, in the order of its tables."""
    of = plan.pruning
    return [Setting(*choice) for choice in product(of.what, of.scores, of.amounts)]


def train_bases(
    plan: PruningPlan, task: SequenceData, cell: str, *, checkpoint: Path, tell: Tell
) -> Population:
    """Train the networks of a cell before pruning, one a replicate."""
    network, training = plan.network, plan.training
    chain = np.kron(np.eye(network.layers, k=1), np.ones((network.units, network.units)))
    mask = layered_mask(chain, cast("Cell", cell), embedding_size=network.embedding_size)
    return train_population(
        [mask],
        task,
        replicates=training.replicates,
        epochs=training.epochs,
        learning_rate=training.learning_rate,
        patience=training.patience,
        rng=seed_sequence(plan.seed),
        keys=["base"],
        checkpoint=checkpoint,
        progress=tell,
        **_shared(plan, cell),
    )


def prune_and_retrain(
    plan: PruningPlan,
    task: SequenceData,
    bases: Population,
    replicate: int,
    *,
    checkpoint: Path,
    tell: Tell,
) -> dict[str, list[Row]]:
    """Prune a network in every way of a plan, and train all its copies again as one population.

    Returns:
        Rows of the tables "base", "pruned" and "curves", JSON values.
    """
    base = cast("LayeredRNN", bases.model(replicate))
    before = bases.results.iloc[replicate]
    part = {"cell": base.cell, "replicate": replicate}
    seed = seed_sequence(plan.seed)
    settings = settings_of(plan)
    with threads_worth_it(plan.network.units):
        networks = [_pruned(plan, task, base, replicate, setting) for setting in settings]
        at_once = [evaluate(network, task) for network in networks]
    again = train_population(
        networks,
        task,
        replicates=[replicate],
        epochs=plan.pruning.retrain_epochs,
        learning_rate=plan.pruning.retrain_learning_rate or plan.training.learning_rate,
        # Not the root itself: the order of data would be that of the first training.
        rng=stream(seed, "retrain", base.cell),
        checkpoint=checkpoint,
        progress=tell,
        **_shared(plan, base.cell),
    )
    pruned, curves = [], []
    for number, (setting, network) in enumerate(zip(settings, networks, strict=True)):
        loss, accuracy = at_once[number]
        key = {**part, **setting._asdict()}
        curve = again.curves.loc[again.curves["graph"] == number]
        curves.append({**key, "epoch": 0, "accuracy": accuracy, "loss": loss, "train_loss": None})
        for point in curve.itertuples():
            curves.append({**key, **{name: getattr(point, name) for name in _POINT}})
        outcome = again.results.iloc[number]
        pruned.append(
            {
                **key,
                **_sizes(network, setting.what),
                "accuracy_before": before["accuracy"],
                "accuracy_pruned": accuracy,
                "accuracy_retrained": outcome["accuracy"],
                "epochs_to_recover": epochs_to_recover(
                    curve["accuracy"], before["accuracy"], within=plan.pruning.within
                ),
                "diverged": outcome["diverged"],
                **_topology(plan, network, replicate, setting),
            }
        )
    rows = {"base": [{**part, **_base(before, base)}], "pruned": pruned, "curves": curves}
    return {
        name: [{key: plain(value) for key, value in row.items()} for row in table]
        for name, table in rows.items()
    }


def _shared(plan: PruningPlan, cell: str) -> dict[str, Any]:
    """What both trainings have in common."""
    training = plan.training
    return {
        "cell": cell,
        "batch_size": training.batch_size,
        "weight_decay": training.weight_decay,
        "clip": training.clip,
        "optimizer": training.optimizer,
        "device": "cpu",
        "n_jobs": plan.compute.cores or None,
    }


def _pruned(
    plan: PruningPlan, task: SequenceData, base: LayeredRNN, replicate: int, setting: Setting
) -> LayeredRNN:
    network = copy.deepcopy(base)
    prune(
        network,
        setting.amount,
        score=setting.score,
        what=setting.what,
        scope=plan.pruning.scope,
        task=task,
        rng=stream(seed_sequence(plan.seed), "prune", *_name(base, replicate, setting)),
    )
    return network


def _topology(
    plan: PruningPlan, network: LayeredRNN, replicate: int, setting: Setting
) -> dict[str, float]:
    draw = stream(seed_sequence(plan.seed), "null", *_name(network, replicate, setting))
    return topology(
        remaining(network.mask, setting.what),
        null_graphs=plan.pruning.null_graphs,
        seed=seed_sequence(draw),
    )


def _name(network: LayeredRNN, replicate: int, setting: Setting) -> Iterator[str | int]:
    """What the streams of a setting are keyed by."""
    yield from (network.cell, replicate, setting.what, setting.score, repr(setting.amount))


def _sizes(network: LayeredRNN, what: str) -> dict[str, float]:
    """Live weights, and bytes of all recurrent matrices in float32: dense, and as rows (CSR)."""
    masks = masks_of(network)
    live = {name: int(mask.sum()) for name, mask in masks.items()}
    chosen = recurrent_weights(network, what)
    n = sum(mask.numel() for mask in masks.values())
    pointers = sum(len(mask) + 1 for mask in masks.values())
    n_live = sum(live.values())
    return {
        "sparsity": 1 - sum(live[name] for name in chosen) / sum(masks[k].numel() for k in chosen),
        "n_live": n_live,
        "dense_bytes": _VALUE_BYTES * n,
        "sparse_bytes": (_VALUE_BYTES + _INDEX_BYTES) * n_live + _INDEX_BYTES * pointers,
    }


def _base(before: "pd.Series[Any]", base: LayeredRNN) -> Row:
    names = ("n_parameters", "accuracy", "loss", "train_loss", "epochs", "stopped", "diverged")
    n = sum(mask.numel() for mask in masks_of(base).values())
    return {"n_recurrent": n, **{name: before[name] for name in names}}
