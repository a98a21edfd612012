"""What the guests of public sites can read: sites, permission sets, objects, records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.salesforce import soql
from connectors.salesforce.client import Client, Row, Unanswered
from connectors.salesforce.gaps import Gaps
from connectors.salesforce.kinds import kinds_of, looked_up
from connectors.salesforce.normalize import (
    Guest,
    Right,
    Shares,
    api_settings_of,
    guests_of,
    is_community,
    item_of_object,
    reach_of,
    rights_of,
    settings_of,
)
from connectors.sdk.contract import Context
from connectors.sdk.errors import AccessDenied
from connectors.sdk.message import say
from connectors.sdk.records import UNKNOWN, Access, Checkpoint, Item, Record, Started

Refused = (AccessDenied, Unanswered)  # of one question; the others are still worth asking
BY_PARENT = frozenset({"ControlledByParent", "ControlledByLeadOrContact", "ControlledByCampaign"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """What is known of the objects that guests may read; an object may be missing."""

    labels: dict[str, str] = field(default_factory=dict[str, str])
    durable_ids: dict[str, str] = field(default_factory=dict[str, str])
    by_parent: set[str] = field(default_factory=set[str])
    shown: dict[str, set[str]] | None = None  # fields by object; None: nobody could tell


class GuestReading:
    """One reading of the scope; it keeps what later questions need, and the gaps."""

    def __init__(self, client: Client, context: Context) -> None:
        self._client = client
        self._map = context.map
        self._gaps = Gaps()

    def records(self) -> Iterator[Record]:
        """One item for each object that a guest may read, with every right to it."""
        yield Started(full=True, resumed=False)
        sites = list(self._client.rows(soql.SITES))
        community = any(is_community(site) for site in sites)  # without one, Network is missing
        networks = self._tried(soql.NETWORKS, needed=community) or []
        guests = {g.id: g for g in guests_of(sites, networks)}
        lacking = self._gaps.check(self._client, "PermissionsViewSetup", "PermissionsViewAllData")
        assignments = list(self._client.rows(soql.GUEST_SETS))
        yield from settings_of(networks)
        yield from api_settings_of(assignments, guests)
        rights = self._rights(assignments, guests)
        counted = "PermissionsViewAllData" not in lacking  # else Salesforce leaves rows out
        yield from self._items(rights, guests, counted=counted)
        yield Checkpoint(cursor="")
        yield self._gaps.coverage()

    def _rights(
        self, assignments: Iterable[Row], guests: Mapping[str, Guest]
    ) -> dict[str, list[Right]]:
        """By object: who may read it, and through which permission set."""
        holders: defaultdict[str, dict[str, Guest]] = defaultdict(dict)
        for row in assignments:
            if guest := guests.get(row["AssigneeId"]):
                holders[row["PermissionSetId"]][guest.id] = guest
        rights: defaultdict[str, list[Right]] = defaultdict(list)
        for some in soql.chunks(holders):
            for row in self._client.rows(soql.object_rights(some)):
                rights[row["SobjectType"]] += rights_of(row, holders[row["ParentId"]].values())
        told = {right.set_id for some in rights.values() for right in some}
        bundled = {r["PermissionSetId"] for r in assignments if r["PermissionSetGroupId"]}
        if silent := bundled & holders.keys() - told:  # not proven that a group always tells
            self._gaps.add(
                say("salesforce.set_groups", count=len(silent)), say("salesforce.set_groups_hint")
            )
        return dict(sorted(rights.items()))

    def _items(
        self, rights: Mapping[str, list[Right]], guests: Mapping[str, Guest], *, counted: bool
    ) -> Iterator[Item]:
        if not rights:
            return
        schema = self._schema(rights)
        groups = self._groups(guests) if counted else None
        receivers = [*guests, *(groups or ())]
        fields = dict(self._map(self._fields, looked_up(rights, schema.durable_ids).items()))

        def sizes(name: str) -> tuple[Shares | None, int | None]:
            every = any(r.access is Access.ALL_RECORDS for r in rights[name])
            some = any(r.access is not Access.ALL_RECORDS for r in rights[name])
            readable = counted and some and name not in schema.by_parent
            return (
                self._shares(name, receivers) if readable else None,
                self._size(name) if counted and every else None,
            )

        unclear: list[str] = []
        instance_url = self._client.instance_url
        for name, (shares, records) in zip(rights, self._map(sizes, rights), strict=True):
            readers = {r.guest.id for r in rights[name]}
            reached = [(r, reach_of(r, readers, shares, groups, records)) for r in rights[name]]
            if any(reach is UNKNOWN for _, reach in reached):
                unclear.append(name)
            shown = None if schema.shown is None else schema.shown.get(name, set())
            yield item_of_object(
                name,
                schema.labels.get(name, name),
                reached,
                data=kinds_of(name, shown, fields.get(name, ())),
                instance_url=instance_url,
            )
        if unclear:
            self._gaps.add(
                say("salesforce.unclear", count=len(unclear), objects=_some(unclear)),
                say("salesforce.unclear_hint"),
            )

    def _schema(self, rights: Mapping[str, list[Right]]) -> Schema:
        schema = Schema(shown=self._shown({r.set_id for rs in rights.values() for r in rs}))
        for some in soql.chunks(rights):
            for row in self._tried(soql.objects(some), needed=True) or []:
                name = row["QualifiedApiName"]
                schema.labels[name] = str(row["Label"] or name)
                schema.durable_ids[name] = row["DurableId"]
                if BY_PARENT & {row["InternalSharingModel"], row["ExternalSharingModel"]}:
                    schema.by_parent.add(name)
        return schema

    def _shown(self, sets: Collection[str]) -> dict[str, set[str]] | None:
        shown: defaultdict[str, set[str]] = defaultdict(set)
        for some in soql.chunks(sets):
            rows = self._tried(soql.field_rights(some), needed=True)
            if rows is None:
                return None
            for row in rows:
                shown[row["SobjectType"]].add(row["Field"])
        return shown

    def _fields(self, entry: tuple[str, str]) -> tuple[str, list[Any]]:
        name, durable_id = entry
        return name, self._tried(soql.fields(durable_id), needed=True) or []

    def _groups(self, guests: Iterable[str]) -> dict[str, set[str]] | None:
        """The guests below every group that holds one, directly or through other groups."""
        below: dict[str, set[str]] = {}
        fresh = {guest: {guest} for guest in guests}
        while fresh:
            found: defaultdict[str, set[str]] = defaultdict(set)
            for some in soql.chunks(fresh):
                rows = self._tried(soql.groups_of(some), needed=True)
                if rows is None:
                    return None
                for row in rows:
                    found[row["GroupId"]] |= fresh[row["UserOrGroupId"]]
            fresh = {group: held for group, held in found.items() if held - below.get(group, set())}
            for group, held in fresh.items():
                below.setdefault(group, set()).update(held)
        return below

    def _shares(self, name: str, receivers: Iterable[str]) -> Shares | None:
        """The rows of an object that reach these receivers; None where it has no such table."""
        table = f"{name.removesuffix('__c')}__Share" if name.endswith("__c") else f"{name}Share"
        counts: dict[tuple[str, str], int] = {}
        for some in soql.chunks(receivers):
            rows = self._tried(soql.shares(table, some))
            if rows is None:
                return None
            counts.update({(r["UserOrGroupId"], r["RowCause"]): int(r["n"]) for r in rows})
        return counts

    def _size(self, name: str) -> int | None:
        try:
            return self._client.count(soql.size(name))
        except Refused:
            return None

    def _tried(self, statement: str, *, needed: bool = False) -> list[Row] | None:
        """The rows, or None where they are refused; a gap when they were needed."""
        try:
            return list(self._client.rows(statement))
        except Refused as refused:
            if needed:
                self._gaps.add(refused.message, refused.hint or say("salesforce.unanswered_hint"))
            return None


def _some(names: list[str]) -> str:
    return ", ".join(names[:8]) + (" ..." if len(names) > 8 else "")
