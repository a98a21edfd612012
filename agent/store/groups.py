"""Own groups and their external members, joined from what the directory scopes read."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, func, select

from agent.store import schema
from agent.store.tri_state import decode_number
from connectors.sdk.records import Audience, PrincipalKind, State, Unknown

CACHE_SIZE = 2048
PAGE = 500  # groups in the result of one statement
ALL_MEMBERS = "*"  # the member id of a group that everyone may join
MAX_DOMAINS = 50  # mail domains of one group in a cell of a report


@dataclass(frozen=True, slots=True)
class GroupView:
    """What is known of an own group.

    Attributes:
        known: False if the group was not read; then nothing else is known.
        deleted: True if the directory lists it as deleted.
        members: The number of members, or unknown; None if the group was not read.
        outsiders: The number of external members.
        audiences: Audiences of the external members.
        domains: Mail domains of the external members, at most 50.
    """

    known: bool
    deleted: bool = False
    members: int | Unknown | None = None
    outsiders: int = 0
    audiences: frozenset[Audience] = frozenset()
    domains: tuple[str, ...] = ()


class GroupIndex:
    """The groups of one tenant, read on demand and cached."""

    def __init__(self, db: Connection, directories: Collection[int]) -> None:
        self._db = db
        self._scopes = list(directories)
        self._cache: OrderedDict[str, GroupView] = OrderedDict()

    def members_of(self, group_id: str) -> GroupView:
        """Return what is known of a group."""
        if group_id not in self._cache:
            self._cache[group_id] = self._read(group_id)
            if len(self._cache) > CACHE_SIZE:
                self._cache.popitem(last=False)
        return self._cache[group_id]

    def _read(self, group_id: str) -> GroupView:
        p, m = schema.principal.c, schema.membership.c
        row = self._db.execute(
            select(p.members, p.state).where(
                p.scope.in_(self._scopes), p.id == group_id, p.kind == PrincipalKind.GROUP
            )
        ).first()
        if row is None:
            return GroupView(known=False)
        outsiders = select(m.audience, m.member).where(
            m.scope.in_(self._scopes), m.group_id == group_id
        )
        audiences = self._db.execute(
            outsiders.with_only_columns(m.audience).group_by(m.audience)
        ).scalars()
        people = outsiders.where(m.member_id != ALL_MEMBERS).subquery()
        domains: set[str] = set()
        for member in self._db.execute(outsiders.with_only_columns(m.member)).scalars():
            domains.add(member.rpartition("@")[2].lower())
            if len(domains) == MAX_DOMAINS:
                break
        return GroupView(
            known=True,
            deleted=row.state == State.DELETED,
            members=decode_number(row.members),
            outsiders=self._db.execute(select(func.count()).select_from(people)).scalar_one(),
            audiences=frozenset(Audience(a) for a in audiences),
            domains=tuple(sorted(domains - {""})),
        )


def granted_groups(engine: Engine, tenant: int) -> Iterator[str]:
    """Yield the ids of the groups that stored grants of a tenant name, once each, in pages."""
    g, s, last = schema.grant.c, schema.scope.c, ""
    while True:
        page = (
            select(g.principal_id)
            .join(schema.scope, s.key == g.scope)
            .where(s.tenant == tenant)
            .where(g.principal_kind == PrincipalKind.GROUP, g.principal_id > last)
            .group_by(g.principal_id)
            .order_by(g.principal_id)
            .limit(PAGE)
        )
        with engine.connect() as db:
            names = db.execute(page).scalars().all()
        yield from names
        if not names:
            return
        last = names[-1]
