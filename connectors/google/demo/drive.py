"""Simulated Drive API: each user sees what the permissions of the drives allow."""

from __future__ import annotations

import re
from typing import Any

from connectors.google.demo.model import DemoDrive, EffectiveShare, Node, number
from connectors.google.demo.people import ADMIN, in_group
from connectors.google.demo.responses import (
    ErrorResponse,
    apply_mask,
    bool_parameter,
    error,
    invalid_parameter,
    not_found,
    page_offset,
    page_size,
    page_token,
    scope_missing,
)
from connectors.google.demo.scenario import AUDIT
from connectors.google.demo.token_endpoint import TokenClaims
from connectors.sdk.demo import LINK_CANARY
from connectors.sdk.local_server import Request

_METADATA = frozenset({"drive.metadata.readonly", "drive.readonly"})
_ROLE_RANK = {
    r: i for i, r in enumerate(("", "reader", "commenter", "writer", "fileOrganizer", "organizer"))
}
_WRITER_RANK = _ROLE_RANK["writer"]
_OWNED_QUERY = "'me' in owners( and '[^']+' in parents)?"
_FOLDER_QUERY = "('[^']+' in parents)?"


class DriveServer:
    """The My Drives by owner, and the shared drives by id."""

    def __init__(self, own: dict[str, DemoDrive], shared: dict[str, tuple[str, DemoDrive]]) -> None:
        self._own = own
        self._shared = shared

    def respond(self, request: Request, bearer: TokenClaims) -> dict[str, Any]:
        """Return the body for a path below `/drive/v3/`.

        Raises:
            ErrorResponse: The request is invalid or not permitted.
        """
        match request.path.removeprefix("/drive/v3/").split("/"):
            case ["drives"]:
                body = self._drives(request, bearer)
            case ["about"]:
                _require_drive_permission(bearer)
                body = {
                    "kind": "drive#about",
                    "user": {"emailAddress": bearer.mail, "permissionId": number(bearer.mail)},
                }
            case ["changes", "startPageToken"]:
                _require_drive_permission(bearer)
                drive, _ = self._drive_with_changes(request, bearer)
                token = page_token(_change_listing(drive, bearer), len(drive.changed_ids))
                body = {"kind": "drive#startPageToken", "startPageToken": token}
            case ["changes"]:
                _require_drive_permission(bearer)
                body = self._changes(request, bearer)
            case ["files"]:
                _require_drive_permission(bearer)
                body = self._files(request, bearer)
            case ["files", id_]:
                _require_drive_permission(bearer)
                body = self._file(request, bearer, id_)
            case ["files", id_, "permissions"]:
                _require_drive_permission(bearer)
                body = self._permissions(request, bearer, id_)
            case ["files", id_, "revisions", "head"]:
                _require_drive_permission(bearer)
                body = self._revision(request, bearer, id_)
            case ["files", id_, "listLabels"]:
                _require_drive_permission(bearer)
                _, node, _ = self._visible_node(request, bearer, id_, anywhere=True)
                body = {"kind": "drive#labelList", "labels": _labels(node)}
            case _:
                raise ErrorResponse(error(404, "notFound", "Not Found"))
        return apply_mask(
            body,
            request.query.get("fields")
            or "kind,id,name,mimeType,files,drives,permissions,changes,user,nextPageToken",
        )

    def _drives(self, request: Request, bearer: TokenClaims) -> dict[str, Any]:
        if "drive.readonly" not in bearer.permissions:
            raise scope_missing()
        size = page_size(request, "pageSize", default=10, most=100)
        everything = bool_parameter(request, "useDomainAdminAccess")
        if everything and bearer.mail != ADMIN:
            raise ErrorResponse(
                error(403, "insufficientFilePermissions", "The user is no administrator")
            )
        drives = [
            {
                "kind": "drive#drive",
                "id": id_,
                "name": name,
                "restrictions": {"domainUsersOnly": id_ == AUDIT, "driveMembersOnly": False},
            }
            for id_, (name, drive) in self._shared.items()
            if everything or _role_in(drive, bearer.mail)
        ]
        listing = ["drives", bearer.mail]
        offset = page_offset(request, listing)
        body: dict[str, Any] = {
            "kind": "drive#driveList",
            "drives": drives[offset : offset + size],
        }
        if offset + size < len(drives):
            body["nextPageToken"] = page_token(listing, offset + size)
        return body

    def _files(self, request: Request, bearer: TokenClaims) -> dict[str, Any]:
        if request.query.get("corpora") == "allDrives":
            return self._shared_drive_files_seen(request, bearer)
        drive, drive_id = self._listed_drive(request, bearer)
        order = request.query.get("orderBy", "")
        if order not in ("", "folder", "folder,createdTime"):
            raise invalid_parameter("orderBy")
        most = 100 if _wants_permissions(request) else 1000
        size = min(page_size(request, "pageSize", default=100, most=most), drive.max_page_size)
        query = request.query.get("q", "")
        listing = ["files", drive.id, bearer.mail, order, query]
        offset = page_offset(request, listing, start=-1 if drive.empty_first_page else 0)
        folder = re.search("'([^']+)' in parents", query)
        children = self._children(drive, folder[1]) if folder else None
        whole = len(drive) if children is None else len(children)
        end = min(offset + size, whole) if offset >= 0 else 0
        positions = range(max(offset, 0), end)
        nodes = (
            drive.at(i, folders_first=bool(order)) if children is None else children[i]
            for i in positions
        )
        view = wants_published_view(request)
        body: dict[str, Any] = {
            "kind": "drive#fileList",
            "incompleteSearch": False,
            "files": [
                _file(n, drive, drive_id, bearer.mail, published=view)
                for n in nodes
                if not drive_id or _sees(drive, n, bearer.mail)
            ],
        }
        if end < whole:
            body["nextPageToken"] = page_token(listing, end)
        return body

    def _shared_drive_files_seen(self, request: Request, bearer: TokenClaims) -> dict[str, Any]:
        """Return what a user sees of shared drives: here, the first file of each."""
        if request.query.get("q") != "not 'me' in owners":
            raise invalid_parameter("q")
        if not (
            bool_parameter(request, "supportsAllDrives")
            and bool_parameter(request, "includeItemsFromAllDrives")
        ):
            raise invalid_parameter("includeItemsFromAllDrives")
        files = [
            _file(drive.at(0, folders_first=False), drive, id_, bearer.mail, published=False)
            for id_, (_, drive) in self._shared.items()
            if _role_in(drive, bearer.mail) and len(drive)
        ]
        return {"kind": "drive#fileList", "incompleteSearch": False, "files": files}

    def _children(self, drive: DemoDrive, folder: str) -> list[Node]:
        if folder != drive.id and drive.node(folder) is None:
            raise not_found("File: .")
        return drive.children(folder)

    def _changes(self, request: Request, bearer: TokenClaims) -> dict[str, Any]:
        drive, drive_id = self._drive_with_changes(request, bearer)
        if "pageToken" not in request.query:
            raise invalid_parameter("pageToken")
        listing = _change_listing(drive, bearer)
        offset = page_offset(request, listing)
        size = page_size(request, "pageSize", default=100, most=1000)
        end = min(offset + min(size, drive.max_page_size), len(drive.changed_ids))
        ids = list(dict.fromkeys(drive.changed_ids[offset:end]))
        view = wants_published_view(request)
        changes = [_change(i, drive, drive_id, bearer.mail, published=view) for i in ids]
        following = "nextPageToken" if end < len(drive.changed_ids) else "newStartPageToken"
        return {
            "kind": "drive#changeList",
            "changes": changes,
            following: page_token(listing, end),
        }

    def _drive_with_changes(self, request: Request, bearer: TokenClaims) -> tuple[DemoDrive, str]:
        """Return the drive whose change log is requested, and its id if it is a shared one."""
        drive_id = request.query.get("driveId", "")
        if not drive_id:
            return self._own[bearer.mail], ""
        _, drive = self._shared.get(drive_id, ("", None))
        if drive is None or not bool_parameter(request, "supportsAllDrives"):
            raise not_found(f"Shared drive: {drive_id}")
        if not _role_in(drive, bearer.mail):
            raise not_found(f"Shared drive: {drive_id}")
        return drive, drive_id

    def _listed_drive(self, request: Request, bearer: TokenClaims) -> tuple[DemoDrive, str]:
        """Return the drive to be listed, and its id if it is a shared one."""
        if request.query.get("corpora", "user") == "user":
            if (
                not re.fullmatch(_OWNED_QUERY, request.query.get("q", ""))
                or "driveId" in request.query
            ):
                raise invalid_parameter("q")
            return self._own[bearer.mail], ""
        drive_id = request.query.get("driveId", "")
        if request.query["corpora"] != "drive" or not drive_id:
            raise invalid_parameter("corpora")
        if not re.fullmatch(_FOLDER_QUERY, request.query.get("q", "")):
            raise invalid_parameter("q")
        if not (
            bool_parameter(request, "supportsAllDrives")
            and bool_parameter(request, "includeItemsFromAllDrives")
        ):
            raise invalid_parameter("includeItemsFromAllDrives")
        _, drive = self._shared.get(drive_id, ("", None))
        if drive is None or not _role_in(drive, bearer.mail):
            raise not_found(f"Shared drive: {drive_id}")
        return drive, drive_id

    def _file(self, request: Request, bearer: TokenClaims, id_: str) -> dict[str, Any]:
        drive, node, drive_id = self._visible_node(request, bearer, id_)
        return _file(node, drive, drive_id, bearer.mail, published=wants_published_view(request))

    def _revision(self, request: Request, bearer: TokenClaims, id_: str) -> dict[str, Any]:
        """Return the last revision of a document; only who may edit it sees its revisions.

        Source: https://developers.google.com/workspace/drive/api/guides/manage-revisions
        (read 2026-11-30)
        """
        drive, node, drive_id = self._visible_node(request, bearer, id_, anywhere=True)
        if drive_id and _ROLE_RANK[_role_in(drive, bearer.mail)] < _WRITER_RANK:
            raise ErrorResponse(
                error(403, "insufficientFilePermissions", "The user cannot see revisions.")
            )
        return {
            "kind": "drive#revision",
            "id": "17",
            "mimeType": node.mime,
            "published": bool(node.published),
            "publishAuto": bool(node.published),
            "publishedOutsideDomain": node.published == "web",
        }

    def _permissions(self, request: Request, bearer: TokenClaims, id_: str) -> dict[str, Any]:
        if id_ in self._shared:
            made = self._drive_members(request, bearer, id_)
            drive_id = id_
        elif bool_parameter(request, "useDomainAdminAccess"):  # accepted for a shared drive only
            raise not_found(f"Shared drive: {id_}")
        else:
            drive, node, drive_id = self._visible_node(request, bearer, id_)
            if drive_id and _ROLE_RANK[_role_in(drive, bearer.mail)] < _WRITER_RANK:
                raise ErrorResponse(
                    error(
                        403,
                        "insufficientFilePermissions",
                        "The user does not have sufficient permissions for this file.",
                    )
                )
            made = _visible_shares(
                drive.effective_shares(node), published=wants_published_view(request)
            )
        size = page_size(request, "pageSize", default=100, most=100)
        listing = ["permissions", id_, bearer.mail]
        offset = page_offset(request, listing)
        body: dict[str, Any] = {
            "kind": "drive#permissionList",
            "permissions": [_permission(m, id_, drive_id) for m in made[offset : offset + size]],
        }
        if offset + size < len(made):
            body["nextPageToken"] = page_token(listing, offset + size)
        return body

    def _drive_members(
        self, request: Request, bearer: TokenClaims, id_: str
    ) -> list[EffectiveShare]:
        _, drive = self._shared[id_]
        as_admin = bool_parameter(request, "useDomainAdminAccess") and bearer.mail == ADMIN
        if not bool_parameter(request, "supportsAllDrives") or not (
            as_admin or _role_in(drive, bearer.mail)
        ):
            raise not_found(f"File: {id_}")
        return [EffectiveShare(share=s, at=id_) for s in drive.root_shares]

    def _visible_node(
        self, request: Request, bearer: TokenClaims, id_: str, *, anywhere: bool = False
    ) -> tuple[DemoDrive, Node, str]:
        own = self._own[bearer.mail]
        if (node := own.node(id_)) is not None:
            return own, node, ""
        for drive_id, (_, drive) in self._shared.items():
            node = (
                drive.node(id_)
                if anywhere or bool_parameter(request, "supportsAllDrives")
                else None
            )
            if node is not None and _sees(drive, node, bearer.mail):
                return drive, node, drive_id
        raise not_found(f"File: {id_}")


