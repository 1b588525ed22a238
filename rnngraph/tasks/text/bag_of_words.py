"""What can be told from which words a text holds, whatever their order."""

from typing import TYPE_CHECKING

import numpy as np

from rnngraph.errors import InputError
from rnngraph.tasks.data import Sequences
from rnngraph.tasks.text.classification import TextTask

if TYPE_CHECKING:
    from scipy.sparse import csr_array


def bag_of_words_accuracy(task: TextTask) -> float:
    """Accuracy on test, in [0, 1], of logistic regression on which words a text holds.

    A feature a word of the vocabulary: 1 where the text holds it. Of three strengths of the L2
    penalty (C = 0.1, 1, 10) the one with the highest accuracy on valid is taken, the strongest on
    a tie. A recurrent network that does not beat it, or `ngram_accuracy` with n = 1, has not shown
    that it uses the order of words.

    Source: Wang & Manning (2012), ACL, 90-94: binary bags of words as the baseline to beat.

    Args:
        task: A text classification task, of words or of characters.

    Raises:
        InputError: It is another task.
    """
    if not isinstance(task, TextTask):
        raise InputError(
            "`task` must be a TextTask, as `text_classification` returns; got "
            f"{type(task).__name__}."
        )
    from sklearn.linear_model import LogisticRegression

    n_words = len(task.vocabulary)
    train, valid, test = (_bags(part, n_words) for part in (task.train, task.valid, task.test))
    fitted = [
        LogisticRegression(C=c, max_iter=10_000).fit(train, task.train.targets)
        for c in (0.1, 1.0, 10.0)
    ]
    best = max(fitted, key=lambda model: model.score(valid, task.valid.targets))
    return float(best.score(test, task.test.targets))


def _bags(part: Sequences, n_words: int) -> "csr_array[np.float64]":
    """Shape (N, n_words), 1 where a text holds a word."""
    from scipy.sparse import csr_array

    texts = np.repeat(np.arange(len(part)), part.lengths)
    held = np.divmod(np.unique(texts * n_words + part.inputs[part.real].astype(np.int64)), n_words)
    ones = np.ones(len(held[0]), dtype=np.float64)
    return csr_array((ones, held), shape=(len(part), n_words))
