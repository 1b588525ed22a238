"""The tables of a plan but the graphs: task, network, training, analysis and compute."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Final, Literal, Self, TypeAlias

from pydantic import BaseModel, Field, ValidationInfo, model_validator

from rnngraph._types import CELLS
from rnngraph.experiments.fields import (
    TABLE,
    TABLE_WITH_PARAMETERS,
    Count,
    Distinct,
    Positive,
    Some,
    UnitChoice,
    in_folder,
    known,
    word_or_some,
)
from rnngraph.experiments.parameters import complete_parameters, path_parameters
from rnngraph.experiments.problems import broken_rule
from rnngraph.metrics import METRICS
from rnngraph.tasks import TASKS, SequenceData, labelled_strings
from rnngraph.tasks.text.files import archive_of

PLAN_TASKS: Final[Mapping[str, Callable[..., SequenceData]]] = MappingProxyType(
    {**TASKS, labelled_strings.__name__: labelled_strings}
)
"""What `[task]` can name: the sampled tasks, and strings from files."""


Model: TypeAlias = Literal["bayesian_ridge", "random_forest", "gradient_boosting"]
"""Names in `rnngraph.stats.MODELS`, which is not imported: it would load scikit-learn."""


def on_disk(path: Path) -> Path:
    """The archive that a path leads into, or else the path itself."""
    return archive_of(path) or path


class CallSection(BaseModel):
    """A function of a table by its name, and its parameters: the other fields.

    Files and folders among the parameters are taken from the plan's folder.

    Attributes:
        name: Name in the table.
    """

    model_config = TABLE_WITH_PARAMETERS

    functions: ClassVar[Mapping[str, Callable[..., object]]]
    reserved: ClassVar[tuple[str, ...]] = ("rng",)
    """Parameters that are set elsewhere."""

    name: str

    @property
    def parameters(self) -> dict[str, Any]:
        """All parameters of the function, with its own defaults; JSON values."""
        function = self.functions[self.name]
        return complete_parameters(function, self.model_extra or {}, reserved=self.reserved)

    @property
    def files(self) -> dict[str, Path]:
        """Files, folders and members of archives (`texts.zip/a.txt`) that are given, by name."""
        parameters = self.parameters
        names = path_parameters(self.functions[self.name])
        return {name: Path(parameters[name]) for name in names if isinstance(parameters[name], str)}

    @model_validator(mode="before")
    @classmethod
    def _find_files(cls, data: Any, info: ValidationInfo) -> Any:  # noqa: ANN401 - not yet checked
        if not isinstance(data, dict) or data.get("name") not in cls.functions:
            return data
        files = path_parameters(cls.functions[data["name"]])
        return {name: in_folder(v, info) if name in files else v for name, v in data.items()}

    @model_validator(mode="after")
    def _check_parameters(self) -> Self:
        for name, path in self.files.items():
            if not on_disk(path).exists():
                raise broken_rule(f"must be a file; got {str(path)!r}.", at=[name])
        return self


class TaskSection(CallSection):
    """`[task]`: a member of `rnngraph.tasks.TASKS`, or "labelled_strings", and its parameters.

    Attributes:
        name: Name in the table. The other fields are the function's parameters; a file among
            them is taken from the plan's folder.
    """

    functions = PLAN_TASKS

    name: Annotated[str, known(PLAN_TASKS)]


class NetworkSection(BaseModel):
    """`[network]`: what a graph is turned into.

    Attributes:
        cells: Each of "tanh", "relu" (a plain RNN and its activation), "gru", "lstm".
        input: Units that receive the input. A share or a number is drawn anew for each graph.
        readout: Units that are read, in the same forms.
    """

    model_config = TABLE

    cells: Annotated[tuple[Annotated[str, known(CELLS)], ...], Some, Distinct] = ("gru",)
    input: UnitChoice = "all"
    readout: UnitChoice = "all"


class TrainingSection(BaseModel):
    """`[training]`: how each network is trained.

    Attributes:
        replicates: Networks a graph and cell, each with its own first weights and data order.
        epochs: Passes over the training sequences.
        batch_size: Sequences in a batch.
        learning_rate: Largest step size of the optimiser, > 0.
        weight_decay: >= 0; decoupled for "adamw", added to the gradient for "adam" and "sgd".
        clip: Largest gradient norm of a network, > 0.
        optimizer: "adamw", "adam" or "sgd".
        momentum: Of "sgd", in [0, 1]; 0 for the others.
        schedule: "constant", "linear" or "cosine": how the step size goes down to 0 in the end.
        warmup: Updates over which the step size first rises from 0.
        init: First weights: "torch" (torch's own range), or "fan_in" (recurrence scaled to each
            unit's live in-degree, so that density is not also initial gain).
    """

    model_config = TABLE

    replicates: Count = 3
    epochs: Count = 20
    batch_size: Count = 64
    learning_rate: Positive = 1e-3
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    clip: Positive = 1.0
    optimizer: Literal["adamw", "adam", "sgd"] = "adamw"
    momentum: Annotated[float, Field(ge=0, le=1)] = 0.0
    schedule: Literal["constant", "linear", "cosine"] = "constant"
    warmup: Annotated[int, Field(ge=0)] = 0
    init: Literal["torch", "fan_in"] = "torch"

    @model_validator(mode="after")
    def _momentum_is_of_sgd(self) -> Self:
        if self.momentum and self.optimizer != "sgd":
            rule = f'must be 0 unless `optimizer` is "sgd"; got {self.momentum}.'
            raise broken_rule(rule, at=["momentum"])
        return self


class AnalysisSection(BaseModel):
    """`[analysis]`: what the table of runs is asked; changes no run.

    Attributes:
        target: Column to explain: "accuracy", "loss" or "train_loss".
        method: Correlation: "spearman" or "pearson".
        metrics: Metrics to compute and to explain with: "all" or names in `METRICS`.
        covariates: Metrics that stand for size, held fixed in partial correlations: "size" for
            n_nodes and n_edges where they vary, or names in `METRICS`; [] for none.
        models: Models that predict: "bayesian_ridge", "random_forest", "gradient_boosting".
        folds: Folds of each cross-validation, >= 2.
        repeats: Times that the cross-validation is repeated.
    """

    model_config = TABLE

    target: Literal["accuracy", "loss", "train_loss"] = "accuracy"
    method: Literal["spearman", "pearson"] = "spearman"
    metrics: Annotated[Literal["all"] | tuple[str, ...], word_or_some("all", METRICS)] = "all"
    covariates: Annotated[Literal["size"] | tuple[str, ...], word_or_some("size", METRICS)] = "size"
    models: Annotated[tuple[Model, ...], Some, Distinct] = ("bayesian_ridge", "random_forest")
    folds: Annotated[int, Field(ge=2)] = 10
    repeats: Count = 10

    @property
    def metric_names(self) -> tuple[str, ...]:
        """Names of the metrics to compute: the chosen ones and the named covariates."""
        if self.metrics == "all":
            return tuple(METRICS)
        named = () if self.covariates == "size" else self.covariates
        return tuple(dict.fromkeys((*self.metrics, *named)))


class ComputeSection(BaseModel):
    """`[compute]`: how the work is spread; changes neither a run nor its key.

    Attributes:
        workers: Worker processes; 0 for one a core.
        members: Networks trained together in one job, which is also what is stored at once.
    """

    model_config = TABLE

    workers: Annotated[int, Field(ge=0)] = 0
    members: Count = 16
