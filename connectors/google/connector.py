"""The order of things: sign in, list users and shared drives, read each, then the groups."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cached_property

from connectors.google.client import Client
from connectors.google.groups import Groups
from connectors.google.my_drive import MyDrive
from connectors.google.normalize import Inside, inside_of, state_of
from connectors.google.settings import Settings
from connectors.google.shared_drive import SharedDrive
from connectors.sdk.contract import Context
from connectors.sdk.errors import AccessDenied, SignInError
from connectors.sdk.message import say
from connectors.sdk.records import Coverage, Record, Scope, Started, State, Status, Tenant

_DIRECTORY = Scope(id="directory", title="Google Groups", last=True)
_DRIVES = Scope(id="shared-drives", title="Google Drive: shared drives")


class GoogleConnector:
    """One Workspace; a scope is a user's My Drive, a shared drive, or the groups."""

    def __init__(self, settings: Settings, client: Client, context: Context) -> None:
        self._settings = settings
        self._client = client
        self._context = context
        self._states: dict[str, State] = {}

    def tenant(self) -> Tenant:
        """Sign in as the administrator and ask for the customer and its domains."""
        try:
            customer = self._client.user(self._settings.admin_user).get("customerId", "")
            primary, inside = self._home
        except AccessDenied as refusal:
            raise SignInError(refusal.message, hint=refusal.hint) from refusal
        return Tenant(id=customer, name=primary, domains=tuple(sorted(inside.domains)))

    def scopes(self) -> Iterator[Scope]:
        """Every user, suspended ones included, every shared drive, the groups."""
        for user in self._client.users():
            self._states[user["id"]] = state_of(user)
            yield Scope(id=f"user:{user['id']}", title=user["primaryEmail"])
        for drive in self._settings.shared_drives:
            yield Scope(id=f"drive:{drive}", title=drive)
        if self._settings.shared_drives:
            yield _DRIVES
        else:
            yield from self._listed_drives()
        yield _DIRECTORY

    def scan(self, scope: Scope, cursor: str | None) -> Iterator[Record]:
        """Read one scope."""
        kind, _, key = scope.id.partition(":")
        match kind:
            case "user":
                yield from self._my_drive(scope, key, cursor)
            case "drive":
                drive = SharedDrive(scope, self._client, self._context, self._inside)
                yield from drive.records(cursor)
            case "shared-drives":
                yield from self._missing_drives()
            case _:
                groups = Groups(scope, self._client, self._context, self._inside)
                yield from groups.records(cursor)

    @cached_property
    def _home(self) -> tuple[str, Inside]:
        return inside_of(self._client.domains())

    @property
    def _inside(self) -> Inside:
        return self._home[1]

    def _listed_drives(self) -> Iterator[Scope]:
        try:
            for drive in self._client.drives():
                yield Scope(id=f"drive:{drive['id']}", title=drive["name"])
        except AccessDenied:
            yield _DRIVES  # its reading tells why

    def _my_drive(self, scope: Scope, user_id: str, cursor: str | None) -> Iterator[Record]:
        token = ""
        if cursor:
            place = json.loads(cursor)
            token, state = str(place["token"]), State(place["state"])
        else:
            state = self._states.get(user_id) or state_of(self._client.user(user_id))
        memory = self._context.memory(scope)
        drive = MyDrive(self._client, memory, user=scope.title, state=state, inside=self._inside)
        yield from drive.records(token)

    def _missing_drives(self) -> Iterator[Record]:
        """What is not seen where shared drives cannot be listed."""
        if self._settings.shared_drives:
            yield Started(full=True, resumed=False)
            yield Coverage(
                status=Status.SKIPPED,
                standing=True,
                reason=say("google.drives_by_list"),
                hint=say("google.drives_by_list_hint"),
            )
            return
        for _ in self._client.drives():  # refused again, with the reason
            break
        raise AccessDenied(say("google.drives_late"), hint=say("google.run_again"))