def _labels(node: Node) -> list[dict[str, Any]]:
    """Return the label of a file, with a text field beside the selected choice."""
    label, _, choice = node.label.partition("/")
    text = {"kind": "drive#labelField", "id": "T", "valueType": "text", "text": ["by hand"]}
    chosen = {
        "kind": "drive#labelField",
        "id": "S",
        "valueType": "selection",
        "selection": [choice],
    }
    carried = {
        "kind": "drive#label",
        "id": label,
        "revisionId": "3",
        "fields": {"T": text, "S": chosen},
    }
    return [carried] if label else []


def _change_listing(drive: DemoDrive, bearer: TokenClaims) -> list[str]:
    return ["changes", drive.id, bearer.mail]


def _change(
    id_: str, drive: DemoDrive, drive_id: str, asker: str, *, published: bool
) -> dict[str, Any]:
    """Return the present state of a file that the change log names."""
    node = drive.node(id_)
    body: dict[str, Any] = {"kind": "drive#change", "changeType": "file", "fileId": id_}
    if node is None or (drive_id and not _sees(drive, node, asker)):
        return body | {"removed": True}
    file = _file(node, drive, drive_id, asker, published=published)
    return body | {"removed": False, "file": file}


def wants_published_view(request: Request) -> bool:
    """Return True if permissions of published views are requested.

    Raises:
        ErrorResponse: Another view is requested.
    """
    if request.query.get("includePermissionsForView", "published") != "published":
        raise invalid_parameter("includePermissionsForView")
    return "includePermissionsForView" in request.query


