"""The story of a customer on paper: a tagged PDF, set without a browser."""

import json
from pathlib import Path
from typing import Final

import typst

from core.errors import ProviderRejected
from core.models.history import History
from core.reports.card_pdf import embedded_fonts
from core.reports.customer_history import MASKED, sections
from core.reports.plain_text import printable

_TEMPLATE = Path(__file__).with_name("customer_history.typ")
_STANDARD: Final = "ua-1"
_LONGEST = 4000


def history_pdf(story: History, *, purpose: str = MASKED) -> bytes:
    """The story as a tagged PDF, the same bytes for the same story.

    Raises:
        ProviderRejected: typst cannot set it.
    """
    content = {
        "title": f"History of customer {printable(story.customer)}",
        "footer": f"Made {story.made_at:%Y-%m-%d %H:%M} UTC",
        "sections": [
            {
                "title": printable(each.title),
                "level": each.level,
                "lines": [[printable(label), _lines(said)] for label, said in each.lines],
            }
            for each in sections(story, purpose=purpose)
        ],
    }
    problem = ""
    for fonts in embedded_fonts():
        try:
            return typst.compile(
                _TEMPLATE,
                font_paths=fonts,
                sys_inputs={"content": json.dumps(content)},
                pdf_standards=_STANDARD,
                timestamp=story.made_at.replace(microsecond=0),
                format="pdf",
            )
        except typst.TypstError as error:
            problem = error.message
            if "could not be displayed" not in problem:
                break
    raise ProviderRejected("typst", "set the history of a customer", problem)


def _lines(said: str) -> list[str]:
    return [printable(line, longest=_LONGEST) for line in said.split("\n")]
