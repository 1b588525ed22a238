"""A plan of networks on graphs: everything that decides what is run."""

from typing import ClassVar

from rnngraph.experiments.graph_sections import GraphsSection
from rnngraph.experiments.sections import (
    AnalysisSection,
    ComputeSection,
    NetworkSection,
    TaskSection,
    TrainingSection,
)
from rnngraph.experiments.toml_plan import TomlPlan


def default_plan_text() -> str:
    """Return the TOML of the default plan, with its comments: a start for one's own."""
    return Plan.default_text()


class Plan(TomlPlan):
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

    default_file: ClassVar[str] = "default_plan.toml"

    task: TaskSection
    graphs: GraphsSection
    network: NetworkSection = NetworkSection()
    training: TrainingSection = TrainingSection()
    analysis: AnalysisSection = AnalysisSection()
    compute: ComputeSection = ComputeSection()
