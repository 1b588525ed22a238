"""What every kind of plan has in common: a name and a seed, and being read from a TOML file."""

import json
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, Field, ValidationError

from rnngraph.errors import FileError, InputError
from rnngraph.experiments.fields import TABLE
from rnngraph.experiments.keys import canonical
from rnngraph.experiments.problems import describe


class TomlPlan(BaseModel):
    """A plan, read from a file, or from tables, and checked.

    Attributes:
        name: Name of the study.
        seed: Root of every random stream.
        description: Free text for the report.
    """

    model_config = TABLE

    default_file: ClassVar[str]
    """Name of the plan of this kind that the package brings."""

    name: str
    seed: Annotated[int, Field(ge=0)] = 0
    description: str = ""

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
        """Return the plan that the package brings: a small study."""
        return cls.from_mapping(tomllib.loads(cls.default_text()), source=cls.default_file)

    @classmethod
    def default_text(cls) -> str:
        """Return the TOML of the default plan, with its comments: a start for one's own."""
        return (files("rnngraph.experiments") / cls.default_file).read_text(encoding="utf-8")

    def canonical(self) -> str:
        """Return the plan as canonical JSON, all defaults written out; `from_mapping` reads it."""
        return canonical(self.model_dump(mode="json"))
