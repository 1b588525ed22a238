"""How figures look, and how they become part of a page: the same bytes for the same numbers."""

import base64
import io
import itertools
import re
import unicodedata
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import matplotlib
from markupsafe import Markup, escape
from matplotlib.figure import Figure

WIDTH: Final = 7.2
"""Width of a figure, in inches."""

INK: Final = "#333333"
FAINT: Final = "#9a9a9a"
ACCENT: Final = "#0072B2"
COUNTER: Final = "#D55E00"

_MOST_POINTS: Final = 500
"""Points of a figure up to which it is drawn as SVG; beyond, as PNG."""

# Okabe & Ito's colours but the yellow, which is faint on white; the marker differs as well.
_COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#444444")
_MARKERS: Final = ("o", "s", "^", "D", "v", "P")

_STYLE: Final[dict[Any, object]] = {
    "axes.axisbelow": True,
    "axes.edgecolor": FAINT,
    "axes.grid": False,
    "axes.labelcolor": INK,
    "axes.labelsize": 9,
    "axes.linewidth": 0.7,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "figure.constrained_layout.use": True,
    "font.size": 9,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.7,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "rnngraph",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": INK,
    "xtick.labelsize": 8.5,
    "ytick.color": INK,
    "ytick.labelsize": 8.5,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
}


@contextmanager
def style() -> Iterator[None]:
    """Draw in the report's style whatever the user's own settings are, and leave those as found."""
    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        # Names in another script: the reader's browser has a font for them.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


def looks(names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the colour and marker of each name, the same in every figure."""
    pairs = zip(itertools.cycle(_COLOURS), itertools.cycle(_MARKERS), strict=False)
    return {
        name: {"color": colour, "marker": marker}
        for name, (colour, marker) in zip(names, pairs, strict=False)
    }


def short(name: str, most: int = 32) -> str:
    """Return a name as one line of printable text of at most `most` letters."""
    text = "".join(" " if unicodedata.category(c).startswith("C") else c for c in name)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def embed(figure: Figure, name: str, description: str, *, points: int) -> Markup:
    """Turn a figure into markup: inline SVG, or PNG in a data URI if it has many points.

    Args:
        figure: Drawn within `style`.
        name: Prefix of all ids in the SVG, so that those of two figures differ.
        description: What a reader who cannot see it should know.
        points: Number of points drawn.
    """
    label = escape(description)
    if points > _MOST_POINTS:
        data = base64.b64encode(_bytes(figure, "png", dpi=200, metadata={"Software": None}))
        return Markup(f'<img alt="{label}" src="data:image/png;base64,{data.decode()}">')
    nothing: Mapping[str, None] = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    text = _bytes(figure, "svg", metadata=nothing).decode()
    text = text[text.index("<svg") :]
    text = re.sub(r' (width|height)="[\d.]+pt"', "", text, count=2)
    text = re.sub(r' xmlns(:xlink)?="[^"]*"', "", text).replace("xlink:href=", "href=")
    ids = re.compile(r'( id="|href="#|url\(#)')
    text = re.sub("<[^>]+>", lambda tag: ids.sub(rf"\g<1>{name}-", tag[0]), text)
    text = text.replace("<svg", f'<svg role="img" aria-label="{label}"', 1)
    return Markup(text)  # matplotlib has escaped what it holds


def _bytes(figure: Figure, kind: str, **options: Any) -> bytes:  # noqa: ANN401
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, **options)
    return buffer.getvalue()
