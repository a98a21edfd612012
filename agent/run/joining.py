"""From stored doors to exposures: fold what is inherited, look through groups, count the reach."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from agent.classify.model import WIDTH, Exposure
from agent.store.doors import Door
from agent.store.groups import Groups, GroupView
from agent.store.tree import Tree
from agent.store.words import moment_of
from connectors.sdk.records import Audience, Grant, Item, PrincipalKind, Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """An exposure, and when its grant was last seen."""

    exposure: Exposure
    last_seen: str


class Joiner:
    """Joins the doors of one scope with its tree and its tenant's groups."""

    def __init__(
        self, connector: str, tree: Tree, groups: Groups, *, large_group: int, now: datetime
    ) -> None:
        self._connector = connector
        self._now = now
        self._tree = tree
        self._groups = groups
        self._large = large_group

    def exposures(self, door: Door) -> Iterator[Joined]:
        """What stands open at this item, where it is made."""
        item = door.item
        path = self._tree.path(item.id, item.parent_id, item.name, container=door.container)
        for seen in door.grants:
            if _over(seen.grant, self._now):
                continue
            audience, domains, via = self._audience(seen.grant)
            if audience is Audience.NAMED_INTERNAL or self._inherited(item, seen.grant):
                continue
            yield Joined(
                exposure=Exposure(
                    connector=self._connector,
                    item=item,
                    grant=seen.grant,
                    audience=audience,
                    path=path,
                    reach=_reach(door, seen.grant),
                    first_seen=moment_of(seen.first_seen),
                    principal_domains=domains,
                    via_group=via,
                ),
                last_seen=seen.last_seen,
            )

    def _audience(self, grant: Grant) -> tuple[Audience, tuple[str, ...], str]:
        own_group = grant.principal_kind is PrincipalKind.GROUP and grant.audience in _OWN
        if not own_group:
            return grant.audience, _domains(grant), ""
        return _through(self._groups.view(grant.principal_id), grant, self._large)

    def _inherited(self, item: Item, grant: Grant) -> bool:
        """Whether a container whose grants were read gives the same one, wherever it says it is
        from: what is inherited from something unread stands on the item itself."""
        origin = grant.inherited_from
        if origin is not None and origin != item.id and self._tree.gives(origin, grant):
            return True
        return self._tree.gives(item.parent_id, grant)


def _reach(door: Door, grant: Grant) -> int | Unknown:
    """Records where the vendor counts them, else the item or what lies below it."""
    return grant.reach if grant.reach is not None else max(1, door.below)


_OWN = (Audience.NAMED_INTERNAL, Audience.LARGE_INTERNAL)


def _over(grant: Grant, now: datetime) -> bool:
    """Whether a grant has ended by itself: services go on listing it for a while."""
    return isinstance(grant.expires_at, datetime) and grant.expires_at <= now


def _through(view: GroupView, grant: Grant, large: int) -> tuple[Audience, tuple[str, ...], str]:
    """Who comes in through an own group. One that was not read is unknown, never internal."""
    if not view.known:
        return Audience.UNKNOWN, (), grant.principal
    if view.deleted:
        return Audience.NAMED_INTERNAL, (), ""
    if view.audiences:
        return max(view.audiences, key=WIDTH.__getitem__), view.domains, grant.principal
    if isinstance(view.members, int) and view.members > large:
        return Audience.LARGE_INTERNAL, (), ""
    return Audience.NAMED_INTERNAL, (), ""


def _domains(grant: Grant) -> tuple[str, ...]:
    if grant.principal_kind is PrincipalKind.DOMAIN:
        return (grant.principal.lower(),)
    _, at, domain = grant.principal.rpartition("@")
    return (domain.lower(),) if at else ()
