"""The lines of a table of figures, each with the bar it has to meet."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """A figure and, where it has one, the bar it has to meet."""

    name: str
    value: str
    bar: str = ""
    met: bool = True

    def __str__(self) -> str:
        verdict = "" if not self.bar else "met" if self.met else "MISSED"
        return f"{self.name:<56} {self.value:>26}  {self.bar:<9} {verdict}".rstrip()
