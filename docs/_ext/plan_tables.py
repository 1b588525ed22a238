"""Directive that shows a table of a plan: its fields, their defaults and what they mean."""

import inspect
import json
import re
from importlib import import_module

from docutils import nodes
from plain import escaped
from pydantic import BaseModel
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

_ATTRIBUTES = re.compile(r"^Attributes:\n(.*)", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^    (\w+): (.*(?:\n {5,}.*)*)", re.MULTILINE)


def meanings(model: type[BaseModel]) -> dict[str, str]:
    """What the docstring says of each field, on one line."""
    text = _ATTRIBUTES.search(inspect.getdoc(model))[1]
    return {name: " ".join(meaning.split()) for name, meaning in _FIELD.findall(text)}


def default(model: type[BaseModel], name: str) -> str:
    """A field's default as TOML writes it, "required" or "not set"."""
    field = model.model_fields[name]
    if field.is_required():
        return "required"
    if field.default is None or field.default == ():
        return "not set"
    return f"``{json.dumps(field.default)}``"


def field_lines(model: type[BaseModel]) -> list[str]:
    """A list-table of the fields that are no tables themselves."""
    lines = [
        ".. list-table::",
        "   :header-rows: 1",
        "   :widths: 18 17 65",
        "",
        "   * - Field",
        "     - Default",
        "     - Meaning",
    ]
    for name, meaning in meanings(model).items():
        if isinstance(model.model_fields[name].default, BaseModel):
            continue
        lines += [
            f"   * - ``{name}``",
            f"     - {default(model, name)}",
            f"     - {escaped(meaning)}",
        ]
    return lines


class PlanFields(SphinxDirective):
    """`.. plan-fields:: rnngraph.experiments.sections.TrainingSection`."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        module, _, name = self.arguments[0].rpartition(".")
        model = getattr(import_module(module), name)
        self.env.note_dependency(inspect.getfile(model))
        return self.parse_text_to_nodes("\n".join(field_lines(model)))


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("plan-fields", PlanFields)
    return {"parallel_read_safe": True}
