"""The run folder and the manifest that vouches for it."""

from __future__ import annotations

import json
import stat
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from agent.report.columns import column_names, csv_tables
from agent.report.run_folder import CsvOptions, ReportError, RunFolder, verify, write_elsewhere
from agent.text import Text

BEGUN = datetime(2026, 11, 22, 6, 30, tzinfo=timezone(timedelta(hours=9)))
ROW = dict.fromkeys(column_names("settings"), "x")


def closed(tmp_path):
    folder = RunFolder(tmp_path / "out", "k3f9", BEGUN)
    folder.csv("settings", iter([ROW, ROW]))
    (folder.path / "report.html").write_text("<p>")
    folder.register_file("report.html")
    folder.finish({"version": "0.1.0", "coverage": {"complete": 3}, "ended": BEGUN})
    return folder.path


def test_what_is_too_long_for_excel_goes_on_in_another_file(tmp_path):
    for rows, expected in ((4, ["settings.csv", "settings-2.csv"]), (0, ["settings.csv"])):
        folder = RunFolder(tmp_path / str(rows), "k3f9", BEGUN, CsvOptions(max_rows=2))
        folder.csv("settings", [ROW] * rows)
        assert list(folder.files) == expected
        assert sum(file.rows or 0 for file in folder.files.values()) == rows


def test_headers_come_in_words_on_request_and_the_order_stays(tmp_path):
    folder = RunFolder(tmp_path, "k3f9", BEGUN, CsvOptions(language="ja"))
    folder.csv("settings", [ROW])
    head = (folder.path / "settings.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    assert head.split(",") == [column.ja for column in csv_tables()["settings"]]


def test_what_old_tools_cannot_hold_is_replaced_and_counted(tmp_path):
    folder = RunFolder(tmp_path, "k3f9", BEGUN, CsvOptions(encoding="cp932"))
    folder.csv("settings", [ROW | {"value": "名簿😀〜\n=1"}, ROW])
    text = (folder.path / "settings.csv").read_bytes().decode("cp932")
    assert "名簿〓～↓=1" in text
    assert folder.lossy_characters == folder.files["settings.csv"].lost == 1
    folder.finish({})
    manifest = json.loads((folder.path / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["files"]["settings.csv"]["lost"] == 1


def test_json_lines_say_their_run_and_are_vouched_for(tmp_path):
    folder = RunFolder(tmp_path, "k3f9", BEGUN)
    folder.jsonl("findings", [{"title": "a\nb\u2028"}])
    raw = (folder.path / "findings.jsonl").read_text(encoding="utf-8")
    assert len(raw.splitlines()) == 1
    expected = {"schema_version": "1", "run_id": "k3f9", "title": "a\nb\u2028"}
    assert json.loads(raw) == expected
    assert "findings.jsonl" in folder.files


def test_a_page_that_another_program_holds_open_gets_another_name(tmp_path, monkeypatch):
    target = tmp_path / "page.html"
    rename = Path.replace

    def held(self, to):  # as Windows answers while Excel or a viewer has the file open
        if to == target:
            raise PermissionError(13, "in use")
        return rename(self, to)

    monkeypatch.setattr(Path, "replace", held)
    assert write_elsewhere(target, lambda file: file.write("whole")) == tmp_path / "page-2.html"
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("page-2.html", "whole")]


def test_a_folder_that_refuses_every_name_is_told(tmp_path, monkeypatch):
    def held(self, to):
        raise PermissionError(13, "in use")

    monkeypatch.setattr(Path, "replace", held)
    with pytest.raises(ReportError, match=r"page-9\.html"):
        write_elsewhere(tmp_path / "page.html", lambda file: None)


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
    told = [Text("en").render(problem) for problem in verify(path)]
    assert told == [
        "settings.csv is missing.",
        "report.html differs from the file that the run wrote.",
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
    assert str(tmp_path / "out") in Text("en").render(caught.value.message)
    assert caught.value.hint is not None


def test_a_file_that_cannot_take_its_name_is_told_and_leaves_no_half(tmp_path):
    folder = RunFolder(tmp_path, "k3f9", BEGUN)
    (folder.path / "settings.csv").mkdir()  # a name that cannot be taken
    with pytest.raises(ReportError, match=r"settings\.csv"):
        folder.csv("settings", [ROW])
    assert [p.name for p in folder.path.iterdir()] == ["settings.csv"]
