"""Simulated Drive API: each user sees what the permissions of the drives allow."""

from __future__ import annotations

import re
from typing import Any

from connectors.google.demo.answer import (
    Refusal,
    asked,
    bad,
    error,
    flag,
    not_found,
    offset_of,
    scope_missing,
    size_of,
    token_of,
)
from connectors.google.demo.model import Made, Node, Shelf, number
from connectors.google.demo.people import ADMIN, in_group
from connectors.google.demo.sign_in import Bearer
from connectors.google.demo.story import AUDIT
from connectors.sdk.demo import CANARY
from connectors.sdk.loopback import Request

_METADATA = frozenset({"drive.metadata.readonly", "drive.readonly"})
_POWER = {
    r: i for i, r in enumerate(("", "reader", "commenter", "writer", "fileOrganizer", "organizer"))
}
_WRITER = _POWER["writer"]
_MINE = "'me' in owners( and '[^']+' in parents)?"
_WITHIN = "('[^']+' in parents)?"


class Drive:
    """The My Drives by owner, and the shared drives by id."""

    def __init__(self, own: dict[str, Shelf], shared: dict[str, tuple[str, Shelf]]) -> None:
        self._own = own
        self._shared = shared

    def answer(self, request: Request, bearer: Bearer) -> dict[str, Any]:
        """Return the body for a path below `/drive/v3/`.

        Raises:
            ErrorResponse: The request is invalid or not permitted.
        """
        match request.path.removeprefix("/drive/v3/").split("/"):
            case ["drives"]:
                body = self._drives(request, bearer)
            case ["about"]:
                _admit(bearer)
                body = {
                    "kind": "drive#about",
                    "user": {"emailAddress": bearer.mail, "permissionId": number(bearer.mail)},
                }
            case ["changes", "startPageToken"]:
                _admit(bearer)
                shelf, _ = self._logged(request, bearer)
                token = token_of(_log_of(shelf, bearer), len(shelf.log))
                body = {"kind": "drive#startPageToken", "startPageToken": token}
            case ["changes"]:
                _admit(bearer)
                body = self._changes(request, bearer)
            case ["files"]:
                _admit(bearer)
                body = self._files(request, bearer)
            case ["files", id_]:
                _admit(bearer)
                body = self._file(request, bearer, id_)
            case ["files", id_, "permissions"]:
                _admit(bearer)
                body = self._permissions(request, bearer, id_)
            case ["files", id_, "listLabels"]:
                _admit(bearer)
                _, node, _ = self._found(request, bearer, id_, anywhere=True)
                body = {"kind": "drive#labelList", "labels": _labels(node)}
            case _:
                raise Refusal(error(404, "notFound", "Not Found"))
        return asked(
            body,
            request.query.get("fields")
            or "kind,id,name,mimeType,files,drives,permissions,changes,user,nextPageToken",
        )

    def _drives(self, request: Request, bearer: Bearer) -> dict[str, Any]:
        if "drive.readonly" not in bearer.permissions:
            raise scope_missing()
        size = size_of(request, "pageSize", default=10, most=100)
        everything = flag(request, "useDomainAdminAccess")
        if everything and bearer.mail != ADMIN:
            raise Refusal(error(403, "insufficientFilePermissions", "The user is no administrator"))
        drives = [
            {
                "kind": "drive#drive",
                "id": id_,
                "name": name,
                "restrictions": {"domainUsersOnly": id_ == AUDIT, "driveMembersOnly": False},
            }
            for id_, (name, shelf) in self._shared.items()
            if everything or _role_in(shelf, bearer.mail)
        ]
        listing = ["drives", bearer.mail]
        offset = offset_of(request, listing)
        body: dict[str, Any] = {
            "kind": "drive#driveList",
            "drives": drives[offset : offset + size],
        }
        if offset + size < len(drives):
            body["nextPageToken"] = token_of(listing, offset + size)
        return body

    def _files(self, request: Request, bearer: Bearer) -> dict[str, Any]:
        if request.query.get("corpora") == "allDrives":
            return self._of_others(request, bearer)
        shelf, drive_id = self._shelf(request, bearer)
        order = request.query.get("orderBy", "")
        if order not in ("", "folder", "folder,createdTime"):
            raise bad("orderBy")
        most = 100 if _wants_permissions(request) else 1000
        size = min(size_of(request, "pageSize", default=100, most=most), shelf.cap)
        query = request.query.get("q", "")
        listing = ["files", shelf.id, bearer.mail, order, query]
        offset = offset_of(request, listing, start=-1 if shelf.hollow else 0)
        folder = re.search("'([^']+)' in parents", query)
        inside = self._inside(shelf, folder[1]) if folder else None
        whole = len(shelf) if inside is None else len(inside)
        end = min(offset + size, whole) if offset >= 0 else 0
        places = range(max(offset, 0), end)
        nodes = (
            shelf.at(i, folders_first=bool(order)) if inside is None else inside[i] for i in places
        )
        view = flag_view(request)
        body: dict[str, Any] = {
            "kind": "drive#fileList",
            "incompleteSearch": False,
            "files": [
                _file(n, shelf, drive_id, bearer.mail, published=view)
                for n in nodes
                if not drive_id or _sees(shelf, n, bearer.mail)
            ],
        }
        if end < whole:
            body["nextPageToken"] = token_of(listing, end)
        return body

    def _of_others(self, request: Request, bearer: Bearer) -> dict[str, Any]:
        """Return what a user sees of shared drives: here, the first file of each."""
        if request.query.get("q") != "not 'me' in owners":
            raise bad("q")
        if not (flag(request, "supportsAllDrives") and flag(request, "includeItemsFromAllDrives")):
            raise bad("includeItemsFromAllDrives")
        files = [
            _file(shelf.at(0, folders_first=False), shelf, id_, bearer.mail, published=False)
            for id_, (_, shelf) in self._shared.items()
            if _role_in(shelf, bearer.mail) and len(shelf)
        ]
        return {"kind": "drive#fileList", "incompleteSearch": False, "files": files}

    def _inside(self, shelf: Shelf, folder: str) -> list[Node]:
        if folder != shelf.id and shelf.node(folder) is None:
            raise not_found("File: .")
        return shelf.inside(folder)

    def _changes(self, request: Request, bearer: Bearer) -> dict[str, Any]:
        shelf, drive_id = self._logged(request, bearer)
        if "pageToken" not in request.query:
            raise bad("pageToken")
        listing = _log_of(shelf, bearer)
        offset = offset_of(request, listing)
        size = size_of(request, "pageSize", default=100, most=1000)
        end = min(offset + min(size, shelf.cap), len(shelf.log))
        ids = list(dict.fromkeys(shelf.log[offset:end]))
        view = flag_view(request)
        changes = [_change(i, shelf, drive_id, bearer.mail, published=view) for i in ids]
        following = "nextPageToken" if end < len(shelf.log) else "newStartPageToken"
        return {
            "kind": "drive#changeList",
            "changes": changes,
            following: token_of(listing, end),
        }

    def _logged(self, request: Request, bearer: Bearer) -> tuple[Shelf, str]:
        """Return the drive whose change log is requested, and its id if it is a shared one."""
        drive_id = request.query.get("driveId", "")
        if not drive_id:
            return self._own[bearer.mail], ""
        _, shelf = self._shared.get(drive_id, ("", None))
        if shelf is None or not flag(request, "supportsAllDrives"):
            raise not_found(f"Shared drive: {drive_id}")
        if not _role_in(shelf, bearer.mail):
            raise not_found(f"Shared drive: {drive_id}")
        return shelf, drive_id

    def _shelf(self, request: Request, bearer: Bearer) -> tuple[Shelf, str]:
        """Return the drive to be listed, and its id if it is a shared one."""
        if request.query.get("corpora", "user") == "user":
            if not re.fullmatch(_MINE, request.query.get("q", "")) or "driveId" in request.query:
                raise bad("q")
            return self._own[bearer.mail], ""
        drive_id = request.query.get("driveId", "")
        if request.query["corpora"] != "drive" or not drive_id:
            raise bad("corpora")
        if not re.fullmatch(_WITHIN, request.query.get("q", "")):
            raise bad("q")
        if not (flag(request, "supportsAllDrives") and flag(request, "includeItemsFromAllDrives")):
            raise bad("includeItemsFromAllDrives")
        _, shelf = self._shared.get(drive_id, ("", None))
        if shelf is None or not _role_in(shelf, bearer.mail):
            raise not_found(f"Shared drive: {drive_id}")
        return shelf, drive_id

    def _file(self, request: Request, bearer: Bearer, id_: str) -> dict[str, Any]:
        shelf, node, drive_id = self._found(request, bearer, id_)
        return _file(node, shelf, drive_id, bearer.mail, published=flag_view(request))

    def _permissions(self, request: Request, bearer: Bearer, id_: str) -> dict[str, Any]:
        if id_ in self._shared:
            made = self._drive_members(request, bearer, id_)
            drive_id = id_
        elif flag(request, "useDomainAdminAccess"):  # accepted for a shared drive only
            raise not_found(f"Shared drive: {id_}")
        else:
            shelf, node, drive_id = self._found(request, bearer, id_)
            if drive_id and _POWER[_role_in(shelf, bearer.mail)] < _WRITER:
                raise Refusal(
                    error(
                        403,
                        "insufficientFilePermissions",
                        "The user does not have sufficient permissions for this file.",
                    )
                )
            made = _shown(shelf.standing(node), published=flag_view(request))
        size = size_of(request, "pageSize", default=100, most=100)
        listing = ["permissions", id_, bearer.mail]
        offset = offset_of(request, listing)
        body: dict[str, Any] = {
            "kind": "drive#permissionList",
            "permissions": [_permission(m, id_, drive_id) for m in made[offset : offset + size]],
        }
        if offset + size < len(made):
            body["nextPageToken"] = token_of(listing, offset + size)
        return body

    def _drive_members(self, request: Request, bearer: Bearer, id_: str) -> list[Made]:
        _, shelf = self._shared[id_]
        as_admin = flag(request, "useDomainAdminAccess") and bearer.mail == ADMIN
        if not flag(request, "supportsAllDrives") or not (as_admin or _role_in(shelf, bearer.mail)):
            raise not_found(f"File: {id_}")
        return [Made(share=s, at=id_) for s in shelf.base]

    def _found(
        self, request: Request, bearer: Bearer, id_: str, *, anywhere: bool = False
    ) -> tuple[Shelf, Node, str]:
        own = self._own[bearer.mail]
        if (node := own.node(id_)) is not None:
            return own, node, ""
        for drive_id, (_, shelf) in self._shared.items():
            node = shelf.node(id_) if anywhere or flag(request, "supportsAllDrives") else None
            if node is not None and _sees(shelf, node, bearer.mail):
                return shelf, node, drive_id
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
    told = {
        "kind": "drive#label",
        "id": label,
        "revisionId": "3",
        "fields": {"T": text, "S": chosen},
    }
    return [told] if label else []


