"""Parameters that a plan gives to a task or a family, held against the function's signature."""

import inspect
import json
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Final, get_args, get_type_hints

from pydantic import ConfigDict, PydanticSchemaGenerationError, TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

from rnngraph._check import hint
from rnngraph.experiments.problems import broken_rule, type_rule

_RULES: Final = ConfigDict(strict=True, allow_inf_nan=False)


def complete_parameters(
    function: Callable[..., object], given: Mapping[str, object], *, reserved: Collection[str]
) -> dict[str, Any]:
    """Return the parameters of a call, with the function's own defaults where none is given.

    Args:
        function: A graph family or a task.
        given: Parameter name -> value as TOML has it.
        reserved: Parameters that are set elsewhere.

    Returns:
        JSON values in the order of the signature, numbers in the type the function asks for.

    Raises:
        PydanticCustomError: A name the function does not have, a missing one, or a wrong type.
    """
    signature = inspect.signature(function).parameters
    wanted = {name: p.default for name, p in signature.items() if name not in reserved}
    for name in given:
        if name not in wanted:
            near = hint(name, wanted) or f" Its parameters are {', '.join(wanted) or 'none'}."
            raise broken_rule(f"is not a parameter of {function.__name__!r}.{near}", at=[name])
    for name, default in wanted.items():
        if default is inspect.Parameter.empty and name not in given:
            raise broken_rule(f"is required by {function.__name__!r}.", at=[name])
    hints = get_type_hints(function, include_extras=True)
    return {
        name: _as_annotated(name, given.get(name, default), hints[name])
        for name, default in wanted.items()
    }


def takes(function: Callable[..., object], name: str) -> bool:
    """Whether a function has a parameter of this name."""
    return name in inspect.signature(function).parameters


def path_parameters(function: Callable[..., object]) -> list[str]:
    """Names of the parameters that are files: those that may be a `Path`."""
    hints = get_type_hints(function)
    names = inspect.signature(function).parameters
    return [name for name in names if Path in (hints[name], *get_args(hints[name]))]


def _as_annotated(name: str, value: object, annotation: Any) -> object:  # noqa: ANN401 - any form
    plain = to_jsonable_python(value, fallback=dict)
    try:
        adapter = TypeAdapter[Any](annotation, config=_RULES)
    except PydanticSchemaGenerationError:  # an array-like: only the function itself can tell
        return plain
    try:
        return to_jsonable_python(adapter.validate_json(json.dumps(plain)))
    except ValidationError as error:
        # Each member of a union has its say: believe those that got furthest into the value.
        problems = error.errors(include_url=False)
        depth = max(len(problem["loc"]) for problem in problems)
        problems = [problem for problem in problems if len(problem["loc"]) == depth]
        rules = dict.fromkeys(type_rule(problem) for problem in problems)
        path = [part for part in problems[0]["loc"] if isinstance(part, int)]
        rule = f"{' or '.join(rules)}; got {problems[0]['input']!r}."
        raise broken_rule(rule, at=[name, *path]) from error
