"""Counts of external checks: how many records an anonymous visitor can see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, delete, literal, select

from agent.classify.model import ExternalCount
from agent.store import schema
from agent.store.fact_batch import upsert
from agent.store.items import ItemWithGrants
from agent.store.tri_state import decode_number, encode, format_time, parse_time
from connectors.sdk.records import UNKNOWN, Item, PrincipalKind, Status, Unknown

_P = schema.proof.c


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAccess:
    """An item that visitors of a site may read, or could count before.

    Attributes:
        scope: The key of the scope of the item.
        known: True if a grant to the visitors is stored today.
        known_count: The highest number of records that all these grants together open; unknown if
            one of them is unknown, or if the scope was not read completely.
        read: When the scope was last read.
    """

    scope: int
    item_id: str
    name: str
    known: bool
    known_count: int | Unknown
    read: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalCheck:
    """An external count and the item and visitor account that it belongs to."""

    item_id: str
    name: str
    principal_id: str
    external_count: ExternalCount


ChecksByItem = Mapping[str, Sequence[ExternalCheck]]
"""The external counts of a scope by item id."""


def known_access(engine: Engine, tenant: int, principal: str) -> list[KnownAccess]:
    """Return the items to count on a site whose visitors act as this account, by scope and id.

    Args:
        tenant: The key of the tenant.
        principal: The id of the account of the site's visitors.
    """
    s, i, g = schema.scope, schema.item, schema.grant
    known = (
        select(i.c.scope, i.c.id, i.c.name, g.c.reach, s.c.status, s.c.ended)
        .join(g, (g.c.scope == i.c.scope) & (g.c.item_id == i.c.id))
        .join(s, s.c.key == i.c.scope)
        .where(s.c.tenant == tenant, i.c.kind == "object", g.c.principal_id == principal)
        .where(g.c.principal_kind == PrincipalKind.SITE_GUEST, s.c.ended != "")
    )
    before = (
        select(_P.scope, _P.item_id, _P.name, literal("0"), s.c.status, s.c.ended)
        .join(s, s.c.key == _P.scope)
        .where(s.c.tenant == tenant, _P.principal_id == principal)
    )
    found: dict[tuple[int, str], KnownAccess] = {}
    with engine.connect() as db:
        for query in (known, before):
            for scope, id_, name, reach, status, ended in db.execute(query):
                held = found.get((scope, id_))
                inside = decode_number(reach) if status == Status.COMPLETE else UNKNOWN
                found[scope, id_] = KnownAccess(
                    scope=scope,
                    item_id=id_,
                    name=held.name if held else name,
                    known=query is known or (held is not None and held.known),
                    known_count=_merge_known(held.known_count if held else 0, inside),
                    read=parse_time(ended),
                )
    return [found[key] for key in sorted(found)]


def unknown_access(
    engine: Engine, tenant: int, scope_id: str, items: Iterable[str]
) -> list[KnownAccess]:
    """Return items that no grant is stored for, so that a count of them can be stored.

    Args:
        engine: The store.
        tenant: The key of the tenant.
        scope_id: The scope that the items would be found in; none are returned if it was not read.
        items: Ids of the items, which are their names as well.
    """
    s = schema.scope
    query = select(s.c.key, s.c.status, s.c.ended).where(
        s.c.tenant == tenant, s.c.id == scope_id, s.c.ended != ""
    )
    with engine.connect() as db:
        found = db.execute(query).first()
    if found is None:
        return []
    return [
        KnownAccess(
            scope=found.key,
            item_id=item,
            name=item,
            known=False,
            known_count=0 if found.status == Status.COMPLETE else UNKNOWN,
            read=parse_time(found.ended),
        )
        for item in items
    ]


def _merge_known(one: int | Unknown, other: int | Unknown | None) -> int | Unknown:
    return one + other if isinstance(one, int) and isinstance(other, int) else UNKNOWN


def only_seen_externally(
    db: Connection, scope: int, reading: int, checks: ChecksByItem
) -> list[ItemWithGrants]:
    """Return items that visitors could count although no grant to them is stored.

    Args:
        scope: The key of the scope.
        reading: The number of the scan that the items count as seen in.
        checks: The external counts of the scope.
    """
    i, g = schema.item.c, schema.grant.c
    known = select(g.item_id).join(schema.item, (i.scope == g.scope) & (i.id == g.item_id))
    listed = set(db.scalars(known.where(g.scope == scope, g.item_id.in_(checks)))) if checks else ()
    return [
        ItemWithGrants.from_item(Item(id=id_, kind="object", name=first.name), reading)
        for id_, (first, *_) in checks.items()
        if id_ not in listed
    ]


def save_check(db: Connection, scope: int, check: ExternalCheck) -> None:
    """Store a count; an older one of the same item, account and address is replaced."""
    external_count = check.external_count
    row = {
        "scope": scope,
        "item_id": check.item_id,
        "principal_id": check.principal_id,
        "url": external_count.url,
        "name": check.name,
        "site": external_count.site,
        "counted": external_count.count,
        "inside": encode(external_count.inside),
        "made": format_time(external_count.made),
    }
    upsert(db, schema.proof, [row])


def delete_check(db: Connection, scope: int, item: str, principal: str, url: str) -> None:
    """Delete a count: neither the audit nor a visitor finds the item any more."""
    here = (_P.item_id == item) & (_P.principal_id == principal) & (_P.url == url)
    db.execute(delete(schema.proof).where(_P.scope == scope, here))


def external_checks(db: Connection, scope: int) -> ChecksByItem:
    """Return the counts of a scope by item: for each site the highest one of its addresses."""
    query = select(schema.proof).where(_P.scope == scope, _P.counted > 0)
    most: dict[tuple[str, str], ExternalCheck] = {}
    for row in db.execute(query.order_by(_P.item_id, _P.principal_id, _P.counted)):
        inside = decode_number(row.inside)
        most[row.item_id, row.principal_id] = ExternalCheck(
            item_id=row.item_id,
            name=row.name,
            principal_id=row.principal_id,
            external_count=ExternalCount(
                site=row.site,
                url=row.url,
                count=row.counted,
                inside=UNKNOWN if inside is None else inside,
                made=parse_time(row.made),
            ),
        )
    by_item: dict[str, list[ExternalCheck]] = {}
    for one in most.values():
        by_item.setdefault(one.item_id, []).append(one)
    return by_item
