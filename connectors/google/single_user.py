"""The connector of one user: the files that the user owns, without administrator permissions."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from connectors.google import permissions as app
from connectors.google.checks import try_permission
from connectors.google.client import Client
from connectors.google.estimate import single_drive_estimate
from connectors.google.labels import label_reader
from connectors.google.my_drive import MyDrive
from connectors.google.normalize import InternalDomains
from connectors.google.publications import publication_reader
from connectors.google.restart import restart_on_expired_page
from connectors.google.settings import Settings
from connectors.google.skipped import PUBLICATIONS, skipped
from connectors.sdk.checks import Check
from connectors.sdk.errors import AccessDenied, SignInError
from connectors.sdk.estimate import ScanEstimate
from connectors.sdk.interface import ConnectorContext
from connectors.sdk.message import say
from connectors.sdk.records import Record, Scope, State, Tenant

_NOT_READ = Scope(id="rest", title="Google Workspace")


@cache
def consumer_domains() -> frozenset[str]:
    """Return the mail domains where anybody can have an address, and with it a Google account."""
    file = files("connectors.google").joinpath("consumer_domains.toml")
    return frozenset(tomllib.loads(file.read_text(encoding="utf-8"))["domains"])


class SingleUserConnector:
    """Connector for the My Drive of the user who signs in with a browser.

    Internal is the domain of the user; of a public mail provider only the address itself.
    """

    def __init__(self, settings: Settings, client: Client, context: ConnectorContext) -> None:
        self._settings = settings
        self._client = client
        self._context = context
        self._user = settings.admin_user.lower()
        domain = self._user.rpartition("@")[2]
        # the users of a consumer domain are no organisation
        self._internal = InternalDomains(
            domains=frozenset({self._user if domain in consumer_domains() else domain})
        )

    def tenant(self) -> Tenant:
        """Sign in with the browser and return the user as a tenant.

        Raises:
            SignInError: The sign-in failed, or another user than the configured one signed in.
        """
        try:
            user = self._client.about(self._user).get("user", {})
        except AccessDenied as refusal:
            raise SignInError(refusal.message, hint=refusal.hint) from refusal
        if str(user.get("emailAddress", "")).lower() != self._user:
            raise SignInError(
                say("google.someone_else", user=self._user), hint=say("google.someone_else_hint")
            )
        domains = tuple(d for d in self._internal.domains if "@" not in d)
        return Tenant(id=str(user.get("permissionId")), name=self._user, domains=domains)

    def addresses(self) -> tuple[str, ...]:
        """Return the base URLs that a scan connects to."""
        return self._settings.addresses

    def scopes(self) -> Iterator[Scope]:
        """Yield the user's My Drive, and a scope that stands for everything that is not read."""
        yield Scope(id="user:me", title=self._user)
        if self._settings.published_revisions == "off":
            yield PUBLICATIONS
        yield _NOT_READ

    def scan(self, scope: Scope, cursor: str | None) -> Iterator[Record]:
        """Yield the records of My Drive; of the other scope only that it is not read.

        Raises:
            AccessDenied: Google refused a request.
            QuotaExhausted: Google throttles for longer than a run may wait.
        """
        if scope == _NOT_READ:
            yield from skipped("google.one_user")
            return
        if scope == PUBLICATIONS:
            yield from skipped("google.publications_left_out")
            return
        drive = MyDrive(
            scope,
            self._client,
            self._context,
            state=State.ACTIVE,
            internal=self._internal,
            every_days=self._settings.full_every_days,
            labels=label_reader(self._settings, self._client, self._context),
            publications=publication_reader(self._settings, self._client, self._context),
        )
        yield from restart_on_expired_page(drive.records, cursor)

    def checks(self) -> Iterator[Check]:
        """Yield the result of the one trial request."""
        yield try_permission(app.FILES[0], lambda: self._client.about(self._user))

    def estimate(self) -> ScanEstimate:
        """Return the estimated cost of reading the one Drive."""
        part = single_drive_estimate(
            self._client,
            self._user,
            publications=self._settings.published_revisions == "all",
        )
        return ScanEstimate(parts=(part,))
