"""Public customer files as they are, on the command line: every row is accounted for."""

import pytest

from tests.real_files import FILES, RealFile, here

pytestmark = pytest.mark.skipif(not here(), reason="the shared data is not here")


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.name)
def test_every_row_is_read_kept_or_accounted_for(file: RealFile, tmp_path, command):
    ran = command(tmp_path / "w", "import-customers", file.path, *file.arguments, "--json")
    assert ran.code == 0, ran.err
    made = ran.document
    rows = made["rows"]
    found = (rows["read"], rows["kept"], rows["rejected"], rows["duplicate"], made["customers"])
    assert found == (file.read, file.kept, file.rejected, file.duplicate, file.customers)
    for said in file.said:
        assert any(said in note for note in made["notes"]), made["notes"]
    missing = {c["name"]: c["missing"] for c in made["columns"] if c["missing"]}
    assert missing == dict(file.missing)
