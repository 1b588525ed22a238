"""What is wrong with a plan, in words: file, dotted path of the field, rule and value."""

from collections.abc import Iterator, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from rnngraph._check import hint


def broken_rule(rule: str, *, at: Sequence[str | int] = ()) -> PydanticCustomError:
    """Build the error that a validator raises: `rule` as it follows the field's path.

    Args:
        rule: Text such as "must be an even number; got 3."
        at: Path of the field below the validator's own, such as `("families", 0, "p")`.
    """
    return PydanticCustomError("broken_rule", "{rule}", {"rule": rule, "at": list(at)})


def describe(error: ValidationError, model: type[BaseModel], source: str) -> str:
    """Return one line a problem, each `source: path rule; got value`."""
    found = error.errors(include_url=False)
    # A list all of whose members are wrong is also told to be short of them.
    parents = {details["loc"][:k] for details in found for k in range(len(details["loc"]))}
    real = (d for d in found if d["type"] != "too_short" or d["loc"] not in parents)
    return "\n".join(f"{source}: {_sentence(details, model)}" for details in real)


def dotted(location: Sequence[str | int]) -> str:
    """Return a field's path as a reader of TOML writes it: `graphs.families[0].p`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.removeprefix(".")


def type_rule(details: ErrorDetails) -> str:
    """Return the rule that a value of a wrong type or size breaks, in TOML's words."""
    rule = details["msg"].replace("Input should", "must")
    return rule.replace("be an object", "be a table")


def _sentence(details: ErrorDetails, model: type[BaseModel]) -> str:
    context = details.get("ctx", {})
    path = dotted((*details["loc"], *context.get("at", ())))
    match details["type"]:
        case "broken_rule":
            return f"`{path}` {context['rule']}"
        case "missing":
            return f"`{path}` is required; the plan does not give it."
        case "extra_forbidden":
            return _unknown_field(details["loc"], model)
    return f"`{path}` {type_rule(details)}; got {details['input']!r}."


def _unknown_field(location: Sequence[str | int], model: type[BaseModel]) -> str:
    *parents, name = location
    table = model
    for parent in parents:
        if isinstance(parent, str):
            table = next(_models_in(table.model_fields[parent].annotation))
    names = list(table.model_fields)
    owner = f"[{dotted(parents)}]" if parents else "a plan"
    near = hint(name, names) or f" Its fields are {', '.join(names)}."
    return f"`{dotted(location)}` is not a field of {owner}.{near}"


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401 - any type form
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)