def _file(
    node: Node, drive: DemoDrive, drive_id: str, asker: str, *, published: bool
) -> dict[str, Any]:
    made = drive.effective_shares(node)
    secret = any(m.share.json["type"] == "anyone" for m in made)
    body: dict[str, Any] = {
        "kind": "drive#file",
        "id": node.id,
        "name": node.name,
        "mimeType": node.mime,
        "parents": [node.parent or drive.id],
        "createdTime": node.created,
        "modifiedTime": node.modified,
        "trashed": node.trashed,
        "webViewLink": f"https://drive.google.com/file/d/{node.id}/view"
        + (f"?usp=drivesdk&resourcekey=0-{LINK_CANARY}" if secret else "?usp=drivesdk"),
        "permissionIds": [m.share.id for m in _visible_shares(made, published=published)],
    }
    if drive_id:
        return body | {
            "driveId": drive_id,
            "hasAugmentedPermissions": bool(node.shares) and not node.augmented_flag_missing,
            "inheritedPermissionsDisabled": node.limited,
        }
    shown = _visible_shares(made, published=published)
    return body | {
        "ownedByMe": True,
        "inheritedPermissionsDisabled": node.limited,
        "linkShareMetadata": {
            "securityUpdateEligible": node.old_link,
            "securityUpdateEnabled": False,
        },
        "owners": [{"kind": "drive#user", "emailAddress": asker, "permissionId": number(asker)}],
        "shared": len(made) > 1,
        "permissions": [_permission(m, node.id, "") for m in shown],
    }


