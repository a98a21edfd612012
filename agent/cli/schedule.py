"""`tojimari schedule install|remove|status|export`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.options import Config, Language, example_of, help_of

if TYPE_CHECKING:
    from agent.host.job import Plan
    from agent.text import Text

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

At = Annotated[str, typer.Option("--at", help=help_of("schedule_at"))]
Days = Annotated[
    list[str] | None, typer.Option("--day", help=help_of("schedule_day"), show_default=False)
]
Spread = Annotated[int, typer.Option("--spread", min=0, max=720, help=help_of("schedule_spread"))]
Account = Annotated[
    str, typer.Option("--account", help=help_of("schedule_account"), show_default=False)
]


@app.command("install", help=help_of("schedule_install"), epilog=example_of("schedule_install"))
def install(
    config: Config = None,
    at: At = "02:00",
    day: Days = None,
    spread: Spread = 30,
    account: Account = "",
    lang: Language = "",
) -> None:
    """Let this machine scan by itself."""
    from agent.cli.explain import explained
    from agent.config.load import read
    from agent.host.schedule import scheduler

    with explained(lang):
        plan = _plan(config, at, day, spread, account)
        read(_configuration(config))  # a task without a configuration could only fail
        scheduler().install(plan)
        typer.echo(_text(lang).say("schedule.installed", at=at, spread=spread), err=True)


@app.command("export", help=help_of("schedule_export"), epilog=example_of("schedule_export"))
def export(
    out: Annotated[Path, typer.Option("--out", help=help_of("schedule_out"))] = Path(),
    config: Config = None,
    at: At = "02:00",
    day: Days = None,
    spread: Spread = 30,
    account: Account = "",
    lang: Language = "",
) -> None:
    """Write what `install` would hand to the system."""
    from agent.cli.explain import explained
    from agent.errors import ConfigError
    from agent.host.schedule import scheduler
    from connectors.sdk.message import say

    with explained(lang):
        for name, content in scheduler().files(_plan(config, at, day, spread, account)).items():
            try:
                out.mkdir(parents=True, exist_ok=True)
                (out / name).write_bytes(content)
            except OSError as error:
                detail = error.strerror or type(error).__name__
                raise ConfigError(say("schedule.unwritable", path=out, detail=detail)) from None
            typer.echo(str((out / name).absolute()))


@app.command("remove", help=help_of("schedule_remove"), epilog=example_of("schedule_remove"))
def remove(lang: Language = "") -> None:
    """Take the schedule away."""
    from agent.cli.explain import explained
    from agent.host.schedule import scheduler

    with explained(lang):
        scheduler().remove()
        typer.echo(_text(lang).say("schedule.removed"), err=True)


@app.command("status", help=help_of("schedule_status"), epilog=example_of("schedule_status"))
def status(lang: Language = "") -> None:
    """What the system says about the schedule."""
    from agent.cli.explain import explained
    from agent.host.schedule import scheduler
    from agent.run.exits import Exit

    with explained(lang):
        said = scheduler().status()
        if said is None:
            typer.echo(_text(lang).say("schedule.none"), err=True)
            raise typer.Exit(Exit.USAGE)
        typer.echo(said)


def _plan(config: Path | None, at: str, days: list[str] | None, spread: int, account: str) -> Plan:
    from datetime import datetime, time

    from agent.errors import ConfigError
    from agent.host.job import Day, Plan
    from agent.host.schedule import command_of
    from connectors.sdk.message import say

    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", at):
        raise ConfigError(say("schedule.bad_time", at=at))
    unknown = [word for word in days or () if word.upper() not in Day.__members__]
    if unknown:
        known = ", ".join(name.lower() for name in Day.__members__)
        raise ConfigError(say("schedule.bad_day", day=unknown[0], known=known))
    chosen = {word.upper() for word in days or ()}
    return Plan(
        command=command_of(_configuration(config)),
        at=time.fromisoformat(at),
        begins=datetime.now().astimezone(),
        days=tuple(day for day in Day if day.name in chosen),
        spread_minutes=spread,
        account=account,
    )


def _configuration(config: Path | None) -> Path:
    from agent.host import folders

    return config or folders.configuration()


def _text(language: str) -> Text:
    from agent.text import Text, chosen

    return Text(chosen(language or "auto"))
