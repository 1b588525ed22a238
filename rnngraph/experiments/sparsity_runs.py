"""The work of a sparsification study: fit one network, and measure what is left of it."""

import time
from collections.abc import Callable
from functools import cache
from statistics import median
from typing import Any, Final, cast

import numpy as np
import pandas as pd
import torch

from rnngraph._rng import seed_sequence, stream
from rnngraph.experiments.keys import plain
from rnngraph.experiments.sparsity_methods import METHODS, Assignment
from rnngraph.experiments.sparsity_plan import (
    TEXTS,
    DataSection,
    MethodSection,
    SparsityPlan,
    TextSection,
    settings_of,
)
from rnngraph.nn import compact
from rnngraph.nn.graph_rnn import stock_module
from rnngraph.nn.threads import one_thread
from rnngraph.sparsify import (
    Folded,
    SequenceSource,
    Shape,
    Source,
    TextSource,
    Values,
    forward,
    score,
    structure_of,
)
from rnngraph.tasks import LanguageTask, TextTask, bag_of_words_accuracy

Row = dict[str, Any]

_TIMED_STEPS: Final = 200
_ROUNDS: Final = 9


@one_thread()
def fit_one(
    plan: SparsityPlan, task: TextSection, method: MethodSection, replicate: int
) -> dict[str, list[Row]]:
    """Fit a network of a plan.

    Returns:
        Rows of the tables "networks" (one), "history" (an epoch each) and "gates" (a gate of a
        unit that is left each), JSON values.
    """
    started = time.perf_counter()
    text = _text(task.data.model_dump_json(), plan.seed)
    shape = Shape(
        task.cell,
        len(text.vocabulary),
        task.units,
        len(text.classes) if isinstance(text, TextTask) else len(text.vocabulary),
        task.embedding,
        task.layers,
    )
    train, valid, test = (_source(text, task, part) for part in ("train", "valid", "test"))
    # The streams of a network hang on its task and replicate alone: methods begin alike.
    seed = np.random.SeedSequence(
        int(stream(seed_sequence(plan.seed), "network", task.name, replicate).integers(2**62))
    )
    work = Assignment(shape, train, valid, task.epochs, settings_of(task), seed)
    outcome = METHODS[method.name](work, **method.parameters)
    structure = structure_of(shape, outcome.values)
    small = Folded(structure)
    found, before = (score(small, source, batch_size=task.batch_size) for source in (test, valid))
    kept = {"task": task.name, "method": method.label, "replicate": replicate}
    whole = sum(rows * columns for rows, columns in shape.matrices().values())
    left = {**structure.summary(), "bytes": sum(buffer.nbytes for buffer in small.buffers())}
    if (factors := outcome.factors) is not None:
        # Products are whole matrices; what is stored is their factors, which need no indices.
        compression = whole / factors.n_weights
        left |= {
            "weights": factors.n_weights,
            "compression": compression,
            "compression_with_indices": compression,
            "bytes": factors.n_bytes,
        }
    row = {
        **kept,
        "status": "done",
        "error": "",
        "accuracy": found.accuracy,
        "bits": found.bits,
        "perplexity": found.perplexity,
        "valid_accuracy": before.accuracy,
        "valid_bits": before.bits,
        "epochs": len(outcome.fit.history),
        "kept_epoch": outcome.fit.best_epoch,
        "diverged": outcome.fit.diverged,
        "baseline": _baseline(task.data.model_dump_json(), plan.seed),
        **left,
        "all_weights": whole,
        "all_units": shape.units * shape.layers,
        "all_inputs": shape.input_size,
        "folding_error": _folding_error(shape, outcome.values, small, test, task.batch_size),
        **_step_times(shape, small),
        "seconds": time.perf_counter() - started,
    }
    tables = {
        "networks": pd.DataFrame([row]),
        "history": outcome.fit.history,
        "gates": structure.gate_table(),
    }
    return {
        name: [
            {**kept, **{str(key): plain(value) for key, value in own.items()}}
            for own in table.to_dict("records")
        ]
        for name, table in tables.items()
    }


@cache
def _text(section: str, seed: int) -> TextTask | LanguageTask:
    """Read a text once a process; its splits hang on the seed of the plan alone."""
    data = DataSection.model_validate_json(section)
    arguments = dict(data.parameters)
    read: Callable[..., Any] = TEXTS[data.name]
    if data.name == "text_classification":
        arguments["rng"] = stream(seed_sequence(seed), "split")
    found: TextTask | LanguageTask = read(**arguments)
    return found


@cache
def _baseline(section: str, seed: int) -> float:
    """What needs no network: a bag of words (accuracy), or frequencies (bits a token)."""
    text = _text(section, seed)
    if isinstance(text, TextTask):
        return bag_of_words_accuracy(text)
    return float(cast("float", text.meta["unigram_bits"]))


def _source(text: TextTask | LanguageTask, task: TextSection, part: str) -> Source:
    data = getattr(text, part)
    if isinstance(text, TextTask):
        return SequenceSource(data)
    return TextSource(data, task.steps, task.carried)


def _folding_error(
    shape: Shape, values: Values, small: Folded, source: Source, batch_size: int
) -> float:
    """Largest difference of an output, of the folded network from the whole, on a batch."""
    batch = next(source.batches(batch_size, None))
    with torch.no_grad():
        whole, _ = forward(shape, values, batch.x, batch.lengths)
    return float((small(batch.x, batch.lengths)[0] - whole).abs().max())


@torch.no_grad()
def _step_times(shape: Shape, small: Folded) -> Row:
    """Microseconds a step of one sequence in the core, and how many times as long torch takes.

    The layers alone, a whole sequence a call: the folded network by `rnngraph.compact`, and torch's
    own module of the whole shape, in turns. A step of torch's does not hang on its weights.
    """
    whole = stock_module(shape.cell, shape.sources(0), shape.units, num_layers=shape.layers)
    for parameter in whole.parameters():
        parameter.fill_(0.01)
    _, rnn, _ = small.to_torch()
    networks = {"whole": whole, "small": compact(rnn)}
    inputs = {
        name: torch.full((1, _TIMED_STEPS, width), 0.5)
        for name, width in (("whole", whole.input_size), ("small", rnn.input_size))
    }
    times: dict[str, list[float]] = {name: [] for name in networks}
    for _ in range(_ROUNDS):
        for name, network in networks.items():
            start = time.perf_counter()
            network(inputs[name])
            times[name].append((time.perf_counter() - start) / _TIMED_STEPS * 1e6)
    ratios = [a / b for a, b in zip(*times.values(), strict=True)]
    return {"step_us": median(times["small"]), "times_as_fast": median(ratios)}
