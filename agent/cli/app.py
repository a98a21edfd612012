"""Register the commands. Each imports its libraries when it runs, so that `--help` is fast."""

from __future__ import annotations

import io
import sys
from typing import Annotated

import typer

from agent import __version__
from agent.cli import (
    baseline,
    deliver,
    demo,
    doctor,
    evidence,
    findings,
    fix,
    init,
    plan,
    report,
    rules,
    scan,
    schedule,
    secret,
    tune,
    verify,
    waive,
)
from agent.cli.options import HELP_TEXTS, Language, command, example_text, help_text
from agent.cli.usage_errors import UsageError, print_usage_error
from agent.run.exit_codes import ExitCode

app = typer.Typer(
    name="tojimari",
    help=help_text("app"),
    epilog=example_text("app"),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(requested: bool) -> None:
    if requested:
        typer.echo(f"tojimari {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help=help_text("version"))
    ] = False,
    lang: Language = "",
) -> None: ...


command(app, "demo", takes=("lang", "verbose", "quiet", "as_json"))(demo.demo)
command(app, "init", takes=("config", "lang", "verbose"))(init.init)
command(app, "doctor")(doctor.doctor)
command(app, "plan")(plan.plan)
command(app, "scan")(scan.scan)
command(app, "judge")(scan.judge)
command(app, "report")(report.report)
command(app, "deliver")(deliver.deliver)
command(app, "evidence")(evidence.evidence)
command(app, "fix")(fix.fix)
command(app, "verify")(verify.verify)
command(app, "tune")(tune.tune)
app.add_typer(
    baseline.app, name="baseline", help=help_text("baseline"), epilog=example_text("baseline_save")
)
app.add_typer(
    findings.app, name="findings", help=help_text("findings"), epilog=example_text("findings_list")
)
app.add_typer(waive.app, name="waive", help=help_text("waive"), epilog=example_text("waive_add"))
app.add_typer(rules.app, name="rules", help=help_text("rules"), epilog=example_text("rules_show"))
app.add_typer(
    secret.app, name="secret", help=help_text("secret"), epilog=example_text("secret_set")
)
app.add_typer(
    schedule.app,
    name="schedule",
    help=help_text("schedule"),
    epilog=example_text("schedule_install"),
)


def main() -> None:
    """Run the command line and exit with the code of the command.

    A usage error exits with 2, an aborted prompt with 130. An unexpected exception is written to
    the log with its traceback and exits with 70.
    """
    _utf8()
    try:
        code = app(prog_name="tojimari", standalone_mode=False)
    except UsageError as error:
        print_usage_error(error)
        sys.exit(ExitCode.USAGE)
    except typer.Abort:  # Ctrl-C or end of input at a prompt
        typer.echo(HELP_TEXTS.say("cli.left"), err=True)
        sys.exit(ExitCode.INTERRUPTED)
    except Exception:  # noqa: BLE001 -- logged with its traceback, then code 70
        from agent.cli.logging_setup import log_crash

        log_crash()
        sys.exit(70)
    sys.exit(code)


def _utf8() -> None:
    """Use UTF-8 for stdout and stderr: the code page of Windows cannot encode every name."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
