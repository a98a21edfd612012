"""What a reference points to. The configuration holds references, never values."""

from __future__ import annotations

import os
from pathlib import Path

from agent.config.errors import ConfigError
from connectors.sdk.contract import Signer
from connectors.sdk.message import say

SERVICE = "tojimari"  # under which the keyring keeps our secrets


class Secrets:
    """Reads secrets; relative `file:` paths start at the configuration's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, reference: str) -> bytes:
        """The secret behind `file:` `env:` `keyring:`. Raises `ConfigError`, without the value."""
        kind, _, rest = reference.partition(":")
        match kind:
            case "file":
                return self._file(rest)
            case "env":
                if (value := os.environ.get(rest)) is None:
                    raise ConfigError(say("secret.no_variable", name=rest))
                return value.encode()
            case "keyring":
                return _keyring(rest)
            case _:
                raise ConfigError(say("secret.not_here", kind=kind))

    def signer(self, reference: str) -> Signer:
        """The key behind `certstore:`, which signs without being read. Raises `ConfigError`."""
        raise ConfigError(say("secret.not_here", kind=reference.partition(":")[0]))

    def _file(self, path: str) -> bytes:
        place = self._folder / Path(path).expanduser()
        try:
            return place.read_bytes()
        except OSError as error:
            raise ConfigError(
                say("secret.no_file", path=place, detail=error.strerror or type(error).__name__)
            ) from None


def _keyring(name: str) -> bytes:
    import keyring  # late: backends are searched for at import
    from keyring.errors import KeyringError

    try:
        value = keyring.get_password(SERVICE, name)
    except KeyringError as error:
        raise ConfigError(
            say("secret.keyring_closed", name=name, detail=type(error).__name__)
        ) from None
    if value is None:
        raise ConfigError(say("secret.not_in_keyring", name=name, service=SERVICE))
    return value.encode()
