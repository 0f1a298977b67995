"""How a group looks on every chart of a page: its colour, and a shape that says the same."""

from dataclasses import dataclass

# Each is legible on the light and on the dark page; shapes and dashes say the same as colours.
COLOURS = ("#2a7fc9", "#c9641b", "#1a8f72", "#a855c7", "#8a7a10", "#d0457f")
SHAPES = ("circle", "square", "diamond", "triangle-up", "triangle-down", "cross")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")


@dataclass(frozen=True, slots=True)
class Mark:
    """The look of one group."""

    colour: str
    shape: str
    dash: str

    def faded(self, opacity: float) -> str:
        """Its colour, to be seen through."""
        red, green, blue = (int(self.colour[start : start + 2], 16) for start in (1, 3, 5))
        return f"rgba({red},{green},{blue},{opacity})"


def mark(number: int) -> Mark:
    """The look of the group that stands in this place, counted from 0."""
    looks = (COLOURS, SHAPES, DASHES)
    return Mark(*(values[number % len(values)] for values in looks))
