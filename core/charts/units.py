"""How numbers are written, everywhere: a unit for each kind, and one rounding for each unit."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

Interval = tuple[float, float]

DASH = "\N{EM DASH}"
MINUS = "\N{MINUS SIGN}"

_MOST_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Unit:
    """How the numbers of a chart are written; the only place where they are rounded.

    `factor` turns a stored value into the unit; `label` is the axis title; `prefix` and `suffix`
    surround a level such as "18.29 %", while a difference carries its unit in the heading.
    """

    label: str
    factor: float = 1.0
    decimals: int = 2
    prefix: str = ""
    suffix: str = ""

    def scaled(self, value: float) -> float:
        """The value on the axis."""
        return value * self.factor

    def signed(self, value: float | None) -> str:
        """A difference with its sign, without its unit: "+7.75"; a dash where there is none."""
        if value is None or not math.isfinite(value):
            return DASH
        sign = "+" if value > 0 else MINUS if value < 0 else ""
        return sign + self.plain(value)

    def plain(self, value: float) -> str:
        """The size of a difference, without sign and unit: "7.75"."""
        return f"{abs(self.scaled(value)):,.{self.decimals}f}"

    def interval(self, bounds: Interval | None) -> str:
        """Both ends of an interval of a difference: "+6.81 to +8.69"."""
        if bounds is None:
            return DASH
        return f"{self.signed(bounds[0])} to {self.signed(bounds[1])}"

    def level(self, value: float | None) -> str:
        """A value of one group, with its unit: "18.29 %", "$1.42"."""
        if value is None or not math.isfinite(value):
            return DASH
        sign = MINUS if value < 0 else ""
        return f"{sign}{self.prefix}{self.plain(value)}{self.suffix}"

    def amount(self, value: float) -> str:
        """The size of a difference in a sentence: "7.75 points", "$0.77"."""
        points = " points" if self.suffix == " %" else ""
        return f"{self.prefix}{self.plain(value)}{points}"

    def fitted(self, intervals: Iterable[Interval | None]) -> "Unit":
        """The unit with decimals enough for two digits of the narrowest interval's half width.

        Never fewer decimals than it has. So an interval that excludes 0 does not print as 0.
        """
        widths = [self.scaled(high - low) / 2 for low, high in filter(None, intervals)]
        usable = [width for width in widths if width > 0 and math.isfinite(width)]
        if not usable:
            return self
        needed = math.ceil(-math.log10(min(usable))) + 1
        return replace(self, decimals=min(max(self.decimals, needed), _MOST_DECIMALS))


POINTS = Unit("percentage points", factor=100, suffix=" %")
MONEY = Unit("$ per customer", prefix="$")
NUMBER = Unit("per customer", decimals=0)
RELATIVE = Unit("% of control", factor=100, decimals=1, suffix=" %")
SHARE = Unit("share of customers", factor=100, suffix=" %")
COUNT = Unit("count", decimals=0)


def points(value: float | None) -> str:
    """A difference of two shares in percentage points.

    Examples:
        >>> points(0.0775)
        '+7.75'
    """
    return POINTS.signed(value)


def share(value: float | None) -> str:
    """A share of customers.

    Examples:
        >>> share(0.1829)
        '18.29 %'
    """
    return POINTS.level(value)


def money(value: float | None) -> str:
    """An amount of money per customer.

    Examples:
        >>> money(1.4226)
        '$1.42'
    """
    return MONEY.level(value)


def change(value: float | None, unit: Unit = RELATIVE) -> str:
    """A relative change.

    Examples:
        >>> change(0.7361)
        '+73.6 %'
    """
    return DASH if value is None else f"{unit.signed(value)}{unit.suffix}"


def count(value: int | None) -> str:
    """A number of customers.

    Examples:
        >>> count(31999)
        '31,999'
    """
    return DASH if value is None else f"{value:,}"


def percent(value: float) -> str:
    """A confidence or a planned share, without needless digits.

    Examples:
        >>> percent(0.95), percent(0.975), percent(1 - 0.05 / 3)
        ('95 %', '97.5 %', '98.33 %')
    """
    return f"{100 * value:.4g} %"


def p_value(value: float | None) -> str:
    """A p-value, never 0 and never 1.

    Examples:
        >>> p_value(1e-40), p_value(0.0123), p_value(0.99999)
        ('< 0.001', '0.012', '> 0.999')
    """
    return DASH if value is None else _inside(value, "0.001", "0.999", f"{value:.3f}")


def chance(value: float | None) -> str:
    """A probability in percent, never 0 and never 100.

    Examples:
        >>> chance(0.99999), chance(0.873)
        ('> 99.9 %', '87.3 %')
    """
    if value is None:
        return DASH
    return _inside(100 * value, "0.1", "99.9", f"{100 * value:.1f}") + " %"


def _inside(value: float, low: str, high: str, shown: str) -> str:
    if value < float(low):
        return f"< {low}"
    return f"> {high}" if value > float(high) else shown
