"""How docstrings are shown: links from backticks, short type names, and the `Source:` line."""

import re
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from docutils import nodes
from docutils.parsers.rst.states import Inliner
from numpy.typing import ArrayLike
from plain import escaped
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.domains.python import PyObject
from sphinx.util.typing import stringify_annotation

import rnngraph
from rnngraph import _types

ALIASES = {
    stringify_annotation(getattr(_types, name), mode): f"~rnngraph.{name}"
    for name, home in rnngraph._HOME.items()
    if home == "_types"
    for mode in ("smart", "fully-qualified")
} | {stringify_annotation(ArrayLike, mode): "ArrayLike" for mode in ("fully-qualified", "smart")}
"""What autodoc makes of an alias of `rnngraph._types`, longer forms first, and its public name."""

_ARRAY = re.compile(
    r"~?numpy\.ndarray\[tuple\[~?typing\.Any, \.\.\.\], ~?numpy\.dtype\[~?numpy\.(\w+)\]\]"
)
_NAME = re.compile(r"(\w+)((?:\.\w+)*)(?:\(\))?")
_SOURCE = re.compile(r"Source:\s+(.*)")


def public_names() -> dict[str, str]:
    """Map each public name to the full name under which the API pages document it."""
    parts = {part: import_module(f"rnngraph.{part}") for part in (*rnngraph._PARTS, "errors")}
    names = {
        name: f"rnngraph.{part}.{name}"
        for part, module in parts.items()
        for name in vars(module)
        if not name.startswith("_") and not isinstance(getattr(module, name), ModuleType)
    }
    return names | {name: f"rnngraph.{name}" for name in rnngraph._HOME}


NAMES = public_names()


def api_role(
    role: str,
    rawtext: str,
    text: str,
    lineno: int,
    inliner: Inliner,
    options: dict[str, object] | None = None,
    content: Sequence[str] = (),
) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    """Show text as code, as a link where it is a public name that can mean nothing else.

    A lower-case word such as `density` is as often an argument as it is a function: no link.
    """
    code = nodes.literal(rawtext, text)
    if text.startswith("rnngraph."):
        target = text
    else:
        match = _NAME.fullmatch(text)
        if not match or match[1] not in NAMES or match[1] == match[1].lower().replace("_", ""):
            return [code], []
        target = NAMES[match[1]] + match[2]
    reference = addnodes.pending_xref(
        rawtext, code, refdomain="py", reftype="obj", reftarget=target
    )
    return [reference], []


def name_types(
    app: Sphinx,
    what: str,
    name: str,
    obj: object,
    options: object,
    signature: str | None,
    returns: str | None,
) -> tuple[str | None, str | None]:
    """Show the aliases of `rnngraph._types` by their names, and other arrays by their dtype."""
    return signature and _short(signature), returns and _short(returns)


def _short(annotations: str) -> str:
    for long, name in ALIASES.items():
        annotations = annotations.replace(long, name)
    return _ARRAY.sub(r"NDArray[\1]", annotations)


def show_plain_text(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Read a docstring as plain text, and set its `Source:` paragraph apart, its lines joined."""
    lines[:] = escaped("\n".join(lines)).split("\n")
    # A colon first, or napoleon takes what stands before a later one for a type.
    if what in ("property", "attribute"):
        lines[0] = f": {lines[0]}"
    if "Returns:" in lines:
        first = lines.index("Returns:") + 1
        lines[first] = f"    : {lines[first].strip()}"
    start = next((i for i, line in enumerate(lines) if _SOURCE.match(line)), None)
    if start is None:
        return
    end = next((i for i in range(start, len(lines)) if not lines[i].strip()), len(lines))
    text = " ".join(line.strip() for line in lines[start:end])
    lines[start:end] = [".. rst-class:: source", "", f"*Source:* {text.removeprefix('Source: ')}"]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_role("api", api_role)
    for field in PyObject.doc_field_types:
        if field.name == "variable":  # what napoleon makes of "Attributes:"
            field.label = "Attributes"
    app.connect("autodoc-process-signature", name_types)
    app.connect("autodoc-process-docstring", show_plain_text, priority=400)  # before napoleon
    return {"parallel_read_safe": True}
