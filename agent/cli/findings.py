"""`tojimari findings list`, `show ID`, `mark ID` and `marks`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.options import CommonOptions, Only, command, group, help_text
from agent.cli.session import open_session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.classify.finding import TrackedFinding
    from agent.run.session import Session
    from agent.store.feedback import Precision

app = group()

Finding = Annotated[str, typer.Argument(help=help_text("finding"))]


class Feedback(StrEnum):
    """The feedback of a person on a finding: right, a false alarm, or withdrawn."""

    TRUE = "true"
    FALSE = "false"
    NONE = "none"  # withdraws the feedback

    @property
    def as_stored(self) -> bool | None:
        """The feedback as it is stored: True, False, or None for none."""
        return None if self is Feedback.NONE else self is Feedback.TRUE


@command(app, "list", texts="findings_list")
def list_(
    common: CommonOptions,
    only: Only = None,
    severity: Annotated[
        str, typer.Option("--severity", help=help_text("severity"), show_default=False)
    ] = "",
    most: Annotated[int, typer.Option("--most", min=1, help=help_text("most"))] = 50,
) -> None:
    """List the open findings, the most severe first."""
    from itertools import islice

    from agent.cli.scan import severity_of
    from agent.report.jsonl import finding_object, to_line
    from agent.report.terminal import print_findings
    from agent.store.coverage import tenants
    from agent.store.feedback import feedback, rule_precisions
    from agent.store.findings import list_findings
    from agent.text.localize import format_number

    with open_session(common) as session:
        keys = [t.key for t in tenants(session.engine, session.connectors(only or ()))]
        found = list_findings(session.engine, keys, "", least=severity_of(severity))
        said = feedback(session.engine, keys)
        if common.as_json:
            for one in found:
                mark = {"mark": said.get(one.finding.id)}
                typer.echo(to_line(finding_object(one, session.text) | mark))
        elif not common.quiet:
            print_findings(islice(found, most), session.text, said)
            if rest := sum(1 for _ in found):
                words = {"count": format_number(rest), "all": most + rest}
                typer.echo(session.text.say("listing.more", **words), err=True)
            _warn_about_poor_precision(session, rule_precisions(session.engine, keys))


@command(app, "show", texts="findings_show")
def show(finding: Finding, common: CommonOptions) -> None:
    """Show a finding with score, rules, evidence and remediation."""
    from agent.report.jsonl import finding_object, to_line
    from agent.report.terminal import print_finding
    from agent.store.feedback import feedback_of

    with open_session(common) as session:
        one = resolve_finding_id(session, finding)
        mark = feedback_of(session.engine, one.finding.id)
        if common.as_json:
            typer.echo(to_line(finding_object(one, session.text) | {"mark": mark}))
        elif not common.quiet:
            print_finding(one, session.text, mark)


@command(app, "mark", texts="findings_mark")
def mark_(
    finding: Finding,
    verdict: Annotated[Feedback, typer.Argument(help=help_text("verdict"))],
    common: CommonOptions,
) -> None:
    """Store feedback on a finding; the finding does not change."""
    import json
    from datetime import UTC, datetime

    from agent.store.feedback import set_feedback

    with open_session(common, exclusive=True) as session:
        found = resolve_finding_id(session, finding).finding
        set_feedback(session.engine, found, verdict.as_stored, datetime.now(UTC))
        if common.as_json:
            typer.echo(json.dumps({"id": found.id, "mark": verdict.as_stored}))
        elif not common.quiet:
            key = f"findings.marked_{verdict}"
            typer.echo(session.text.say(key, id=found.id, rules=", ".join(found.rules)), err=True)


@command(app, "marks", texts="findings_marks")
def marks_(common: CommonOptions, only: Only = None) -> None:
    """Show how often marked findings were right: by rule, severity, audience and sensitivity."""
    from agent.report.marks import precisions_to_json, print_precisions
    from agent.store.coverage import tenants
    from agent.store.feedback import marks, precisions

    with open_session(common) as session:
        keys = [t.key for t in tenants(session.engine, session.connectors(only or ()))]
        found = precisions(marks(session.engine, keys))
        if common.as_json:
            for line in precisions_to_json(found):
                typer.echo(line)
        elif not common.quiet:
            print_precisions(found, session.text)
            _warn_about_poor_precision(session, found)


def _warn_about_poor_precision(session: Session, found: Sequence[Precision]) -> None:
    """Print what was wrong more often than right, with advice."""
    from agent.report.marks import name_of

    text = session.text
    for one in found:
        if one.is_poor:
            counts = {"right": one.right, "marked": one.marked}
            if one.group == "rule":
                typer.echo(text.say("findings.poor", rule=one.name, **counts), err=True)
            else:
                group = text.say(f"findings.{one.group}")
                words = {"group": group, "name": name_of(one, text), **counts}
                typer.echo(text.say("findings.poor_group", **words), err=True)


def resolve_finding_id(session: Session, start: str) -> TrackedFinding:
    """Return the finding whose id begins with `start`; the prefix `tjm1:` may be left out.

    Raises:
        ConfigError: There is none, or more than one.
    """
    from agent.errors import ConfigError
    from agent.store.findings import find_by_prefix
    from connectors.sdk.message import say

    found = find_by_prefix(session.engine, start if start.startswith("tjm1:") else f"tjm1:{start}")
    if len(found) != 1:
        key = "cli.no_finding" if not found else "cli.many_findings"
        raise ConfigError(say(key, id=start, count=len(found)))
    return found[0]
