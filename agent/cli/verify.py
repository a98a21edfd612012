"""`tojimari verify`."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.desk import at_desk
from agent.cli.options import CommonOptions, Only, help_of

if TYPE_CHECKING:
    from agent.report.proof import Told
    from agent.report.summary import Summary
    from agent.run.verifying import Sights
    from agent.text import Text


def verify(
    common: CommonOptions,
    only: Only = None,
    confirm: Annotated[
        list[str] | None,
        typer.Option("--confirm", metavar="HOST", help=help_of("verify_confirm")),
    ] = None,
) -> None:
    """Count the records that the own public sites show to an anonymous visitor.

    Raises:
        typer.Exit: With the code of the run; 2 if no host was confirmed.
    """
    from agent.cli.show import told
    from agent.report.proof import as_json as words_of
    from agent.report.proof import lines
    from agent.run.exits import Exit
    from agent.run.scanning import Options, rejudge
    from agent.run.verifying import look, prove
    from agent.text.printable import printable

    with at_desk(common, alone=True) as desk:
        sights = look(desk, only or ())
        _refused(sights, desk.text)
        hosts = _confirmed(sights, confirm or (), desk.text)
        answers = list(prove(desk, sights, hosts))
        if not answers:
            typer.echo(desk.text.say("verify.nothing"), err=True)
            raise typer.Exit(Exit.NO_SIGN_IN if sights.refused else Exit.DONE)
        if common.as_json:
            for one in answers:
                typer.echo(json.dumps(words_of(one, desk.text), ensure_ascii=False))
        elif not common.quiet:
            for line in lines(answers, desk.text):
                typer.echo(printable(line), err=True)
        summary = _ended(rejudge(desk, Options(only=only or ())), sights, answers)
        told(summary, desk.text, quiet=common.quiet, as_json=common.as_json)
    raise typer.Exit(summary.exit_code)


def _refused(sights: Sights, text: Text) -> None:
    for name, error in sights.refused.items():
        problem = f"{name}: {text.of(error.message)} {text.of(error.hint)}".strip()
        typer.echo(problem, err=True)


def _confirmed(sights: Sights, named: Collection[str], text: Text) -> Collection[str]:
    """Return the hosts that were confirmed, by `--confirm` or by typing them at the prompt.

    Raises:
        ConfigError: No host was confirmed and there is no terminal.
    """
    from agent.errors import ConfigError
    from agent.run.verifying import checked
    from connectors.sdk.message import say

    if named or not sights.hosts:
        return checked(sights, named)
    if not sys.stdin.isatty():
        raise ConfigError(say("verify.unconfirmed", hosts=", ".join(sights.hosts)))
    typer.echo(text.say("verify.before"), err=True)
    return [host for host in sights.hosts if _typed(host, sights, text) == host]


def _typed(host: str, sights: Sights, text: Text) -> str:
    here = [v for v in sights.visits if v.place.host == host and not v.place.closed]
    for visit in here:
        words = {"site": visit.place.title, "url": visit.place.url, "objects": len(visit.asked)}
        typer.echo("  " + text.say("verify.would_ask", **words), err=True)
    typed: str = typer.prompt(
        text.say("verify.type_host", host=host), default="", show_default=False, err=True
    )
    return typed.strip()


def _ended(summary: Summary, sights: Sights, answers: Sequence[Told]) -> Summary:
    """Return the summary with exit code 4 added if a site did not answer."""
    from agent.run.exits import Exit, all_of, winner
    from connectors.sdk.proof import Outcome

    codes = {Exit(summary.exit_code), *(Exit(code) for code in summary.also)}
    silent = any(one.count.outcome is Outcome.UNANSWERED for one in answers)
    if silent or sights.refused:
        codes.add(Exit.INCOMPLETE)
    code = winner(codes)
    return replace(summary, exit_code=code, also=[c for c in all_of(codes) if c is not code])
