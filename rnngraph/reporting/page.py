"""The page: blocks -> one HTML file that needs nothing else."""

from collections.abc import Sequence
from importlib.resources import files
from typing import Final

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from rnngraph.reporting.blocks import Section
from rnngraph.reporting.summary import Answer

_TEMPLATE: Final = "report.html.jinja"
_CSS: Final = "report.css"


def render(title: str, answer: Answer, sections: Sequence[Section], folder: str) -> str:
    """Return the page as HTML; every text is escaped.

    Args:
        title: Title of the page.
        answer: What stands under it.
        sections: The rest, in order.
        folder: Name of the folder of the tables, as the captions give it.
    """
    environment = Environment(
        loader=FunctionLoader(_read),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    css = Markup(_read(_CSS))  # our own file
    return environment.get_template(_TEMPLATE).render(
        title=title, answer=answer, sections=sections, folder=folder, css=css
    )


def _read(name: str) -> str:
    return (files("rnngraph.reporting") / name).read_text(encoding="utf-8")
