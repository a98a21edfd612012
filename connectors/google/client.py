"""Requests of the Drive API: paths, field masks and paging. Results are plain dictionaries.

Every method raises `AccessDenied` when Google refuses the request or the token, and another
`ConnectorError` when the answer is unknown or the shared transport gave up. Only what a method
raises besides is named with it.

Sources:
Source: https://developers.google.com/drive/api/reference/rest/v3/about/get (read 2026-11-29)
Source: https://developers.google.com/drive/api/reference/rest/v3/changes/list (read 2026-11-29)
Source: https://developers.google.com/drive/api/reference/rest/v3/drives/list (read 2026-11-29)
Source: https://developers.google.com/drive/api/reference/rest/v3/files/list (read 2026-11-29)
Source: https://developers.google.com/drive/api/reference/rest/v3/files/listLabels (read 2026-11-29)
Source: https://developers.google.com/drive/api/reference/rest/v3/permissions/list (read 2026-11-29)
Source: https://developers.google.com/workspace/drive/api/guides/search-files (read 2026-08-15)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from connectors.google import multipart
from connectors.google import permissions as app
from connectors.google.api import (
    GoogleApi,
    build_service,
    checked_list,
    checked_text,
    iter_items,
    unexpected_answer,
)
from connectors.google.api_types import (
    ChangePage,
    DriveInfo,
    DrivePermission,
    File,
    FilePage,
    Label,
    Revision,
)
from connectors.google.auth import TokenSource
from connectors.google.errors import NotFound, PageTokenExpired
from connectors.google.quota_units import (
    UNITS_PER_MINUTE,
    UNITS_PER_USER,
    request_cost,
    user_key,
)
from connectors.google.settings import Settings
from connectors.sdk.errors import AccessDenied, ConnectorError, UnexpectedResponse
from connectors.sdk.interface import ConnectorContext

_PERMISSION_FIELDS = (
    "id,type,role,emailAddress,domain,allowFileDiscovery,expirationTime,deleted,view"
)
_FILE_FIELDS = "id,name,mimeType,trashed,createdTime,modifiedTime,parents"
_MY_DRIVE_FIELDS = (
    f"{_FILE_FIELDS},ownedByMe,inheritedPermissionsDisabled,"
    "linkShareMetadata(securityUpdateEligible,securityUpdateEnabled),"
    f"permissions({_PERMISSION_FIELDS},pendingOwner)"
)
_SHARED_DRIVE_FIELDS = (
    f"{_FILE_FIELDS},permissionIds,hasAugmentedPermissions,inheritedPermissionsDisabled"
)
_FILE_PAGE_MASK = "nextPageToken,incompleteSearch,files({})"
_CHANGE_PAGE_MASK = "nextPageToken,newStartPageToken,changes(changeType,removed,fileId,file({}))"
MY_DRIVE_MASK, SHARED_DRIVE_MASK = (
    _FILE_PAGE_MASK.format(_MY_DRIVE_FIELDS),
    _FILE_PAGE_MASK.format(_SHARED_DRIVE_FIELDS),
)
ACL_MASK = (
    f"nextPageToken,permissions({_PERMISSION_FIELDS},inheritedPermissionsDisabled,"
    "permissionDetails(permissionType,role,inherited,inheritedFrom))"
)
_DRIVE_FIELDS = (
    "id,name,restrictions(adminManagedRestrictions,copyRequiresWriterPermission,domainUsersOnly,"
    "driveMembersOnly,sharingFoldersRequiresOrganizerPermission)"
)
# Without these, items of shared drives are left out, and the id of one is answered with 404.
# Source: https://github.com/googleapis/google-api-nodejs-client/issues/1823 (read 2026-08-15)
_ALL_DRIVES = {"includeItemsFromAllDrives": True, "supportsAllDrives": True}


class Client:
    """The Drive API of one Workspace. Each request is sent on behalf of one of its users."""

    def __init__(self, settings: Settings, sign_in: TokenSource, context: ConnectorContext) -> None:
        base = settings.api_url
        context.http.set_rate_limit(
            UNITS_PER_MINUTE, request_cost, user_of=user_key, per_user=UNITS_PER_USER
        )
        self._api = GoogleApi(
            context.http, sign_in, f"{base or 'https://www.googleapis.com'}/batch/drive/v3"
        )
        self._sign_in = sign_in
        self._admin = settings.admin_user
        self._drive_permissions = app.FILES if settings.shared_drives else app.DRIVES
        drive = build_service("drive", "v3", base and f"{base}/drive/v3/")
        self._files = drive.files()
        self._permissions = drive.permissions()
        self._drives = drive.drives()
        self._changes = drive.changes()
        self._revisions = drive.revisions()
        self._about = drive.about()

    @property
    def own_projects(self) -> frozenset[str]:
        """The domain of the service accounts of the project that this application belongs to."""
        _, at, domain = self._sign_in.account.rpartition("@")
        return frozenset({domain} if at else ())

    def about(self, user: str) -> dict[str, Any]:
        """Return the user's address and permission id; the cheapest request that needs a Drive.

        Raises:
            DriveNotAvailable: Drive is off for this user, not licensed, or not provisioned yet.
            AccountUnavailable: The account is suspended, archived or deleted.
            AccessDenied: Google refused the request or the token for another reason.
        """
        answer = self._call(self._about.get(fields="user(emailAddress,permissionId)"), user)
        if not isinstance(answer.get("user"), dict):
            raise unexpected_answer()
        checked_text(answer["user"], "emailAddress")
        checked_text(answer["user"], "permissionId")
        return answer

    def shared_drives(self, *, page_size: int = 100) -> Iterator[DriveInfo]:
        """Yield every shared drive of the tenant: id, name and restrictions.

        The request is sent as the administrator, with a token for `drive.readonly`.

        Args:
            page_size: The page size, at most 100.

        Raises:
            AccessDenied: The scope `drive.readonly` is not authorised, or the account is no
                administrator.
        """

        def page(token: str | None) -> Any:
            request = self._drives.list(
                useDomainAdminAccess=True,
                pageSize=page_size,
                pageToken=token,
                fields=f"nextPageToken,drives({_DRIVE_FIELDS})",
            )
            return self._api.call(request, self._admin, app.DRIVES)

        return iter_items(page, "drives")

    def shared_drive_members(self, drive_id: str) -> list[DrivePermission]:
        """Return the permissions on a shared drive itself, read as the administrator.

        `useDomainAdminAccess` is accepted for the id of a shared drive only, not for the items in
        it.
        """

        def page(token: str | None) -> Any:
            request = self._acl_request(drive_id, token, useDomainAdminAccess=True)
            return self._api.call(request, self._admin, self._drive_permissions)

        return list(iter_items(page, "permissions"))

    def acl(self, user: str, file_id: str) -> list[DrivePermission]:
        """Return all permissions of an item, as this user sees them.

        Raises:
            AclForbidden: The user may see the item, but not its permissions.
            NotFound: The user cannot see the item.
        """
        return list(
            iter_items(
                lambda token: self._call(self._file_acl_request(file_id, token), user), _ACL_KEY
            )
        )

    def acl_or_error(self, user: str, file_id: str) -> list[DrivePermission] | ConnectorError:
        """Return all permissions of an item, or the error that Google answered."""
        try:
            return self.acl(user, file_id)
        except ConnectorError as error:
            return error

    def acls(
        self, user: str, file_ids: Sequence[str]
    ) -> list[list[DrivePermission] | ConnectorError]:
        """Return the permissions of each of at most 100 items, or an error, in order."""
        if len(file_ids) < multipart.MIN_PARTS:
            return [self.acl_or_error(user, file_id) for file_id in file_ids]
        requests = [self._file_acl_request(file_id, None) for file_id in file_ids]
        answers = self._api.call_batch(requests, user, app.FILES)
        return [
            self._complete_acl(user, file_id, answer)
            for file_id, answer in zip(file_ids, answers, strict=True)
        ]

    def labels(self, user: str, file_ids: Sequence[str]) -> list[list[Label] | ConnectorError]:
        """Return the labels of each of at most 100 files, or an error, in order."""
        requests = [self._label_request(file_id, None) for file_id in file_ids]
        answers = self._api.call_batch(requests, user, app.FILES)
        return [
            self._complete_labels(user, file_id, answer)
            for file_id, answer in zip(file_ids, answers, strict=True)
        ]

    def revisions(self, user: str, file_ids: Sequence[str]) -> list[Revision | ConnectorError]:
        """Return the last revision of each of at most 100 documents, or an error, in order."""
        mask = "id,published,publishedOutsideDomain"
        requests = [
            self._revisions.get(fileId=file_id, revisionId="head", fields=mask)
            for file_id in file_ids
        ]
        return [
            answer if isinstance(answer, ConnectorError) else _checked_revision(answer)
            for answer in self._api.call_batch(requests, user, app.FILES)
        ]

    def exists(self, user: str, file_id: str) -> bool:
        """Return True if this user can see the item."""
        try:
            answer = self._call(
                self._files.get(fileId=file_id, supportsAllDrives=True, fields="id"), user
            )
        except NotFound:
            return False
        return bool(checked_text(answer, "id"))

    def look_up(self, user: str, file_id: str) -> File | None:
        """Return an item with its parents, as far as this user sees them; None if it is gone."""
        request = self._files.get(
            fileId=file_id, supportsAllDrives=True, fields="id,parents,ownedByMe"
        )
        try:
            file = self._call(request, user)
        except NotFound:
            return None
        checked_text(file, "id")
        return file

    def my_drive_files(self, user: str, token: str | None, *, folder: str = "") -> FilePage:
        """Return a page of what a user owns, trashed files included, with all permissions.

        1000 files are asked for. Pages of 100 were seen when `permissions` is in the mask, and of
        460 with `parents`; the documentation promises no size.

        Args:
            user: The address of the owner.
            token: The page token; None for the first page.
            folder: The id of a folder, to list only what lies directly in it.

        Raises:
            PageTokenExpired: Google refused the page token three times.

        Source: https://github.com/googleapis/google-api-nodejs-client/issues/722 (read 2026-11-29)
        Source: https://github.com/googleapis/google-api-dotnet-client/issues/808 (read 2026-11-29)
        """
        below = f" and '{folder}' in parents" if folder else ""
        request = self._files.list(
            q=f"'me' in owners{below}",
            corpora="user",
            pageSize=1000,
            pageToken=token,
            includePermissionsForView="published",
            fields=MY_DRIVE_MASK,
        )
        return self._list_page(request, user, "files")

    def my_drive_file_ids(self, user: str, token: str | None) -> FilePage:
        """Return a page of the ids and types of what a user owns, up to 1000 files.

        Raises:
            PageTokenExpired: Google does not accept the page token.
        """
        request = self._files.list(
            q="'me' in owners",
            corpora="user",
            pageSize=1000,
            pageToken=token,
            fields="nextPageToken,incompleteSearch,files(id,mimeType)",
        )
        return self._list_page(request, user, "files")

    def shared_drive_files(
        self, user: str, drive_id: str, token: str | None, *, folder: str = ""
    ) -> FilePage:
        """Return a page of a shared drive. Its files carry permission ids, but no permissions.

        `createdTime` lets most parents come before their children. Nothing depends on that: Google
        may ignore the order for large collections, and its documentation says of the key `folder`
        only that it sorts by the folder id.

        Args:
            user: The address of a member of the drive; anybody else gets 404.
            drive_id: The id of the shared drive.
            token: The page token; None for the first page.
            folder: The id of a folder, to list only what lies directly in it.

        Raises:
            PageTokenExpired: Google refused the page token three times.
            NotFound: The user is no member of the drive.
        """
        request = self._files.list(
            q=f"'{folder}' in parents" if folder else None,
            corpora="drive",
            driveId=drive_id,
            orderBy="folder,createdTime",
            pageSize=1000,
            pageToken=token,
            fields=SHARED_DRIVE_MASK,
            **_ALL_DRIVES,
        )
        return self._list_page(request, user, "files")

    def shared_drives_seen_by(self, user: str) -> set[str]:
        """Return the ids of shared drives that a user sees, judged by the first 1000 foreign files.

        With the corpus `allDrives` Google may leave out drives (`incompleteSearch`), so that the
        result is a lower bound.
        """
        request = self._files.list(
            q="not 'me' in owners",
            corpora="allDrives",
            pageSize=1000,
            fields="nextPageToken,incompleteSearch,files(driveId)",
            **_ALL_DRIVES,
        )
        files: list[File] = self._list_page(request, user, "files")["files"]
        return {file["driveId"] for file in files if "driveId" in file}

    def my_drive_start_token(self, user: str) -> str:
        """Return the present end of a user's change log, as a token that does not expire."""
        answer = self._call(self._changes.getStartPageToken(fields="startPageToken"), user)
        return checked_text(answer, "startPageToken")

    def my_drive_changes(self, user: str, token: str) -> ChangePage:
        """Return a page of the changes among all files that a user sees, not only owned ones.

        Raises:
            PageTokenExpired: Google refused the token three times.
        """
        request = self._changes.list(
            pageToken=token,
            pageSize=1000,
            includePermissionsForView="published",
            fields=_CHANGE_PAGE_MASK.format(_MY_DRIVE_FIELDS),
        )
        return self._change_page(request, user)

    def shared_drive_start_token(self, user: str, drive_id: str) -> str:
        """Return the present end of a drive's change log, as a token that does not expire."""
        request = self._changes.getStartPageToken(
            driveId=drive_id, supportsAllDrives=True, fields="startPageToken"
        )
        return checked_text(self._call(request, user), "startPageToken")

    def shared_drive_changes(self, user: str, drive_id: str, token: str) -> ChangePage:
        """Return a page of the changes in a shared drive.

        Raises:
            PageTokenExpired: Google refused the token three times.
            NotFound: The user is no member of the drive.
        """
        request = self._changes.list(
            driveId=drive_id,
            pageToken=token,
            pageSize=1000,
            fields=_CHANGE_PAGE_MASK.format(_SHARED_DRIVE_FIELDS),
            **_ALL_DRIVES,
        )
        return self._change_page(request, user)

    def _complete_acl(
        self, user: str, file_id: str, answer: dict[str, Any] | ConnectorError
    ) -> list[DrivePermission] | ConnectorError:
        """Return a complete ACL: an item with more than one page of permissions is read again."""
        if isinstance(answer, ConnectorError):
            return answer
        if answer.get("nextPageToken"):
            return self.acl_or_error(user, file_id)
        try:
            return checked_list(answer, _ACL_KEY)
        except UnexpectedResponse as unexpected:
            return unexpected

    def _file_acl_request(self, file_id: str, token: str | None) -> Any:
        return self._acl_request(file_id, token, includePermissionsForView="published")

    def _acl_request(self, file_id: str, token: str | None, **options: Any) -> Any:
        return self._permissions.list(
            fileId=file_id,
            supportsAllDrives=True,
            pageSize=100,  # the maximum
            pageToken=token,
            fields=ACL_MASK,
            **options,
        )

    def _complete_labels(
        self, user: str, file_id: str, answer: dict[str, Any] | ConnectorError
    ) -> list[Label] | ConnectorError:
        if isinstance(answer, ConnectorError):
            return answer
        try:
            if not answer.get("nextPageToken"):
                return checked_list(answer, "labels", kind=_LABEL_KIND)
            return list(
                iter_items(
                    lambda token: self._call(self._label_request(file_id, token), user),
                    "labels",
                    kind=_LABEL_KIND,
                )
            )
        except (AccessDenied, UnexpectedResponse) as refusal:
            return refusal

    def _label_request(self, file_id: str, token: str | None) -> Any:
        mask = "nextPageToken,kind,labels(id,fields)"
        return self._files.listLabels(fileId=file_id, maxResults=100, pageToken=token, fields=mask)

    def _list_page(self, request: Any, user: str, key: str) -> Any:
        """Return a page that has the list it was asked for."""
        page = self._call_page(request, user)
        checked_list(page, key)
        return page

    def _change_page(self, request: Any, user: str) -> Any:
        """Return a page of a change log, which says where the log continues."""
        page = self._list_page(request, user, "changes")
        if not page.get("nextPageToken") and not page.get("newStartPageToken"):
            raise unexpected_answer()
        return page

    def _call_page(self, request: Any, user: str) -> Any:
        """Return a page. A refused page token is tried three times: it is often accepted later.

        Raises:
            PageTokenExpired: Google refused the token each time.

        Source: not documented; assumed
        """
        for _ in range(2):
            try:
                return self._call(request, user)
            except PageTokenExpired:
                continue
        return self._call(request, user)

    def _call(self, request: Any, user: str) -> Any:
        return self._api.call(request, user, app.FILES)


_ACL_KEY = "permissions"
_LABEL_KIND = "drive#labelList"


def _checked_revision(answer: Any) -> Revision | ConnectorError:
    """Return a revision; an error for an answer that is none."""
    try:
        checked_text(answer, "id")
    except UnexpectedResponse as unexpected:
        return unexpected
    return answer
