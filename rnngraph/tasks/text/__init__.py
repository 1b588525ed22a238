"""Texts: words or characters, to be classified or predicted."""

from rnngraph.tasks.text.classification import TextTask, bag_of_words_accuracy, text_classification
from rnngraph.tasks.text.language import LanguageTask, language_model, stream_batches
from rnngraph.tasks.text.vocabulary import UNKNOWN, Vocabulary, words_of

__all__ = [
    "UNKNOWN",
    "LanguageTask",
    "TextTask",
    "Vocabulary",
    "bag_of_words_accuracy",
    "language_model",
    "stream_batches",
    "text_classification",
    "words_of",
]
