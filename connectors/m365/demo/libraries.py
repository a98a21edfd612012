"""The libraries of the demo: items and rows, made up on demand from their numbers."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any
from urllib.parse import quote

from connectors.m365.demo.changes import Changes
from connectors.m365.demo.people import ALPHA, BETA, EMPLOYEES, guest, guid
from connectors.m365.demo.permission_rows import (
    PermissionRow,
    anonymous,
    direct,
    everyone_except_external,
    in_days,
    organization,
    people,
)
from connectors.m365.demo.scenario import LibrarySpec, Node, SiteSpec
from connectors.sdk.demo import ExpectedExposure
from connectors.sdk.records import Access, Audience

_STEMS = ("議事録", "見積書", "Report", "契約書", "写真", "資料", "budget", "設計書")
_KINDS = (("docx", "msword"), ("xlsx", "vnd.ms-excel"), ("pdf", "pdf"), ("png", "octet-stream"))
_FOLDER = 40  # every so many plain items there is a folder, and the others lie in it
OWN_EVERY = 50  # every so many plain items has permissions of its own
_SCOPES = ("anonymous", "organization", "users")  # the facet tells the widest
_BEGINNING = datetime(2026, 10, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Library:
    """A library. Item 0 is its root, then come the items of the scenario, then plain ones."""

    site: SiteSpec
    spec: LibrarySpec
    own_every: int = OWN_EVERY
    changes: Changes = field(default_factory=Changes)

    @property
    def id(self) -> str:
        """The drive id."""
        raw = blake2b(self.url.encode(), digest_size=48).digest()
        return f"b!{urlsafe_b64encode(raw).decode()}"

    @property
    def list_id(self) -> str:
        """The id that SharePoint itself gives it."""
        return guid("list", self.url)

    def ids(self, number: int) -> dict[str, Any]:
        """`sharepointIds`: where SharePoint itself keeps an item."""
        ids = {"siteUrl": self.site.url, "listId": self.list_id}
        return ids if number == 0 else ids | {"listItemId": str(number)}

    @property
    def url(self) -> str:
        """Where a browser finds it."""
        return f"{self.site.url}/{quote(self.spec.folder)}"

    @property
    def scenario_count(self) -> int:
        """The number of items of the scenario, with the root."""
        return 1 + len(self.spec.nodes)

    @property
    def initial_count(self) -> int:
        """The number of items that the library was created with."""
        return self.scenario_count + self.spec.plain

    def __len__(self) -> int:
        """How many numbers were given to items, the root included."""
        return self.initial_count + self.changes.added

    def entry(self) -> dict[str, Any]:
        """The library as Graph lists it, with the facet of a library of the system.

        The owner is the group behind the site, and the person of a OneDrive.

        Source: https://learn.microsoft.com/en-us/graph/api/resources/drive (read 2026-11-30)
        """
        kind = "business" if self.site.personal else "documentLibrary"
        found: dict[str, Any] = {"id": self.id, "name": self.spec.name, "driveType": kind}
        found |= {"webUrl": self.url, "system": {}} if self.spec.system else {"webUrl": self.url}
        if self.site.group is not None:
            group = {"id": self.site.group.id, "displayName": self.site.group.name}
            found["owner"] = {"group": group | {"email": self.site.group.mail}}
        elif self.site.personal:
            found["owner"] = {"user": {"displayName": self.site.name, "id": guid("user", self.url)}}
        return found

    def item_id(self, number: int) -> str:
        """Return the id of an item; its number is the end of it."""
        return f"01DEMO{blake2b(self.url.encode(), digest_size=6).hexdigest().upper()}{number:016d}"

    def number(self, item_id: str) -> int | None:
        """The number of an item; None when it is not one of this library."""
        tail = item_id[-16:]
        found = int(tail) if tail.isdecimal() else -1
        here = 0 <= found < len(self) and self.item_id(found) == item_id
        return found if here and not self.is_deleted(found) else None

    def is_deleted(self, number: int) -> bool:
        """Whether an item was deleted, or a folder that it lay in."""
        at: int | None = number
        while at is not None:
            if at in self.changes.deleted:
                return True
            at = self.parent(at)
        return False

    def node(self, number: int) -> Node:
        """What an item is."""
        if number in self.changes.nodes:
            return self.changes.nodes[number]
        if number == 0:
            return Node("root", self.spec.rows, kind="folder")
        if number < self.scenario_count:
            return self.spec.nodes[number - 1]
        plain = number - self.scenario_count
        created = f"{_BEGINNING - timedelta(days=plain * 37 % 2000):%Y-%m-%dT%H:%M:%SZ}"
        owner = EMPLOYEES[plain % len(EMPLOYEES)]
        if plain % _FOLDER == 0:
            name = f"{_STEMS[plain // _FOLDER % len(_STEMS)]} {plain // _FOLDER:05d}"
            return Node(name, self._plain_rows(plain), "", "folder", owner, created)
        name = f"{_STEMS[plain % len(_STEMS)]}_{plain:06d}.{_KINDS[plain % len(_KINDS)][0]}"
        return Node(name, self._plain_rows(plain), "", "file", owner, created)

    def parent(self, number: int) -> int | None:
        """The number of the folder that an item lies in."""
        if number in self.changes.parents:
            return self.changes.parents[number]
        if number == 0:
            return None
        if number < self.scenario_count:
            wanted = self.spec.nodes[number - 1].parent
            names = [node.name for node in self.spec.nodes]
            return names.index(wanted) + 1 if wanted else 0
        plain = number - self.scenario_count
        block = plain // _FOLDER
        if plain % _FOLDER:
            return self.scenario_count + block * _FOLDER
        return 0 if block % 5 == 0 else self.scenario_count + block // 5 * 5 * _FOLDER

    def rows(self, number: int) -> list[PermissionRow]:
        """What the permissions of an item are: its own, then what it inherits.

        Below an item that stopped inheriting only links come through.
        """
        rows: dict[str, PermissionRow] = {}
        at: int | None = number
        blocked = False
        while at is not None:
            for row in self.node(at).rows:
                if not blocked or "link" in row.json:
                    rows.setdefault(row.id, row)
            blocked |= at in self.changes.broken_inheritance
            at = self.parent(at)
        return list(rows.values())

    def expected_exposures(self) -> Iterator[ExpectedExposure]:
        """Yield the expected exposures of this library, each where its grant was made."""
        if self.spec.hold:
            return
        group = self.site.group if self.spec.rows else None
        if group is not None and group.outsiders:
            yield ExpectedExposure(
                item_id=f"{self.id}/{self.item_id(0)}",
                grant_id=f"group/{group.id}",
                principal=group.mail or group.name,
                audience=Audience.EXT_NAMED,
                access=Access.EDIT,
            )
        plain = range(self.scenario_count, self.initial_count)
        own = {
            *range(self.scenario_count),
            *plain[_OWN_OFFSET :: self.own_every],
            *plain[::_FOLDER],
        }
        for number in sorted(own | self.changes.nodes.keys()):
            if self.changes and self.is_deleted(number):
                continue
            for row in self.node(number).rows:
                for principal, audience, access in row.expected:
                    if group is not None and principal in {group.mail, group.name}:
                        continue  # the group behind the site may do as much at the root
                    yield ExpectedExposure(
                        item_id=f"{self.id}/{self.item_id(number)}",
                        grant_id=row.id,
                        principal=principal,
                        audience=audience,
                        access=access,
                    )

    def item(self, number: int, *, hierarchical: bool) -> dict[str, Any]:
        """A driveItem, with the `shared` facet as `Prefer: hierarchicalsharing` or without."""
        node, parent = self.node(number), self.parent(number)
        made = {"user": {"id": node.owner.id, "displayName": node.owner.name}}
        made["user"]["email"] = node.owner.mail
        reference = {"driveId": self.id, "driveType": self.entry()["driveType"]}
        item: dict[str, Any] = {
            "id": self.item_id(number),
            "name": node.name,
            "webUrl": self.url if number == 0 else f"{self.url}/{quote(node.name)}",
            "createdBy": made,
            "createdDateTime": node.created,
            "lastModifiedDateTime": node.created,
            "parentReference": reference
            if parent is None
            else reference | {"id": self.item_id(parent)},
        }
        match node.kind:
            case "folder":
                item["folder"] = {"childCount": 1}
            case "package":
                item["package"] = {"type": "oneNote"}
            case _:
                item["file"] = {"mimeType": f"application/{_KINDS[number % len(_KINDS)][1]}"}
        item["size"] = _size(number) if node.kind == "file" else 0
        if number == 0:
            item |= {"root": {}, "size": sum(map(_size, range(len(self))))}
        facet = self._facet(number, hierarchical=hierarchical)
        return item if facet is None else item | {"shared": facet}

    def _facet(self, number: int, *, hierarchical: bool) -> dict[str, Any] | None:
        rows = self.node(number).rows if hierarchical else self.rows(number)
        scope = next((s for s in _SCOPES if any(row.scope == s for row in rows)), None)
        if scope:
            return {"scope": scope}
        own = rows or number == 0 or number in self.changes.broken_inheritance
        return {} if hierarchical and own else None

    def _plain_rows(self, plain: int) -> tuple[PermissionRow, ...]:
        key = f"{self.url}/{plain}"
        if plain % _FOLDER == 0:
            return (people(key, "edit", ALPHA, BETA),) if plain // _FOLDER % 50 == 49 else ()
        if plain % self.own_every != _OWN_OFFSET:
            return ()
        rows = (
            lambda: anonymous(key),
            lambda: organization(key, "edit"),
            lambda: people(key, "view", guest(plain % 500), EMPLOYEES[0]),
            lambda: direct(guest(plain % 300)),
            lambda: everyone_except_external(),
            lambda: direct(EMPLOYEES[plain % len(EMPLOYEES)], "write"),
            lambda: anonymous(key, "edit", expires=in_days(40)),
            lambda: people(key, "edit", EMPLOYEES[1], EMPLOYEES[2]),
        )
        return (rows[plain // self.own_every % len(rows)](),)


def _size(number: int) -> int:
    return 20_000 + number * 7919 % 1000 * 150


_OWN_OFFSET = 7  # never the place of a folder: it is odd
