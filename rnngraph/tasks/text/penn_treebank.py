"""The Penn Treebank's words as characters."""

from pathlib import Path

from rnngraph.tasks.text.files import read_text


def characters_of_words(text: str | Path) -> str:
    """Spell a text of words out, as the character version of the Penn Treebank does.

    Each line is stripped, "_" stands for the space between words, and lines end with a line feed.
    The characters of what is returned are the tokens: joined by spaces they are the published
    files.

    Source: the files of Chirkova, Lobacheva & Vetrov (2018), arXiv:1810.10927; after Mikolov et al.
    (2012), Subword language modeling with neural networks.

    Args:
        text: A text, or the Path of one; see `read_text`.

    Raises:
        FileError: The file cannot be read.
    """
    if isinstance(text, Path):
        text = read_text(text)
    lines = text.removesuffix("\n").split("\n")
    return "".join(line.strip().replace(" ", "_") + "\n" for line in lines)
