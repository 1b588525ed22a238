"""A plan of a pruning study: networks to train, how to prune them, how to train them again."""

from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, Field

from rnngraph._types import CELLS
from rnngraph.experiments.fields import TABLE, Count, Distinct, Positive, Shares, Some, known
from rnngraph.experiments.sections import TaskSection
from rnngraph.experiments.toml_plan import TomlPlan

What: TypeAlias = Literal["both", "ih", "hh"]
Scope: TypeAlias = Literal["global", "layer", "gate"]
Score: TypeAlias = Literal[
    "magnitude", "random", "gradient", "movement", "snip", "gate_normalized", "jacobian"
]
"""Names in `rnngraph.pruning`, which is not imported: it would load torch."""


class ChainSection(BaseModel):
    """`[network]`: the network before pruning, complete layers one after the other.

    Attributes:
        cells: Each of "tanh", "relu", "gru", "lstm".
        layers: Recurrent layers.
        units: Units a layer.
        embedding_size: Width of a token's embedding; 0 for tokens as they are, one channel each.
    """

    model_config = TABLE

    cells: Annotated[tuple[Annotated[str, known(CELLS)], ...], Some, Distinct] = CELLS
    layers: Count = 3
    units: Count = 50
    embedding_size: Annotated[int, Field(ge=0)] = 50


class BaseTrainingSection(BaseModel):
    """`[training]`: how a network is trained before it is pruned, and again after.

    Attributes:
        replicates: Networks a cell, each with its own first weights and data order.
        epochs: Passes over the training sequences before pruning.
        batch_size: Sequences in a batch.
        learning_rate: Step size of the optimiser, > 0.
        weight_decay: Of the optimiser, >= 0.
        clip: Largest gradient norm of a network, > 0.
        optimizer: "adamw", "adam" or "sgd".
        patience: Epochs without a better test loss after which the training before pruning ends;
            none: never. A network chosen by its test loss has a test accuracy that flatters.
    """

    model_config = TABLE

    replicates: Count = 3
    epochs: Count = 50
    batch_size: Count = 32
    learning_rate: Positive = 1e-3
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    clip: Positive = 5.0
    optimizer: Literal["adamw", "adam", "sgd"] = "adam"
    patience: Count | None = None


class PruningSection(BaseModel):
    """`[pruning]`: which weights go, how many, and what follows.

    Attributes:
        amounts: Shares of the weights to prune, each in (0, 1].
        what: Weights to prune: "ih" (input to hidden), "hh" (hidden to hidden), "both" together.
        scores: Names in `rnngraph.pruning.SCORES`; "random" is what the others are held against.
        scope: Among which weights the lowest scores are sought: "global" (all layers together),
            "layer" or "gate".
        retrain_epochs: Passes over the training sequences after pruning, masks in force.
        retrain_learning_rate: Step size of these, > 0; none: that of `[training]`.
        within: How far below its accuracy before pruning a network counts as recovered, in [0, 1].
        null_graphs: Random graphs that each remaining graph is held against, >= 2.
    """

    model_config = TABLE

    amounts: Shares = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
    what: Annotated[tuple[What, ...], Some, Distinct] = ("both", "ih", "hh")
    scores: Annotated[tuple[Score, ...], Some, Distinct] = ("magnitude", "random")
    scope: Scope = "global"
    retrain_epochs: Count = 10
    retrain_learning_rate: Positive | None = None
    within: Annotated[float, Field(ge=0, le=1)] = 0.005
    null_graphs: Annotated[int, Field(ge=2)] = 40


class CoresSection(BaseModel):
    """`[compute]`: how the work is spread; changes no result.

    Attributes:
        cores: Cores that train; 0 for all.
    """

    model_config = TABLE

    cores: Annotated[int, Field(ge=0)] = 0


class PruningPlan(TomlPlan):
    """Which networks to train, how to prune them, and how to train them again.

    Attributes:
        name: Name of the study.
        seed: Root of every random stream: task, first weights, data order, what is drawn.
        description: Free text for the report.
        task: What is learned: a task with classes.
        network: The network before pruning.
        training: How it is trained.
        pruning: What is pruned, and what follows.
        compute: How the work is spread.
    """

    default_file: ClassVar[str] = "default_pruning_plan.toml"

    task: TaskSection
    network: ChainSection = ChainSection()
    training: BaseTrainingSection = BaseTrainingSection()
    pruning: PruningSection = PruningSection()
    compute: CoresSection = CoresSection()
