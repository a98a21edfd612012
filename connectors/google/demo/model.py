"""Data model of the simulated tenant: drives contain nodes, nodes have shares."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Protocol

from connectors.sdk.records import Access, Audience

FOLDER = "application/vnd.google-apps.folder"
DOCUMENT = "application/vnd.google-apps.document"
SHEET = "application/vnd.google-apps.spreadsheet"
SLIDES = "application/vnd.google-apps.presentation"
FORM = "application/vnd.google-apps.form"
SITE = "application/vnd.google-apps.site"
PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

DOMAIN = "example.co.jp"
ALIAS = "example.jp"  # another name of the same domain
_ACCESS = {"reader": Access.VIEW, "commenter": Access.COMMENT, "writer": Access.EDIT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A grant: its JSON as Drive returns it, and the audience and access it should map to."""

    json: dict[str, Any]
    audience: Audience
    access: Access
    principal: str = ""

    @property
    def id(self) -> str:
        """The permission id, one for each grantee."""
        return self.json["id"]


def anyone(role: str, *, found: bool = False) -> Share:
    """Return a share with everybody who has the link, or with everybody."""
    return Share(
        json={
            "id": "anyone" if found else "anyoneWithLink",
            "type": "anyone",
            "role": role,
            "allowFileDiscovery": found,
        },
        audience=Audience.PUBLIC_DISCOVERABLE if found else Audience.ANYONE_LINK,
        access=_ACCESS[role],
    )


def published(role: str = "publishedReader", *, form: bool = False) -> Share:
    """Return the share of a published site, or of a form that takes answers.

    Source: https://developers.google.com/workspace/forms/api/guides/publish-form (read 2026-11-30)
    """
    return Share(
        json={
            "id": "anyoneWithLink",
            "type": "anyone",
            "role": role,
            "view": "published",
            "allowFileDiscovery": False,
        },
        audience=Audience.ANYONE_LINK if form else Audience.PUBLIC_DISCOVERABLE,
        access=Access.CREATE if form else Access.VIEW,
    )


def domain(name: str, role: str, *, found: bool = False, audience: Audience | None = None) -> Share:
    """Return a share with an organisation or a target audience."""
    own = Audience.ORG_DISCOVERABLE if found else Audience.ORG_LINK
    return Share(
        json={
            "id": f"{number(name)}k",
            "type": "domain",
            "role": role,
            "domain": name,
            "displayName": name,
            "allowFileDiscovery": found,
        },
        audience=audience or own,
        access=_ACCESS[role],
        principal=name,
    )


def user(
    mail: str,
    role: str,
    *,
    expires: str = "",
    deleted: bool = False,
    pending: bool = False,
    audience: Audience | None = None,
    elsewhere: str = "",
) -> Share:
    """Return a share with one account.

    Args:
        mail: The address of the account.
        role: What it may do.
        expires: When the share ends; empty for never.
        deleted: True if the account is deleted.
        pending: True if the account was asked to own the file.
        audience: Whom it reaches, where the domain does not tell.
        elsewhere: The own address of a guest.
    """
    own = mail.endswith((f"@{DOMAIN}", f"@{ALIAS}"))
    extra = {"expirationTime": expires} if expires else {}
    return Share(
        json={
            "id": number(mail),
            "type": "user",
            "role": role,
            "emailAddress": mail,
            "displayName": mail.partition("@")[0],
            "deleted": deleted,
            "pendingOwner": pending,
            **extra,
        },
        audience=audience or (Audience.NAMED_INTERNAL if own else Audience.EXT_NAMED),
        access=Access.MANAGE if pending else _ACCESS.get(role, Access.MANAGE),
        principal=elsewhere or mail,
    )


