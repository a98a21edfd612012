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
from agent.store.rows import insert_into, put
from agent.store.words import UNSAID, maybe, stamp, told
from connectors.sdk.batched import batched
from connectors.sdk.records import (
    Container,
    Fact,
    Grant,
    Item,
    Membership,
    Passed,
    Principal,
    Removed,
    Setting,
    Unknown,
)

NOWHERE = ""  # the container id of items that lie in no container
CHUNK = 500  # values in one statement
Row = dict[str, Any]
T = TypeVar("T")
_BROKEN = re.compile("[\x00\ud800-\udfff]")


@dataclass(slots=True)
class Batch:
    """The facts of one batch by kind and key; of two facts with one key, the later one.

    Attributes:
        removed: Ids of items, containers and principals that no longer exist.
        passed: Container id -> number of items in it that were read and not stored.
    """

    items: dict[str, Item] = field(default_factory=dict[str, Item])
    containers: dict[str, Container] = field(default_factory=dict[str, Container])
    removed: set[str] = field(default_factory=set[str])
    principals: dict[str, Principal] = field(default_factory=dict[str, Principal])
    memberships: dict[tuple[str, str], Membership] = field(
        default_factory=dict[tuple[str, str], Membership]
    )
    settings: dict[tuple[str, str], Setting] = field(default_factory=dict[tuple[str, str], Setting])
    passed: Counter[str] = field(default_factory=Counter[str])

    @classmethod
    def of(cls, facts: Iterable[Fact]) -> Batch:
        """Sort facts by kind and key."""
        batch = cls()
        for fact in facts:
            match fact:
                case Item():
                    batch.items[fact.id] = fact
                    batch.removed.discard(fact.id)
                case Passed(parent_id=place, count=count):
                    batch.passed[place or NOWHERE] += count
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


def keep(
    db: Connection, batch: Batch, *, scope: int, seen_in: int, now: datetime, counted: bool = True
) -> None:
    """Write a batch in the caller's transaction.

    Args:
        scope: The key of the scope.
        seen_in: The number of the scan that saw these facts.
        now: First and last seen of grants that are new.
        counted: Add the items to the counts of their containers. False if the same items will be
            read again, because no checkpoint follows them.
    """
    here = {"scope": scope, "round": seen_in}
    _keep_items(db, batch, here, stamp(now))
    upsert(
        db,
        schema.container,
        [
            {**here, "id": c.id, "parent_id": c.parent_id, "name": c.name}
            for c in batch.containers.values()
        ],
    )
    if counted:
        _count_places(db, batch, here)
    upsert(db, schema.principal, [_principal(p) | here for p in batch.principals.values()])
    upsert(db, schema.membership, [_membership(m) | here for m in batch.memberships.values()])
    upsert(db, schema.setting, [_setting(s) | here for s in batch.settings.values()])


def _keep_items(db: Connection, batch: Batch, here: Row, now: str) -> None:
    """Replace stored items and grants by those of the batch; keep when a grant was first seen."""
    scope = here["scope"]
    seen = _taken_out(db, scope, [*batch.items, *batch.removed])
    for table in (schema.container, schema.principal):
        for ids in batched(batch.removed, CHUNK):
            db.execute(delete(table).where(table.c.scope == scope, table.c.id.in_(ids)))
    kept = [item for item in batch.items.values() if item.worth_keeping]
    if not kept:
        return
    db.execute(schema.item.insert(), [sound(_item(item)) | here for item in kept])
    rows = (sound(_grant(item.id, g)) for item in kept for g in item.grants)
    grants = {(row["item_id"], row["id"], row["principal_key"]): row for row in rows}
    for key, row in grants.items():
        row |= {"scope": scope, "first_seen": seen.get(key, now), "last_seen": now}
    db.execute(schema.grant.insert(), list(grants.values()))


def _taken_out(
    db: Connection, scope: int, mentioned: Sequence[str]
) -> dict[tuple[str, str, str], str]:
    """Delete items with their grants; return when each of those grants was first seen."""
    i, g = schema.item, schema.grant
    seen: dict[tuple[str, str, str], str] = {}
    for ids in batched(mentioned, CHUNK):
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


def _count_places(db: Connection, batch: Batch, here: Row) -> None:
    """Add to the number of items that lie directly in a container, by the number of the scan.

    A delta scan mentions items that were counted before, so its counts only grow; the next full
    scan corrects them. Only the reach of an exposure depends on them.
    """
    counts = batch.passed + Counter(i.parent_id or NOWHERE for i in batch.items.values())
    t = schema.tally.c
    if not counts:
        return
    rows = [{**here, "container_id": place, "item_count": n} for place, n in counts.items()]
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


def _item(item: Item) -> Row:
    return {
        "id": item.id,
        "parent_id": item.parent_id,
        "kind": item.kind,
        "name": item.name,
        "url": item.url,
        "owner": maybe(item.owner),
        "owner_state": item.owner_state,
        "created_at": told(item.created_at),
        "modified_at": told(item.modified_at),
        "last_activity": maybe(item.last_activity),
        "trashed": item.trashed,
        "data": ",".join(item.data),
        "label": UNSAID if isinstance(item.labels, Unknown) else "\n".join(item.labels) or None,
    }


def _grant(item_id: str, grant: Grant) -> Row:
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
        "created_at": told(grant.created_at),
        "created_by": told(grant.created_by),
        "expires_at": maybe(grant.expires_at),
        "password": told(grant.password),
        "reach": maybe(grant.reach),
        "live": grant.live,
        "cause": grant.cause,
        "principal_state": grant.principal_state,
        "criteria": grant.criteria,
        "views": maybe(grant.views),
    }


def _principal(principal: Principal) -> Row:
    return {
        "id": principal.id,
        "kind": principal.kind,
        "name": principal.name,
        "mail": principal.mail,
        "state": principal.state,
        "external": told(principal.external),
        "created_at": told(principal.created_at),
        "invited_at": maybe(principal.invited_at),
        "last_sign_in": maybe(principal.last_sign_in),
        "sponsor": maybe(principal.sponsor),
        "roles": "\n".join(principal.roles),
        "members": told(principal.members),
        "owners": told(principal.owners),
    }


def _membership(membership: Membership) -> Row:
    return {
        "group_id": membership.group_id,
        "member_id": membership.member_id,
        "member": membership.member,
        "audience": membership.audience,
    }


def _setting(setting: Setting) -> Row:
    value = None if setting.value is None else told(setting.value)
    return {"id": setting.id, "subject": setting.subject, "value": json.dumps(value)}


def sound(row: Row) -> Row:
    """Return the row without characters that a database refuses: lone surrogates and NUL.

    Names are chosen by outsiders. Each such character becomes U+FFFD.
    """
    if "".join([v for v in row.values() if isinstance(v, str)]).isprintable():
        return row
    return {
        name: _BROKEN.sub("\ufffd", value) if isinstance(value, str) else value
        for name, value in row.items()
    }


def upsert(db: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows with all columns of the table, or overwrite those with the same primary key."""
    ordered = itemgetter(*(c.name for c in table.c))
    put(db, table, [ordered(sound(row)) for row in rows], over=True)
