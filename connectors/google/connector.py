"""The connector of a whole tenant: which scopes there are, and what reads each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cached_property

from connectors.google.admin import Admin
from connectors.google.answers import DriveInfo, User
from connectors.google.checks import Checks
from connectors.google.client import Client
from connectors.google.estimate import Estimate
from connectors.google.groups import Groups
from connectors.google.house import House
from connectors.google.labels import labelling
from connectors.google.my_drive import MyDrive, Place
from connectors.google.normalize import Inside, inside_of, state_of
from connectors.google.refusal import NoDrive, Shut
from connectors.google.restart import restarted
from connectors.google.settings import Settings
from connectors.google.shared_drive import SharedDrive
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

_DIRECTORY = Scope(id="directory", title="Google Groups", last=True)
_DOORS = Scope(id="group-settings", title="Google Groups: settings")
_DRIVES = Scope(id="shared-drives", title="Google Drive: shared drives")
_HOUSE = Scope(id="policies", title="Google Workspace: settings")
# Age up to which an account may still wait for its Drive.
# Source: not documented; assumed
_FRESH = timedelta(days=1)


class GoogleConnector:
    """Connector for one Workspace, read by a service account.

    Scopes are each user's My Drive, each shared drive, the tenant's settings, and the groups.
    """

    def __init__(self, settings: Settings, client: Client, admin: Admin, context: Context) -> None:
        self._settings = settings
        self._client = client
        self._admin = admin
        self._context = context
        self._users: dict[str, tuple[State, bool]] = {}
        self._restrictions: dict[str, dict[str, bool]] = {}

    def tenant(self) -> Tenant:
        """Sign in as the administrator and return the tenant with its domains.

        Raises:
            SignInError: Google refuses the credentials, or the account is no administrator.
        """
        try:
            customer = self._admin.user(self._settings.admin_user).get("customerId", "")
            primary, inside = self._home
        except AccessDenied as refusal:
            raise SignInError(refusal.message, hint=refusal.hint) from refusal
        return Tenant(id=customer, name=primary, domains=tuple(sorted(inside.domains)))

    def addresses(self) -> tuple[str, ...]:
        """Return the base URLs that a scan connects to."""
        return self._settings.addresses

    def scopes(self) -> Iterator[Scope]:
        """Yield a scope for each user (suspended ones included) and shared drive, then the others.

        Raises:
            AccessDenied: The users of the tenant may not be listed.
        """
        for user in self._admin.users():
            self._users[user["id"]] = self._known(user)
            yield Scope(id=f"user:{user['id']}", title=user["primaryEmail"])
        for drive in self._settings.shared_drives:
            yield Scope(id=f"drive:{drive}", title=drive)
        if self._settings.shared_drives:
            yield _DRIVES
        else:
            yield from self._listed_drives()
        yield _HOUSE
        if not self._settings.group_settings:
            yield _DOORS
        yield _DIRECTORY

    def scan(self, scope: Scope, cursor: str | None) -> Iterator[Record]:
        """Yield the records of one scope.

        Args:
            scope: A scope that `scopes` yielded.
            cursor: The cursor of the last run, or None.

        Raises:
            AccessDenied: The scope may not be read.
            QuotaExhausted: Google throttles for longer than a run may wait.
            UnexpectedResponse: Google answered something that is not known.
        """
        kind, _, key = scope.id.partition(":")
        match kind:
            case "user":
                yield from self._my_drive(scope, key, cursor)
            case "drive":
                yield from self._shared_drive(scope, key, cursor)
            case "shared-drives":
                yield from self._missing_drives()
            case "policies":
                yield from self._house()
            case "group-settings":
                yield from _left_out("google.doors_left_out")
            case _:
                doors = self._settings.group_settings
                groups = Groups(scope, self._admin, self._context, self._inside, doors=doors)
                yield from groups.records(cursor)

    def checks(self) -> Iterator[Check]:
        """Yield the result of each trial request that a scan depends on."""
        return Checks(self._settings, self._client, self._admin).rows()

    def forecast(self) -> Forecast:
        """Return the estimated cost of a full scan.

        Raises:
            AccessDenied: The users or groups of the tenant may not be listed.
        """
        return Estimate(
            self._settings, self._client, self._admin, self._context, self._inside
        ).forecast()

    @cached_property
    def _home(self) -> tuple[str, Inside]:
        return inside_of(self._admin.domains())

    @property
    def _inside(self) -> Inside:
        return self._home[1]

    def _known(self, user: User) -> tuple[State, bool]:
        """Return the state of an account, and whether it is less than a day old."""
        try:
            made = datetime.fromisoformat(user.get("creationTime", ""))
            fresh = self._context.now() - made < _FRESH
        except (ValueError, TypeError):
            fresh = False
        return state_of(user), fresh

    def _listed_drives(self) -> Iterator[Scope]:
        try:
            for drive in self._client.drives():
                self._note(drive)
                yield Scope(id=f"drive:{drive['id']}", title=drive["name"])
        except AccessDenied:
            yield _DRIVES  # the scan of this scope states the reason

    def _note(self, drive: DriveInfo) -> None:
        self._restrictions[drive["id"]] = drive.get("restrictions", {})

    def _my_drive(self, scope: Scope, user_id: str, cursor: str | None) -> Iterator[Record]:
        place = Place.from_json(cursor)
        if place is not None and place.page:
            state, fresh = State(place.state), False
        else:
            known = self._users.get(user_id)
            state, fresh = known or self._known(self._admin.user(user_id))
        drive = MyDrive(
            scope,
            self._client,
            self._context,
            state=state,
            inside=self._inside,
            every_days=self._settings.full_every_days,
            labels=labelling(self._settings, self._client, self._context),
        )
        yield from _unless_shut(lambda: restarted(drive.records, cursor), fresh=fresh)

    def _shared_drive(self, scope: Scope, drive_id: str, cursor: str | None) -> Iterator[Record]:
        drive = SharedDrive(
            scope,
            self._client,
            self._admin,
            self._context,
            inside=self._inside,
            restrictions=self._restrictions.get(drive_id, {}),
            every_days=self._settings.full_every_days,
            labels=labelling(self._settings, self._client, self._context),
        )
        yield from restarted(drive.records, cursor)

    def _house(self) -> Iterator[Record]:
        if self._settings.policies:
            yield from House(self._admin).records()
        else:
            yield from _left_out("google.policies_left_out")

    def _missing_drives(self) -> Iterator[Record]:
        """Yield the coverage that stands for shared drives that are not listed.

        Raises:
            AccessDenied: `drives.list` is refused. The message names the drives that were seen in
                the lists of users, if there are any.
        """
        if self._settings.shared_drives:
            yield from _left_out("google.drives_by_list")
            return
        try:
            next(self._client.drives(), None)  # raises again, with the reason
        except AccessDenied as refusal:
            if drives := self._seen_drives():
                named = ", ".join(sorted(drives))
                reason = say("google.drives_seen", count=len(drives), drives=named)
                raise AccessDenied(reason, hint=say("google.drives_seen_hint")) from refusal
            raise
        raise AccessDenied(say("google.drives_late"), hint=say("google.run_again"))

    def _seen_drives(self) -> set[str]:
        """Return the ids of shared drives that appear in the lists of users."""

        def seen(user: User) -> set[str]:
            try:
                return self._client.drives_of(user["primaryEmail"])
            except AccessDenied:  # the scan of this user's scope states the reason
                return set()

        try:
            return set[str]().union(*self._context.map(seen, self._admin.users()))
        except AccessDenied:
            return set()


def _left_out(sentence: str) -> Iterator[Record]:
    """Yield the coverage of a scope that the configuration leaves out: a known blind spot."""
    yield Started(full=True, resumed=False)
    yield Coverage(
        status=Status.SKIPPED, standing=True, reason=say(sentence), hint=say(f"{sentence}_hint")
    )


def _unless_shut(records: Callable[[], Iterator[Record]], *, fresh: bool) -> Iterator[Record]:
    """Yield the records of a scan, or a coverage that says why no request can be made as this user.

    An account that is suspended or without Drive is no failure of the run: it is the same tomorrow.
    Only a new account may have its Drive by then. Where Drive is missing, the scope is tried once
    more at the end of the run.

    Args:
        records: Starts the scan.
        new_account: True if the account is less than a day old.

    Raises:
        AccountUnavailable: The account became unavailable after the first record.
    """
    begun = False
    try:
        for record in records():
            begun = True
            yield record
    except Shut as shut:
        if begun:
            raise
        yield Started(full=False, resumed=False)
        yield Coverage(
            status=Status.DENIED,
            standing=not fresh,
            fleeting=isinstance(shut, NoDrive),
            reason=shut.message,
            hint=shut.hint,
        )
