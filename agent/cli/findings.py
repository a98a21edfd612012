"""`tojimari findings list`, `show ID`, `mark ID` and `marks`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.desk import at_desk
from agent.cli.options import CommonOptions, Only, command, group, help_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.classify.finding import Kept
    from agent.run.desk import Desk

app = group()

Finding = Annotated[str, typer.Argument(help=help_of("finding"))]


class Verdict(StrEnum):
    """The feedback of a person on a finding: right, a false alarm, or withdrawn."""

    TRUE = "true"
    FALSE = "false"
    NONE = "none"  # withdraws the feedback

    @property
    def right(self) -> bool | None:
        """The feedback as it is stored: True, False, or None for none."""
        return None if self is Verdict.NONE else self is Verdict.TRUE


@command(app, "list", texts="findings_list")
def list_(
    common: CommonOptions,
    only: Only = None,
    severity: Annotated[
        str, typer.Option("--severity", help=help_of("severity"), show_default=False)
    ] = "",
    most: Annotated[int, typer.Option("--most", min=1, help=help_of("most"))] = 50,
) -> None:
    """List the open findings, the most severe first."""
    from itertools import islice

    from agent.cli.scan import severity_of
    from agent.report.jsonl import finding_object, line
    from agent.report.listing import table
    from agent.report.wording import number
    from agent.store.coverage import tenants
    from agent.store.findings import kept
    from agent.store.marks import marks

    with at_desk(common) as desk:
        keys = [t.key for t in tenants(desk.engine, desk.connectors(only or ()))]
        found = kept(desk.engine, keys, "", least=severity_of(severity))
        said = marks(desk.engine, keys)
        if common.as_json:
            for one in found:
                mark = {"mark": said.get(one.finding.id)}
                typer.echo(line(finding_object(one, desk.text) | mark))
        elif not common.quiet:
            table(islice(found, most), desk.text, said)
            if rest := sum(1 for _ in found):
                words = {"count": number(rest), "all": most + rest}
                typer.echo(desk.text.say("listing.more", **words), err=True)
            _advise(desk, keys)


@command(app, "show", texts="findings_show")
def show(finding: Finding, common: CommonOptions) -> None:
    """Show a finding with score, rules, evidence and remediation."""
    from agent.report.jsonl import finding_object, line
    from agent.report.listing import page
    from agent.store.marks import mark_of

    with at_desk(common) as desk:
        one = found_by(desk, finding)
        mark = mark_of(desk.engine, one.finding.id)
        if common.as_json:
            typer.echo(line(finding_object(one, desk.text) | {"mark": mark}))
        elif not common.quiet:
            page(one, desk.text, mark)


@command(app, "mark", texts="findings_mark")
def mark_(
    finding: Finding,
    verdict: Annotated[Verdict, typer.Argument(help=help_of("verdict"))],
    common: CommonOptions,
) -> None:
    """Store feedback on a finding; the finding does not change."""
    import json
    from datetime import UTC, datetime

    from agent.store.marks import put

    with at_desk(common, alone=True) as desk:
        found = found_by(desk, finding).finding
        put(desk.engine, found, verdict.right, datetime.now(UTC))
        if common.as_json:
            typer.echo(json.dumps({"id": found.id, "mark": verdict.right}))
        elif not common.quiet:
            key = f"findings.marked_{verdict}"
            typer.echo(desk.text.say(key, id=found.id, rules=", ".join(found.rules)), err=True)


@command(app, "marks", texts="findings_marks")
def marks_(common: CommonOptions, only: Only = None) -> None:
    """Show the precision of each rule, by the feedback on its findings."""
    from agent.report.listing import precisions_as_json, precisions_table
    from agent.store.coverage import tenants
    from agent.store.marks import precisions

    with at_desk(common) as desk:
        keys = [t.key for t in tenants(desk.engine, desk.connectors(only or ()))]
        found = precisions(desk.engine, keys)
        if common.as_json:
            for line in precisions_as_json(found):
                typer.echo(line)
        elif not common.quiet:
            precisions_table(found, desk.text)
            _advise(desk, keys)


def _advise(desk: Desk, tenants: Sequence[int]) -> None:
    """Print the rules that were wrong more often than right, with advice."""
    from agent.store.marks import precisions

    for one in precisions(desk.engine, tenants):
        if one.poor:
            words = {"rule": one.rule, "right": one.right, "marked": one.marked}
            typer.echo(desk.text.say("findings.poor", **words), err=True)


def found_by(desk: Desk, start: str) -> Kept:
    """Return the finding whose id begins with `start`; the prefix `tjm1:` may be left out.

    Raises:
        ConfigError: There is none, or more than one.
    """
    from agent.errors import ConfigError
    from agent.store.findings import one
    from connectors.sdk.message import say

    found = one(desk.engine, start if start.startswith("tjm1:") else f"tjm1:{start}")
    if len(found) != 1:
        key = "cli.no_finding" if not found else "cli.many_findings"
        raise ConfigError(say(key, id=start, count=len(found)))
    return found[0]
