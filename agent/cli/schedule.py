"""`tojimari schedule install|remove|status|export`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.options import CommonOptions, command, group, help_text

if TYPE_CHECKING:
    from agent.host.job import ScheduledJob

app = group()

At = Annotated[str, typer.Option("--at", help=help_text("schedule_at"))]
Days = Annotated[
    list[str] | None, typer.Option("--day", help=help_text("schedule_day"), show_default=False)
]
Spread = Annotated[int, typer.Option("--spread", min=0, max=720, help=help_text("schedule_spread"))]
Account = Annotated[
    str, typer.Option("--account", help=help_text("schedule_account"), show_default=False)
]


@command(app, "install", texts="schedule_install", takes=("config", "lang"))
def install(
    common: CommonOptions,
    at: At = "02:00",
    day: Days = None,
    spread: Spread = 30,
    account: Account = "",
) -> None:
    """Register the scheduled scan on this machine."""
    from agent.cli.errors import user_errors
    from agent.config.load import read_config
    from agent.host.schedule import scheduler

    with user_errors(common.lang):
        plan = _plan(common, at, day, spread, account)
        read_config(_config_file(common))  # a task without a configuration could only fail
        scheduler().install(plan)
        typer.echo(common.text.say("schedule.installed", at=at, spread=spread), err=True)


@command(app, "export", texts="schedule_export", takes=("config", "lang"))
def export(
    *,
    out: Annotated[Path, typer.Option("--out", help=help_text("schedule_out"))] = Path(),
    common: CommonOptions,
    at: At = "02:00",
    day: Days = None,
    spread: Spread = 30,
    account: Account = "",
) -> None:
    """Write the files that `install` registers: a task or the units of systemd.

    Raises:
        typer.Exit: With 2 if a file cannot be written.
    """
    from agent.cli.errors import user_errors
    from agent.errors import ConfigError
    from agent.host.schedule import scheduler
    from connectors.sdk.message import say

    with user_errors(common.lang):
        for name, content in scheduler().files(_plan(common, at, day, spread, account)).items():
            try:
                out.mkdir(parents=True, exist_ok=True)
                (out / name).write_bytes(content)
            except OSError as error:
                detail = error.strerror or type(error).__name__
                raise ConfigError(say("schedule.unwritable", path=out, detail=detail)) from None
            typer.echo(str((out / name).absolute()))


@command(app, "remove", texts="schedule_remove", takes=("lang",))
def remove(common: CommonOptions) -> None:
    """Remove the scheduled scan."""
    from agent.cli.errors import user_errors
    from agent.host.schedule import scheduler

    with user_errors(common.lang):
        scheduler().remove()
        typer.echo(common.text.say("schedule.removed"), err=True)


@command(app, "status", texts="schedule_status", takes=("lang",))
def status(common: CommonOptions) -> None:
    """Print the status of the scheduled scan.

    Raises:
        typer.Exit: With 2 if there is none.
    """
    from agent.cli.errors import user_errors
    from agent.host.schedule import scheduler
    from agent.run.exit_codes import ExitCode

    with user_errors(common.lang):
        said = scheduler().status()
        if said is None:
            typer.echo(common.text.say("schedule.none"), err=True)
            raise typer.Exit(ExitCode.USAGE)
        typer.echo(said)


def _plan(
    common: CommonOptions, at: str, days: list[str] | None, spread: int, account: str
) -> ScheduledJob:
    from datetime import datetime, time

    from agent.errors import ConfigError
    from agent.host.job import Day, ScheduledJob
    from agent.host.schedule import command_of
    from connectors.sdk.message import say

    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", at):
        raise ConfigError(say("schedule.bad_time", at=at))
    unknown = [word for word in days or () if word.upper() not in Day.__members__]
    if unknown:
        known = ", ".join(name.lower() for name in Day.__members__)
        raise ConfigError(say("schedule.bad_day", day=unknown[0], known=known))
    chosen = {word.upper() for word in days or ()}
    return ScheduledJob(
        command=command_of(_config_file(common)),
        at=time.fromisoformat(at),
        registered_at=datetime.now().astimezone(),
        days=tuple(day for day in Day if day.name in chosen),
        spread_minutes=spread,
        account=account,
    )


def _config_file(common: CommonOptions) -> Path:
    from agent.host import default_paths

    return common.config or default_paths.default_config_file()