def _permission(made: EffectiveShare, item_id: str, drive_id: str) -> dict[str, Any]:
    body = {"kind": "drive#permission", **made.share.json}
    if not drive_id:
        return body
    inherited = made.at != item_id
    detail: dict[str, Any] = {
        "permissionType": "member" if made.at == drive_id else "file",
        "role": made.share.json["role"],
        "inherited": inherited,
    }
    if inherited:
        detail["inheritedFrom"] = made.at
    return body | {"permissionDetails": [detail]}


def _visible_shares(made: list[EffectiveShare], *, published: bool) -> list[EffectiveShare]:
    return [m for m in made if published or m.share.json.get("view") != "published"]


def _wants_permissions(request: Request) -> bool:
    return "permissions(" in request.query.get("fields", "")


def _role_in(drive: DemoDrive, mail: str) -> str:
    """The best role of an account in a shared drive, through groups too; empty for none."""
    return _best_role([EffectiveShare(share=s, at=drive.id) for s in drive.root_shares], mail)


def _sees(drive: DemoDrive, node: Node, mail: str) -> bool:
    return bool(_best_role(drive.effective_shares(node), mail))


def _best_role(made: list[EffectiveShare], mail: str) -> str:
    roles = [
        m.share.json["role"]
        for m in made
        if m.share.principal == mail
        or (m.share.json["type"] == "group" and _is_member(mail, m.share.principal))
    ]
    return max(roles, key=lambda r: _ROLE_RANK.get(r, 0), default="")


def _is_member(mail: str, group: str) -> bool:
    try:
        return in_group(mail, group)
    except KeyError:  # an external group
        return False


def _require_drive_permission(bearer: TokenClaims) -> None:
    if not bearer.permissions & _METADATA:
        raise scope_missing()
