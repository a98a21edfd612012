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
from agent.store.groups import EVERYBODY
from agent.store.rows import plain
from agent.store.words import (
    UNSAID,
    flag_of,
    maybe,
    maybe_string_of,
    maybe_time_of,
    number_of,
    stamp,
    string_of,
    time_of,
    told,
)
from connectors.sdk.records import (
    UNKNOWN,
    Access,
    Audience,
    Cause,
    Grant,
    Item,
    Principal,
    PrincipalKind,
    State,
    Unknown,
    factory_of,
)

PAGE = 250  # items evaluated together; more do not fit into the cache of the processor
_CHUNK = 500

_STATES: Mapping[str, State] = {s.value: s for s in State}
_AUDIENCES: Mapping[str, Audience] = {a.value: a for a in Audience}
_ACCESSES: Mapping[str, Access] = {a.value: a for a in Access}
_KINDS: Mapping[str, PrincipalKind] = {k.value: k for k in PrincipalKind}
_CAUSES: Mapping[str, Cause] = {c.value: c for c in Cause}

_make_item, _make_grant = factory_of(Item), factory_of(Grant)


NOBODY: Mapping[str, State] = {}

_I, _G, _C, _R = schema.item.c, schema.grant.c, schema.container.c, schema.reach.c
_OF_ITEM = [column for column in _I if column.name != "scope"]
_OF_GRANT = [column for column in _G if column.name not in ("scope", "item_id", "principal_key")]
_ROW = len(_OF_ITEM)
_ITEM_ID = itemgetter(0)

_REST = (
    select(*_OF_ITEM, *_OF_GRANT, _C.id, _R.item_count)
    .join(schema.grant, (_G.scope == _I.scope) & (_G.item_id == _I.id))
    .outerjoin(schema.container, (_C.scope == _I.scope) & (_C.id == _I.id))
    .outerjoin(schema.reach, (_R.scope == _I.scope) & (_R.container_id == _I.id))
    .where(_I.scope == bindparam("scope"), _I.id >= bindparam("first"))
    .order_by(_G.item_id, _G.id, _G.principal_key)
)
_PAGE = _REST.where(_I.id < bindparam("after"))
_NEXT = (
    select(_I.id)
    .where(_I.scope == bindparam("scope"), _I.id >= bindparam("first"))
    .order_by(_I.id)
    .offset(PAGE)
    .limit(1)
)


class Seen(NamedTuple):
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
    def of(cls, grant: Grant, moment: datetime) -> Seen:
        """Return a grant that is not stored, as if it had been seen once at this moment."""
        return cls(
            grant,
            stamp(moment),
            stamp(moment),
            told(grant.created_at),
            told(grant.created_by),
            maybe(grant.expires_at),
            told(grant.password),
        )


class Door(NamedTuple):
    """A stored item with its grants.

    Attributes:
        owner: The owner as stored: an address, "unknown", or None for none.
        created_at: Stored text, as is `modified_at`: ISO 8601 in UTC or "unknown".
        round: The number of the scan that saw it last.
        container: True if other items can lie in it.
        below: How many items lie below a container, as counted before the evaluation; else 0.
    """

    item: Item
    owner: str | None
    created_at: str
    modified_at: str
    grants: tuple[Seen, ...]
    round: int
    container: bool
    below: int

    @classmethod
    def of(cls, item: Item, reading: int) -> Door:
        """Return an item that is not stored, without grants.

        Args:
            reading: The number of the scan that it counts as seen in.
        """
        owner, created_at, modified_at = (
            maybe(item.owner),
            told(item.created_at),
            told(item.modified_at),
        )
        return cls(item, owner, created_at, modified_at, (), reading, container=False, below=0)


def doors(db: Connection, scope: int) -> Iterator[Door]:
    """Yield all stored items of a scope with their grants, in the order of their ids."""
    for _, page in pages(db, scope, repeat(True)):
        yield from page


