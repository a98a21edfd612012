"""What must be known before a report is written, and before hours are spent on a scan."""

import stat
import sys
from pathlib import Path

import pytest

from agent.errors import ConfigError
from agent.run.report import KEY, check_formats, pseudonymizer
from agent.run.session import open_session


def desk(folder: Path, report: str = ""):
    file = folder / "config.toml"
    file.write_text(f'[agent]\nstate = "state"\n[report]\n{report}\n', encoding="utf-8")
    return open_session(file)


def test_a_format_without_its_package_is_told_before_anything_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = desk(tmp_path, 'formats = ["xlsx"]')
    check_formats(one)
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)  # as where it is not installed
    with pytest.raises(ConfigError) as caught:
        check_formats(one)
    assert "tojimari[xlsx]" in one.text.render(caught.value.problems[0])
    check_formats(one, ["html", "jsonl"])  # those of the command line count
    one.engine.dispose()


def test_the_key_of_the_hashes_stays_and_is_for_this_account_only(tmp_path: Path) -> None:
    one = desk(tmp_path)
    assert pseudonymizer(one, requested=False) is None
    first, again = pseudonymizer(one, requested=True), pseudonymizer(one, requested=True)
    assert first is not None
    assert again is not None
    assert first.name("sato") == again.name("sato")
    key = one.local_dir / KEY
    assert len(key.read_bytes()) == 32
    if sys.platform != "win32":
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    one.engine.dispose()


def test_the_configuration_asks_for_hashes_as_well(tmp_path: Path) -> None:
    one = desk(tmp_path, "redact_names = true")
    assert pseudonymizer(one, requested=False) is not None
    one.engine.dispose()
