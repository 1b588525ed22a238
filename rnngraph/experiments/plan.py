"""A plan: everything that decides what is run, read from one TOML file."""

import json
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, Field, ValidationError

from rnngraph.errors import FileError, InputError
from rnngraph.experiments.fields import TABLE
from rnngraph.experiments.graph_sections import GraphsSection
from rnngraph.experiments.keys import canonical
from rnngraph.experiments.problems import describe
from rnngraph.experiments.sections import (
    AnalysisSection,
    ComputeSection,
    NetworkSection,
    TaskSection,
    TrainingSection,
)

_DEFAULT_PLAN: Final = "default_plan.toml"


def default_plan_text() -> str:
    """Return the TOML of the default plan, with its comments: a start for one's own."""
    return (files("rnngraph.experiments") / _DEFAULT_PLAN).read_text(encoding="utf-8")


class Plan(BaseModel):
    """Which networks to train on which graphs, and what to ask of the results.

    Attributes:
        name: Name of the study.
        seed: Root of every random stream: graphs, task, first weights, data order.
        description: Free text for the report.
        task: What is learned.
        graphs: The graphs.
        network: What each graph is turned into.
        training: How each network is trained.
        analysis: What the table of runs is asked.
        compute: How the work is spread.
    """

    model_config = TABLE

    name: str
    seed: Annotated[int, Field(ge=0)] = 0
    description: str = ""
    task: TaskSection
    graphs: GraphsSection
    network: NetworkSection = NetworkSection()
    training: TrainingSection = TrainingSection()
    analysis: AnalysisSection = AnalysisSection()
    compute: ComputeSection = ComputeSection()

    @classmethod
    def from_toml(cls, path: str | Path) -> Self:
        """Read a plan; files it names are found from its own folder.

        Raises:
            FileError: The file cannot be read, or is not TOML.
            InputError: A field is unknown, missing or breaks its rule; a line each.
        """
        path = Path(path)
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise FileError(f"{path} cannot be read: {error.strerror}.") from error
        except UnicodeDecodeError as error:
            raise FileError(f"{path} must be UTF-8 text; byte {error.start} is not.") from error
        except tomllib.TOMLDecodeError as error:
            raise FileError(f"{path} is not TOML: {error}.") from error
        return cls.from_mapping(data, source=path.name, folder=path.parent)

    @classmethod
    def from_mapping(
        cls, data: Mapping[str, Any], *, source: str = "plan", folder: str | Path = "."
    ) -> Self:
        """Check a plan given as nested mappings, as `tomllib` reads it.

        Args:
            data: Tables and fields.
            source: What the errors call the plan.
            folder: Where the files it names are found.

        Raises:
            InputError: A field is unknown, missing or breaks its rule; a line each.
        """
        text = json.dumps(data, default=str)
        try:
            return cls.model_validate_json(text, context={"folder": Path(folder)})
        except ValidationError as error:
            raise InputError(describe(error, cls, source)) from None

    @classmethod
    def default(cls) -> Self:
        """Return the plan that the package brings: a small study of matched graph families."""
        return cls.from_mapping(tomllib.loads(default_plan_text()), source=_DEFAULT_PLAN)

    def canonical(self) -> str:
        """Return the plan as canonical JSON, all defaults written out; `from_mapping` reads it."""
        return canonical(self.model_dump(mode="json"))
