"""Public customer files through the page: the counts that their publishers or pandas give."""

import pytest

from core.orchestrator import config
from core.orchestrator.wiring import opened
from tests.pages.reading import sound, words
from tests.pages.test_customers_segments_library import upload
from tests.real_files import FILES, RealFile, here
from ui.import_form import NUMBERED

pytestmark = pytest.mark.skipif(not here(), reason="the shared data is not here")


def option(file: RealFile, name: str) -> str | None:
    known = list(file.arguments)
    return known[known.index(name) + 1] if name in known else None


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.name)
def test_the_page_counts_every_row_and_keeps_what_it_showed(
    file: RealFile, visit, loaded, tmp_path
):
    visitor = upload(visit("customers", loaded, "marketer"), file.path.read_bytes(), file.path.name)
    sound(visitor)
    guessed = visitor.selectbox(key="customers.id_column").value
    assert guessed == (option(file, "--id") or NUMBERED)
    for said in file.said:
        assert said in words(visitor)
    visitor.button(key="customers.use").click().run()
    sound(visitor)
    with opened(config.load(tmp_path / "workspace", environment={})) as app:
        made = app.customers.everything()[0]
    report = made.report
    found = (report.read, report.kept, report.rejected, report.duplicate, made.rows)
    assert found == (file.read, file.kept, file.rejected, file.duplicate, file.customers)
    assert {c.name: c.missing for c in made.columns if c.missing} == dict(file.missing)
