"""How long a message is, beside what it may be, as bars and in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from core.content.merge_fields import default_text
from core.content.sentences import count_words
from core.models.campaign import Brief
from core.models.messages import Message
from ui import state

_STYLE = """<style>
.cpo-meter{font-size:.82rem;line-height:1.25;margin:.1rem 0 .25rem}
.cpo-meter .bar{height:4px;border-radius:2px;background:rgba(127,137,150,.3);margin-top:2px}
.cpo-meter .fill{height:4px;border-radius:2px;background:#2e9e62}
.cpo-meter.over .fill{background:#dc2626}
</style>"""


@dataclass(frozen=True, slots=True)
class Length:
    """One part: how long it is, with its defaults filled in, and what is allowed."""

    part: str
    length: int
    least: int
    most: int
    unit: str

    @property
    def fits(self) -> bool:
        """Whether it is neither too short nor too long."""
        return self.least <= self.length <= self.most

    @property
    def words(self) -> str:
        """All of it in words."""
        allowed = f"{self.least} to {self.most}" if self.least > 1 else f"at most {self.most}"
        wrong = "" if self.fits else ": too short" if self.length < self.least else ": too long"
        return f"{self.part} {self.length} {self.unit}, {allowed}{wrong}"


def lengths_of(message: Message, brief: Brief) -> tuple[Length, ...]:
    """The lengths of a message as a reader gets it of whom nothing is known."""
    brand = state.application().policies.in_force().brand
    subject, preheader = (len(default_text(t)) for t in (message.subject, message.preheader))
    return (
        Length("Subject", subject, 1, brand.subject_max, "characters"),
        Length("Preheader", preheader, 1, brand.preheader_max, "characters"),
        Length(
            "Body",
            count_words(default_text(message.body)),
            brief.words_min,
            brief.words_max,
            "words",
        ),
    )


def meters_html(lengths: Sequence[Length]) -> str:
    """A bar for each length; its words say the same."""
    return _STYLE + "".join(_meter(each) for each in lengths)


def _meter(length: Length) -> str:
    share = min(100, round(100 * length.length / max(length.most, 1)))
    over = "" if length.fits else " over"
    return (
        f'<div class="cpo-meter{over}">{escape(length.words)}'
        f'<div class="bar"><div class="fill" style="width:{share}%"></div></div></div>'
    )
