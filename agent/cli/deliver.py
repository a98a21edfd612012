"""`tojimari deliver`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.options import CommonOptions, help_text
from agent.cli.session import open_session
from agent.text.terminal_safe import terminal_safe

if TYPE_CHECKING:
    from agent.run.exit_codes import ExitCode
    from agent.run.session import Session


def deliver(
    common: CommonOptions,
    check: Annotated[
        str, typer.Option("--check", help=help_text("deliver_check"), show_default=False)
    ] = "",
    status: Annotated[bool, typer.Option("--status", help=help_text("deliver_status"))] = False,
    again: Annotated[bool, typer.Option("--again", help=help_text("deliver_again"))] = False,
    template: Annotated[
        bool, typer.Option("--template", help=help_text("deliver_template"))
    ] = False,
) -> None:
    """Deliver the pending events; or show the queue, or check a sink, or print the template.

    Raises:
        typer.Exit: With 5 if events are pending or a check failed, else with 0.
    """
    from agent.run import deliver

    if template:
        from agent.sinks.sentinel_template import template as made

        typer.echo(json.dumps(made(), indent=2))
        return
    sends = not (check or status)
    with open_session(common, exclusive=sends) as session:
        say = _print_nothing if common.quiet else _print_line
        if check:
            code = _check_sink(session, check, as_json=common.as_json, say=say)
        elif status:
            code = _show_status(session, as_json=common.as_json, say=say)
        else:
            if again:
                deliver.requeue_rejected(session)
            code = _send(session, as_json=common.as_json, say=say)
    raise typer.Exit(code)


def _send(session: Session, *, as_json: bool, say: Callable[[str], None]) -> ExitCode:
    from agent.run import deliver
    from agent.run.exit_codes import ExitCode
    from agent.run.scan import sink_lines

    lines = sink_lines(session, deliver.deliver(session))
    if as_json:
        typer.echo(json.dumps([asdict(line) for line in lines], ensure_ascii=False))
    else:
        for line in lines:
            words = {"name": line.name, "delivered": line.delivered, "pending": line.pending}
            dead = session.text.say("cli.dead", count=line.dead) if line.dead else ""
            say(" ".join((session.text.say("cli.delivered", **words), dead, line.problem)))
        if not lines:
            say(session.text.say("cli.no_sinks"))
    undelivered = any(line.pending or line.dead or line.problem for line in lines)
    return ExitCode.UNDELIVERED if undelivered else ExitCode.DONE


def _show_status(session: Session, *, as_json: bool, say: Callable[[str], None]) -> ExitCode:
    from agent.report.csv_rows import format_time
    from agent.run import deliver
    from agent.run.exit_codes import ExitCode
    from agent.sinks.delivery import describe_error

    rows = [
        asdict(row)
        | {
            "since": format_time(row.since) if row.since else "",
            "error": describe_error(session.text, row.error),
        }
        for row in deliver.queue_status(session)
    ]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
    else:
        for row in rows:
            say(session.text.say("cli.waiting", **row))
        if not rows:
            say(session.text.say("cli.nothing_waits"))
    return ExitCode.UNDELIVERED if rows else ExitCode.DONE


def _check_sink(
    session: Session, name: str, *, as_json: bool, say: Callable[[str], None]
) -> ExitCode:
    from agent.run import deliver
    from agent.run.exit_codes import ExitCode

    text = session.text
    checks = list(deliver.send_test_event(session, name))
    if as_json:
        rows = [
            {
                "id": one.id, "title": text.render(one.title), "outcome": one.outcome,
                "detail": text.render(one.detail), "hint": text.render(one.hint),
            }
            for one in checks
        ]  # fmt: skip
        typer.echo(json.dumps(rows, ensure_ascii=False))
    else:
        for one in checks:
            parts = (text.render(one.title), text.render(one.detail), text.render(one.hint))
            say(f"{one.outcome.upper()}  " + " ".join(part for part in parts if part))
    return ExitCode.UNDELIVERED if any(one.outcome == "fail" for one in checks) else ExitCode.DONE


def _print_line(words: str) -> None:
    typer.echo(terminal_safe(" ".join(words.split())), err=True)


def _print_nothing(_words: str) -> None:
    """Print nothing."""
