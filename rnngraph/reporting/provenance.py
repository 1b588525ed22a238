"""Where the numbers come from: versions, seeds and the plan. No dates: a re-run gives the same."""

import json
import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import Final

from rnngraph.experiments.toml_plan import TomlPlan
from rnngraph.reporting.analysis import Settings
from rnngraph.reporting.blocks import Block, Facts, Listing, Prose
from rnngraph.reporting.numbers import counted
from rnngraph.reporting.prepare import Study

_PACKAGES: Final = (
    "rnngraph",
    "matplotlib",
    "numpy",
    "pandas",
    "scikit-learn",
    "scipy",
)


def provenance(study: Study, settings: Settings) -> tuple[tuple[str, str], ...]:
    """Return facts that let someone else make the same report."""
    facts = [
        ("rows of the results", str(study.n_rows)),
        ("runs used", str(len(study.runs))),
        ("distinct graphs", str(len(study.graphs))),
        ("analysis", _versions_here()),
    ]
    there = study.provenance("versions")
    if there:
        facts.append(("runs", _versions(there)))
    plan = study.provenance("plan")
    if "seed" in plan:
        facts.append(("seed of the runs", str(plan["seed"])))
    facts.append(("seed of the analysis", _seed(settings)))
    facts.append(
        (
            "resampling",
            f"{counted(settings.n_boot, 'bootstrap resample')}, {settings.folds} folds, "
            f"{counted(settings.repeats, 'repeat')}",
        )
    )
    return tuple(facts)


def plan_provenance(plan: TomlPlan, what: str, n: int) -> tuple[Block, ...]:
    """Return what lets someone else make the `n` networks of a plan; `what` names them."""
    facts = ((what, str(n)), ("seed", str(plan.seed)), ("report", _versions_here()))
    return (Facts(facts), *plan_blocks(json.loads(plan.canonical())))


def plan_blocks(plan: Mapping[str, object]) -> tuple[Block, ...]:
    """Return a plan as JSON, after a line that says so; nothing for an empty one."""
    if not plan:
        return ()
    text = json.dumps(plan, indent=2, default=str, ensure_ascii=False)
    return (Prose(("The plan:",)), Listing(text))


def _versions_here() -> str:
    here = {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}}
    return _versions(here)


def _versions(versions: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in versions.items())


def _seed(settings: Settings) -> str:
    key = settings.seed.spawn_key
    return f"{settings.seed.entropy}{f', spawn key {key}' if key else ''}"
