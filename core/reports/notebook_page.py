"""A notebook that was carried out, as one HTML page that needs nothing else and runs no script."""

import html
from datetime import datetime
from typing import Any

# Nothing is fetched and nothing is run, whatever stands in the outputs.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_LOOKS = """
:root { color-scheme: light }
body { background: #fff; color: #1f2430; font: 16px/1.5 system-ui, sans-serif; margin: 0 }
main { margin: 0 auto; max-width: 62rem; padding: 1rem }
.made { color: #565d6d }
.simulated { border: 2px solid #b3261e; color: #b3261e; font-weight: bold; padding: .5rem 1rem }
pre { margin: .25rem 0; overflow-x: auto; white-space: pre-wrap }
.highlight { background: #f5f6f8; border-left: 3px solid #d5d9e0; padding: .25rem .75rem }
.output_area, .output_wrapper { margin: .25rem 0 1rem; overflow-x: auto }
.prompt, .anchor-link { display: none }
.output_png { overflow-x: auto }
.output_png img { height: auto; max-width: 46rem; min-width: 34rem; width: 100% }
table.dataframe { border: 0; border-collapse: collapse; font-size: .9rem }
table.dataframe :is(th, td) { border: 0; border-bottom: 1px solid #d5d9e0; padding: .3rem .6rem;
  text-align: left !important; vertical-align: top }
@media print { .input { break-inside: avoid } }
"""


def notebook_page(
    notebook: Any,  # noqa: ANN401 - nbformat has no types of its own
    title: str,
    made_at: datetime,
    *,
    simulated: bool,
) -> bytes:
    """The page, in UTF-8; a picture keeps its alternative text.

    `simulated` says whether it was made from invented outcomes, which then stands at the top.
    """
    # An extra, which takes a second to import.
    from nbconvert import HTMLExporter  # noqa: PLC0415
    from pygments.formatters import HtmlFormatter  # noqa: PLC0415

    body, _ = HTMLExporter(template_name="basic").from_notebook_node(notebook)
    colours = HtmlFormatter(style="default").get_style_defs(".highlight")
    rehearsal = (
        '<p class="simulated">SIMULATED outcomes: a rehearsal, no result.</p>' if simulated else ""
    )
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{colours}{_LOOKS}</style></head>\n"
        f'<body><main>{rehearsal}<p class="made">Made {made_at:%Y-%m-%d %H:%M} UTC.</p>\n'
        f"{body}</main></body></html>\n"
    ).encode()
