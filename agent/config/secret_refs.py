"""Read the secrets that references point to. The configuration contains no secret itself."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from agent.errors import ConfigError
from agent.host import file_permissions
from agent.host.windows import certstore, dpapi
from connectors.sdk.interface import Signer
from connectors.sdk.message import say

KEYRING_SERVICE = "tojimari"  # the service name of the secrets in the keyring


class Secrets:
    """Reads secrets.

    Attributes:
        folder: The folder of the configuration, where relative paths of `file:` and `dpapi:`
            start.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, reference: str) -> bytes:
        """Return the secret behind a reference `file:`, `env:`, `keyring:` or `dpapi:`.

        Raises:
            ConfigError: It cannot be read here, or others can read its file. The error does not
                contain the secret.
        """
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
            case "dpapi" if sys.platform == "win32":
                return self._dpapi(rest)
            case "certstore":
                raise ConfigError(say("secret.key_stays", reference=reference))
            case _:
                raise ConfigError(say("secret.not_here", kind=kind))

    def signer(self, reference: str) -> Signer:
        """Return a signer with the key behind `certstore:`, which is never read.

        Raises:
            ConfigError: The reference names no certificate, or the key cannot be used here.
        """
        kind, _, rest = reference.partition(":")
        if kind != "certstore":
            raise ConfigError(say("secret.not_a_key", kind=kind))
        try:
            certificate = certstore.CertificateRef.parse(rest)
        except ValueError:
            raise ConfigError(say("secret.not_a_certificate", reference=reference)) from None
        if sys.platform != "win32":
            raise ConfigError(say("secret.not_here", kind=kind))
        try:
            return certstore.StoreSigner(certificate)
        except OSError as error:
            raise ConfigError(
                say("secret.no_certificate", reference=reference, detail=error.strerror)
            ) from None

    def path(self, written: str) -> Path:
        """Return the path of a `file:` or `dpapi:` reference, without its prefix."""
        return self.folder / Path(written).expanduser()

    def _file(self, written: str) -> bytes:
        path = self.path(written)
        try:
            content = path.read_bytes()
            opening = file_permissions.check_permissions(path)
        except OSError as error:
            raise ConfigError(
                say("secret.no_file", path=path, detail=error.strerror or type(error).__name__)
            ) from None
        if opening is not None:
            raise ConfigError(
                say("secret.open", path=path, who=opening.who, command=opening.command)
            )
        return content

    def _dpapi(self, written: str) -> bytes:
        try:
            return dpapi.unprotect(self._file(written))
        except ValueError:
            raise ConfigError(say("secret.not_sealed", path=self.path(written))) from None
        except OSError as error:
            raise ConfigError(
                say("secret.sealed_elsewhere", path=self.path(written), detail=error.strerror)
            ) from None


def _keyring(name: str) -> bytes:
    import keyring  # late: backends are searched for at import
    from keyring.errors import KeyringError

    try:
        value = keyring.get_password(KEYRING_SERVICE, name)
    except KeyringError as error:
        raise ConfigError(
            say("secret.keyring_closed", name=name, detail=type(error).__name__)
        ) from None
    if value is None:
        raise ConfigError(say("secret.not_in_keyring", name=name))
    return value.encode()
