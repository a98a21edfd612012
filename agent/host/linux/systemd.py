"""Run a job by a systemd timer, of the machine (root) or of a user."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from agent.errors import ConfigError
from agent.host.job import NAME, ScheduledJob, run_tool
from connectors.sdk.message import say

_SERVICE = f"{NAME}.service"
_TIMER = f"{NAME}.timer"


@dataclass(frozen=True, slots=True)
class Systemd:
    """Unit files in a folder, and the options of `systemctl` for them."""

    folder: Path
    options: tuple[str, ...] = ()

    @classmethod
    def of_account(cls, account: str) -> Systemd:
        """Return the system's units for root, those of the user for other accounts."""
        if account == "root":
            return cls(Path("/etc/systemd/system"))
        return cls(Path.home() / ".config/systemd/user", ("--user",))

    def files(self, job: ScheduledJob) -> dict[str, bytes]:
        """Return the two unit files by name.

        Raise `ConfigError` if a user's units name another account.
        """
        if job.account and self.options:
            raise ConfigError(say("schedule.needs_root", account=job.account))
        return {_SERVICE: _service(job).encode(), _TIMER: _timer(job).encode()}

    def install(self, job: ScheduledJob) -> None:
        """Write the units and start the timer.

        Raise `ConfigError` if they cannot be written or systemd refuses them.
        """
        files = self.files(job)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for name, content in files.items():
                (self.folder / name).write_bytes(content)
        except OSError as error:
            detail = error.strerror or type(error).__name__
            raise ConfigError(say("schedule.unwritable", path=self.folder, detail=detail)) from None
        self._systemctl("daemon-reload")
        self._systemctl("enable", "--now", _TIMER)

    def remove(self) -> None:
        """Stop the timer and delete the units. Raise `ConfigError` if there are none."""
        if not (self.folder / _TIMER).exists():
            raise ConfigError(say("schedule.none"))
        self._systemctl("disable", "--now", _TIMER)
        for name in (_TIMER, _SERVICE):
            (self.folder / name).unlink(missing_ok=True)
        self._systemctl("daemon-reload")

    def status(self) -> str | None:
        """Return systemd's report on the timer; None if there is none."""
        if not (self.folder / _TIMER).exists():
            return None
        return self._systemctl("list-timers", "--all", "--no-pager", _TIMER)

    def _systemctl(self, *words: str) -> str:
        return run_tool("systemctl", *self.options, *words)


def _service(job: ScheduledJob) -> str:
    return "\n".join((
        "[Unit]",
        "Description=tojimari: who outside can see what",
        "After=network-online.target",
        "Wants=network-online.target",
        "",
        "[Service]",
        "Type=oneshot",
        f"ExecStart={' '.join(map(_quote, job.command))}",
        *((f"User={job.account}",) if job.account else ()),
        "TimeoutStartSec=23h",
        "UMask=0077",
        "NoNewPrivileges=yes",
        "PrivateTmp=yes",
        "ProtectSystem=full",
        "",
    ))  # fmt: skip


def _timer(job: ScheduledJob) -> str:
    days = ",".join(day.value[:3] for day in job.days) + " " if job.days else ""
    return "\n".join((
        "[Unit]",
        "Description=tojimari: every night",
        "",
        "[Timer]",
        f"OnCalendar={days}*-*-* {job.at:%H:%M}:00",
        f"RandomizedDelaySec={job.spread_minutes}min",
        "Persistent=true",
        "",
        "[Install]",
        "WantedBy=timers.target",
        "",
    ))  # fmt: skip


def _quote(word: str) -> str:
    """Return an argument in the quotes of systemd."""
    for sign, doubled in (("\\", "\\\\"), ('"', '\\"'), ("%", "%%"), ("$", "$$")):
        word = word.replace(sign, doubled)
    return f'"{word}"'
