"""`tojimari waive FINDING`, `waive list`, `waive remove FINDING`."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from agent.cli.desk import at_desk
from agent.cli.options import CommonOptions, command, group, help_of


class AddByDefault(TyperGroup):
    """`waive tjm1:0f3c` means `waive add tjm1:0f3c`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return name, command and remaining arguments; `add` if the first is no command."""
        first = next(iter(args), "")
        if first and first not in self.commands and not first.startswith("-"):
            args = ["add", *args]
        return super().resolve_command(ctx, args)


app = group(cls=AddByDefault)

Finding = Annotated[str, typer.Argument(help=help_of("finding"), metavar="FINDING")]


@command(app, "add", texts="waive_add")
def add(
    *,
    finding: Finding,
    reason: Annotated[str, typer.Option("--reason", help=help_of("reason"))],
    approved_by: Annotated[str, typer.Option("--approved-by", help=help_of("approved_by"))],
    expires: Annotated[str, typer.Option("--expires", help=help_of("expires"))],
    max_audience: Annotated[
        str, typer.Option("--max-audience", help=help_of("max_audience"), show_default=False)
    ] = "",
    max_access: Annotated[
        str, typer.Option("--max-access", help=help_of("max_access"), show_default=False)
    ] = "",
    common: CommonOptions,
) -> None:
    """Write a waiver for a finding to `waivers.toml`."""
    from datetime import UTC, datetime

    from agent.cli.findings import found_by
    from agent.run.waiving import accept

    with at_desk(common, alone=True) as desk:
        wanted: dict[str, object] = {
            "reason": reason,
            "approved_by": approved_by,
            "expires": _day(expires),
            "max_audience": max_audience,
            "max_access": max_access,
        }
        wanted = {name: value for name, value in wanted.items() if value != ""}
        waiver = accept(desk, found_by(desk, finding), wanted, datetime.now(UTC).date())
        if common.as_json:
            typer.echo(waiver.model_dump_json(exclude_none=True))
        elif not common.quiet:
            words = {"file": desk.loaded.waivers_file, "expires": waiver.expires}
            typer.echo(desk.text.say("waive.written", id=waiver.finding, **words), err=True)


@command(app, "list", texts="waive_list")
def list_(common: CommonOptions) -> None:
    """List the waivers with their status."""
    from datetime import UTC, datetime

    from agent.report.listing import waivers_as_json, waivers_table
    from agent.run.waiving import standing
    from agent.store.coverage import tenants

    with at_desk(common) as desk:
        ours = tenants(desk.engine, list(desk.loaded.config.connectors))
        policy = desk.policy(datetime.now(UTC).date())
        found = list(standing(desk, policy, [t.key for t in ours]))
        if common.as_json:
            for line in waivers_as_json(found):
                typer.echo(line)
        elif not common.quiet:
            waivers_table(found, desk.text)


@command(app, "remove", texts="waive_remove")
def remove(finding: Finding, common: CommonOptions) -> None:
    """Remove a waiver from `waivers.toml`."""
    from agent.run.waiving import take_back

    with at_desk(common, alone=True) as desk:
        for waiver in take_back(desk, finding):
            if common.as_json:
                typer.echo(waiver.model_dump_json(exclude_none=True))
            elif not common.quiet:
                typer.echo(desk.text.say("waive.removed", id=waiver.finding), err=True)


def _day(text: str) -> object:
    """Return the date of a text; another text as it is, which the waiver refuses."""
    from datetime import date

    try:
        return date.fromisoformat(text)
    except ValueError:
        return text
