"""Store and delete secrets for `tojimari secret`; list the references of a configuration."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from agent.config.model import Config
from agent.config.secrets import SERVICE, Secrets
from agent.errors import ConfigError
from agent.host import access
from agent.host.windows import dpapi
from connectors.sdk.message import say
from connectors.sdk.settings import KINDS

FOLDER = "secrets"
USUAL = "dpapi" if sys.platform == "win32" else "file"
KEPT = ("dpapi", "file", "keyring")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def references(config: Config) -> Iterator[tuple[str, str]]:
    """Yield every key of the connectors and sinks whose value is a reference, with that value."""
    yield from within("connectors", config.connectors)
    yield from within("sinks", config.sinks)


def within(where: str, table: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield every key of a table, and of the tables in it, whose value is a reference."""
    for key, value in table.items():
        here = f"{where}.{key}"
        if isinstance(value, Mapping):
            yield from within(here, value)  # pyright: ignore[reportUnknownArgumentType] -- TOML
        elif isinstance(value, str) and value.partition(":")[0] in KINDS:
            yield here, value


def keep(
    secrets: Secrets, name: str, value: bytes, *, kind: str, scope: dpapi.Scope, reader: str
) -> str:
    """Store a secret on this machine and return its reference.

    Args:
        secrets: Resolves the folder of the configuration.
        name: Up to 64 letters, digits, `-` and `_`; becomes part of the reference.
        value: The secret.
        kind: `file`, `keyring` or, on Windows, `dpapi`.
        scope: Who can decrypt a `dpapi` secret.
        reader: An account that may read the file as well; empty for none.

    Raises:
        ConfigError: The name or the kind is not valid, or the secret cannot be stored.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(say("secret.bad_name", name=name))
    if kind not in KEPT or (kind == "dpapi" and sys.platform != "win32"):
        raise ConfigError(say("secret.not_here", kind=kind))
    if kind == "keyring":
        _into_keyring(name, value)
        return f"keyring:{name}"
    written = f"{FOLDER}/{name}.dpapi" if kind == "dpapi" else f"{FOLDER}/{name}"
    place = secrets.path(written)
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_closed(place, dpapi.seal(value, scope) if kind == "dpapi" else value, reader)
    except (OSError, LookupError) as error:
        raise ConfigError(say("secret.not_kept", path=place, detail=_detail(error))) from None
    return f"{kind}:{written}"


def forget(secrets: Secrets, reference: str) -> None:
    """Delete a secret that `keep` stored.

    Raises:
        ConfigError: There is no such secret, or it is of a kind that is not stored here.
    """
    kind, _, rest = reference.partition(":")
    if kind == "keyring":
        _out_of_keyring(rest)
        return
    if kind not in ("file", "dpapi"):
        raise ConfigError(say("secret.not_ours", kind=kind))
    place = secrets.path(rest)
    try:
        place.unlink()
    except OSError as error:
        raise ConfigError(say("secret.no_file", path=place, detail=_detail(error))) from None


def _write_closed(place: Path, content: bytes, reader: str) -> None:
    """Write a file whose permissions are restricted before it has any content."""
    part = place.with_name(place.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        access.close(part, reader=reader)
        file.write(content)
    part.replace(place)


def _into_keyring(name: str, value: bytes) -> None:
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.set_password(SERVICE, name, value.decode())
    except (KeyringError, UnicodeDecodeError, OSError) as error:
        raise ConfigError(
            say("secret.keyring_refused", name=name, detail=type(error).__name__)
        ) from None


def _out_of_keyring(name: str) -> None:
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.delete_password(SERVICE, name)
    except KeyringError:
        raise ConfigError(say("secret.not_in_keyring", name=name)) from None


def _detail(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
