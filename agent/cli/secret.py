"""`tojimari secret set|list|test|remove`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.options import CommonOptions, command, group, help_of

if TYPE_CHECKING:
    from agent.config.load import Loaded
    from agent.config.secrets import Secrets
    from agent.text import Text

app = group()

Kind = Annotated[str, typer.Option("--kind", help=help_of("secret_kind"), show_default=False)]


@command(app, "set", texts="secret_set", takes=("config", "lang"))
def set_(
    name: Annotated[str, typer.Argument(help=help_of("secret_name"))],
    common: CommonOptions,
    kind: Kind = "",
    scope: Annotated[str, typer.Option("--scope", help=help_of("secret_scope"))] = "machine",
    account: Annotated[
        str, typer.Option("--account", help=help_of("secret_account"), show_default=False)
    ] = "",
) -> None:
    """Store a secret from a prompt or from standard input; print its reference.

    Raises:
        typer.Exit: With 2 if the secret is empty or cannot be stored.
    """
    from agent.cli.explain import explained
    from agent.config import keeping
    from agent.errors import ConfigError
    from agent.host.windows.dpapi import Scope
    from connectors.sdk.message import say

    with explained(common.lang):
        if scope not in list(Scope):
            raise ConfigError(say("secret.no_scope", scope=scope))
        text, secrets = common.text, _secrets(common)
        value = _asked(text, name)
        if not value:
            raise ConfigError(say("secret.empty"))
        reference = keeping.keep(
            secrets, name, value, kind=kind or keeping.USUAL, scope=Scope(scope), reader=account
        )
        typer.echo(reference)
        typer.echo(text.say("secret.kept", reference=reference, folder=secrets.folder), err=True)


@command(app, "list", texts="secret_list", takes=("config", "lang", "as_json"))
def list_(common: CommonOptions) -> None:
    """List the references of the configuration, without reading the secrets."""
    from agent.cli.explain import explained
    from agent.config.keeping import references

    with explained(common.lang):
        for key, reference in references(_loaded(common).config):
            _row(key, reference, as_json=common.as_json)


@command(app, "test", texts="secret_test", takes=("config", "lang", "quiet", "as_json"))
def test(common: CommonOptions) -> None:
    """Read every secret without showing it.

    Raises:
        typer.Exit: With 2 if one cannot be read, else with 0.
    """
    from agent.cli.explain import explained
    from agent.config.keeping import references
    from agent.config.secrets import Secrets
    from agent.errors import ConfigError
    from agent.run.exits import Exit

    code = Exit.DONE
    with explained(common.lang):
        loaded, text = _loaded(common), common.text
        secrets = Secrets(loaded.file.parent)
        for key, reference in references(loaded.config):
            said = text.say("secret.found")
            try:
                _looked(secrets, reference)
            except ConfigError as error:
                code, said = Exit.USAGE, text.of(error.problems[0])
            if not common.quiet:
                _row(key, reference, said, as_json=common.as_json)
    raise typer.Exit(code)


@command(app, "remove", texts="secret_remove", takes=("config", "lang"))
def remove(
    reference: Annotated[str, typer.Argument(help=help_of("secret_reference"))],
    common: CommonOptions,
) -> None:
    """Delete a stored secret."""
    from agent.cli.explain import explained
    from agent.config.keeping import forget

    with explained(common.lang):
        forget(_secrets(common), reference)
        typer.echo(common.text.say("secret.removed", reference=reference), err=True)


def _loaded(common: CommonOptions) -> Loaded:
    from agent.config.load import read
    from agent.host import folders

    return read(common.config or folders.configuration())


def _secrets(common: CommonOptions) -> Secrets:
    """Return the secrets beside the configuration, which need not exist yet."""
    from agent.config.secrets import Secrets
    from agent.host import folders

    return Secrets((common.config or folders.configuration()).absolute().parent)


def _asked(text: Text, name: str) -> bytes:
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


def _looked(secrets: Secrets, reference: str) -> None:
    if reference.startswith("certstore:"):
        secrets.signer(reference).sign(b"tojimari")
    else:
        secrets.read(reference)


def _row(key: str, reference: str, said: str = "", *, as_json: bool) -> None:
    from agent.text.printable import printable

    if as_json:
        row = {"key": key, "reference": reference} | ({"result": said} if said else {})
        typer.echo(json.dumps(row, ensure_ascii=False))
    else:
        typer.echo(printable("  ".join(filter(None, (key, reference, said)))))
