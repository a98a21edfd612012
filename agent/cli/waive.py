"""`tojimari waive FINDING`, `waive list`, `waive remove FINDING`."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from agent.cli.options import CommonOptions, command, group, help_text
from agent.cli.session import open_session


class AddByDefault(TyperGroup):
    """`waive tjm1:0f3c` means `waive add tjm1:0f3c`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return name, command and remaining arguments; `add` if the first is no command."""
        first = next(iter(args), "")
        if first and first not in self.commands and not first.startswith("-"):
            args = ["add", *args]
        return super().resolve_command(ctx, args)


app = group(cls=AddByDefault)

Finding = Annotated[str, typer.Argument(help=help_text("finding"), metavar="FINDING")]


@command(app, "add", texts="waive_add")
def add(
    *,
    finding: Finding,
    reason: Annotated[str, typer.Option("--reason", help=help_text("reason"))],
    approved_by: Annotated[str, typer.Option("--approved-by", help=help_text("approved_by"))],
    expires: Annotated[str, typer.Option("--expires", help=help_text("expires"))],
    max_audience: Annotated[
        str, typer.Option("--max-audience", help=help_text("max_audience"), show_default=False)
    ] = "",
    max_access: Annotated[
        str, typer.Option("--max-access", help=help_text("max_access"), show_default=False)
    ] = "",
    common: CommonOptions,
) -> None:
    """Write a waiver for a finding to `waivers.toml`."""
    from datetime import UTC, datetime

    from agent.cli.findings import resolve_finding_id
    from agent.run.waivers import add_waiver

    with open_session(common, exclusive=True) as session:
        wanted: dict[str, object] = {
            "reason": reason,
            "approved_by": approved_by,
            "expires": _day(expires),
            "max_audience": max_audience,
            "max_access": max_access,
        }
        wanted = {name: value for name, value in wanted.items() if value != ""}
        waiver = add_waiver(
            session, resolve_finding_id(session, finding), wanted, datetime.now(UTC).date()
        )
        if common.as_json:
            typer.echo(waiver.model_dump_json(exclude_none=True))
        elif not common.quiet:
            words = {"file": session.loaded.waivers_file, "expires": waiver.expires}
            typer.echo(session.text.say("waive.written", id=waiver.finding, **words), err=True)


@command(app, "list", texts="waive_list")
def list_(common: CommonOptions) -> None:
    """List the waivers with their status."""
    from datetime import UTC, datetime

    from agent.report.terminal import print_waivers, waivers_to_json
    from agent.run.waivers import waiver_status
    from agent.store.coverage import tenants

    with open_session(common) as session:
        ours = tenants(session.engine, list(session.loaded.config.connectors))
        policy = session.policy(datetime.now(UTC).date())
        found = list(waiver_status(session, policy, [t.key for t in ours]))
        if common.as_json:
            for line in waivers_to_json(found):
                typer.echo(line)
        elif not common.quiet:
            print_waivers(found, session.text)


@command(app, "remove", texts="waive_remove")
def remove(finding: Finding, common: CommonOptions) -> None:
    """Remove a waiver from `waivers.toml`."""
    from agent.run.waivers import remove_waiver

    with open_session(common, exclusive=True) as session:
        for waiver in remove_waiver(session, finding):
            if common.as_json:
                typer.echo(waiver.model_dump_json(exclude_none=True))
            elif not common.quiet:
                typer.echo(session.text.say("waive.removed", id=waiver.finding), err=True)


def _day(text: str) -> object:
    """Return the date of a text; another text as it is, which the waiver refuses."""
    from datetime import date

    try:
        return date.fromisoformat(text)
    except ValueError:
        return text
