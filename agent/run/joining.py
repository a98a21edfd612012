"""Build exposures from stored items: fold inherited grants, expand groups, add the reach."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from agent.classify.model import WIDTH, Exposure, Proof
from agent.classify.view import PLACES
from agent.store.doors import NOBODY, Door, Seen
from agent.store.groups import Groups, GroupView
from agent.store.proofs import Proofs
from agent.store.tree import Tree
from agent.store.words import moment_of
from connectors.sdk.records import (
    Access,
    Audience,
    Cause,
    Grant,
    Item,
    PrincipalKind,
    State,
    Unknown,
    factory_of,
)

_make_exposure = factory_of(Exposure)


class Joined(NamedTuple):
    """An exposure with the stored item and grant that it was built from."""

    exposure: Exposure
    door: Door
    seen: Seen


class Joiner:
    """Builds the exposures of one scope, with its containers and the groups of its tenant."""

    def __init__(
        self,
        connector: str,
        tree: Tree,
        groups: Groups,
        *,
        large_group: int,
        now: datetime,
        service: str = "",
        proven: Proofs | None = None,
        owning: Mapping[str, State] = NOBODY,
    ) -> None:
        self._connector = connector
        self._service = service
        self._now = now
        self._tree = tree
        self._groups = groups
        self._large = large_group
        self._proven = proven or {}
        self._owning = owning

    def gather(self, page: Iterable[Door]) -> None:
        """Read the containers of a page of items in one go."""
        self._tree.gather({door.item.parent_id for door in page})

    def exposures(self, door: Door) -> Iterator[Joined]:
        """Yield the exposures that were made on the item, not those that its containers pass on."""
        item = door.item
        path = self._tree.path(item.id, item.parent_id, item.name, container=door.container)
        meeting = self._meeting(door)
        guests = self._groups.view(item.id).outsiders if item.kind in PLACES else 0
        for seen in door.grants:
            grant = seen.grant
            if _over(grant, self._now):
                continue
            if grant.principal_kind is PrincipalKind.GROUP and grant.audience in _OWN:
                grant, audience, domains, via = self._through(grant)
            else:
                audience, domains, via = grant.audience, _domains(grant), ""
            shut = audience is Audience.NAMED_INTERNAL and grant.principal_state is not DELETED
            if shut or self._inherited(item, grant):
                continue
            yield Joined(
                _make_exposure(
                    connector=self._connector,
                    service=self._service,
                    item=item,
                    grant=grant,
                    audience=audience,
                    path=path,
                    reach=_reach(door, grant),
                    first_seen=moment_of(seen.first_seen),
                    principal_domains=domains,
                    via_group=via,
                    meeting=meeting,
                    guests=guests,
                    proof=self._proof(item, grant),
                    maker_state=self._state_of(grant.created_by),
                ),
                door,
                seen,
            )
        if self._proven:
            yield from self._unexplained(door, path)

    def _state_of(self, maker: str | Unknown) -> State:
        if isinstance(maker, Unknown) or not self._owning:
            return State.UNKNOWN
        return self._owning.get(maker.lower(), State.UNKNOWN)

    def _proof(self, item: Item, grant: Grant) -> Proof | None:
        """Return the external count of the item by visitors of the same site."""
        if grant.principal_kind is not PrincipalKind.SITE_GUEST:
            return None
        told = self._proven.get(item.id, ())
        return next((p.proof for p in told if p.principal_id == grant.principal_id), None)

    def _unexplained(self, door: Door, path: str) -> Iterator[Joined]:
        """Yield an exposure for each site whose visitors see more than known grants open."""
        for proven in self._proven.get(door.item.id, ()):
            proof = proven.proof
            if not proof.surplus:
                continue
            grant = Grant(
                id=f"outside/{proven.principal_id}",
                audience=Audience.PUBLIC_DISCOVERABLE,
                access=Access.VIEW,
                principal=proof.site,
                principal_kind=PrincipalKind.SITE_GUEST,
                principal_id=proven.principal_id,
                reach=proof.count,
                cause=Cause.UNEXPLAINED,
            )
            yield Joined(
                Exposure(
                    connector=self._connector,
                    service=self._service,
                    item=door.item,
                    grant=grant,
                    audience=grant.audience,
                    path=path,
                    reach=proof.count,
                    first_seen=proof.made,
                    proof=proof,
                ),
                door,
                Seen.of(grant, proof.made),
            )

    def containers(self, door: Door) -> list[str]:
        """Return the ids of the containers that an item lies in, from the nearest up."""
        return [node.id for node in self._tree.ancestors(door.item.parent_id)]

    def _through(self, grant: Grant) -> tuple[Grant, Audience, tuple[str, ...], str]:
        """Return the grant to an own group with the audience of its members, if it still exists."""
        view = self._groups.view(grant.principal_id)
        if view.deleted:
            grant = replace(grant, principal_state=DELETED)
        return grant, *_through(view, grant, self._large)

    def _meeting(self, door: Door) -> tuple[str, ...]:
        """Return the mail domains of all external accounts with access to a container or group."""
        if not door.container and door.item.kind not in PLACES:
            return ()
        above = self._tree.strangers(door.item.parent_id)
        here = frozenset(
            (g.principal, g.principal_kind.value, g.principal_id)
            for g in (seen.grant for seen in door.grants)
            if _strange(g) and not _over(g, self._now) and g.principal_state is not DELETED
        )
        domains: set[str] = set()
        for name, kind, id_ in here.union(*above):
            if kind == PrincipalKind.GROUP and (view := self._groups.view(id_)).known:
                domains.update(view.domains)
            else:
                domains.update(_domains_of(name, kind))
        return tuple(sorted(domains))

    def _inherited(self, item: Item, grant: Grant) -> bool:
        """Return True if a container that was read has the same grant.

        A grant that is inherited from a container that was not read counts as made on the item.
        """
        origin = grant.inherited_from
        if origin is not None and origin != item.id and self._tree.gives(origin, grant):
            return True
        return self._tree.gives(item.parent_id, grant)


def _reach(door: Door, grant: Grant) -> int | Unknown:
    """Return the records if the vendor counts them, else the number of items below, at least 1."""
    return grant.reach if grant.reach is not None else max(1, door.below)


DELETED = State.DELETED
_OWN = (Audience.NAMED_INTERNAL, Audience.LARGE_INTERNAL)


def _over(grant: Grant, now: datetime) -> bool:
    """Return True if the grant has expired: services may still list it for a while."""
    return isinstance(grant.expires_at, datetime) and grant.expires_at <= now


def _through(view: GroupView, grant: Grant, large: int) -> tuple[Audience, tuple[str, ...], str]:
    """Return audience, domains and name of an own group; unread ones have audience UNKNOWN."""
    if not view.known:
        return Audience.UNKNOWN, (), grant.principal
    if view.deleted:
        return Audience.NAMED_INTERNAL, (), ""
    if view.audiences:
        return max(view.audiences, key=WIDTH.__getitem__), view.domains, grant.principal
    if isinstance(view.members, int) and view.members > large:
        return Audience.LARGE_INTERNAL, (), ""
    return Audience.NAMED_INTERNAL, (), ""


def _strange(grant: Grant) -> bool:
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
