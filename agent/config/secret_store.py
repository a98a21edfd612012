"""Store and delete secrets for `tojimari secret`; list the references of a configuration."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from agent.config.schema import Config
from agent.config.secret_refs import KEYRING_SERVICE, Secrets
from agent.errors import ConfigError
from agent.host import file_permissions
from agent.host.windows import dpapi
from connectors.sdk.config import SECRET_KINDS
from connectors.sdk.message import say

FOLDER = "secrets"
DEFAULT_KIND = "dpapi" if sys.platform == "win32" else "file"
STORABLE_KINDS = ("dpapi", "file", "keyring")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def references(config: Config) -> Iterator[tuple[str, str]]:
    """Yield every key of the connectors and sinks whose value is a reference, with that value."""
    yield from references_in("connectors", config.connectors)
    yield from references_in("sinks", config.sinks)


def references_in(where: str, table: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield every key of a table, and of the tables in it, whose value is a reference."""
    for key, value in table.items():
        here = f"{where}.{key}"
        if isinstance(value, Mapping):
            yield from references_in(here, value)  # pyright: ignore[reportUnknownArgumentType] -- TOML
        elif isinstance(value, str) and value.partition(":")[0] in SECRET_KINDS:
            yield here, value


def store_secret(
    secrets: Secrets, name: str, value: bytes, *, kind: str, protection: dpapi.Scope, reader: str
) -> str:
    """Store a secret on this machine and return its reference.

    Args:
        secrets: Resolves the folder of the configuration.
        name: Up to 64 letters, digits, `-` and `_`; becomes part of the reference.
        value: The secret.
        kind: `file`, `keyring` or, on Windows, `dpapi`.
        protection: Who can decrypt a `dpapi` secret.
        reader: An account that may read the file as well; empty for none.

    Raises:
        ConfigError: The name or the kind is not valid, or the secret cannot be stored.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(say("secret.bad_name", name=name))
    if kind not in STORABLE_KINDS or (kind == "dpapi" and sys.platform != "win32"):
        raise ConfigError(say("secret.not_here", kind=kind))
    if kind == "keyring":
        _set_in_keyring(name, value)
        return f"keyring:{name}"
    written = f"{FOLDER}/{name}.dpapi" if kind == "dpapi" else f"{FOLDER}/{name}"
    path = secrets.path(written)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_restricted(
            path, dpapi.protect(value, protection) if kind == "dpapi" else value, reader
        )
    except (OSError, LookupError) as error:
        raise ConfigError(say("secret.not_kept", path=path, detail=_detail(error))) from None
    return f"{kind}:{written}"


def delete_secret(secrets: Secrets, reference: str) -> None:
    """Delete a secret that `store_secret` stored.

    Raises:
        ConfigError: There is no such secret, or it is of a kind that is not stored here.
    """
    kind, _, rest = reference.partition(":")
    if kind == "keyring":
        _delete_from_keyring(rest)
        return
    if kind not in ("file", "dpapi"):
        raise ConfigError(say("secret.not_ours", kind=kind))
    path = secrets.path(rest)
    try:
        path.unlink()
    except OSError as error:
        raise ConfigError(say("secret.no_file", path=path, detail=_detail(error))) from None


def _write_restricted(path: Path, content: bytes, reader: str) -> None:
    """Write a file whose permissions are restricted before it has any content."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file_permissions.restrict_permissions(part, reader=reader)
        file.write(content)
    part.replace(path)


def _set_in_keyring(name: str, value: bytes) -> None:
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.set_password(KEYRING_SERVICE, name, value.decode())
    except (KeyringError, UnicodeDecodeError, OSError) as error:
        raise ConfigError(
            say("secret.keyring_refused", name=name, detail=type(error).__name__)
        ) from None


def _delete_from_keyring(name: str) -> None:
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.delete_password(KEYRING_SERVICE, name)
    except KeyringError:
        raise ConfigError(say("secret.not_in_keyring", name=name)) from None


def _detail(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
