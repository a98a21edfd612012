"""A copy for a collector: whole or not there."""

from __future__ import annotations

import pytest

from agent.sinks.csv import Settings, check, copy_run_csv
from agent.sinks.interface import FailureKind, SinkError
from agent.text import Text

from .conftest import Purse


@pytest.fixture
def run_folder(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "findings.csv").write_bytes("\ufeffa,b\r\n顧客,2\r\n".encode())
    return folder


def test_the_copy_is_the_same_to_the_byte_and_marked_as_done(run_folder, tmp_path):
    (target,) = copy_run_csv(run_folder, (tmp_path / "a" / "drop"), "k3f9")
    assert target.read_bytes() == (run_folder / "findings.csv").read_bytes()
    assert sorted(file.name for file in target.parent.iterdir()) == [
        "findings-k3f9.csv",
        "findings-k3f9.csv.done",
    ]


def test_doing_it_again_does_no_harm(run_folder, tmp_path):
    first = copy_run_csv(run_folder, (tmp_path / "drop"), "k3f9")
    assert copy_run_csv(run_folder, (tmp_path / "drop"), "k3f9") == first


def test_a_folder_that_cannot_be_written_is_named(run_folder, tmp_path):
    (tmp_path / "drop").write_text("a file")
    with pytest.raises(SinkError) as caught:
        copy_run_csv(run_folder, (tmp_path / "drop"), "k3f9")
    assert str(tmp_path / "drop") in Text("en").render(caught.value.message)
    assert caught.value.kind is FailureKind.TRANSIENT


def test_no_marker_without_a_copy(run_folder, tmp_path):
    (run_folder / "findings.csv").unlink()
    with pytest.raises(SinkError):
        copy_run_csv(run_folder, (tmp_path / "drop"), "k3f9")
    assert list((tmp_path / "drop").iterdir()) == []


def test_every_part_of_a_split_file_is_copied(run_folder, tmp_path):
    (run_folder / "findings-2.csv").write_bytes(b"a,b\r\n3,4\r\n")
    whole, part = copy_run_csv(run_folder, tmp_path / "drop", "k3f9")
    assert (whole.name, part.name) == ("findings-k3f9.csv", "findings-k3f9-2.csv")
    assert part.read_bytes() == (run_folder / "findings-2.csv").read_bytes()


def test_the_check_tells_whether_the_folder_takes_a_file_and_leaves_none(tmp_path):
    (tmp_path / "file").write_text("")
    for place, outcome in ((tmp_path / "new", "pass"), (tmp_path / "file", "fail")):
        (told,) = check(Settings(type="csv", path=str(place)), Purse())
        assert told.outcome == outcome
    assert list((tmp_path / "new").iterdir()) == []
