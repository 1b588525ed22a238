"""Docstrings are plain text with backticks; what reStructuredText would read as markup is not."""

import re

_CODE = re.compile(r"(`+[^`]+`+)")
_MARKUP = re.compile(r"([*|]|(?<=\w)_(?!\w))")


def escaped(text: str) -> str:
    """Keep `|r|`, `a * b` and `x_` as they are written, outside backticks."""
    parts = _CODE.split(text)
    parts[::2] = [_MARKUP.sub(r"\\\1", part) for part in parts[::2]]
    return "".join(parts)
