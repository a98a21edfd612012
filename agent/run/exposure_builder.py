"""Build exposures from stored items: fold inherited grants, expand groups, add the reach."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from agent.classify.model import WIDTH, Exposure, ExternalCount
from agent.classify.rule_input import GROUP_KINDS
from agent.store.containers import ContainerTree
from agent.store.external_checks import ChecksByItem
from agent.store.groups import ALL_MEMBERS, GroupIndex, GroupView
from agent.store.items import NO_OWNERS, ItemWithGrants, StoredGrant
from agent.store.tri_state import parse_time
from connectors.sdk.records import (
    UNKNOWN,
    Access,
    Audience,
    Grant,
    GrantCause,
    Item,
    PrincipalKind,
    State,
    Unknown,
    factory_of,
)

_make_exposure = factory_of(Exposure)


class ExposureWithSource(NamedTuple):
    """An exposure with the stored item and grant that it was built from."""

    exposure: Exposure
    stored_item: ItemWithGrants
    stored_grant: StoredGrant


class ExposureBuilder:
    """Builds the exposures of one scope, with its containers and the groups of its tenant."""

    def __init__(
        self,
        connector: str,
        tree: ContainerTree,
        groups: GroupIndex,
        *,
        large_group: int,
        now: datetime,
        service: str = "",
        external_checks: ChecksByItem | None = None,
        owner_states: Mapping[str, State] = NO_OWNERS,
    ) -> None:
        self._connector = connector
        self._service = service
        self._now = now
        self._tree = tree
        self._groups = groups
        self._large = large_group
        self._external_checks = external_checks or {}
        self._owner_states = owner_states

    def prefetch(self, page: Iterable[ItemWithGrants]) -> None:
        """Read the containers of a page of items in one go."""
        self._tree.prefetch({stored.item.parent_id for stored in page})

    def exposures(self, stored: ItemWithGrants) -> Iterator[ExposureWithSource]:
        """Yield the exposures that were made on the item, not those that its containers pass on."""
        item = stored.item
        path = self._tree.path(item.id, item.parent_id, item.name, container=stored.container)
        meeting = self._co_located_domains(stored)
        guests = self._groups.members_of(item.id).outsiders if item.kind in GROUP_KINDS else 0
        for seen in stored.grants:
            if _has_expired(seen.grant, self._now):
                continue
            for grant, audience, domains, via, people in self._ways_in(seen.grant):
                internal = (
                    audience is Audience.NAMED_INTERNAL and grant.principal_state is not DELETED
                )
                if internal or self._inherited(stored, seen.grant):
                    continue
                yield ExposureWithSource(
                    _make_exposure(
                        connector=self._connector,
                        service=self._service,
                        item=item,
                        grant=grant,
                        audience=audience,
                        path=path,
                        reach=_reach(stored, grant),
                        first_seen=parse_time(seen.first_seen),
                        principal_domains=domains,
                        via_group=via,
                        co_located_domains=meeting,
                        guests=guests,
                        external_count=self._external_count(item, grant),
                        creator_state=self._state_of(grant.created_by),
                        people=people,
                    ),
                    stored,
                    seen,
                )
        if self._external_checks:
            yield from self._unexplained_access(stored, path)

    def _state_of(self, maker: str | Unknown) -> State:
        if isinstance(maker, Unknown) or not self._owner_states:
            return State.UNKNOWN
        return self._owner_states.get(maker.lower(), State.UNKNOWN)

    def _external_count(self, item: Item, grant: Grant) -> ExternalCount | None:
        """Return the external count of the item by visitors of the same site."""
        if grant.principal_kind is not PrincipalKind.SITE_GUEST:
            return None
        checks = self._external_checks.get(item.id, ())
        return next(
            (p.external_count for p in checks if p.principal_id == grant.principal_id), None
        )

    def _unexplained_access(
        self, stored: ItemWithGrants, path: str
    ) -> Iterator[ExposureWithSource]:
        """Yield an exposure for each site whose visitors see more than known grants open."""
        for check in self._external_checks.get(stored.item.id, ()):
            external_count = check.external_count
            if not external_count.exceeds_known:
                continue
            grant = Grant(
                id=f"outside/{check.principal_id}",
                audience=Audience.PUBLIC_DISCOVERABLE,
                access=Access.VIEW,
                principal=external_count.site,
                principal_kind=PrincipalKind.SITE_GUEST,
                principal_id=check.principal_id,
                reach=external_count.count,
                cause=GrantCause.UNEXPLAINED,
            )
            yield ExposureWithSource(
                Exposure(
                    connector=self._connector,
                    service=self._service,
                    item=stored.item,
                    grant=grant,
                    audience=grant.audience,
                    path=path,
                    reach=external_count.count,
                    first_seen=external_count.made,
                    external_count=external_count,
                ),
                stored,
                StoredGrant.from_grant(grant, external_count.made),
            )

    def containers(self, stored: ItemWithGrants) -> list[str]:
        """Return the ids of the containers that an item lies in, from the nearest up."""
        return [node.id for node in self._tree.ancestors(stored.item.parent_id)]

    def _ways_in(
        self, grant: Grant
    ) -> Iterator[tuple[Grant, Audience, tuple[str, ...], str, int | Unknown]]:
        """Yield a grant with its audience, mail domains, group and number of people.

        A grant to an own group is yielded once for each audience of its members, the widest last:
        what outsiders may do through it is asked whether or not the company may join, too. Each has
        a principal id of its own, that of the group for the first.
        """
        if grant.principal_kind is not PrincipalKind.GROUP or grant.audience not in _INTERNAL:
            people = 1 if grant.principal_kind in _SINGLE else UNKNOWN
            yield grant, grant.audience, _domains(grant), "", people
            return
        view = self._groups.members_of(grant.principal_id)
        if view.deleted:
            grant = replace(grant, principal_state=DELETED)
        people = UNKNOWN if view.members is None else view.members
        for number, (audience, domains, via) in enumerate(
            _group_audiences(view, grant, self._large)
        ):
            id_ = f"{grant.principal_id}/{audience.value}" if number else grant.principal_id
            way = replace(grant, principal_id=id_) if number else grant
            yield way, audience, domains, via, people

    def _co_located_domains(self, stored: ItemWithGrants) -> tuple[str, ...]:
        """Return the mail domains of all external accounts with access to a container or group."""
        if not stored.container and stored.item.kind not in GROUP_KINDS:
            return ()
        inherits = not stored.container or self._tree.inherits(stored.item.id)
        above = self._tree.external_principals(stored.item.parent_id if inherits else None)
        here = frozenset(
            (g.principal, g.principal_kind.value, g.principal_id)
            for g in (seen.grant for seen in stored.grants)
            if _may_be_external(g)
            and not _has_expired(g, self._now)
            and g.principal_state is not DELETED
        )
        domains: set[str] = set()
        for name, kind, id_ in here.union(*above):
            if kind == PrincipalKind.GROUP and (view := self._groups.members_of(id_)).known:
                domains.update(view.domains)
            else:
                domains.update(_domains_of(name, kind))
        return tuple(sorted(domains))

    def _inherited(self, stored: ItemWithGrants, grant: Grant) -> bool:
        """Return True if a container that was read has the same grant.

        A grant that is inherited from a container that was not read counts as made on the item, and
        so does one on a container that does not inherit.
        """
        item = stored.item
        origin = grant.inherited_from
        if origin is not None and origin != item.id and self._tree.grants_inherited(origin, grant):
            return True
        if stored.container and not self._tree.inherits(item.id):
            return False
        return self._tree.grants_inherited(item.parent_id, grant)


def _reach(stored: ItemWithGrants, grant: Grant) -> int | Unknown:
    """Return the records if the vendor counts them, else the number of items below, at least 1."""
    return grant.reach if grant.reach is not None else max(1, stored.items_below)


DELETED = State.DELETED
_SINGLE = (PrincipalKind.ACCOUNT, PrincipalKind.GUEST)
_INTERNAL = (Audience.NAMED_INTERNAL, Audience.LARGE_INTERNAL)
_OPEN = (Audience.ORG_DISCOVERABLE, Audience.PUBLIC_DISCOVERABLE)  # who may join a group


def _has_expired(grant: Grant, now: datetime) -> bool:
    """Return True if the grant has expired: services may still list it for a while."""
    return isinstance(grant.expires_at, datetime) and grant.expires_at <= now


def _group_audiences(
    view: GroupView, grant: Grant, large: int
) -> Iterator[tuple[Audience, tuple[str, ...], str]]:
    """Yield audience, domains and name of an own group, for each audience among its members.

    The domains of outsiders are theirs, without the `*` of those who may join. An unread group has
    the audience UNKNOWN.
    """
    if not view.known:
        yield Audience.UNKNOWN, (), grant.principal
        return
    if view.audiences and not view.deleted:
        outside = tuple(domain for domain in view.domains if domain != ALL_MEMBERS)
        open_to = tuple(domain for domain in view.domains if domain == ALL_MEMBERS)
        for audience in sorted(view.audiences, key=WIDTH.__getitem__):
            yield audience, open_to if audience in _OPEN else outside, grant.principal
        return
    many = isinstance(view.members, int) and view.members > large and not view.deleted
    yield Audience.LARGE_INTERNAL if many else Audience.NAMED_INTERNAL, (), ""


def _may_be_external(grant: Grant) -> bool:
    """Return True if the grant is for an external account, or for a group, which may have some."""
    outside = grant.audience in (Audience.EXT_NAMED, Audience.EXT_UNRESOLVED)
    return outside or grant.principal_kind is PrincipalKind.GROUP


def _domains(grant: Grant) -> tuple[str, ...]:
    return _domains_of(grant.principal, grant.principal_kind)


def _domains_of(name: str, kind: str) -> tuple[str, ...]:
    if kind == PrincipalKind.DOMAIN:
        return (name.lower(),)
    _, at, domain = name.rpartition("@")
    return (domain.lower(),) if at else ()
