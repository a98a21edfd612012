"""The questions that are put to Google: paths, masks, paging. Answers as plain dictionaries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

from googleapiclient.discovery import (
    build,  # pyright: ignore[reportUnknownVariableType] -- the library carries no types
)
from googleapiclient.errors import HttpError

from connectors.google import permissions as app
from connectors.google.answers import FilePage, Member, Permission, User
from connectors.google.auth import Delegation
from connectors.google.quota import UNITS_PER_MINUTE, price_of
from connectors.google.refusal import NotFound, refusal_of
from connectors.google.settings import Settings
from connectors.google.transport import SpokenFor
from connectors.sdk.contract import Context
from connectors.sdk.errors import UnexpectedResponse
from connectors.sdk.message import say

_GRANT = "id,type,role,emailAddress,domain,allowFileDiscovery,expirationTime,deleted,view"
_PLACE = "id,name,mimeType,trashed,createdTime,modifiedTime,parents"
MY_DRIVE = f"nextPageToken,incompleteSearch,files({_PLACE},permissions({_GRANT},pendingOwner))"
SHARED_DRIVE = (
    f"nextPageToken,incompleteSearch,files({_PLACE},"
    "permissionIds,hasAugmentedPermissions,inheritedPermissionsDisabled)"
)
ACL = (
    f"nextPageToken,permissions({_GRANT},inheritedPermissionsDisabled,"
    "permissionDetails(permissionType,role,inherited,inheritedFrom))"
)


class Client:
    """Drive and Directory of one Workspace, each question in the name of one of its users."""

    def __init__(self, settings: Settings, delegation: Delegation, context: Context) -> None:
        self._http = context.http
        self._delegation = delegation
        self._admin = settings.admin_user
        self._drives_as = app.FILES if settings.shared_drives else app.DRIVES
        self._http.keep_pace(UNITS_PER_MINUTE, price_of)
        base = settings.api_url
        drive = _built("drive", "v3", base and f"{base}/drive/v3/")
        directory = _built("admin", "directory_v1", base and f"{base}/")
        self._files = drive.files()
        self._permissions = drive.permissions()
        self._drives = drive.drives()
        self._users = directory.users()
        self._domains = directory.domains()
        self._groups = directory.groups()
        self._members = directory.members()

    def user(self, key: str) -> User:
        """One account, by address or id."""
        return self._directory(
            self._users.get(userKey=key, fields="id,primaryEmail,customerId,suspended,archived")
        )

    def domains(self) -> list[dict[str, Any]]:
        """The verified domains with their aliases."""
        mask = "domains(domainName,isPrimary,domainAliases(domainAliasName))"
        answer = self._directory(self._domains.list(customer="my_customer", fields=mask))
        return answer.get("domains", [])

    def users(self) -> Iterator[User]:
        """Every account, the suspended and archived included."""

        def page(token: str | None) -> Any:
            return self._directory(
                self._users.list(
                    customer="my_customer",
                    maxResults=500,
                    orderBy="email",
                    pageToken=token,
                    fields="nextPageToken,users(id,primaryEmail,suspended,archived)",
                )
            )

        return _followed(page, "users")

    def check_groups(self) -> None:
        """Raise `AccessDenied` where groups may not be read at all."""
        self._directory(
            self._groups.list(customer="my_customer", maxResults=1, fields="groups(id)")
        )

    def members(self, group: str) -> Iterator[Member]:
        """Who is in a group, through nested groups too."""

        def page(token: str | None) -> Any:
            return self._directory(
                self._members.list(
                    groupKey=group,
                    includeDerivedMembership=True,
                    maxResults=200,
                    pageToken=token,
                    fields="nextPageToken,members(id,email,type,status)",
                )
            )

        return _followed(page, "members")

    def drives(self) -> Iterator[dict[str, str]]:
        """Every shared drive: id and name."""

        def page(token: str | None) -> Any:
            request = self._drives.list(
                useDomainAdminAccess=True,
                pageSize=100,
                pageToken=token,
                fields="nextPageToken,drives(id,name)",
            )
            return self._ask(request, self._admin, app.DRIVES)

        return _followed(page, "drives")

    def drive_members(self, drive_id: str) -> list[Permission]:
        """Who is a member of a shared drive, as its administrator sees it."""
        return self._acl(drive_id, self._admin, self._drives_as, useDomainAdminAccess=True)

    def acl(self, user: str, file_id: str) -> list[Permission]:
        """Who may use an item, as this user sees it."""
        return self._acl(file_id, user, app.FILES, includePermissionsForView="published")

    def exists(self, user: str, file_id: str) -> bool:
        """Whether this user still finds the item."""
        try:
            self._ask(
                self._files.get(fileId=file_id, supportsAllDrives=True, fields="id"),
                user,
                app.FILES,
            )
        except NotFound:
            return False
        return True

    def own_files(self, user: str, token: str | None) -> FilePage:
        """A page of what a user owns, in the bin too, with all permissions."""
        request = self._files.list(
            q="'me' in owners",
            corpora="user",
            pageSize=1000,
            pageToken=token,
            includePermissionsForView="published",
            fields=MY_DRIVE,
        )
        return self._ask(request, user, app.FILES)

    def drive_files(self, user: str, drive_id: str, token: str | None) -> FilePage:
        """A page of a shared drive, which tells permission ids and no permissions.

        Folders come first and older ones earlier, so that a parent is mostly known before its
        children; Google ignores the order in very large drives, and nothing rests on it.
        """
        request = self._files.list(
            corpora="drive",
            driveId=drive_id,
            includeItemsFromAllDrives=True,
            supportsAllDrives=True,
            orderBy="folder,createdTime",
            pageSize=1000,
            pageToken=token,
            fields=SHARED_DRIVE,
        )
        return self._ask(request, user, app.FILES)

    def _acl(
        self, file_id: str, user: str, permissions: tuple[str, ...], **how: Any
    ) -> list[Permission]:
        def page(token: str | None) -> Any:
            request = self._permissions.list(
                fileId=file_id,
                supportsAllDrives=True,
                pageSize=100,
                pageToken=token,
                fields=ACL,
                **how,
            )
            return self._ask(request, user, permissions)

        return list(_followed(page, "permissions"))

    def _directory(self, request: Any) -> Any:
        return self._ask(request, self._admin, app.DIRECTORY)

    def _ask(self, request: Any, user: str, permissions: tuple[str, ...]) -> Any:
        http = SpokenFor(
            self._http,
            bearer=lambda: self._delegation.token(user, permissions),
            renew=lambda token: self._delegation.drop(token, user, permissions),
        )
        try:
            answer = request.execute(http=http)
        except HttpError as error:
            refused: Any = error
            raise refusal_of(
                refused.status_code,
                refused.content,
                user=user,
                permission=" ".join(permissions),
                client_id=self._delegation.client_id,
            ) from None  # the cause would carry the address
        if not isinstance(answer, dict):
            raise UnexpectedResponse(say("google.garbled"), hint=say("google.garbled_hint"))
        return cast("dict[str, Any]", answer)


def _built(api: str, version: str, base: str) -> Any:
    """A service from the discovery document that the library carries: no call, no credentials."""
    make = cast("Any", build)
    return make(
        api,
        version,
        http=object(),  # every request brings its own
        static_discovery=True,
        cache_discovery=False,
        client_options={"api_endpoint": base} if base else None,
    )


def _followed(page: Callable[[str | None], Any], key: str) -> Iterator[Any]:
    """All entries of all pages; a short or empty page is not the end, a missing token is."""
    token: str | None = None
    while True:
        answer = page(token)
        yield from answer.get(key, [])
        last, token = token, answer.get("nextPageToken")
        if not token:
            return
        if token == last:
            raise UnexpectedResponse(say("google.page_loop"), hint=say("google.run_again"))
