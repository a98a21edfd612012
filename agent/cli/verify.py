"""`tojimari verify`."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.options import CommonOptions, Only, help_text
from agent.cli.session import open_session

if TYPE_CHECKING:
    from agent.report.external_check import ExternalCheckResult
    from agent.report.summary import Summary
    from agent.run.external_check import VerificationPlan
    from agent.text import Text


def verify(
    common: CommonOptions,
    only: Only = None,
    confirm: Annotated[
        list[str] | None,
        typer.Option("--confirm", metavar="HOST", help=help_text("verify_confirm")),
    ] = None,
) -> None:
    """Count the records that the own public sites show to an anonymous visitor.

    Raises:
        typer.Exit: With the code of the run; 2 if no host was confirmed.
    """
    from agent.cli.output import write_summary
    from agent.report.external_check import render_lines
    from agent.report.external_check import to_json as words_of
    from agent.run.exit_codes import ExitCode
    from agent.run.external_check import plan_verification, run_verification
    from agent.run.scan import Options, evaluate_again
    from agent.text.terminal_safe import terminal_safe

    with open_session(common, exclusive=True) as session:
        plan = plan_verification(session, only or ())
        _print_sign_in_errors(plan, session.text)
        hosts = _confirmed_hosts(plan, confirm or (), session.text)
        answers = list(run_verification(session, plan, hosts))
        if not answers:
            typer.echo(session.text.say("verify.nothing"), err=True)
            raise typer.Exit(ExitCode.NO_SIGN_IN if plan.refused else ExitCode.DONE)
        if common.as_json:
            for one in answers:
                typer.echo(json.dumps(words_of(one, session.text), ensure_ascii=False))
        elif not common.quiet:
            for line in render_lines(answers, session.text):
                typer.echo(terminal_safe(line), err=True)
        summary = _with_exit_codes(evaluate_again(session, Options(only=only or ())), plan, answers)
        write_summary(summary, session.text, quiet=common.quiet, as_json=common.as_json)
    raise typer.Exit(summary.exit_code)


def _print_sign_in_errors(plan: VerificationPlan, text: Text) -> None:
    for name, error in plan.refused.items():
        problem = f"{name}: {text.render(error.message)} {text.render(error.hint)}".strip()
        typer.echo(problem, err=True)


def _confirmed_hosts(plan: VerificationPlan, named: Collection[str], text: Text) -> Collection[str]:
    """Return the hosts that were confirmed, by `--confirm` or by typing them at the prompt.

    Raises:
        ConfigError: No host was confirmed and there is no terminal.
    """
    from agent.errors import ConfigError
    from agent.run.external_check import confirmed_hosts
    from connectors.sdk.message import say

    if named or not plan.hosts:
        return confirmed_hosts(plan, named)
    if not sys.stdin.isatty():
        raise ConfigError(say("verify.unconfirmed", hosts=", ".join(plan.hosts)))
    typer.echo(text.say("verify.before"), err=True)
    return [host for host in plan.hosts if _ask_host(host, plan, text) == host]


def _ask_host(host: str, plan: VerificationPlan, text: Text) -> str:
    here = [v for v in plan.visits if v.site.host == host and not v.site.closed]
    for visit in here:
        count = len(visit.known) + len(visit.others)
        words = {"site": visit.site.title, "url": visit.site.url, "objects": count}
        typer.echo("  " + text.say("verify.would_ask", **words), err=True)
    typed: str = typer.prompt(
        text.say("verify.type_host", host=host), default="", show_default=False, err=True
    )
    return typed.strip()


def _with_exit_codes(
    summary: Summary, plan: VerificationPlan, answers: Sequence[ExternalCheckResult]
) -> Summary:
    """Return the summary with exit code 4 added if a site did not answer."""
    from agent.run.exit_codes import ExitCode, ordered, primary_code
    from connectors.sdk.external_check import CountOutcome

    codes = {ExitCode(summary.exit_code), *(ExitCode(code) for code in summary.also)}
    silent = any(one.answer.outcome is CountOutcome.UNANSWERED for one in answers)
    if silent or plan.refused:
        codes.add(ExitCode.INCOMPLETE)
    code = primary_code(codes)
    return replace(summary, exit_code=code, also=[c for c in ordered(codes) if c is not code])
