"""What an administrator sets up once: secrets, the schedule, the run that nobody watches."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

unix = pytest.mark.skipif(sys.platform == "win32", reason="elsewhere it is `nox -s wine`")


def tojimari(*words: str, given: bytes = b"", where: Path) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "agent", *words, "--lang", "en"]
    return subprocess.run(command, input=given, capture_output=True, cwd=where, timeout=60)


@unix
def test_a_secret_goes_from_standard_input_into_a_closed_file_and_is_found(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[sinks.siem]\nsecret = "file:secrets/siem"\nkey = "env:GONE"\n')
    kept = tojimari("secret", "set", "siem", given=b"canary-4711\n", where=tmp_path)
    assert (kept.returncode, kept.stdout.strip()) == (0, b"file:secrets/siem")
    assert str(tmp_path) in kept.stderr.decode()
    assert (tmp_path / "secrets/siem").read_bytes() == b"canary-4711"
    listed = tojimari("secret", "list", where=tmp_path)
    assert listed.stdout.decode().split() == [
        "sinks.siem.secret", "file:secrets/siem", "sinks.siem.key", "env:GONE",
    ]  # fmt: skip
    tested = tojimari("secret", "test", where=tmp_path)
    assert tested.returncode == 2  # one of the two is not there
    assert b"file:secrets/siem  found" in tested.stdout
    for said in (kept, listed, tested):
        assert b"canary" not in said.stdout + said.stderr
    removed = tojimari("secret", "remove", "file:secrets/siem", where=tmp_path)
    assert removed.returncode == 0
    assert not (tmp_path / "secrets/siem").exists()


@pytest.mark.parametrize("page", ["cp932", "cp1252", "ascii"])
def test_whatever_the_code_page_of_a_redirected_desk_every_sign_arrives(page: str) -> None:
    desk = {"PYTHONUTF8": "0", "PYTHONIOENCODING": page, "LC_ALL": "C.UTF-8", "PYTHONPATH": "."}
    command = [sys.executable, "-m", "agent", "--help"]
    done = subprocess.run(command, capture_output=True, env=desk | {"TOJIMARI_LANG": "ja"})
    assert done.returncode == 0, done.stderr
    assert "収集、判定、報告" in done.stdout.decode("utf-8")
    command = [*command[:-1], "scan", "-c", "café 戸締まり.toml", "--lang", "ja"]
    done = subprocess.run(command, capture_output=True, env=desk)
    assert done.returncode == 2
    assert "café 戸締まり.toml" in done.stderr.decode("utf-8")


def test_nothing_is_not_kept(tmp_path: Path) -> None:
    done = tojimari("secret", "set", "siem", where=tmp_path)
    assert done.returncode == 2
    assert not (tmp_path / "secrets").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--at", "25:00"), b"25:00 is not a time"),
        (("--at", "2:00"), b"2:00 is not a time"),
        (("--day", "someday"), b"someday is not a day"),
    ],
)
def test_a_time_that_does_not_exist_is_refused(
    tmp_path: Path, words: tuple[str, ...], said: bytes
) -> None:
    done = tojimari("schedule", "export", *words, where=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr


def test_nothing_is_scheduled_for_a_configuration_that_is_not_there(tmp_path: Path) -> None:
    done = tojimari("schedule", "install", "-c", "nowhere.toml", where=tmp_path)
    assert done.returncode == 2
    assert b"nowhere.toml" in done.stderr


@unix
def test_an_exported_schedule_names_everything_by_its_full_path(tmp_path: Path) -> None:
    done = tojimari("schedule", "export", "-c", "c.toml", "--day", "SUN", where=tmp_path)
    assert done.returncode == 0
    service = (tmp_path / "tojimari.service").read_text(encoding="utf-8")
    assert f'"scan" "--scheduled" "--config" "{tmp_path}/c.toml"' in service
    assert "OnCalendar=Sun " in (tmp_path / "tojimari.timer").read_text(encoding="utf-8")


@unix
def test_a_run_that_nobody_watches_says_one_thing_at_its_end(serve: Callable[..., Any]) -> None:
    with serve("salesforce") as site:
        done = site.run("scan", "--scheduled", "--lang", "en")
        (run,) = (site.folder / "runs").iterdir()
    assert done.returncode == 0  # findings stand, and that is no failure of the task
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert f"Report: {run}" in done.stderr


@unix
def test_each_reason_for_concern_is_an_event_of_its_own(serve: Callable[..., Any]) -> None:
    with serve("google") as site:
        done = site.run("scan", "--scheduled", "--lang", "en")
    assert done.returncode == 4
    assert "could not scan everything" in done.stderr
    assert "example.co.jp" not in done.stderr  # everybody of the machine may read it


@unix
def test_a_run_that_cannot_begin_is_announced_with_its_code(tmp_path: Path) -> None:
    done = tojimari("scan", "--scheduled", "-c", "nowhere.toml", where=tmp_path)
    assert done.returncode == 2
    assert b"failed with exit code 2" in done.stderr
