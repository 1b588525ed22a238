"""The `[graphs]` table of a plan: families at every size and density, and graphs from files."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, model_validator

from rnngraph.experiments.fields import (
    TABLE,
    TABLE_WITH_PARAMETERS,
    Count,
    Counts,
    PlanPath,
    SelfLoops,
    Shares,
    known,
)
from rnngraph.experiments.parameters import complete_parameters
from rnngraph.experiments.problems import broken_rule
from rnngraph.generators import GENERATORS, NULL_MODELS

_SET_BY_THE_GRID: Final = ("n", "m", "rng")


class FamilySection(BaseModel):
    """`[[graphs.families]]`: a member of `rnngraph.generators.GENERATORS` and its parameters.

    Attributes:
        family: Name in the table. Fields not listed here are the function's parameters.
        null: Name in `rnngraph.generators.NULL_MODELS`: each graph is replaced by its null model,
            such as "acyclic_twin".
        label: Name of this entry in the results; None takes `family`, and `null` if there is one.
    """

    model_config = TABLE_WITH_PARAMETERS

    family: Annotated[str, known(GENERATORS)]
    null: Annotated[str, known(NULL_MODELS)] | None = None
    label: str | None = None

    @property
    def name(self) -> str:
        """Name of this entry in the results."""
        return self.label or "+".join(filter(None, (self.family, self.null)))

    @property
    def parameters(self) -> dict[str, Any]:
        """All parameters of the function but size, edges and rng; JSON values."""
        return complete_parameters(
            GENERATORS[self.family], self.model_extra or {}, reserved=_SET_BY_THE_GRID
        )

    @model_validator(mode="after")
    def _check_parameters(self) -> Self:
        _ = self.parameters
        return self


class FilesSection(BaseModel):
    """`[[graphs.files]]`: graphs as they stand in files that `rnngraph.load_graph` reads.

    Attributes:
        paths: Files, from the plan's folder.
        glob: Pattern of files, from the plan's folder, such as "connectomes/*.graphml".
        label: Family of these graphs in the results.
    """

    model_config = TABLE

    paths: tuple[PlanPath, ...] = ()
    glob: PlanPath | None = None
    label: str = "files"

    @property
    def found(self) -> tuple[Path, ...]:
        """The files: those of `paths` as listed, then those of `glob` in order of name."""
        named = [Path(path) for path in self.paths]
        if self.glob is None:
            return tuple(named)
        pattern = Path(self.glob)
        root = Path(pattern.anchor)
        return (*named, *sorted(root.glob(str(pattern.relative_to(root)))))

    @model_validator(mode="after")
    def _check_files(self) -> Self:
        if not self.paths and self.glob is None:
            raise broken_rule("must name `paths` or a `glob`; got neither.")
        for position, path in enumerate(self.paths):
            if not Path(path).is_file():
                raise broken_rule(f"must be a file; got {path!r}.", at=["paths", position])
        if not self.found:
            raise broken_rule(f"must match a file; got {self.glob!r}.", at=["glob"])
        return self


class GraphsSection(BaseModel):
    """`[graphs]`: `count` graphs of each family at each size and number of edges, and files.

    Attributes:
        units: Numbers of hidden units, i.e. nodes; one number is an array of one.
        edges: Exact numbers of directed edges, self-loops not counted; or one number.
        density: Shares of the n(n - 1) possible edges, or one share, instead of `edges`; rounded
            to an even number of edges, so that symmetric graphs can have it too. With neither,
            each family's own parameters set its edges.
        count: Graphs a family, size and number of edges.
        self_loops: true gives every unit one, false none, "graph" keeps those of the graph.
        families: Families to sample from.
        files: Graphs to read.
    """

    model_config = TABLE

    units: Counts = ()
    edges: Counts | None = None
    density: Shares | None = None
    count: Count = 10
    self_loops: SelfLoops = "graph"
    families: tuple[FamilySection, ...] = ()
    files: tuple[FilesSection, ...] = ()

    def edge_counts(self, units: int) -> tuple[int | None, ...]:
        """Exact numbers of edges of graphs with `units` nodes; (None,) leaves it to the family."""
        if self.density is not None:
            pairs = units * (units - 1) / 2
            return tuple(2 * round(density * pairs) for density in self.density)
        return (None,) if self.edges is None else self.edges

    @model_validator(mode="after")
    def _check_grid(self) -> Self:
        if not self.families and not self.files:
            raise broken_rule("must hold [[graphs.families]] or [[graphs.files]]; got neither.")
        if self.families and not self.units:
            raise broken_rule("must hold at least one size for the families.", at=["units"])
        if self.edges is not None and self.density is not None:
            raise broken_rule("must not be given together with `graphs.edges`.", at=["density"])
        field = "edges" if self.density is None else "density"
        for units in self.units:
            counts = self.edge_counts(units)
            for position, count in enumerate(counts):
                if count is not None and not 1 <= count <= units * (units - 1):
                    raise broken_rule(
                        f"must give 1 to {units * (units - 1)} edges at {units} units; "
                        f"got {count}.",
                        at=[field, position],
                    )
            if len(set(counts)) < len(counts):
                raise broken_rule(
                    f"must give different numbers of edges; got {list(counts)} at {units} units.",
                    at=[field],
                )
        return self

    @model_validator(mode="after")
    def _check_families(self) -> Self:
        seen: list[tuple[str, str | None, dict[str, Any]]] = []
        names = Counter(
            [family.name for family in self.families] + list({entry.label for entry in self.files})
        )
        for position, family in enumerate(self.families):
            if names[family.name] > 1:
                raise broken_rule(
                    f"must be a name that no other entry has; got {family.name!r}.",
                    at=["families", position, "label"],
                )
            made = (family.family, family.null, family.parameters)
            if made in seen:
                raise broken_rule(
                    f"must not repeat the family and parameters of families[{seen.index(made)}].",
                    at=["families", position],
                )
            seen.append(made)
        return self
