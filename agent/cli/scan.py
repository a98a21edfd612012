"""`tojimari scan` and `tojimari judge`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.options import (
    CommonOptions,
    FailOn,
    MaxCalls,
    MaxMinutes,
    Only,
    Out,
    Redact,
    help_text,
)
from agent.cli.session import open_session

if TYPE_CHECKING:
    from agent.classify.model import Severity


def scan(
    common: CommonOptions,
    only: Only = None,
    full: Annotated[bool, typer.Option("--full", help=help_text("full"))] = False,
    out: Out = None,
    fail_on: FailOn = "",
    max_calls: MaxCalls = None,
    max_minutes: MaxMinutes = None,
    no_deliver: Annotated[bool, typer.Option("--no-deliver", help=help_text("no_deliver"))] = False,
    redact: Redact = False,
    scheduled: Annotated[bool, typer.Option("--scheduled", help=help_text("scheduled"))] = False,
) -> None:
    """Collect, evaluate, report and deliver.

    Raises:
        typer.Exit: With the code of the run.
    """
    from agent.cli.output import ProgressReporter, write_summary
    from agent.cli.scheduled_run import ScheduledRunReporter
    from agent.run import scan

    quiet = common.quiet or scheduled
    with (
        ScheduledRunReporter(common.lang, scheduled=scheduled) as reporter,
        open_session(common, out=out, exclusive=True) as session,
    ):
        options = scan.Options(
            only=only or (),
            full=full,
            fail_on=severity_of(fail_on),
            max_calls=max_calls,
            max_minutes=max_minutes,
            deliver=not no_deliver,
            redact=redact,
        )
        progress = ProgressReporter(session.text, quiet=quiet, as_json=common.as_json)
        summary = scan.scan(session, options, progress)
        write_summary(summary, session.text, quiet=quiet, as_json=common.as_json)
        reporter.report_end(summary)
    raise typer.Exit(summary.exit_code)


def judge(
    common: CommonOptions,
    only: Only = None,
    out: Out = None,
    fail_on: FailOn = "",
    no_deliver: Annotated[bool, typer.Option("--no-deliver", help=help_text("no_deliver"))] = False,
    redact: Redact = False,
) -> None:
    """Evaluate the stored facts again; report and deliver. No tenant is called.

    Raises:
        typer.Exit: With the code of the run.
    """
    from agent.cli.output import write_summary
    from agent.run import scan

    with open_session(common, out=out, exclusive=True) as session:
        options = scan.Options(
            only=only or (),
            fail_on=severity_of(fail_on),
            deliver=not no_deliver,
            redact=redact,
        )
        summary = scan.evaluate_again(session, options)
        write_summary(summary, session.text, quiet=common.quiet, as_json=common.as_json)
    raise typer.Exit(summary.exit_code)


def severity_of(word: str) -> Severity | None:
    """Return the severity with this name, in any case; None for an empty text.

    Raises:
        ConfigError: There is no such severity.
    """
    from agent.classify.model import Severity
    from agent.errors import ConfigError
    from connectors.sdk.message import say

    known = {s.word: s for s in Severity if s is not Severity.UNKNOWN}
    if not word:
        return None
    if word.lower() not in known:
        raise ConfigError(say("cli.no_severity", word=word, known=", ".join(known)))
    return known[word.lower()]
