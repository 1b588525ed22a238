"""Public texts: where they are, which bytes they are, and what they may be used for."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True)
class Dataset:
    """A public file.

    Attributes:
        file: Its name in the data folder.
        url: Where it is fetched from.
        sha256: Hash of its bytes, in hexadecimal digits.
        holds: What is in it, and how to load it.
        licence: What it may be used for.
        citation: Whom to cite.
    """

    file: str
    url: str
    sha256: str
    holds: str
    licence: str
    citation: str


_GITHUB: Final = "https://raw.githubusercontent.com"

DATASETS: Final[Mapping[str, Dataset]] = MappingProxyType(
    {
        "tiny_shakespeare": Dataset(
            file="tiny_shakespeare.txt",
            url=f"{_GITHUB}/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
            sha256="86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
            holds="1.1 million characters of Shakespeare's plays; a character model",
            licence="the text is in the public domain",
            citation="Karpathy (2015), The unreasonable effectiveness of recurrent neural networks",
        ),
        "sentence_polarity": Dataset(
            file="sentence_polarity.zip",
            url=f"{_GITHUB}/nltk/nltk_data/gh-pages/packages/corpora/sentence_polarity.zip",
            sha256="6e1ed4405b65c7eabf1d199a7f7c437091ac21da0ea7467b410a74062574566b",
            holds="5,331 negative and 5,331 positive sentences about films; a file a class",
            licence="CC BY 4.0",
            citation="Pang & Lee (2005), ACL, 115-124",
        ),
        "ag_news_test": Dataset(
            file="ag_news_test.csv",
            url=f"{_GITHUB}/mhjabreel/CharCnn_Keras/master/data/ag_news_csv/test.csv",
            sha256="521465c2428ed7f02f8d6db6ffdd4b5447c1c701962353eb2c40d548c3c85699",
            holds="7,600 news of 4 classes, the test part of AG News; a CSV file without a header: "
            "class, title, description",
            licence="research, non-commercial",
            citation="Zhang, Zhao & LeCun (2015), NeurIPS 28",
        ),
        "imdb": Dataset(
            file="aclImdb_v1.tar.gz",
            url="https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
            # As it is commonly published: not checked against the file, for lack of a network.
            sha256="c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
            holds="25,000 negative and 25,000 positive reviews of films, half of them for tests: "
            "aclImdb/train and aclImdb/test, a folder a class",
            licence="none is given; cite the paper",
            citation="Maas et al. (2011), ACL, 142-150",
        ),
        "penn_treebank": Dataset(
            file="penn_treebank.zip",
            url=f"{_GITHUB}/timbmg/RNNLM/master/data/ptb.zip",
            sha256="6957baa63e145820032f12d3f1e6f4ba71789c3f5dbf289902bc3f0a96beef7a",
            holds="about a million words of the Wall Street Journal: ptb.train.txt, ptb.valid.txt, "
            "ptb.test.txt; word or character models",
            licence="LDC User Agreement for Non-Members: research only, not to be passed on",
            citation="Marcus, Santorini & Marcinkiewicz (1993), Comput. Linguist. 19, 313-330; "
            "Mikolov et al. (2010), Interspeech",
        ),
    }
)
"""Name -> public file."""
