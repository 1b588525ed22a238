"""A plan of a sparsification study: texts to learn, ways to make a network sparse."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from rnngraph.experiments.fields import TABLE, Count, Positive, known
from rnngraph.experiments.problems import broken_rule
from rnngraph.experiments.pruning_plan import CoresSection
from rnngraph.experiments.sections import CallSection
from rnngraph.experiments.sparsity_methods import METHODS, lasso
from rnngraph.experiments.toml_plan import TomlPlan
from rnngraph.tasks import language_model, text_classification

TEXTS: Final[Mapping[str, Callable[..., object]]] = MappingProxyType(
    {f.__name__: f for f in (text_classification, language_model)}
)
"""What `[tasks.data]` can name."""


def _as_tuple(value: object) -> object:
    """An array of a table whose files were found: no longer read as JSON, it is a list."""
    return tuple(value) if isinstance(value, list) else value


class DataSection(CallSection):
    """`[tasks.data]`: "text_classification" or "language_model", and its parameters.

    Attributes:
        name: Name of the function in `rnngraph.tasks`. The other fields are its parameters; files
            and folders among them are taken from the plan's folder.
    """

    functions = TEXTS

    name: Annotated[str, known(TEXTS)]


class TextSection(BaseModel):
    """`[[tasks]]`: a text, the network that learns it, and how.

    Attributes:
        name: Label.
        data: Where the text is, and how it is read.
        cell: "lstm" or "gru".
        units: Hidden units a layer.
        embedding: Width of the tokens' embedding; 0: tokens are one-hot.
        layers: Layers.
        epochs: Passes over the training data.
        learning_rate: Adam's first step, > 0.
        schedule: "constant", "linear" or "cosine": how the step goes down to 0 in the end.
        batch_size: Sequences, or rows of a long text, of a batch.
        clip: Largest norm of the gradient, > 0.
        steps: Tokens of a long text that gradients flow back through.
        carried: Whether states are carried along a long text.
    """

    model_config = TABLE

    name: str
    data: DataSection
    cell: Literal["lstm", "gru"] = "lstm"
    units: Count = 64
    embedding: Annotated[int, Field(ge=0)] = 32
    layers: Count = 1
    epochs: Count = 50
    learning_rate: Positive = 2e-3
    schedule: Literal["constant", "linear", "cosine"] = "constant"
    batch_size: Count = 64
    clip: Positive = 1.0
    steps: Count = 100
    carried: bool = False


class MethodSection(CallSection):
    """`[[methods]]`: a member of `METHODS` and its parameters.

    Attributes:
        name: "dense", "variational", "lasso", "hard_concrete", "spectral", "low_rank" or
            "singular_values". The other fields are the method's parameters.
        label: What the report calls it; methods on different tasks may share one, so that each
            task has its own strength.
        tasks: Names of the tasks that it is tried on; none: all.
        replicates: Networks a task, the first of those of the plan; none: as many as the plan has.
    """

    functions = METHODS
    reserved = ("work",)

    name: Annotated[str, known(METHODS)]
    label: str
    tasks: Annotated[tuple[str, ...] | None, BeforeValidator(_as_tuple)] = None
    replicates: Count | None = None

    @model_validator(mode="after")
    def _check_strengths(self) -> Self:
        if self.name == lasso.__name__ and not any(self.parameters.values()):
            raise broken_rule(f"must have one of {', '.join(self.parameters)} above 0; got none.")
        return self


class SparsityPlan(TomlPlan):
    """Which texts to learn, and which ways to make the networks sparse.

    Attributes:
        name: Name of the study.
        seed: Root of every random stream: splits, first weights, orders, noise.
        description: Free text for the report.
        replicates: Networks a task and method, each with its own first weights and order.
        tasks: Texts and networks, by distinct names.
        methods: Ways to make them sparse, by labels that are distinct on each task; the first is
            what the others are held against.
        compute: How the work is spread.
    """

    default_file: ClassVar[str] = "default_sparsity_plan.toml"

    replicates: Count = 3
    tasks: Annotated[tuple[TextSection, ...], Field(min_length=1)]
    methods: Annotated[tuple[MethodSection, ...], Field(min_length=1)]
    compute: CoresSection = CoresSection()

    @model_validator(mode="after")
    def _check_names(self) -> "SparsityPlan":
        names = [task.name for task in self.tasks]
        for k, name in enumerate(names):
            if name in names[:k]:
                raise broken_rule(f"must be distinct; got {name!r} twice.", at=["tasks", k, "name"])
        for k, method in enumerate(self.methods):
            for name in method.tasks or ():
                if name not in names:
                    rule = f"must name tasks of the plan ({', '.join(names)}); got {name!r}."
                    raise broken_rule(rule, at=["methods", k, "tasks"])
            if method.replicates is not None and method.replicates > self.replicates:
                most = self.replicates
                rule = f"must be at most {most}, those of the plan; got {method.replicates}."
                raise broken_rule(rule, at=["methods", k, "replicates"])
        for field in ("tasks", "replicates"):
            if getattr(self.methods[0], field) is not None:
                rule = "must be left out: all others are held against the first method."
                raise broken_rule(rule, at=["methods", 0, field])
        for task in names:
            seen: set[str] = set()
            for k, method in enumerate(self.methods):
                if method.tasks is not None and task not in method.tasks:
                    continue
                if method.label in seen:
                    rule = f"must be distinct on each task; got {method.label!r} twice on {task!r}."
                    raise broken_rule(rule, at=["methods", k, "label"])
                seen.add(method.label)
        return self

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the methods, each once, in order."""
        return tuple(dict.fromkeys(method.label for method in self.methods))

    def runs(self) -> list[tuple[TextSection, MethodSection, int]]:
        """Every network to fit: tasks, then methods, then replicates."""
        return [
            (task, method, replicate)
            for task in self.tasks
            for method in self.methods
            if method.tasks is None or task.name in method.tasks
            for replicate in range(method.replicates or self.replicates)
        ]


def settings_of(task: TextSection) -> dict[str, Any]:
    """Keyword arguments of `rnngraph.sparsify.fit`."""
    return {
        name: getattr(task, name) for name in ("learning_rate", "schedule", "batch_size", "clip")
    }
