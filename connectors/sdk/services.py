"""The services of this build, and the interface of a service's package.

A service is a folder `connectors/<service>/`. It is found by folder and not by entry point: nothing
that merely happens to be installed gets credentials that read a whole tenant. Its package exports
what `Service` names; it holds the modules `remediation` (`Remediation`) and `demo`
(`connectors.sdk.demo.Demo`), and the catalogues `en.toml` and `ja.toml`. Nothing else of the
product names a service.

Loading a service imports its package, which imports no vendor library: that happens in `connect()`,
so that `--help` stays fast.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol, cast

import connectors
from connectors.sdk.config import StrictTable
from connectors.sdk.interface import Connector, ConnectorContext
from connectors.sdk.permissions import Permission, SignInMethod
from connectors.sdk.remediation import Localize, RemediationTarget

if TYPE_CHECKING:  # it brings a server and a certificate authority along
    from connectors.sdk.demo import Demo

MODULES = ("remediation", "demo")
CATALOGUES = ("en.toml", "ja.toml")


class Service(Protocol):
    """What the package `connectors.<service>` exports.

    Attributes:
        Settings: The keys of a table `[connectors.<name>]`.
        PERMISSIONS: Every right that a scan uses, for the vendor's console.
        SIGN_INS: The ways to prove who reads; the first one is recommended.
    """

    Settings: type[StrictTable]
    PERMISSIONS: Sequence[Permission]
    SIGN_INS: Sequence[SignInMethod]

    def connect(self, settings: Any, context: ConnectorContext, /) -> Connector:
        """Return a connector to one tenant. Send nothing before `tenant()`.

        Raise `SignInError` where a credential cannot be used.
        """
        ...


class Remediation(Protocol):
    """What the module `connectors.<service>.remediation` exports: `FILE` is the script's name."""

    FILE: str

    def script(self, targets: Iterable[RemediationTarget], words: Localize, /) -> Iterator[str]:
        """Yield the lines of a script that removes the access; none for no targets."""
        ...


class ContractError(TypeError):
    """The package of a service lacks a part of the contract. For whoever writes the service."""


def services() -> list[str]:
    """Return the names of the services of this build, sorted, as a configuration writes them."""
    folders = pkgutil.iter_modules(connectors.__path__)
    return sorted(f.name for f in folders if f.ispkg and f.name != "sdk")


def load_service(name: str) -> Service:
    """Return the package of a service. Raise `ContractError` where it lacks an export or a file."""
    package = _checked(import_module(f"connectors.{name}"), Service)
    folder = Path(str(package.__file__)).parent
    have = {module.name for module in pkgutil.iter_modules(package.__path__)}
    missing = [module for module in MODULES if module not in have]
    missing += [file for file in CATALOGUES if not (folder / file).is_file()]
    if missing:
        raise ContractError(f"connectors/{name} lacks {', '.join(missing)}: see {__name__}")
    return cast("Service", package)


def load_remediation(name: str) -> Remediation:
    """Return the remediation module of a service. Raise `ContractError` where it is incomplete."""
    module = import_module(f"connectors.{name}.remediation")
    return cast("Remediation", _checked(module, Remediation))


def load_demo(name: str) -> Demo:
    """Return the demo module of a service. Raise `ContractError` where it is incomplete."""
    from connectors.sdk.demo import Demo

    return cast("Demo", _checked(import_module(f"connectors.{name}.demo"), Demo))


def _checked(module: ModuleType, contract: type) -> ModuleType:
    """Return the module. Raise `ContractError` where it lacks a name of the contract."""
    wanted = {*contract.__annotations__, *vars(contract)}
    missing = sorted(n for n in wanted if not n.startswith("_") and not hasattr(module, n))
    if missing:
        raise ContractError(
            f"{module.__name__} does not export {', '.join(missing)}: see {__name__}"
        )
    return module
