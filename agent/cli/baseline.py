"""`tojimari baseline save NAME` and `tojimari baseline list`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli.options import CommonOptions, command, group, help_text
from agent.cli.session import open_session

if TYPE_CHECKING:
    from agent.store.baselines import Baseline

app = group()


@command(app, "save", texts="baseline_save")
def save(
    name: Annotated[str, typer.Argument(help=help_text("baseline_name"))],
    common: CommonOptions,
) -> None:
    """Save the state of all findings as a baseline with a name."""
    from datetime import UTC, datetime

    from agent.store import baselines

    with open_session(common, exclusive=True) as session:
        kept = baselines.save(session.engine, name, datetime.now(UTC))
        if common.as_json:
            typer.echo(json.dumps(_to_json(kept)))
        elif not common.quiet:
            words = {"name": kept.name, "findings": kept.findings}
            typer.echo(session.text.say("baseline.saved", **words), err=True)


@command(app, "list", texts="baseline_list")
def list_(common: CommonOptions) -> None:
    """List the baselines."""
    from agent.store import baselines

    with open_session(common) as session:
        for kept in baselines.baselines(session.engine):
            if common.as_json:
                typer.echo(json.dumps(_to_json(kept)))
            elif not common.quiet:
                words = {"name": kept.name, "findings": kept.findings, "made": kept.made.date()}
                typer.echo(session.text.say("baseline.line", **words))


def _to_json(kept: Baseline) -> dict[str, Any]:
    return {"name": kept.name, "made": kept.made.isoformat(), "findings": kept.findings}
