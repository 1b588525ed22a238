"""What a page is made of: sections of prose, lists, figures, tables and listings."""

from typing import Literal, NamedTuple, TypeAlias

from markupsafe import Markup


class Prose(NamedTuple):
    """Paragraphs of plain text."""

    paragraphs: tuple[str, ...]
    kind: Literal["prose"] = "prose"


class Quote(NamedTuple):
    """Paragraphs set apart, to be copied."""

    paragraphs: tuple[str, ...]
    kind: Literal["quote"] = "quote"


class Bullets(NamedTuple):
    """A list of plain texts."""

    items: tuple[str, ...]
    kind: Literal["bullets"] = "bullets"


class Facts(NamedTuple):
    """Terms, each with a plain text."""

    items: tuple[tuple[str, str], ...]
    kind: Literal["facts"] = "facts"


class Picture(NamedTuple):
    """A figure: markup of an image, with its caption; the image carries its own description."""

    markup: Markup
    caption: str
    kind: Literal["picture"] = "picture"


class Sheet(NamedTuple):
    """A table of formatted texts.

    Attributes:
        headings: Of the columns.
        words: Whether a column holds words rather than numbers.
        rows: The cells.
        caption: What stands above.
        file: The CSV that holds its numbers.
        notes: What stands below: why values are missing.
    """

    headings: tuple[str, ...]
    words: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str
    file: str
    notes: tuple[str, ...] = ()
    kind: Literal["sheet"] = "sheet"


class Listing(NamedTuple):
    """Text to be shown as it stands."""

    text: str
    kind: Literal["listing"] = "listing"


Block: TypeAlias = Prose | Quote | Bullets | Facts | Picture | Sheet | Listing


class Section(NamedTuple):
    """A numbered section of the page."""

    anchor: str
    title: str
    blocks: tuple[Block, ...]
