"""The questions that are put to Drive: paths, masks, paging. Answers as plain dictionaries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from connectors.google import batch
from connectors.google import permissions as app
from connectors.google.answers import ChangePage, DriveInfo, File, FilePage, Label, Permission
from connectors.google.asking import Asking, built, followed
from connectors.google.auth import SignIn
from connectors.google.quota import UNITS_PER_MINUTE, price_of
from connectors.google.refusal import NotFound, PageRefused
from connectors.google.settings import Settings
from connectors.sdk.contract import Context
from connectors.sdk.errors import AccessDenied, ConnectorError

_GRANT = "id,type,role,emailAddress,domain,allowFileDiscovery,expirationTime,deleted,view"
_PLACE = "id,name,mimeType,trashed,createdTime,modifiedTime,parents"
_OWN = (
    f"{_PLACE},ownedByMe,linkShareMetadata(securityUpdateEligible,securityUpdateEnabled),"
    f"permissions({_GRANT},pendingOwner)"
)
_SHARED = f"{_PLACE},permissionIds,hasAugmentedPermissions,inheritedPermissionsDisabled"
_PAGE = "nextPageToken,incompleteSearch,files({})"
_CHANGES = "nextPageToken,newStartPageToken,changes(changeType,removed,fileId,file({}))"
MY_DRIVE, SHARED_DRIVE = _PAGE.format(_OWN), _PAGE.format(_SHARED)
ACL = (
    f"nextPageToken,permissions({_GRANT},inheritedPermissionsDisabled,"
    "permissionDetails(permissionType,role,inherited,inheritedFrom))"
)
_DRIVE = (
    "id,name,restrictions(adminManagedRestrictions,copyRequiresWriterPermission,domainUsersOnly,"
    "driveMembersOnly,sharingFoldersRequiresOrganizerPermission)"
)
_EVERYWHERE = {"includeItemsFromAllDrives": True, "supportsAllDrives": True}


class Client:
    """Drive of one Workspace, each question in the name of one of its users."""

    def __init__(self, settings: Settings, sign_in: SignIn, context: Context) -> None:
        base = settings.api_url
        context.http.keep_pace(UNITS_PER_MINUTE, price_of)
        self._asking = Asking(
            context.http, sign_in, f"{base or 'https://www.googleapis.com'}/batch/drive/v3"
        )
        self._admin = settings.admin_user
        self._drives_as = app.FILES if settings.shared_drives else app.DRIVES
        drive = built("drive", "v3", base and f"{base}/drive/v3/")
        self._files = drive.files()
        self._permissions = drive.permissions()
        self._drives = drive.drives()
        self._changes = drive.changes()
        self._about = drive.about()

    def about(self, user: str) -> dict[str, Any]:
        """Who asks, and whether this user has a Drive at all."""
        return self._ask(self._about.get(fields="user(emailAddress,permissionId)"), user)

    def drives(self, *, pages_of: int = 100) -> Iterator[DriveInfo]:
        """Every shared drive: id, name, restrictions."""

        def page(token: str | None) -> Any:
            request = self._drives.list(
                useDomainAdminAccess=True,
                pageSize=pages_of,
                pageToken=token,
                fields=f"nextPageToken,drives({_DRIVE})",
            )
            return self._asking.ask(request, self._admin, app.DRIVES)

        return followed(page, "drives")

    def drive_members(self, drive_id: str) -> list[Permission]:
        """Who is a member of a shared drive, as its administrator sees it."""

        def page(token: str | None) -> Any:
            request = self._acl(drive_id, token, useDomainAdminAccess=True)
            return self._asking.ask(request, self._admin, self._drives_as)

        return list(followed(page, "permissions"))

    def acl(self, user: str, file_id: str) -> list[Permission]:
        """Who may use an item, as this user sees it."""
        return list(followed(lambda token: self._ask(self._acl_page(file_id, token), user), _ACL))

    def acls(self, user: str, file_ids: Sequence[str]) -> list[list[Permission] | ConnectorError]:
        """Who may use each of at most `batch.MOST` items; an error where Google does not tell."""
        if len(file_ids) < batch.WORTH:
            return [self._acl_or_error(user, file_id) for file_id in file_ids]
        requests = [self._acl_page(file_id, None) for file_id in file_ids]
        answers = self._asking.ask_all(requests, user, app.FILES)
        return [
            self._whole(user, file_id, answer)
            for file_id, answer in zip(file_ids, answers, strict=True)
        ]

    def labels(self, user: str, file_ids: Sequence[str]) -> list[list[Label] | ConnectorError]:
        """The labels of each of at most `batch.MOST` files that this user may see."""
        requests = [self._label_page(file_id, None) for file_id in file_ids]
        answers = self._asking.ask_all(requests, user, app.FILES)
        return [
            self._all_labels(user, file_id, answer)
            for file_id, answer in zip(file_ids, answers, strict=True)
        ]

    def exists(self, user: str, file_id: str) -> bool:
        """Whether this user still finds the item."""
        try:
            self._ask(self._files.get(fileId=file_id, supportsAllDrives=True, fields="id"), user)
        except NotFound:
            return False
        return True

    def own_files(self, user: str, token: str | None, *, folder: str = "") -> FilePage:
        """A page of what a user owns, in the bin too, with all permissions."""
        below = f" and '{folder}' in parents" if folder else ""
        request = self._files.list(
            q=f"'me' in owners{below}",
            corpora="user",
            pageSize=1000,
            pageToken=token,
            includePermissionsForView="published",
            fields=MY_DRIVE,
        )
        return self._page(request, user)

    def own_ids(self, user: str, token: str | None) -> FilePage:
        """A page of what a user owns, ids alone: ten times as many as with permissions."""
        request = self._files.list(
            q="'me' in owners",
            corpora="user",
            pageSize=1000,
            pageToken=token,
            fields="nextPageToken,incompleteSearch,files(id)",
        )
        return self._ask(request, user)

    def drive_files(
        self, user: str, drive_id: str, token: str | None, *, folder: str = ""
    ) -> FilePage:
        """A page of a shared drive, which tells permission ids and no permissions.

        Folders come first and older ones earlier, so that a parent is mostly known before its
        children; Google ignores the order in very large drives, and nothing rests on it.
        """
        request = self._files.list(
            q=f"'{folder}' in parents" if folder else None,
            corpora="drive",
            driveId=drive_id,
            orderBy="folder,createdTime",
            pageSize=1000,
            pageToken=token,
            fields=SHARED_DRIVE,
            **_EVERYWHERE,
        )
        return self._page(request, user)

    def drives_of(self, user: str) -> set[str]:
        """The shared drives of the first thousand things that a user sees and does not own."""
        request = self._files.list(
            q="not 'me' in owners",
            corpora="allDrives",
            pageSize=1000,
            fields="nextPageToken,incompleteSearch,files(driveId)",
            **_EVERYWHERE,
        )
        files: list[File] = self._ask(request, user).get("files", [])
        return {file["driveId"] for file in files if "driveId" in file}

    def own_start(self, user: str) -> str:
        """Where the log of a user's changes stands now."""
        answer = self._ask(self._changes.getStartPageToken(fields="startPageToken"), user)
        return answer["startPageToken"]

    def own_changes(self, user: str, token: str) -> ChangePage:
        """What changed among the files that a user sees."""
        request = self._changes.list(
            pageToken=token,
            pageSize=1000,
            includePermissionsForView="published",
            fields=_CHANGES.format(_OWN),
        )
        return self._page(request, user)

    def drive_start(self, user: str, drive_id: str) -> str:
        """Where the log of a shared drive stands now."""
        request = self._changes.getStartPageToken(
            driveId=drive_id, supportsAllDrives=True, fields="startPageToken"
        )
        return self._ask(request, user)["startPageToken"]

    def drive_changes(self, user: str, drive_id: str, token: str) -> ChangePage:
        """What changed in a shared drive."""
        request = self._changes.list(
            driveId=drive_id,
            pageToken=token,
            pageSize=1000,
            fields=_CHANGES.format(_SHARED),
            **_EVERYWHERE,
        )
        return self._page(request, user)

    def _acl_or_error(self, user: str, file_id: str) -> list[Permission] | ConnectorError:
        try:
            return self.acl(user, file_id)
        except ConnectorError as error:
            return error

    def _whole(
        self, user: str, file_id: str, answer: dict[str, Any] | ConnectorError
    ) -> list[Permission] | ConnectorError:
        if isinstance(answer, ConnectorError):
            return answer
        if answer.get("nextPageToken"):
            return self._acl_or_error(user, file_id)
        return answer.get(_ACL, [])

    def _acl_page(self, file_id: str, token: str | None) -> Any:
        return self._acl(file_id, token, includePermissionsForView="published")

    def _acl(self, file_id: str, token: str | None, **how: Any) -> Any:
        return self._permissions.list(
            fileId=file_id,
            supportsAllDrives=True,
            pageSize=100,
            pageToken=token,
            fields=ACL,
            **how,
        )

    def _all_labels(
        self, user: str, file_id: str, answer: dict[str, Any] | ConnectorError
    ) -> list[Label] | ConnectorError:
        if isinstance(answer, ConnectorError):
            return answer
        if not answer.get("nextPageToken"):
            return answer.get("labels", [])
        listed = followed(lambda token: self._ask(self._label_page(file_id, token), user), "labels")
        try:
            return list(listed)
        except AccessDenied as refusal:
            return refusal

    def _label_page(self, file_id: str, token: str | None) -> Any:
        mask = "nextPageToken,labels(id,fields)"
        return self._files.listLabels(fileId=file_id, maxResults=100, pageToken=token, fields=mask)

    def _page(self, request: Any, user: str) -> Any:
        """A page; a token that is refused is often taken the next time. Else `PageRefused`."""
        for _ in range(2):
            try:
                return self._ask(request, user)
            except PageRefused:
                continue
        return self._ask(request, user)

    def _ask(self, request: Any, user: str) -> Any:
        return self._asking.ask(request, user, app.FILES)


_ACL = "permissions"
