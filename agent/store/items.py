"""Read stored items with their grants, accounts and groups back as records, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby, repeat
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, bindparam, func, select, union

from agent.store import schema
from agent.store.bulk_sql import fetch_raw
from agent.store.groups import ALL_MEMBERS
from agent.store.tri_state import (
    UNKNOWN_TEXT,
    decode_flag,
    decode_number,
    decode_optional_text,
    decode_optional_time,
    decode_text,
    decode_time,
    encode,
    encode_optional,
    format_time,
)
from connectors.sdk.records import (
    UNKNOWN,
    Access,
    Audience,
    Grant,
    GrantCause,
    Item,
    Principal,
    PrincipalKind,
    State,
    Unknown,
    factory_of,
)

PAGE_SIZE = 250  # items evaluated together; more do not fit into the cache of the processor
_CHUNK = 500

_STATES: Mapping[str, State] = {s.value: s for s in State}
_AUDIENCES: Mapping[str, Audience] = {a.value: a for a in Audience}
_ACCESSES: Mapping[str, Access] = {a.value: a for a in Access}
_KINDS: Mapping[str, PrincipalKind] = {k.value: k for k in PrincipalKind}
_CAUSES: Mapping[str, GrantCause] = {c.value: c for c in GrantCause}

_make_item, _make_grant = factory_of(Item), factory_of(Grant)


NO_OWNERS: Mapping[str, State] = {}

_I, _G, _C, _R = schema.item.c, schema.grant.c, schema.container.c, schema.reach.c
_ITEM_COLUMNS = [column for column in _I if column.name != "scope"]
_GRANT_COLUMNS = [
    column for column in _G if column.name not in ("scope", "item_id", "principal_key")
]
_ROW = len(_ITEM_COLUMNS)
_ITEM_ID = itemgetter(0)

_PAGE_COLUMNS = (
    select(*_ITEM_COLUMNS, *_GRANT_COLUMNS, _C.id, _R.item_count)
    .join(schema.grant, (_G.scope == _I.scope) & (_G.item_id == _I.id))
    .outerjoin(schema.container, (_C.scope == _I.scope) & (_C.id == _I.id))
    .outerjoin(schema.reach, (_R.scope == _I.scope) & (_R.container_id == _I.id))
    .where(_I.scope == bindparam("scope"), _I.id >= bindparam("first"))
    .order_by(_G.item_id, _G.id, _G.principal_key)
)
_PAGE = _PAGE_COLUMNS.where(_I.id < bindparam("after"))
_NEXT = (
    select(_I.id)
    .where(_I.scope == bindparam("scope"), _I.id >= bindparam("first"))
    .order_by(_I.id)
    .offset(PAGE_SIZE)
    .limit(1)
)


class StoredGrant(NamedTuple):
    """A stored grant with the times at which this program first and last saw it.

    The text fields have the encoding of the store, which is also that of the CSV files: ISO 8601 in
    UTC, "unknown", or None for none.
    """

    grant: Grant
    first_seen: str
    last_seen: str
    created_at: str
    created_by: str
    expires_at: str | None
    password: str

    @classmethod
    def from_grant(cls, grant: Grant, moment: datetime) -> StoredGrant:
        """Return a grant that is not stored, as if it had been seen once at this moment."""
        return cls(
            grant,
            format_time(moment),
            format_time(moment),
            encode(grant.created_at),
            encode(grant.created_by),
            encode_optional(grant.expires_at),
            encode(grant.password),
        )


class ItemWithGrants(NamedTuple):
    """A stored item with its grants.

    Attributes:
        owner: The owner as stored: an address, "unknown", or None for none.
        created_at: Stored text, as is `modified_at`: ISO 8601 in UTC or "unknown".
        round: The number of the scan that saw it last.
        container: True if other items can lie in it.
        items_below: How many items lie below a container, as counted before the evaluation; else 0.
    """

    item: Item
    owner: str | None
    created_at: str
    modified_at: str
    grants: tuple[StoredGrant, ...]
    round: int
    container: bool
    items_below: int

    @classmethod
    def from_item(cls, item: Item, reading: int) -> ItemWithGrants:
        """Return an item that is not stored, without grants.

        Args:
            reading: The number of the scan that it counts as seen in.
        """
        owner, created_at, modified_at = (
            encode_optional(item.owner),
            encode(item.created_at),
            encode(item.modified_at),
        )
        return cls(
            item, owner, created_at, modified_at, (), reading, container=False, items_below=0
        )


def stored_items(db: Connection, scope: int) -> Iterator[ItemWithGrants]:
    """Yield all stored items of a scope with their grants, in the order of their ids."""
    for _, page in item_pages(db, scope, repeat(True)):
        yield from page


def item_pages(
    db: Connection,
    scope: int,
    in_partition: Iterator[bool],
    owner_states: Mapping[str, State] = NO_OWNERS,
) -> Iterator[tuple[int, list[ItemWithGrants]]]:
    """Yield the items of a scope in pages, with the number of each page from 0.

    A scope without items has one empty page.

    Args:
        in_partition: Asked once for each page; pages for which it yields False are not read.
        owner_states: Address in lower case -> state, used for items whose owner's state is not
            stored.
    """
    number, first = 0, ""
    while first is not None:
        here = {"scope": scope, "first": first}
        after = db.execute(_NEXT, here).scalar_one_or_none()
        if next(in_partition):
            query = _PAGE_COLUMNS if after is None else _PAGE
            rows = fetch_raw(db.execute(query, {**here, "after": after}))
            yield (
                number,
                [
                    _item_with_grants(list(held), owner_states)
                    for _, held in groupby(rows, key=_ITEM_ID)
                ],
            )
        number, first = number + 1, after


def owner_states(db: Connection, tenant: int) -> dict[str, State]:
    """Return the state of the internal accounts of a tenant by their mail address."""
    p, s = schema.principal.c, schema.scope.c
    query = (
        select(p.mail, p.state)
        .join(schema.scope, s.key == p.scope)
        .where(s.tenant == tenant, p.kind == PrincipalKind.ACCOUNT, p.external == "false")
    )
    return {mail: State(state) for mail, state in db.execute(query)}


def external_accounts(db: Connection, tenant: int) -> Iterator[tuple[int, Principal]]:
    """Yield the external accounts that a tenant's directories list, with the key of their scope."""
    p, s = schema.principal, schema.scope
    query = (
        select(p)
        .join(s, s.c.key == p.c.scope)
        .where(s.c.tenant == tenant, p.c.external == "true")
        .order_by(p.c.scope, p.c.id)
        .execution_options(yield_per=_CHUNK)
    )
    for row in db.execute(query).mappings():
        yield row["scope"], _principal(row)


