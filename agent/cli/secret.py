"""`tojimari secret set|list|test|remove`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.options import CommonOptions, command, group, help_text

if TYPE_CHECKING:
    from agent.config.load import LoadedConfig
    from agent.config.secret_refs import Secrets
    from agent.text import Text

app = group()

Kind = Annotated[str, typer.Option("--kind", help=help_text("secret_kind"), show_default=False)]


@command(app, "set", texts="secret_set", takes=("config", "lang"))
def set_(
    name: Annotated[str, typer.Argument(help=help_text("secret_name"))],
    common: CommonOptions,
    kind: Kind = "",
    scope: Annotated[str, typer.Option("--scope", help=help_text("secret_scope"))] = "machine",
    account: Annotated[
        str, typer.Option("--account", help=help_text("secret_account"), show_default=False)
    ] = "",
) -> None:
    """Store a secret from a prompt or from standard input; print its reference.

    Raises:
        typer.Exit: With 2 if the secret is empty or cannot be stored.
    """
    from agent.cli.errors import user_errors
    from agent.config import secret_store
    from agent.errors import ConfigError
    from agent.host.windows.dpapi import Scope
    from connectors.sdk.message import say

    with user_errors(common.lang):
        if scope not in list(Scope):
            raise ConfigError(say("secret.no_scope", scope=scope))
        text, secrets = common.text, _secrets(common)
        value = _read_value(text, name)
        if not value:
            raise ConfigError(say("secret.empty"))
        reference = secret_store.store_secret(
            secrets,
            name,
            value,
            kind=kind or secret_store.DEFAULT_KIND,
            protection=Scope(scope),
            reader=account,
        )
        typer.echo(reference)
        typer.echo(text.say("secret.kept", reference=reference, folder=secrets.folder), err=True)


@command(app, "list", texts="secret_list", takes=("config", "lang", "as_json"))
def list_(common: CommonOptions) -> None:
    """List the references of the configuration, without reading the secrets."""
    from agent.cli.errors import user_errors
    from agent.config.secret_store import references

    with user_errors(common.lang):
        for key, reference in references(_loaded(common).config):
            _print_row(key, reference, as_json=common.as_json)


@command(app, "test", texts="secret_test", takes=("config", "lang", "quiet", "as_json"))
def test(common: CommonOptions) -> None:
    """Read every secret without showing it.

    Raises:
        typer.Exit: With 2 if one cannot be read, else with 0.
    """
    from agent.cli.errors import user_errors
    from agent.config.secret_refs import Secrets
    from agent.config.secret_store import references
    from agent.errors import ConfigError
    from agent.run.exit_codes import ExitCode

    code = ExitCode.DONE
    with user_errors(common.lang):
        loaded, text = _loaded(common), common.text
        secrets = Secrets(loaded.file.parent)
        for key, reference in references(loaded.config):
            said = text.say("secret.found")
            try:
                _try_reference(secrets, reference)
            except ConfigError as error:
                code, said = ExitCode.USAGE, text.render(error.problems[0])
            if not common.quiet:
                _print_row(key, reference, said, as_json=common.as_json)
    raise typer.Exit(code)


@command(app, "remove", texts="secret_remove", takes=("config", "lang"))
def remove(
    reference: Annotated[str, typer.Argument(help=help_text("secret_reference"))],
    common: CommonOptions,
) -> None:
    """Delete a stored secret."""
    from agent.cli.errors import user_errors
    from agent.config.secret_store import delete_secret

    with user_errors(common.lang):
        delete_secret(_secrets(common), reference)
        typer.echo(common.text.say("secret.removed", reference=reference), err=True)


def _loaded(common: CommonOptions) -> LoadedConfig:
    from agent.config.load import read_config
    from agent.host import default_paths

    return read_config(common.config or default_paths.default_config_file())


def _secrets(common: CommonOptions) -> Secrets:
    """Return the secrets beside the configuration, which need not exist yet."""
    from agent.config.secret_refs import Secrets
    from agent.host import default_paths

    return Secrets((common.config or default_paths.default_config_file()).absolute().parent)


def _read_value(text: Text, name: str) -> bytes:
    """Return a secret that is typed without echo at a terminal, else all of standard input.

    It is no argument of the command, because every process of the machine can read those. The
    line break at its end is removed, except from binary content.
    """
    import getpass
    import sys

    if sys.stdin.isatty():
        return getpass.getpass(text.say("secret.prompt", name=name)).encode()
    given = sys.stdin.buffer.read()
    return given if b"\0" in given else given.removesuffix(b"\n").removesuffix(b"\r")


def _try_reference(secrets: Secrets, reference: str) -> None:
    if reference.startswith("certstore:"):
        secrets.signer(reference).sign(b"tojimari")
    else:
        secrets.read(reference)


def _print_row(key: str, reference: str, said: str = "", *, as_json: bool) -> None:
    from agent.text.terminal_safe import terminal_safe

    if as_json:
        row = {"key": key, "reference": reference} | ({"result": said} if said else {})
        typer.echo(json.dumps(row, ensure_ascii=False))
    else:
        typer.echo(terminal_safe("  ".join(filter(None, (key, reference, said)))))
