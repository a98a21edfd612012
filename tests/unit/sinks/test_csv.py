"""A copy for a collector: whole or not there."""

from __future__ import annotations

import pytest

from agent.sinks.contract import SinkError
from agent.sinks.csv import Settings, drop
from agent.text import Text


@pytest.fixture
def run_folder(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "findings.csv").write_bytes("\ufeffa,b\r\n顧客,2\r\n".encode())
    return folder


def settings(path):
    return Settings(type="csv", path=str(path))


def test_without_a_path_the_run_folder_is_the_delivery(run_folder):
    assert drop(run_folder, Settings(type="csv"), "k3f9") is None


def test_the_copy_is_the_same_to_the_byte_and_marked_as_done(run_folder, tmp_path):
    target = drop(run_folder, settings(tmp_path / "a" / "drop"), "k3f9")
    assert target is not None
    assert target.read_bytes() == (run_folder / "findings.csv").read_bytes()
    assert sorted(file.name for file in target.parent.iterdir()) == [
        "findings-k3f9.csv",
        "findings-k3f9.csv.done",
    ]


def test_doing_it_again_does_no_harm(run_folder, tmp_path):
    first = drop(run_folder, settings(tmp_path / "drop"), "k3f9")
    assert drop(run_folder, settings(tmp_path / "drop"), "k3f9") == first


def test_a_folder_that_cannot_be_written_is_named(run_folder, tmp_path):
    (tmp_path / "drop").write_text("a file")
    with pytest.raises(SinkError) as caught:
        drop(run_folder, settings(tmp_path / "drop"), "k3f9")
    assert str(tmp_path / "drop") in Text("en").of(caught.value.message)
    assert not caught.value.final


def test_no_marker_without_a_copy(run_folder, tmp_path):
    (run_folder / "findings.csv").unlink()
    with pytest.raises(SinkError):
        drop(run_folder, settings(tmp_path / "drop"), "k3f9")
    assert list((tmp_path / "drop").iterdir()) == []
