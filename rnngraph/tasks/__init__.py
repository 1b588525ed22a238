"""Sequence tasks made in process, and loaders for labelled strings and texts.

A task is a function `f(..., *, rng) -> SequenceData`; the same seed gives the same data, and the
test data do not depend on the number of training sequences.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from rnngraph.tasks.adding_problem import adding_problem
from rnngraph.tasks.baselines import chance, with_baselines
from rnngraph.tasks.copy_memory import copy_memory
from rnngraph.tasks.data import Kind, SequenceData, Sequences
from rnngraph.tasks.embedded_reber import embedded_reber
from rnngraph.tasks.labelled_strings import labelled_strings
from rnngraph.tasks.match_to_sample import match_to_sample
from rnngraph.tasks.ngram import NGRAM_RULES, ngram_accuracy
from rnngraph.tasks.reber import reber
from rnngraph.tasks.reber_grammar import is_embedded_reber, is_reber
from rnngraph.tasks.sequential_digits import sequential_digits
from rnngraph.tasks.temporal_order import temporal_order
from rnngraph.tasks.text.bag_of_words import bag_of_words_accuracy
from rnngraph.tasks.text.classification import TextTask, text_classification
from rnngraph.tasks.text.datasets import DATASETS, Dataset
from rnngraph.tasks.text.fetch import FileState, data_folder, dataset_path, dataset_state, fetch
from rnngraph.tasks.text.files import read_text
from rnngraph.tasks.text.language import LanguageTask, language_model
from rnngraph.tasks.text.penn_treebank import characters_of_words
from rnngraph.tasks.text.streams import StreamBatch, stream_batches
from rnngraph.tasks.text.tokens import tokenize
from rnngraph.tasks.text.vocabulary import Vocabulary

TASKS: Final[Mapping[str, Callable[..., SequenceData]]] = MappingProxyType(
    {
        f.__name__: f
        for f in (
            reber,
            embedded_reber,
            copy_memory,
            adding_problem,
            temporal_order,
            match_to_sample,
            sequential_digits,
        )
    }
)
"""Name -> task, called as f(..., *, rng)."""

__all__ = [
    "DATASETS",
    "NGRAM_RULES",
    "TASKS",
    "Dataset",
    "FileState",
    "Kind",
    "LanguageTask",
    "SequenceData",
    "Sequences",
    "StreamBatch",
    "TextTask",
    "Vocabulary",
    "adding_problem",
    "bag_of_words_accuracy",
    "chance",
    "characters_of_words",
    "copy_memory",
    "data_folder",
    "dataset_path",
    "dataset_state",
    "embedded_reber",
    "fetch",
    "is_embedded_reber",
    "is_reber",
    "labelled_strings",
    "language_model",
    "match_to_sample",
    "ngram_accuracy",
    "read_text",
    "reber",
    "sequential_digits",
    "stream_batches",
    "temporal_order",
    "text_classification",
    "tokenize",
    "with_baselines",
]
