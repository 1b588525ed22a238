"""Which networks go on after an epoch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from rnngraph._check import check_int
from rnngraph.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Stopping:
    """When to give a network up.

    Attributes:
        patience: Epochs without a better test loss after which a network stops; None: never.
        halving: Epoch -> share of those still training that go on after it, the best by test loss:
            `{5: 0.5, 10: 0.5}`. Ties go to the first.

    Source: Jamieson & Talwalkar (2016), arXiv 1502.07943 (successive halving).

    Raises:
        InputError: A value outside its range.
    """

    patience: int | None = None
    halving: Mapping[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.patience is not None:
            check_int("patience", self.patience, 1)
        if not isinstance(self.halving, Mapping):
            raise InputError(
                "`halving` must map epochs to shares, such as {5: 0.5}; got "
                f"{type(self.halving).__name__}."
            )
        for epoch, share in self.halving.items():
            number = isinstance(share, int | float | np.integer | np.floating)
            if type(epoch) is not int or epoch < 1 or not number or not 0 < share <= 1:
                raise InputError(
                    f"`halving` must map epochs >= 1 to shares in (0, 1]; got {epoch!r}: {share!r}."
                )

    def reasons(
        self, members: Sequence[int], losses: Sequence[Sequence[float]], epoch: int
    ) -> dict[int, str]:
        """Say who stops after an epoch, and why.

        Args:
            members: Those that trained in it.
            losses: The test losses so far of each of them, an epoch each.
            epoch: Its number, from 1.

        Returns:
            Member -> "diverged", "patience" or "halving".
        """
        stopped = {}
        for member, curve in zip(members, losses, strict=True):
            if not np.isfinite(curve[-1]):
                stopped[member] = "diverged"
            elif self.patience is not None and _since_best(curve) >= self.patience:
                stopped[member] = "patience"
        share = self.halving.get(epoch)
        if share is not None:
            last = {m: curve[-1] for m, curve in zip(members, losses, strict=True)}
            ranked = sorted((m for m in members if m not in stopped), key=lambda m: last[m])
            kept = max(1, round(share * len(ranked)))
            stopped |= dict.fromkeys(ranked[kept:], "halving")
        return stopped


def _since_best(curve: Sequence[float]) -> int:
    return len(curve) - 1 - int(np.argmin(curve))
