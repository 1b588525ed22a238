"""Numbers and lists as a reader wants them: three significant digits, true minus signs."""

import math
from collections.abc import Collection, Sequence
from typing import Final

_SUPERSCRIPT: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_MISSING: Final = "–"


def number(value: float) -> str:
    """Format a number with 3 significant digits: 0.410, −12.3, 4.56×10⁻⁷; "–" if missing."""
    if math.isnan(value):
        return _MISSING
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    mantissa, _, exponent = f"{value:#.3g}".partition("e")
    if exponent:
        text = f"{mantissa}×10{str(int(exponent)).translate(_SUPERSCRIPT)}"
    else:
        text = mantissa.removesuffix(".")
    return text.replace("-", "−")


def coefficient(value: float) -> str:
    """Format a number of the order of 1, such as a correlation or an R², with 2 decimals."""
    if math.isnan(value):
        return _MISSING
    if abs(value) >= 100:
        return number(value)
    text = f"{value:.2f}"
    return "0.00" if text == "-0.00" else text.replace("-", "−")


def interval(low: float, high: float) -> str:
    """Format an interval of coefficients: [−0.12, 0.34]."""
    if math.isnan(low) or math.isnan(high):
        return _MISSING
    return f"[{coefficient(low)}, {coefficient(high)}]"


def decided_interval(low: float, high: float) -> str:
    """Format an interval with the decimals it takes to see that an end is not 0: [−0.03, −0.001].

    Up to 4 decimals; an end that is closer to 0 than that is shown as 0.
    """
    if math.isnan(low) or math.isnan(high):
        return _MISSING
    return f"[{_decided(low)}, {_decided(high)}]"


def _decided(value: float) -> str:
    for places in (2, 3, 4):
        text = f"{value:.{places}f}"
        if float(text) != 0 and places > 2:
            return text.replace("-", "−")
        if float(text) != 0:
            break
    return coefficient(value)


def p_value(value: float) -> str:
    """Format a p-value with 2 significant digits, down to <0.001."""
    if math.isnan(value):
        return _MISSING
    if value < 0.001:
        return "<0.001"
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}"


def whole(value: float) -> str:
    """Format a count; "–" if missing."""
    return _MISSING if math.isnan(value) else f"{int(value)}"


def percent(share: float) -> str:
    """Format a share in [0, 1] as a whole percentage, with a no-break space."""
    return f"{100 * share:.0f}\N{NO-BREAK SPACE}%"


def counted(n: int, noun: str, plural: str | None = None) -> str:
    """Format a count with its noun: "1 graph", "3 graphs", "2 families"."""
    return f"{n} {noun if n == 1 else plural or noun + 's'}"


def listed(items: Sequence[str], limit: int | None = None) -> str:
    """Join items as in a sentence: "a, b and c"; beyond `limit`, "a, b and 4 more"."""
    shown = list(items)
    if limit is not None and len(shown) > limit + 1:
        shown = [*shown[:limit], f"{len(shown) - limit} more"]
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} and {shown[-1]}"


def span(values: Collection[float]) -> str:
    """Format the range of some counts: "3" or "2 to 5"."""
    low, high = min(values), max(values)
    return whole(low) if low == high else f"{whole(low)} to {whole(high)}"
