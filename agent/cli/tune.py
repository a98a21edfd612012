"""`tojimari tune`."""

from __future__ import annotations

import typer

from agent.cli.options import CommonOptions, Only
from agent.cli.session import open_session


def tune(common: CommonOptions, only: Only = None) -> None:
    """Propose lines of the configuration from the marked findings; change nothing."""
    from datetime import UTC, datetime

    from agent.config.load import table_headers
    from agent.report.tuning import proposals_to_json, proposals_to_toml
    from agent.run.tuning import proposals

    with open_session(common) as session:
        config, file = session.loaded.config, session.loaded.file
        found = [
            (one.proposal, one.unmarked)
            for one in proposals(session, only or (), datetime.now(UTC).date())
        ]
        if common.as_json:
            for line in proposals_to_json(found):
                typer.echo(line)
        elif found:
            headers = table_headers(file)
            lines = proposals_to_toml(
                found, config.organization, config.policy, headers, session.text
            )
            typer.echo("\n".join(lines))
        elif not common.quiet:
            typer.echo(session.text.say("tune.nothing"), err=True)