def pages(
    db: Connection, scope: int, mine: Iterator[bool], owning: Mapping[str, State] = NOBODY
) -> Iterator[tuple[int, list[Door]]]:
    """Yield the items of a scope in pages, with the number of each page from 0.

    A scope without items has one empty page.

    Args:
        mine: Asked once for each page; pages for which it yields False are not read.
        owning: Address in lower case -> state, used for items whose owner's state is not stored.
    """
    number, first = 0, ""
    while first is not None:
        here = {"scope": scope, "first": first}
        after = db.execute(_NEXT, here).scalar_one_or_none()
        if next(mine):
            query = _REST if after is None else _PAGE
            rows = plain(db.execute(query, {**here, "after": after}))
            yield number, [_door(list(held), owning) for _, held in groupby(rows, key=_ITEM_ID)]
        number, first = number + 1, after


def owners(db: Connection, tenant: int) -> dict[str, State]:
    """Return the state of the internal accounts of a tenant by their mail address."""
    p, s = schema.principal.c, schema.scope.c
    query = (
        select(p.mail, p.state)
        .join(schema.scope, s.key == p.scope)
        .where(s.tenant == tenant, p.kind == PrincipalKind.ACCOUNT, p.external == "false")
    )
    return {mail: State(state) for mail, state in db.execute(query)}


def outsiders(db: Connection, tenant: int) -> Iterator[tuple[int, Principal]]:
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


def unminded(db: Connection, tenant: int) -> Iterator[tuple[int, Principal, int]]:
    """Yield groups whose every owner is gone, with scope key and number of external members.

    A group whose number of owners is unknown is not among them.
    """
    p, s, m = schema.principal, schema.scope, schema.membership
    theirs = (m.c.scope == p.c.scope) & (m.c.group_id == p.c.id) & (m.c.member_id != EVERYBODY)
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


def _door(rows: Sequence[Sequence[Any]], owning: Mapping[str, State]) -> Door:
    (id_, parent_id, kind, name, url, owner, owner_state, created_at, modified_at,
     last_activity, trashed, data, round_, label) = rows[0][:_ROW]  # fmt: skip
    state = _STATES[owner_state]
    if state is State.UNKNOWN and owner and owning:
        state = owning.get(owner.lower(), state)
    item = _make_item(
        id=id_,
        kind=kind,
        name=name,
        url=url,
        parent_id=parent_id,
        owner=maybe_string_of(owner),
        owner_state=state,
        created_at=time_of(created_at),
        modified_at=time_of(modified_at),
        last_activity=maybe_time_of(last_activity),
        trashed=bool(trashed),
        data=tuple(data.split(",")) if data else (),
        labels=UNKNOWN if label == UNSAID else tuple(label.split("\n")) if label else (),
    )
    container, below = rows[0][-2:]
    grants = tuple([_seen(row[_ROW:-2]) for row in rows])
    return Door(
        item, owner, created_at, modified_at, grants, round_, container is not None, below or 0
    )


def _seen(row: Sequence[Any]) -> Seen:
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
        created_at=time_of(created_at),
        created_by=string_of(created_by),
        expires_at=maybe_time_of(expires_at),
        password=flag_of(password),
        reach=number_of(reach),
        live=bool(live),
        cause=_CAUSES[cause],
        principal_state=_STATES[principal_state],
    )
    if criteria or views is not None:  # seldom; up to 15 keywords are cheap, see `factory_of`
        grant = replace(grant, criteria=criteria, views=number_of(views))
    return Seen(grant, first_seen, last_seen, created_at, created_by, expires_at, password)


def _principal(row: Any) -> Principal:
    return Principal(
        id=row["id"],
        kind=PrincipalKind(row["kind"]),
        name=row["name"],
        mail=row["mail"],
        state=State(row["state"]),
        external=flag_of(row["external"]),
        created_at=time_of(row["created_at"]),
        invited_at=maybe_time_of(row["invited_at"]),
        last_sign_in=maybe_time_of(row["last_sign_in"]),
        sponsor=maybe_string_of(row["sponsor"]),
        roles=tuple(filter(None, row["roles"].split("\n"))),
        members=_number(row["members"]),
        owners=_number(row["owners"]),
    )


def _number(text: str) -> int | Unknown:
    found = number_of(text)
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
