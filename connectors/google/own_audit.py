"""The connector of one user: the files that the user owns, without administrator permissions."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.google import permissions as app
from connectors.google.checks import tried
from connectors.google.client import Client
from connectors.google.estimate import drive_of
from connectors.google.labels import labelling
from connectors.google.my_drive import MyDrive
from connectors.google.normalize import Inside
from connectors.google.restart import restarted
from connectors.google.settings import Settings
from connectors.sdk.checks import Check
from connectors.sdk.contract import Context
from connectors.sdk.errors import AccessDenied, SignInError
from connectors.sdk.forecast import Forecast
from connectors.sdk.message import say
from connectors.sdk.records import (
    Coverage,
    Record,
    Scope,
    Started,
    State,
    Status,
    Tenant,
)

_REST = Scope(id="rest", title="Google Workspace")
_CONSUMER = frozenset({"gmail.com", "googlemail.com"})


class OwnAudit:
    """Connector for the My Drive of the user who signs in with a browser.

    Internal is the domain of the user; for a gmail.com address only the address itself.
    """

    def __init__(self, settings: Settings, client: Client, context: Context) -> None:
        self._settings = settings
        self._client = client
        self._context = context
        self._user = settings.admin_user.lower()
        domain = self._user.rpartition("@")[2]
        # the users of a consumer domain are no organisation
        self._inside = Inside(frozenset({self._user if domain in _CONSUMER else domain}))

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
        domains = tuple(d for d in self._inside.domains if "@" not in d)
        return Tenant(id=str(user.get("permissionId")), name=self._user, domains=domains)

    def addresses(self) -> tuple[str, ...]:
        """Return the base URLs that a scan connects to."""
        return self._settings.addresses

    def scopes(self) -> Iterator[Scope]:
        """Yield the user's My Drive, and a scope that stands for everything that is not read."""
        yield Scope(id="user:me", title=self._user)
        yield _REST

    def scan(self, scope: Scope, cursor: str | None) -> Iterator[Record]:
        """Yield the records of My Drive; of the other scope only that it is not read.

        Raises:
            AccessDenied: Google refused a request.
            QuotaExhausted: Google throttles for longer than a run may wait.
        """
        if scope == _REST:
            yield Started(full=True, resumed=False)
            yield Coverage(
                status=Status.SKIPPED,
                standing=True,
                reason=say("google.one_user"),
                hint=say("google.one_user_hint"),
            )
            return
        drive = MyDrive(
            scope,
            self._client,
            self._context,
            state=State.ACTIVE,
            inside=self._inside,
            every_days=self._settings.full_every_days,
            labels=labelling(self._settings, self._client, self._context),
        )
        yield from restarted(drive.records, cursor)

    def checks(self) -> Iterator[Check]:
        """Yield the result of the one trial request."""
        yield tried(app.FILES[0], lambda: self._client.about(self._user))

    def forecast(self) -> Forecast:
        """Return the estimated cost of reading the one Drive."""
        return Forecast(parts=(drive_of(self._client, self._user),))
