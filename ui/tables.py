"""Tables that are shown and can be taken away: exact for a system, and safe for Excel."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import streamlit as st

from ui import files

Rows = Sequence[Mapping[str, object]]
Written = Callable[[Sequence[str], Iterable[Sequence[object]]], bytes]


def shown(rows: Rows, *, alt: str, key: str, subject: str, what: str) -> None:
    """A table to read, with its two downloads under it."""
    st.dataframe(list(rows), hide_index=True, alt=alt)
    downloads(rows, key=key, subject=subject, what=what)


def downloads(rows: Rows, *, key: str, subject: str, what: str, label: str = "") -> None:
    """Two files of a table: `key` is the one for Excel, `<key>_exact` the one for a system."""
    header = list(rows[0]) if rows else []
    cells = [list(row.values()) for row in rows]
    words = label or what.replace("_", " ").capitalize()
    with st.container(horizontal=True, gap="small"):
        _button(f"{words} for Excel", key, files.for_excel, (header, cells), (subject, what))
        _button(
            f"{words}, exact",
            f"{key}_exact",
            files.exact,
            (header, cells),
            (subject, f"{what}_exact"),
        )


def _button(
    label: str,
    key: str,
    made: Written,
    table: tuple[list[str], list[list[object]]],
    about: tuple[str, str],
) -> None:
    st.download_button(
        label,
        lambda: made(*table),
        file_name=files.named(*about, "csv"),
        mime="text/csv",
        key=key,
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
        help=_HELP[made is files.exact],
    )


_HELP = {
    True: "For another system: UTF-8, every digit, nothing changed.",
    False: "For a person: cells that look like formulas cannot run.",
}
