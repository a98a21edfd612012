"""The connector of a whole tenant: which scopes there are, and what reads each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property

from connectors.google.admin_api import AdminApi
from connectors.google.api_types import DriveInfo, User
from connectors.google.checks import Checks
from connectors.google.client import Client
from connectors.google.errors import LOCAL_ERRORS, AccountUnavailable, DriveNotAvailable
from connectors.google.estimate import Estimator
from connectors.google.groups import Groups
from connectors.google.labels import label_reader
from connectors.google.my_drive import MyDrive, MyDriveCursor
from connectors.google.normalize import (
    InternalDomains,
    account_addresses,
    account_state,
    address_digest,
    guest_addresses,
    internal_domains,
)
from connectors.google.publications import publication_reader
from connectors.google.restart import restart_on_expired_page
from connectors.google.settings import Settings
from connectors.google.shared_drive import SharedDrive
from connectors.google.skipped import BLIND_SPOTS, PUBLICATIONS, skipped
from connectors.google.tenant_settings import TenantSettingsReader
from connectors.sdk.checks import Check
from connectors.sdk.errors import AccessDenied, SignInError
from connectors.sdk.estimate import ScanEstimate
from connectors.sdk.interface import ConnectorContext
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
_GROUP_SETTINGS = Scope(id="group-settings", title="Google Groups: settings")
_SHARED_DRIVES = Scope(id="shared-drives", title="Google Drive: shared drives")
_UNLISTED_DRIVES = replace(_SHARED_DRIVES, stands_for="drive:")
_TENANT_SETTINGS = Scope(id="policies", title="Google Workspace: settings")
# Age up to which an account may still wait for its Drive.
# Source: not documented; assumed
_NEW_ACCOUNT_AGE = timedelta(days=1)


class GoogleConnector:
    """Connector for one Workspace, read by a service account.

    Scopes are each user's My Drive, each shared drive, the tenant's settings, and the groups.
    """

    def __init__(
        self, settings: Settings, client: Client, admin: AdminApi, context: ConnectorContext
    ) -> None:
        self._settings = settings
        self._client = client
        self._admin = admin
        self._context = context
        self._account_states: dict[str, tuple[State, bool]] = {}
        self._inactive: set[str] = set()  # addresses of suspended and archived accounts
        self._known: InternalDomains | None = None
        self._restrictions: dict[str, dict[str, bool]] = {}

    def tenant(self) -> Tenant:
        """Sign in as the administrator and return the tenant with its domains.

        Raises:
            SignInError: Google refuses the credentials, or the account is no administrator.
        """
        try:
            customer = self._admin.user(self._settings.admin_user).get("customerId", "")
            primary, internal = self._domains
        except AccessDenied as refusal:
            raise SignInError(refusal.message, hint=refusal.hint) from refusal
        return Tenant(id=customer, name=primary, domains=tuple(sorted(internal.domains)))

    def addresses(self) -> tuple[str, ...]:
        """Return the base URLs that a scan connects to."""
        return self._settings.addresses

    def scopes(self) -> Iterator[Scope]:
        """Yield a scope for each user (suspended ones included) and shared drive, then the others.

        Raises:
            AccessDenied: The users of the tenant may not be listed.
        """
        accounts: set[int] = set()
        guests: dict[str, str] = {}
        for user in self._admin.users():
            state = self._account_states[user["id"]] = self._account_state(user)
            if state[0] is not State.ACTIVE:
                self._inactive.add(user["primaryEmail"].lower())
            accounts.update(map(address_digest, account_addresses(user)))
            guests |= guest_addresses(user)
            yield Scope(id=f"user:{user['id']}", title=user["primaryEmail"])
        self._known = replace(self._internal, accounts=frozenset(accounts), guests=guests)
        for drive in self._settings.shared_drives:
            yield Scope(id=f"drive:{drive}", title=drive)
        if self._settings.shared_drives:
            yield _SHARED_DRIVES
        else:
            yield from self._shared_drive_scopes()
        if self._settings.published_revisions == "off":
            yield PUBLICATIONS
        yield _TENANT_SETTINGS
        if not self._settings.group_settings:
            yield _GROUP_SETTINGS
        yield from BLIND_SPOTS
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
        if sentence := BLIND_SPOTS.get(scope):
            yield from skipped(sentence)
            return
        match kind:
            case "user":
                yield from self._my_drive(scope, key, cursor)
            case "drive":
                yield from self._shared_drive(scope, key, cursor)
            case "shared-drives":
                yield from self._unlisted_drives()
            case "policies":
                yield from self._tenant_settings()
            case "publications":
                yield from skipped("google.publications_left_out")
            case "group-settings":
                yield from skipped("google.doors_left_out")
            case _:
                with_settings = self._settings.group_settings
                groups = Groups(
                    scope, self._admin, self._context, self._internal, with_settings=with_settings
                )
                yield from restart_on_expired_page(groups.records, cursor)

    def checks(self) -> Iterator[Check]:
        """Yield the result of each trial request that a scan depends on."""
        return Checks(self._settings, self._client, self._admin).rows()

    def estimate(self) -> ScanEstimate:
        """Return the estimated cost of a full scan.

        Raises:
            AccessDenied: The users or groups of the tenant may not be listed.
        """
        return Estimator(
            self._settings, self._client, self._admin, self._context, self._internal
        ).estimate()

    @cached_property
    def _domains(self) -> tuple[str, InternalDomains]:
        return internal_domains(self._admin.domains())

    @property
    def _internal(self) -> InternalDomains:
        """What is internal; with the accounts of the tenant once they are listed."""
        return self._known or replace(self._domains[1], projects=self._client.own_projects)

    def _account_state(self, user: User) -> tuple[State, bool]:
        """Return the state of an account, and whether it is less than a day old."""
        try:
            made = datetime.fromisoformat(user.get("creationTime", ""))
            fresh = self._context.now() - made < _NEW_ACCOUNT_AGE
        except (ValueError, TypeError):
            fresh = False
        return account_state(user), fresh

    def _shared_drive_scopes(self) -> Iterator[Scope]:
        try:
            for drive in self._client.shared_drives():
                self._store_restrictions(drive)
                yield Scope(id=f"drive:{drive['id']}", title=drive["name"])
        except LOCAL_ERRORS:
            yield _UNLISTED_DRIVES  # the scan of this scope states the reason

    def _store_restrictions(self, drive: DriveInfo) -> None:
        self._restrictions[drive["id"]] = drive.get("restrictions", {})

    def _my_drive(self, scope: Scope, user_id: str, cursor: str | None) -> Iterator[Record]:
        position = MyDriveCursor.from_json(cursor)
        if position is not None and position.page:
            state, fresh = State(position.state), False
        else:
            known = self._account_states.get(user_id)
            state, fresh = known or self._account_state(self._admin.user(user_id))
        drive = MyDrive(
            scope,
            self._client,
            self._context,
            state=state,
            internal=self._internal,
            every_days=self._settings.full_every_days,
            labels=label_reader(self._settings, self._client, self._context),
            publications=publication_reader(self._settings, self._client, self._context),
        )
        yield from _unless_account_unavailable(
            lambda: restart_on_expired_page(drive.records, cursor), new_account=fresh
        )

    def _shared_drive(self, scope: Scope, drive_id: str, cursor: str | None) -> Iterator[Record]:
        drive = SharedDrive(
            scope,
            self._client,
            self._admin,
            self._context,
            internal=self._internal,
            restrictions=self._restrictions.get(drive_id, {}),
            inactive=self._inactive,
            every_days=self._settings.full_every_days,
            labels=label_reader(self._settings, self._client, self._context),
            publications=publication_reader(self._settings, self._client, self._context),
        )
        yield from restart_on_expired_page(drive.records, cursor)

    def _tenant_settings(self) -> Iterator[Record]:
        if self._settings.policies:
            yield from TenantSettingsReader(self._admin).records()
        else:
            yield from skipped("google.policies_left_out")

    def _unlisted_drives(self) -> Iterator[Record]:
        """Yield the coverage that stands for shared drives that are not listed.

        Raises:
            AccessDenied: `drives.list` is refused. The message names the drives that were seen in
                the lists of users, if there are any.
        """
        if self._settings.shared_drives:
            yield from skipped("google.drives_by_list")
            return
        try:
            next(self._client.shared_drives(), None)  # raises again, with the reason
        except AccessDenied as refusal:
            if drives := self._drives_seen_by_users():
                drive_ids = ", ".join(sorted(drives))
                reason = say("google.drives_seen", count=len(drives), drives=drive_ids)
                raise AccessDenied(reason, hint=say("google.drives_seen_hint")) from refusal
            raise
        raise AccessDenied(say("google.drives_late"), hint=say("google.run_again"))

    def _drives_seen_by_users(self) -> set[str]:
        """Return the ids of shared drives that appear in the lists of users."""

        def seen(user: User) -> set[str]:
            try:
                return self._client.shared_drives_seen_by(user["primaryEmail"])
            except LOCAL_ERRORS:  # the scan of this user's scope states the reason
                return set()

        try:
            return set[str]().union(*self._context.map(seen, self._admin.users()))
        except LOCAL_ERRORS:
            return set()


def _unless_account_unavailable(
    records: Callable[[], Iterator[Record]], *, new_account: bool
) -> Iterator[Record]:
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
    except AccountUnavailable as unavailable:
        if begun:
            raise
        yield Started(full=False, resumed=False)
        yield Coverage(
            status=Status.DENIED,
            standing=not new_account,
            transient=isinstance(unavailable, DriveNotAvailable),
            reason=unavailable.message,
            hint=unavailable.hint,
        )
