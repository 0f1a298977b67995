"""A sheet to draw a chart on: measured in inches from the top left, with title and badge."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter

from core.charts.forest import SIMULATED
from core.charts.units import MINUS

INK, SOFT, RULE, ALARM = "#1f2430", "#565d6d", "#d5d9e0", "#b3261e"
# Okabe and Ito (2008), told apart with every kind of colour vision; shapes tell the same.
COLOURS = ("#0072b2", "#d55e00", "#00795a", "#a8447f", "#8a6d00", "#3a3a98")
SHAPES = ("o", "s", "D", "^", "v", "P")

WIDTH_IN = 7.4
LEGEND_WIDTH = 148
HEADING_IN = 0.52
NO_GLYPH = "\N{WHITE SQUARE}"

Align = Literal["left", "center", "right"]


@dataclass(frozen=True, slots=True)
class Pen:
    """How a line of text looks."""

    size: float = 8
    colour: str = INK
    bold: bool = False


PLAIN, SMALL = Pen(), Pen(7, SOFT)


@dataclass(slots=True)
class Sheet:
    """A figure whose height is known once its content is."""

    figure: Figure
    title: str
    subtitle: str
    simulated: bool
    heading: bool
    height_in: float = 1.0

    @classmethod
    def of(cls, title: str, subtitle: str, *, simulated: bool, heading: bool) -> "Sheet":
        """An empty sheet."""
        return cls(
            Figure(figsize=(WIDTH_IN, 1), facecolor="white"), title, subtitle, simulated, heading
        )

    @property
    def top_in(self) -> float:
        """Where the chart may begin."""
        return HEADING_IN if self.heading else 0.0

    def cut(self, height_in: float) -> None:
        """Give the sheet its height and write what stands on every sheet."""
        self.height_in = height_in
        self.figure.set_size_inches(WIDTH_IN, height_in)
        if self.heading:
            self.write(0.02, 0.13, fitting(self.title, 74), Pen(11, bold=True))
            self.write(0.02, 0.36, fitting(self.subtitle, 118), Pen(7.5, SOFT))
            if self.simulated:
                self._badge()

    def write(
        self, x_in: float, y_in: float, text: str, pen: Pen = PLAIN, *, align: Align = "left"
    ) -> None:
        """Write one line, its middle at this height."""
        self.figure.text(
            x_in / WIDTH_IN,
            1 - y_in / self.height_in,
            drawable(text),
            fontsize=pen.size,
            color=pen.colour,
            fontweight="bold" if pen.bold else "normal",
            ha=align,
            va="center",
        )

    def axes(self, left_in: float, top_in: float, width_in: float, height_in: float) -> Axes:
        """A place for marks, with nothing but a horizontal axis."""
        bottom = 1 - (top_in + height_in) / self.height_in
        place = (left_in / WIDTH_IN, bottom, width_in / WIDTH_IN, height_in / self.height_in)
        axes = self.figure.add_axes(place)
        axes.set_facecolor("none")
        axes.yaxis.set_visible(False)
        for side in ("left", "right", "top"):
            axes.spines[side].set_visible(False)
        axes.spines["bottom"].set_color(SOFT)
        axes.tick_params(axis="x", colors=INK, labelsize=7.5, length=3)
        axes.xaxis.set_major_formatter(FuncFormatter(tick))
        return axes

    def rule(self, y_in: float, colour: str = RULE) -> None:
        """A hairline from edge to edge."""
        y = 1 - y_in / self.height_in
        line = Rectangle((0, y), 1, 0, transform=self.figure.transFigure, ec=colour, lw=0.6)
        self.figure.add_artist(line)

    def _badge(self) -> None:
        box = {"boxstyle": "round,pad=0.35", "fc": "#fff4f2", "ec": ALARM, "lw": 1.1}
        self.figure.text(
            1 - 0.06 / WIDTH_IN,
            1 - 0.14 / self.height_in,
            f"{SIMULATED} outcomes",
            fontsize=8,
            color=ALARM,
            fontweight="bold",
            ha="right",
            va="center",
            bbox=box,
        )


def watermark(axes: Axes) -> None:
    """The word SIMULATED across the marks, behind them."""
    axes.text(
        0.5,
        0.5,
        SIMULATED,
        transform=axes.transAxes,
        fontsize=30,
        color=ALARM,
        alpha=0.13,
        ha="center",
        va="center",
        fontweight="bold",
        zorder=0,
    )


def fitting(text: str, most: int) -> str:
    """The text in one line, shortened by an ellipsis where it is too long.

    Examples:
        >>> fitting("Womens E-Mail", 8)
        'Womens \N{HORIZONTAL ELLIPSIS}'
    """
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "\N{HORIZONTAL ELLIPSIS}"


def tick(value: float, _: int | None = None) -> str:
    """A number under or beside an axis."""
    return f"{value:,.10g}".replace("-", MINUS)


def drawable(text: str) -> str:
    """The text with a square for every character the embedded font has no picture of."""
    known = _characters()
    return "".join(c if ord(c) in known else NO_GLYPH for c in text)


@cache
def _characters() -> frozenset[int]:
    font = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    return frozenset(FT2Font(font).get_charmap())