def groups_without_owner(db: Connection, tenant: int) -> Iterator[tuple[int, Principal, int]]:
    """Yield groups whose every owner is gone, with scope key and number of external members.

    A group whose number of owners is unknown is not among them.
    """
    p, s, m = schema.principal, schema.scope, schema.membership
    theirs = (m.c.scope == p.c.scope) & (m.c.group_id == p.c.id) & (m.c.member_id != ALL_MEMBERS)
    query = (
        select(p, func.count().label("guests"))
        .join(s, s.c.key == p.c.scope)
        .join(m, theirs)
        .where(s.c.tenant == tenant, p.c.kind == PrincipalKind.GROUP, p.c.owners == "0")
        .group_by(*p.primary_key, *p.c)
        .order_by(p.c.scope, p.c.id)
        .execution_options(yield_per=_CHUNK)
    )
    for row in db.execute(query).mappings():
        yield row["scope"], _principal(row), row["guests"]


def _item_with_grants(
    rows: Sequence[Sequence[Any]], owner_states: Mapping[str, State]
) -> ItemWithGrants:
    (id_, parent_id, kind, name, url, owner, owner_state, created_at, modified_at,
     last_activity, trashed, data, round_, label) = rows[0][:_ROW]  # fmt: skip
    state = _STATES[owner_state]
    if state is State.UNKNOWN and owner and owner_states:
        state = owner_states.get(owner.lower(), state)
    item = _make_item(
        id=id_,
        kind=kind,
        name=name,
        url=url,
        parent_id=parent_id,
        owner=decode_optional_text(owner),
        owner_state=state,
        created_at=decode_time(created_at),
        modified_at=decode_time(modified_at),
        last_activity=decode_optional_time(last_activity),
        trashed=bool(trashed),
        data=tuple(data.split(",")) if data else (),
        labels=UNKNOWN if label == UNKNOWN_TEXT else tuple(label.split("\n")) if label else (),
    )
    container, below = rows[0][-2:]
    grants = tuple([_stored_grant(row[_ROW:-2]) for row in rows])
    return ItemWithGrants(
        item, owner, created_at, modified_at, grants, round_, container is not None, below or 0
    )


