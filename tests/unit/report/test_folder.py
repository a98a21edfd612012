"""The run folder and the manifest that vouches for it."""

from __future__ import annotations

import json
import stat
import sys
from datetime import datetime, timedelta, timezone

import pytest

from agent.report.columns import names
from agent.report.folder import ReportError, RunFolder, verify
from agent.text import Text

BEGUN = datetime(2026, 11, 22, 6, 30, tzinfo=timezone(timedelta(hours=9)))
ROW = dict.fromkeys(names("settings"), "x")


def closed(tmp_path):
    folder = RunFolder(tmp_path / "out", "k3f9", BEGUN)
    folder.csv("settings", iter([ROW, ROW]))
    (folder.path / "report.html").write_text("<p>")
    folder.keep("report.html")
    folder.close({"version": "0.1.0", "coverage": {"complete": 3}, "ended": BEGUN})
    return folder.path


def test_the_folder_is_named_by_utc_and_run_and_is_private(tmp_path):
    path = RunFolder(tmp_path / "a" / "b", "k3f9", BEGUN).path
    assert path.name == "20261121T213000Z_k3f9"
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_a_name_that_exists_gets_a_number(tmp_path):
    paths = [RunFolder(tmp_path, "k3f9", BEGUN).path.name for _ in range(3)]
    assert [name.partition("_")[2] for name in paths] == ["k3f9", "k3f9-2", "k3f9-3"]


def test_the_manifest_knows_every_file(tmp_path):
    manifest = json.loads((closed(tmp_path) / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["schema_version"] == "1"
    assert manifest["begun"] == manifest["ended"] == "2026-11-22T06:30:00+09:00"
    assert manifest["coverage"] == {"complete": 3}
    assert set(manifest["files"]) == {"settings.csv", "report.html"}
    assert manifest["files"]["settings.csv"]["rows"] == 2
    assert manifest["files"]["report.html"]["bytes"] == 3


def test_an_untouched_folder_verifies(tmp_path):
    assert verify(closed(tmp_path)) == []


def test_what_was_changed_removed_or_added_is_named(tmp_path):
    path = closed(tmp_path)
    (path / "report.html").write_text("<q>")
    (path / "settings.csv").unlink()
    (path / "extra.txt").write_text("")
    told = [Text("en").of(problem) for problem in verify(path)]
    assert told == [
        "settings.csv is missing.",
        "report.html is not the file that the run wrote.",
        "extra.txt was not written by the run.",
    ]


@pytest.mark.parametrize(
    "content", ["", "[]", '{"files": []}', '{"files": {"../x": {"sha256": ""}}}', "\udcff"]
)
def test_what_is_no_manifest_is_not_trusted(tmp_path, content):
    (tmp_path / "manifest.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(ReportError, match=r"report\.not_a_manifest"):
        verify(tmp_path)


def test_trouble_with_the_disk_names_the_path(tmp_path):
    (tmp_path / "out").write_text("a file where a folder should be")
    with pytest.raises(ReportError) as caught:
        RunFolder(tmp_path / "out", "k3f9", BEGUN)
    assert str(tmp_path / "out") in Text("en").of(caught.value.message)
    assert caught.value.hint is not None


def test_a_file_that_cannot_take_its_name_is_told_and_leaves_no_half(tmp_path):
    folder = RunFolder(tmp_path, "k3f9", BEGUN)
    (folder.path / "settings.csv").mkdir()  # a name that cannot be taken
    with pytest.raises(ReportError, match=r"settings\.csv"):
        folder.csv("settings", [ROW])
    assert [p.name for p in folder.path.iterdir()] == ["settings.csv"]