def group(mail: str, role: str, audience: Audience = Audience.NAMED_INTERNAL) -> Share:
    """Return a share with a group; `audience` is that of its widest member."""
    return Share(
        json={
            "id": number(mail),
            "type": "group",
            "role": role,
            "emailAddress": mail,
            "displayName": mail.partition("@")[0],
            "deleted": False,
        },
        audience=audience,
        access=_ACCESS.get(role, Access.MANAGE),
        principal=mail,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A file or folder. `parent` is the id of a node; the root of the drive if empty."""

    id: str
    name: str
    parent: str
    mime: str = XLSX
    shares: tuple[Share, ...] = ()
    created: str = "2024-04-01T00:00:00.000Z"
    modified: str = "2026-09-30T01:02:03.000Z"
    trashed: bool = False
    limited: bool = False
    augmented_flag_missing: bool = False  # has own grants, but `hasAugmentedPermissions` is false
    old_link: bool = False  # its links from before 2021 need no key
    published: str = ""  # "web" or "domain": to whom its last revision is published
    label: str = ""  # the id of a label, and of what is chosen in it: "label/choice"


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveShare:
    """A share that is effective on a node, and the id of the node where it was granted."""

    share: Share
    at: str


class DemoDrive(Protocol):
    """A user's My Drive or a shared drive."""

    id: str  # of the root
    root_shares: tuple[Share, ...]  # shares of every node: its owner, or the members of the drive
    max_page_size: int  # the largest page
    empty_first_page: bool  # the first page is empty, as Google permits
    changed_ids: list[str]  # the ids of changed nodes, in order

    def __len__(self) -> int:
        """How many nodes there are."""
        ...

    def at(self, position: int, *, folders_first: bool) -> Node:
        """Return the node at a position of the listing."""
        ...

    def node(self, id_: str) -> Node | None:
        """Return a node by its id, or None."""
        ...

    def effective_shares(self, node: Node) -> list[EffectiveShare]:
        """Return all shares that are effective on a node, inherited ones first."""
        ...

    def shared_nodes(self) -> Iterator[Node]:
        """Yield the nodes with shares of their own."""
        ...

    def children(self, folder: str) -> list[Node]:
        """Return the nodes directly in a folder."""
        ...


@dataclass(slots=True)
class ScenarioDrive:
    """A drive with hand-written nodes."""

    id: str
    nodes: Sequence[Node]  # what it begins with
    root_shares: tuple[Share, ...]
    max_page_size: int = 5
    empty_first_page: bool = False
    honours_order: bool = True  # very large drives ignore `orderBy`
    changed_ids: list[str] = field(default_factory=list[str])
    _by_id: dict[str, Node] = field(init=False)

    def __post_init__(self) -> None:
        """Index the nodes."""
        self._by_id = {n.id: n for n in self.nodes}

    def put(self, node: Node) -> None:
        """Add or change a node. The change log names it, but nothing below it."""
        self._by_id[node.id] = node
        self.changed_ids.append(node.id)

    def drop(self, id_: str) -> None:
        """Delete a node and all below it. The change log names the node only."""
        for node in self.children(id_):
            self.drop(node.id)
            self.changed_ids.pop()
        del self._by_id[id_]
        self.changed_ids.append(id_)

    def children(self, folder: str) -> list[Node]:
        """Return the nodes directly in a folder."""
        return [n for n in self._by_id.values() if n.parent == folder]

    def __len__(self) -> int:
        """How many nodes there are."""
        return len(self._by_id)

    def at(self, position: int, *, folders_first: bool) -> Node:
        """Return the node at a position: newest first, or folders first if requested."""
        nodes = list(self._by_id.values())
        if folders_first and self.honours_order:
            return sorted(nodes, key=lambda n: (n.mime != FOLDER, n.created))[position]
        return nodes[len(nodes) - 1 - position]

    def node(self, id_: str) -> Node | None:
        """Return a node by its id, or None."""
        return self._by_id.get(id_)

    def effective_shares(self, node: Node) -> list[EffectiveShare]:
        """Return inherited shares, unless the folder is limited, and those of the node."""
        parent = self._by_id.get(node.parent)
        if parent is not None:
            above = self.effective_shares(parent)
        else:
            above = [EffectiveShare(share=s, at=self.id) for s in self.root_shares]
        if node.limited:
            above = [m for m in above if m.share.json["role"] in ("organizer", "owner")]
        given = {s.id for s in node.shares}
        own = [EffectiveShare(share=s, at=node.id) for s in node.shares]
        return [m for m in above if m.share.id not in given] + own

    def shared_nodes(self) -> Iterator[Node]:
        """Yield the nodes with shares of their own."""
        return (n for n in self._by_id.values() if n.shares or n.published)


def number(text: str) -> str:
    """Return a number of twenty digits that is derived from a text."""
    return str(int.from_bytes(blake2b(text.encode(), digest_size=8).digest())).zfill(20)


def identifier(text: str) -> str:
    """Return a file id, in the form of Google's, that is derived from a text."""
    return "1" + urlsafe_b64encode(blake2b(text.encode(), digest_size=24).digest()).decode()


def opaque_token(values: object) -> str:
    """Return a value as an opaque token."""
    return urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")
