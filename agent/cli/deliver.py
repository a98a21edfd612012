"""`tojimari deliver`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.desk import at_desk
from agent.cli.options import CommonOptions, help_of
from agent.text.printable import printable

if TYPE_CHECKING:
    from agent.run.desk import Desk
    from agent.run.exits import Exit


def deliver(
    common: CommonOptions,
    check: Annotated[
        str, typer.Option("--check", help=help_of("deliver_check"), show_default=False)
    ] = "",
    status: Annotated[bool, typer.Option("--status", help=help_of("deliver_status"))] = False,
    again: Annotated[bool, typer.Option("--again", help=help_of("deliver_again"))] = False,
    template: Annotated[bool, typer.Option("--template", help=help_of("deliver_template"))] = False,
) -> None:
    """Deliver the pending events; or show the queue, or check a sink, or print the template.

    Raises:
        typer.Exit: With 5 if events are pending or a check failed, else with 0.
    """
    from agent.run import delivering

    if template:
        from agent.sinks.azure import template as made

        typer.echo(json.dumps(made(), indent=2))
        return
    sends = not (check or status)
    with at_desk(common, alone=sends) as desk:
        say = _nothing if common.quiet else _line
        if check:
            code = _checked(desk, check, as_json=common.as_json, say=say)
        elif status:
            code = _shown(desk, as_json=common.as_json, say=say)
        else:
            if again:
                delivering.again(desk)
            code = _sent(desk, as_json=common.as_json, say=say)
    raise typer.Exit(code)


def _sent(desk: Desk, *, as_json: bool, say: Callable[[str], None]) -> Exit:
    from agent.run import delivering
    from agent.run.exits import Exit
    from agent.run.scanning import sink_lines

    lines = sink_lines(desk, delivering.deliver(desk))
    if as_json:
        typer.echo(json.dumps([asdict(line) for line in lines], ensure_ascii=False))
    else:
        for line in lines:
            words = {"name": line.name, "delivered": line.delivered, "pending": line.pending}
            dead = desk.text.say("cli.dead", count=line.dead) if line.dead else ""
            say(" ".join((desk.text.say("cli.delivered", **words), dead, line.problem)))
        if not lines:
            say(desk.text.say("cli.no_sinks"))
    undelivered = any(line.pending or line.dead or line.problem for line in lines)
    return Exit.UNDELIVERED if undelivered else Exit.DONE


def _shown(desk: Desk, *, as_json: bool, say: Callable[[str], None]) -> Exit:
    from agent.report.rows import moment
    from agent.run import delivering
    from agent.run.exits import Exit
    from agent.sinks.drain import told

    rows = [
        asdict(row)
        | {"since": moment(row.since) if row.since else "", "error": told(desk.text, row.error)}
        for row in delivering.waiting(desk)
    ]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
    else:
        for row in rows:
            say(desk.text.say("cli.waiting", **row))
        if not rows:
            say(desk.text.say("cli.nothing_waits"))
    return Exit.UNDELIVERED if rows else Exit.DONE


def _checked(desk: Desk, name: str, *, as_json: bool, say: Callable[[str], None]) -> Exit:
    from agent.run import delivering
    from agent.run.exits import Exit

    text = desk.text
    checks = list(delivering.check(desk, name))
    if as_json:
        rows = [
            {
                "id": one.id, "title": text.of(one.title), "outcome": one.outcome,
                "detail": text.of(one.detail), "hint": text.of(one.hint),
            }
            for one in checks
        ]  # fmt: skip
        typer.echo(json.dumps(rows, ensure_ascii=False))
    else:
        for one in checks:
            parts = (text.of(one.title), text.of(one.detail), text.of(one.hint))
            say(f"{one.outcome.upper()}  " + " ".join(part for part in parts if part))
    return Exit.UNDELIVERED if any(one.outcome == "fail" for one in checks) else Exit.DONE


def _line(words: str) -> None:
    typer.echo(printable(" ".join(words.split())), err=True)


def _nothing(_words: str) -> None:
    """Print nothing."""