def _log_of(shelf: Shelf, bearer: Bearer) -> list[str]:
    return ["changes", shelf.id, bearer.mail]


def _change(
    id_: str, shelf: Shelf, drive_id: str, asker: str, *, published: bool
) -> dict[str, Any]:
    """Return the present state of a file that the change log names."""
    node = shelf.node(id_)
    body: dict[str, Any] = {"kind": "drive#change", "changeType": "file", "fileId": id_}
    if node is None or (drive_id and not _sees(shelf, node, asker)):
        return body | {"removed": True}
    file = _file(node, shelf, drive_id, asker, published=published)
    return body | {"removed": False, "file": file}


def flag_view(request: Request) -> bool:
    """Return True if permissions of published views are requested.

    Raises:
        ErrorResponse: Another view is requested.
    """
    if request.query.get("includePermissionsForView", "published") != "published":
        raise bad("includePermissionsForView")
    return "includePermissionsForView" in request.query


def _file(
    node: Node, shelf: Shelf, drive_id: str, asker: str, *, published: bool
) -> dict[str, Any]:
    made = shelf.standing(node)
    secret = any(m.share.json["type"] == "anyone" for m in made)
    body: dict[str, Any] = {
        "kind": "drive#file",
        "id": node.id,
        "name": node.name,
        "mimeType": node.mime,
        "parents": [node.parent or shelf.id],
        "createdTime": node.created,
        "modifiedTime": node.modified,
        "trashed": node.trashed,
        "webViewLink": f"https://drive.google.com/file/d/{node.id}/view"
        + (f"?usp=drivesdk&resourcekey=0-{CANARY}" if secret else "?usp=drivesdk"),
        "permissionIds": [m.share.id for m in made],
    }
    if drive_id:
        return body | {
            "driveId": drive_id,
            "hasAugmentedPermissions": bool(node.shares) and not node.flag_lost,
            "inheritedPermissionsDisabled": node.limited,
        }
    shown = _shown(made, published=published)
    return body | {
        "ownedByMe": True,
        "linkShareMetadata": {
            "securityUpdateEligible": node.old_link,
            "securityUpdateEnabled": False,
        },
        "owners": [{"kind": "drive#user", "emailAddress": asker, "permissionId": number(asker)}],
        "shared": len(made) > 1,
        "permissions": [_permission(m, node.id, "") for m in shown],
    }


def _permission(made: Made, item_id: str, drive_id: str) -> dict[str, Any]:
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


def _shown(made: list[Made], *, published: bool) -> list[Made]:
    return [m for m in made if published or m.share.json.get("view") != "published"]


def _wants_permissions(request: Request) -> bool:
    return "permissions(" in request.query.get("fields", "")


def _role_in(shelf: Shelf, mail: str) -> str:
    """The best role of an account in a shared drive, through groups too; empty for none."""
    return _best([Made(share=s, at=shelf.id) for s in shelf.base], mail)


def _sees(shelf: Shelf, node: Node, mail: str) -> bool:
    return bool(_best(shelf.standing(node), mail))


def _best(made: list[Made], mail: str) -> str:
    roles = [
        m.share.json["role"]
        for m in made
        if m.share.principal == mail
        or (m.share.json["type"] == "group" and _is_in(mail, m.share.principal))
    ]
    return max(roles, key=lambda r: _POWER.get(r, 0), default="")


def _is_in(mail: str, group: str) -> bool:
    try:
        return in_group(mail, group)
    except KeyError:  # an external group
        return False


def _admit(bearer: Bearer) -> None:
    if not bearer.permissions & _METADATA:
        raise scope_missing()
