"""The units of Linux, and what systemd's own reader says about them."""

import shutil
import subprocess
from dataclasses import replace
from datetime import datetime, time
from pathlib import Path

import pytest

from agent.errors import ConfigError
from agent.host.job import Day, ScheduledJob
from agent.host.linux.systemd import Systemd

PLAN = ScheduledJob(
    command=("/opt/toji mari/tojimari", "scan", "--config", '/etc/50% "$HOME" \\x.toml'),
    at=time(2, 5),
    registered_at=datetime(2026, 11, 21, 12, 0),
    spread_minutes=20,
)


def units(plan: ScheduledJob) -> dict[str, str]:
    files = Systemd(Path("/nowhere")).files(plan)
    return {name: content.decode() for name, content in files.items()}


def test_every_night_and_after_a_night_that_was_slept_through() -> None:
    timer = units(PLAN)["tojimari.timer"].splitlines()
    assert "OnCalendar=*-*-* 02:05:00" in timer
    assert "RandomizedDelaySec=20min" in timer
    assert "Persistent=true" in timer


def test_only_on_the_days_that_were_named() -> None:
    timer = units(replace(PLAN, days=(Day.MON, Day.FRI)))["tojimari.timer"]
    assert "OnCalendar=Mon,Fri *-*-* 02:05:00" in timer


def test_no_sign_of_a_path_means_anything_to_systemd() -> None:
    service = units(PLAN)["tojimari.service"]
    run = r'ExecStart="/opt/toji mari/tojimari" "scan" "--config" "/etc/50%% \"$$HOME\" \\x.toml"'
    assert run in service.splitlines()


def test_only_root_runs_it_as_somebody_else() -> None:
    assert "User=audit" in units(replace(PLAN, account="audit"))["tojimari.service"]
    with pytest.raises(ConfigError, match="needs_root"):
        Systemd(Path("/nowhere"), ("--user",)).files(replace(PLAN, account="audit"))


def test_nothing_is_removed_where_nothing_is(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"schedule\.none"):
        Systemd(tmp_path).remove()
    assert Systemd(tmp_path).status() is None


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not here")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    plan = replace(PLAN, command=("/bin/true", *PLAN.command[1:]), days=(Day.SUN,))
    for name, content in units(plan).items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    words = ["systemd-analyze", "verify", str(tmp_path / "tojimari.timer")]
    done = subprocess.run(words, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
