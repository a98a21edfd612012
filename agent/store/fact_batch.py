"""Write the facts between two checkpoints into their tables."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, case, delete, select

from agent.store import schema
from agent.store.bulk_sql import bulk_insert, insert_into
from agent.store.tri_state import UNKNOWN_TEXT, encode, encode_optional, format_time
from connectors.sdk.batched import batched
from connectors.sdk.records import (
    Container,
    CountedItems,
    Fact,
    Grant,
    Item,
    Membership,
    Principal,
    Removed,
    Setting,
    Unknown,
)

ROOT = ""  # the container id of items that lie in no container
CHUNK_SIZE = 500  # values in one statement
ColumnValues = dict[str, Any]
T = TypeVar("T")
_INVALID_CHARACTERS = re.compile("[\x00\ud800-\udfff]")


@dataclass(slots=True)
class FactBatch:
    """The facts of one batch by kind and key; of two facts with one key, the later one.

    Attributes:
        removed: Ids of items, containers and principals that no longer exist.
        counted_items: Container id -> number of items in it that were read and not stored.
    """

    items: dict[str, Item] = field(default_factory=dict[str, Item])
    containers: dict[str, Container] = field(default_factory=dict[str, Container])
    removed: set[str] = field(default_factory=set[str])
    principals: dict[str, Principal] = field(default_factory=dict[str, Principal])
    memberships: dict[tuple[str, str], Membership] = field(
        default_factory=dict[tuple[str, str], Membership]
    )
    settings: dict[tuple[str, str], Setting] = field(default_factory=dict[tuple[str, str], Setting])
    counted_items: Counter[str] = field(default_factory=Counter[str])

    @classmethod
    def from_facts(cls, facts: Iterable[Fact]) -> FactBatch:
        """Sort facts by kind and key."""
        batch = cls()
        for fact in facts:
            match fact:
                case Item():
                    batch.items[fact.id] = fact
                    batch.removed.discard(fact.id)
                case CountedItems(parent_id=place, count=count):
                    batch.counted_items[place or ROOT] += count
                case Container():
                    batch.containers[fact.id] = fact
                case Removed(item_id=gone):
                    batch.removed.add(gone)
                    batch.items.pop(gone, None)
                    batch.containers.pop(gone, None)
                    batch.principals.pop(gone, None)
                case Principal():
                    batch.principals[fact.id] = fact
                case Membership():
                    batch.memberships[fact.group_id, fact.member_id] = fact
                case Setting():
                    batch.settings[fact.id, fact.subject] = fact
        return batch


def write_batch(
    db: Connection,
    batch: FactBatch,
    *,
    scope: int,
    scan_generation: int,
    now: datetime,
    counted: bool = True,
) -> None:
    """Write a batch in the caller's transaction.

    Args:
        scope: The key of the scope.
        scan_generation: The number of the scan that saw these facts.
        now: First and last seen of grants that are new.
        counted: Add the items to the counts of their containers. False if the same items will be
            read again, because no checkpoint follows them.
    """
    here = {"scope": scope, "round": scan_generation}
    _write_items(db, batch, here, format_time(now))
    upsert(
        db,
        schema.container,
        [
            {
                **here,
                "id": c.id,
                "parent_id": c.parent_id,
                "name": c.name,
                "inherits": int(c.inherits),
            }
            for c in batch.containers.values()
        ],
    )
    if counted:
        _count_items(db, batch, here)
    upsert(db, schema.principal, [_principal(p) | here for p in batch.principals.values()])
    upsert(db, schema.membership, [_membership(m) | here for m in batch.memberships.values()])
    upsert(db, schema.setting, [_setting(s) | here for s in batch.settings.values()])


def _write_items(db: Connection, batch: FactBatch, here: ColumnValues, now: str) -> None:
    """Replace stored items and grants by those of the batch; keep when a grant was first seen."""
    scope = here["scope"]
    seen = _delete_items(db, scope, [*batch.items, *batch.removed])
    for table in (schema.container, schema.principal):
        for ids in batched(batch.removed, CHUNK_SIZE):
            db.execute(delete(table).where(table.c.scope == scope, table.c.id.in_(ids)))
    kept = [item for item in batch.items.values() if item.may_be_exposed]
    if not kept:
        return
    db.execute(schema.item.insert(), [sanitize_row(_item(item)) | here for item in kept])
    rows = (sanitize_row(_grant(item.id, g)) for item in kept for g in item.grants)
    grants = {(row["item_id"], row["id"], row["principal_key"]): row for row in rows}
    for key, row in grants.items():
        row |= {"scope": scope, "first_seen": seen.get(key, now), "last_seen": now}
    db.execute(schema.grant.insert(), list(grants.values()))


def _delete_items(
    db: Connection, scope: int, mentioned: Sequence[str]
) -> dict[tuple[str, str, str], str]:
    """Delete items with their grants; return when each of those grants was first seen."""
    i, g = schema.item, schema.grant
    seen: dict[tuple[str, str, str], str] = {}
    for ids in batched(mentioned, CHUNK_SIZE):
        known = select(i.c.id).where(i.c.scope == scope, i.c.id.in_(ids))
        old = db.execute(known).scalars().all()
        if not old:
            continue
        theirs = (g.c.scope == scope) & g.c.item_id.in_(old)
        for row in db.execute(
            select(g.c.item_id, g.c.id, g.c.principal_key, g.c.first_seen).where(theirs)
        ):
            seen[row.item_id, row.id, row.principal_key] = row.first_seen
        db.execute(delete(g).where(theirs))
        db.execute(delete(i).where(i.c.scope == scope, i.c.id.in_(old)))
    return seen


def _count_items(db: Connection, batch: FactBatch, here: ColumnValues) -> None:
    """Add to the number of items that lie directly in a container, by the number of the scan.

    A delta scan mentions items that were counted before, so its counts only grow; the next full
    scan corrects them. Only the reach of an exposure depends on them.
    """
    counts = batch.counted_items + Counter(i.parent_id or ROOT for i in batch.items.values())
    t = schema.tally.c
    if not counts:
        return
    rows = [
        {**here, "container_id": container_id, "item_count": n}
        for container_id, n in counts.items()
    ]
    insert = insert_into(db.dialect, schema.tally)
    new = insert.excluded
    added = case((t.round == new.round, t.item_count + new.item_count), else_=new.item_count)
    db.execute(
        insert.on_conflict_do_update(
            index_elements=["scope", "container_id"],
            set_={"item_count": added, "round": new.round},
        ),
        rows,
    )


def principal_key(grant: Grant) -> str:
    """Return what distinguishes two grants of one id, such as the people of one sharing link."""
    return grant.principal_id or grant.principal


def _item(item: Item) -> ColumnValues:
    return {
        "id": item.id,
        "parent_id": item.parent_id,
        "kind": item.kind,
        "name": item.name,
        "url": item.url,
        "owner": encode_optional(item.owner),
        "owner_state": item.owner_state,
        "created_at": encode(item.created_at),
        "modified_at": encode(item.modified_at),
        "last_activity": encode_optional(item.last_activity),
        "trashed": item.trashed,
        "data": ",".join(item.data),
        "label": UNKNOWN_TEXT
        if isinstance(item.labels, Unknown)
        else "\n".join(item.labels) or None,
    }


def _grant(item_id: str, grant: Grant) -> ColumnValues:
    return {
        "item_id": item_id,
        "id": grant.id,
        "principal_key": principal_key(grant),
        "audience": grant.audience,
        "access": grant.access,
        "principal": grant.principal,
        "principal_kind": grant.principal_kind,
        "principal_id": grant.principal_id,
        "inherited_from": grant.inherited_from,
        "created_at": encode(grant.created_at),
        "created_by": encode(grant.created_by),
        "expires_at": encode_optional(grant.expires_at),
        "password": encode(grant.password),
        "reach": encode_optional(grant.reach),
        "live": grant.live,
        "cause": grant.cause,
        "principal_state": grant.principal_state,
        "criteria": grant.criteria,
        "views": encode_optional(grant.views),
    }


def _principal(principal: Principal) -> ColumnValues:
    return {
        "id": principal.id,
        "kind": principal.kind,
        "name": principal.name,
        "mail": principal.mail,
        "state": principal.state,
        "external": encode(principal.external),
        "created_at": encode(principal.created_at),
        "invited_at": encode_optional(principal.invited_at),
        "last_sign_in": encode_optional(principal.last_sign_in),
        "sponsor": encode_optional(principal.sponsor),
        "roles": "\n".join(principal.roles),
        "members": encode(principal.members),
        "owners": encode(principal.owners),
    }


def _membership(membership: Membership) -> ColumnValues:
    return {
        "group_id": membership.group_id,
        "member_id": membership.member_id,
        "member": membership.member,
        "audience": membership.audience,
    }


def _setting(setting: Setting) -> ColumnValues:
    value = None if setting.value is None else encode(setting.value)
    return {"id": setting.id, "subject": setting.subject, "value": json.dumps(value)}


def sanitize_row(row: ColumnValues) -> ColumnValues:
    """Return the row without characters that a database refuses: lone surrogates and NUL.

    Names are chosen by outsiders. Each such character becomes U+FFFD.
    """
    if "".join([v for v in row.values() if isinstance(v, str)]).isprintable():
        return row
    return {
        name: _INVALID_CHARACTERS.sub("\ufffd", value) if isinstance(value, str) else value
        for name, value in row.items()
    }


def upsert(db: Connection, table: Table, rows: Sequence[ColumnValues]) -> None:
    """Insert rows with all columns of the table, or overwrite those with the same primary key."""
    ordered = itemgetter(*(c.name for c in table.c))
    bulk_insert(db, table, [ordered(sanitize_row(row)) for row in rows], replace=True)
