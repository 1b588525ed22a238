"""What can be solved without memory: accuracies of rules that see n neighbouring tokens."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rnngraph._check import check_choice, check_int
from rnngraph.errors import InputError
from rnngraph.tasks.data import Sequences

_LARGEST: Final = 2**63 - 1


def ngram_accuracy(train: Sequences, test: Sequences, n: int, *, rule: str) -> float:
    """Accuracy on test, in [0, 1], of a rule that knows only which n tokens stand together.

    Args:
        train: Token sequences the rule is made from.
        test: Token sequences it is scored on.
        n: Number of neighbouring tokens the rule sees; at least 1.
        rule: A name in `NGRAM_RULES`.

    Raises:
        InputError: `n` or `rule` breaks a rule, the inputs are dense, the alphabet is too large
            for n, or the targets are not what the rule predicts.
    """
    check_int("n", n, 1)
    check_choice("rule", rule, NGRAM_RULES)
    if train.inputs.ndim != 2 or test.inputs.ndim != 2:
        raise InputError("`train` and `test` must hold tokens; got dense inputs.")
    return NGRAM_RULES[rule](train, test, n)


def seen_ngrams(train: Sequences, test: Sequences, n: int) -> float:
    """Accuracy of "valid if and only if every n-gram occurs in a valid training string".

    Strings carry n - 1 marks at each end, so the rule also knows how strings begin and end.

    Source: Garcia & Vidal (1990), IEEE Trans. Pattern Anal. Mach. Intell. 12, 920-925: the
    language inferred, strictly locally testable, from its positive strings.

    Args:
        train: Token sequences with targets 1 (valid) and 0 (invalid).
        test: As train.
        n: Length of the n-grams.

    Raises:
        InputError: A target is not 0 or 1 for the whole sequence.
    """
    for name, part in (("train", train), ("test", test)):
        if part.kind != "sequence" or part.targets.max() > 1:
            raise InputError(
                f"`{name}` must have one target, 0 or 1, a sequence for the rule 'seen_ngrams'; "
                f"got {part.kind!r} targets up to {part.targets.max()}."
            )
    base = _base(train, test, n)
    codes, real = _ngrams(train, n, base)
    legal = np.unique(codes[real & (train.targets == 1)[:, None]])
    codes, real = _ngrams(test, n, base)
    predicted = (np.isin(codes, legal) | ~real).all(axis=1)
    return float((predicted == (test.targets == 1)).mean())


def ngram_likelihood(train: Sequences, test: Sequences, n: int) -> float:
    """Accuracy of the most probable class under multinomial naive Bayes on n-grams.

    Counts are smoothed by adding one; all n-grams unseen in training share one extra count; the
    prior is the share of each class in train. Strings carry n - 1 marks at each end. Ties go to
    the lower class.

    Source: McCallum & Nigam (1998), AAAI Workshop on Learning for Text Categorization, 41-48
    (multinomial model).

    Args:
        train: Token sequences with a class each.
        test: As train.
        n: Length of the n-grams.

    Raises:
        InputError: The target is not one class a sequence.
    """
    _check_kind("ngram_likelihood", "sequence", train, test)
    base = _base(train, test, n)
    codes, real = _ngrams(train, n, base)
    known = np.unique(codes[real])
    test_codes, test_real = _ngrams(test, n, base)
    position = _find(known, test_codes)
    classes, sizes = np.unique(train.targets, return_counts=True)
    scores = np.empty((len(classes), len(test)))
    for row, (label, size) in enumerate(zip(classes, sizes, strict=True)):
        of_class = codes[real & (train.targets == label)[:, None]]
        counts = np.bincount(np.searchsorted(known, of_class), minlength=len(known) + 1) + 1.0
        log_share = np.log(counts / counts.sum())
        scores[row] = np.log(size) + np.where(test_real, log_share[position], 0.0).sum(axis=1)
    return float((classes[scores.argmax(axis=0)] == test.targets).mean())


def recent_tokens(train: Sequences, test: Sequences, n: int) -> float:
    """Accuracy at the scored steps of the commonest target after the last n tokens.

    The n tokens end at the scored step itself. Where they were never seen in training, the
    longest part of them that was is used, down to the commonest target of all; ties go to the
    lower class.

    Source: Katz (1987), IEEE Trans. Acoust. Speech Signal Process. 35, 400-401 (backing off).

    Args:
        train: Token sequences with a class per step, -1 = not scored.
        test: As train.
        n: Number of tokens the rule sees.

    Raises:
        InputError: The target is not a class per step.
    """
    _check_kind("recent_tokens", "step", train, test)
    base = _base(train, test, n)
    scored, test_scored = train.targets >= 0, test.targets >= 0
    wanted = train.targets[scored].astype(np.int64, copy=False)
    predicted = np.full(int(test_scored.sum()), np.bincount(wanted).argmax())
    for length in range(1, n + 1):
        codes, _ = _ngrams(train, length, base)
        contexts, commonest = _commonest(codes[:, : scored.shape[1]][scored], wanted)
        codes, _ = _ngrams(test, length, base)
        asked = codes[:, : test_scored.shape[1]][test_scored]
        position = _find(contexts, asked)
        seen = position < len(contexts)
        predicted[seen] = commonest[position[seen]]
    return float((predicted == test.targets[test_scored]).mean())


NGRAM_RULES: Final[Mapping[str, Callable[[Sequences, Sequences, int], float]]] = MappingProxyType(
    {f.__name__: f for f in (seen_ngrams, ngram_likelihood, recent_tokens)}
)
"""Name -> accuracy on test of a rule without memory, called as f(train, test, n)."""


def _check_kind(rule: str, kind: str, train: Sequences, test: Sequences) -> None:
    for name, part in (("train", train), ("test", test)):
        if part.kind != kind:
            raise InputError(
                f"`{name}` must have {kind!r} targets for the rule {rule!r}; got {part.kind!r}."
            )


def _base(train: Sequences, test: Sequences, n: int) -> int:
    """Number of token values with the mark, when an n-gram still fits an int64."""
    base = int(max(train.inputs.max(), test.inputs.max())) + 2
    if base**n > _LARGEST:
        raise InputError(f"`n` must be small enough to number {base} tokens' n-grams; got {n}.")
    return base


def _ngrams(part: Sequences, n: int, base: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Number each n-gram of the marked strings: codes and whether real, both (N, T + n - 1).

    Column t holds the n tokens that end at step t; the last n - 1 columns run into the end marks.
    """
    count, steps = part.inputs.shape
    marked = np.zeros((count, steps + 2 * (n - 1)), dtype=np.int64)
    marked[:, n - 1 : n - 1 + steps] = np.where(part.real, part.inputs + 1, 0)
    width = steps + n - 1
    codes = np.zeros((count, width), dtype=np.int64)
    for offset in range(n):
        codes = codes * base + marked[:, offset : offset + width]
    return codes, np.arange(width) < part.lengths[:, None] + n - 1


def _find(known: NDArray[np.int64], codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Index of each code in the sorted `known`, len(known) for one that is not there."""
    position = np.minimum(np.searchsorted(known, codes), len(known) - 1)
    return np.where(known[position] == codes, position, len(known))


def _commonest(
    codes: NDArray[np.int64], targets: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sorted distinct codes, and the commonest target of each."""
    pairs, counts = np.unique(np.stack([codes, targets], axis=1), axis=0, return_counts=True)
    best_first = np.lexsort((-counts, pairs[:, 0]))
    contexts, first = np.unique(pairs[best_first, 0], return_index=True)
    return contexts, pairs[best_first, 1][first]