def _stored_grant(row: Sequence[Any]) -> StoredGrant:
    (id_, audience, access, principal, kind, principal_id, inherited_from, created_at,
     created_by, expires_at, password, reach, live, first_seen, last_seen, cause,
     principal_state, criteria, views) = row  # fmt: skip
    grant = _make_grant(
        id=id_,
        audience=_AUDIENCES[audience],
        access=_ACCESSES[access],
        principal=principal,
        principal_kind=_KINDS[kind],
        principal_id=principal_id,
        inherited_from=inherited_from,
        created_at=decode_time(created_at),
        created_by=decode_text(created_by),
        expires_at=decode_optional_time(expires_at),
        password=decode_flag(password),
        reach=decode_number(reach),
        live=bool(live),
        cause=_CAUSES[cause],
        principal_state=_STATES[principal_state],
    )
    if criteria or views is not None:  # seldom; up to 15 keywords are cheap, see `factory_of`
        grant = replace(grant, criteria=criteria, views=decode_number(views))
    return StoredGrant(grant, first_seen, last_seen, created_at, created_by, expires_at, password)


def _principal(row: Any) -> Principal:
    return Principal(
        id=row["id"],
        kind=PrincipalKind(row["kind"]),
        name=row["name"],
        mail=row["mail"],
        state=State(row["state"]),
        external=decode_flag(row["external"]),
        created_at=decode_time(row["created_at"]),
        invited_at=decode_optional_time(row["invited_at"]),
        last_sign_in=decode_optional_time(row["last_sign_in"]),
        sponsor=decode_optional_text(row["sponsor"]),
        roles=tuple(filter(None, row["roles"].split("\n"))),
        members=_number(row["members"]),
        owners=_number(row["owners"]),
    )


def _number(text: str) -> int | Unknown:
    found = decode_number(text)
    return UNKNOWN if found is None else found


def directories(db: Connection, tenant: int) -> set[int]:
    """Return the keys of the scopes that hold accounts or groups."""
    p, s = schema.principal.c, schema.scope.c
    query = select(p.scope).join(schema.scope, s.key == p.scope).where(s.tenant == tenant)
    return set(db.execute(query.distinct()).scalars())


def unresolved_people(engine: Engine, tenant: int) -> Iterator[str]:
    """Yield the mail addresses, in lower case and once each, whose account state is unknown.

    These are the owners of stored items without a state, and the creators of grants on them.
    """
    i, g, s = schema.item.c, schema.grant.c, schema.scope.c
    scopes = select(s.key).where(s.tenant == tenant)
    owner, creator = func.lower(i.owner), func.lower(g.created_by)
    owners = select(owner).where(i.scope.in_(scopes), i.owner_state == State.UNKNOWN)
    creators = select(creator).where(g.scope.in_(scopes))
    query = union(owners.where(owner.like("%@%")), creators.where(creator.like("%@%")))
    with engine.connect() as db:
        yield from db.execute(query).scalars()
