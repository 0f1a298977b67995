"""The decision card on paper, to go with what is handed over."""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import typst

from core.errors import ProviderRejected
from core.reports.plain_text import printable

_TEMPLATE = Path(__file__).with_name("decision_card.typ")
_STANDARD: Final = "ua-1"


def card_pdf(
    name: str, rows: Sequence[tuple[str, str]], *, locked: str, footer: str, made_at: datetime
) -> bytes:
    """The card as a tagged PDF, the same bytes for the same content.

    Args:
        name: of the campaign.
        rows: label and words of each line, see `decision_card.card_rows`.
        locked: when and by whom it was locked.
        footer: how anybody can check it.
        made_at: the date of the file.

    Raises:
        ProviderRejected: typst cannot set it.
    """
    content = {
        "name": printable(name),
        "locked": printable(locked),
        "rows": [[printable(label), printable(said)] for label, said in rows],
        "footer": printable(footer),
    }
    problem = ""
    for fonts in embedded_fonts():
        try:
            return typst.compile(
                _TEMPLATE,
                font_paths=fonts,
                sys_inputs={"content": json.dumps(content)},
                pdf_standards=_STANDARD,
                timestamp=made_at,
                format="pdf",
            )
        except typst.TypstError as error:
            problem = error.message
            if "could not be displayed" not in problem:
                break
    raise ProviderRejected("typst", f"set the decision card of '{name}'", problem)


@cache
def embedded_fonts() -> tuple[typst.Fonts, ...]:
    """The embedded fonts; with the machine's own; with matplotlib's, which have every sign."""
    found = find_spec("matplotlib")
    folder = (
        Path(found.origin).parent / "mpl-data" / "fonts" / "ttf" if found and found.origin else None
    )
    return (
        typst.Fonts(include_system_fonts=False),
        typst.Fonts(include_system_fonts=True),
        typst.Fonts(include_system_fonts=True, font_paths=[str(folder)] if folder else []),
    )
