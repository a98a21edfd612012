"""The scope `records`: objects and records that guests, partners and customers can access."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from connectors.salesforce import soql
from connectors.salesforce.client import Answer, Client, Row, needed, rows_of
from connectors.salesforce.counting import Counting, Rights
from connectors.salesforce.definitions import Definitions, definitions_of
from connectors.salesforce.doors import Doors, doors_of
from connectors.salesforce.gaps import Gaps, Held, asked
from connectors.salesforce.groups import Groups, groups_of
from connectors.salesforce.kinds import looked_up
from connectors.salesforce.permissions import DATA, FILES, SETUP
from connectors.salesforce.receivers import Receiver, Resolver
from connectors.salesforce.refusals import Refused
from connectors.salesforce.registration import registrations
from connectors.salesforce.rights import Outsiders, rights_of
from connectors.salesforce.schema import Schema, shown_by
from connectors.salesforce.sites import Guest, api_settings_of, is_community
from connectors.salesforce.ways import Reach, World, grants_of
from connectors.sdk.message import say
from connectors.sdk.records import (
    UNKNOWN,
    Access,
    Audience,
    Cause,
    Checkpoint,
    Grant,
    Item,
    PrincipalKind,
    Record,
    Started,
)


class RecordReading:
    """One scan of the scope `records`; it collects the gaps that it meets."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._gaps = Gaps()
        self._held = Held(frozenset())

    def records(self) -> Iterator[Record]:
        """Yield one item per object that guests or external users can access, with all its grants.

        Also yields one setting per guest, one item per site with self-registration, and one item
        per
        object for the files on records that reach guests.

        Raises:
            AccessDenied: Sites, permission set assignments or object permissions are not visible.
            QueryFailed: Salesforce refused one of these queries.
        """
        yield Started(full=True, resumed=False)
        sites, networks, guest_sets, people, own = self._client.answers(
            (soql.SITES, soql.NETWORKS, soql.GUEST_SETS, soql.OUTSIDERS, asked(self._client))
        )
        self._held = self._gaps.held(own)
        self._gaps.need(self._held, SETUP, DATA, FILES)
        rows = needed(sites)
        # Without Experience Cloud there is no object Network, so its refusal is no gap.
        # Source: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_network.htm (read 2026-08-15)  # noqa: E501
        community = any(is_community(site) for site in rows)
        doors = doors_of(
            self._client,
            self._gaps,
            sites=rows,
            networks=self._gaps.wanted(networks) if community else rows_of(networks),
            guest_sets=needed(guest_sets),
            people=self._gaps.wanted(people),
        )
        yield from api_settings_of(needed(guest_sets), doors.guests)
        yield from self._items(doors)
        yield Checkpoint(cursor="")
        yield self._gaps.coverage()

    def _items(self, doors: Doors) -> Iterator[Item]:
        sets = {*doors.holders, *doors.joining.sets}
        asked = [soql.object_rights(some) for some in soql.chunks(sets)]
        grouped = [soql.INNER_GROUPS, *(soql.groups_of(g) for g in soql.chunks(doors.guests))]
        answers = list(self._client.answers(asked + (grouped if self._held.counts else [])))
        rows = [row for answer in answers[: len(asked)] for row in needed(answer)]
        self._check_groups(doors, rows)
        rights = rights_of(rows, doors.holders, doors.whole)
        schema = self._schema(rights.keys() | doors.joining.objects(rows), sets)
        yield from registrations(doors.joining, rows, schema)
        if not rights:
            return
        groups = self._groups(doors.guests, answers[len(asked) :]) if self._held.counts else None
        counting = Counting(self._client, rights, schema)
        receivers = [*doors.guests, *(groups.guests if groups else ())]
        counts = counting.count(receivers if self._held.counts else None)
        ruled = {
            who
            for rows in counts.shares.values()
            for (who, cause), n in rows.items()
            if cause == "Rule" and n
        }
        defined = self._definitions(rights, doors.outsiders)
        world = World(
            groups=groups.guests if groups else None,
            receivers=self._receivers(ruled, doors.outsiders, groups),
            outsiders=doors.outsiders,
            hardened=defined.hardened,
        )
        reaches = counting.reaches(defined, world)
        yield from self._stated(rights, schema, reaches, world)
        if unclear := sorted(counts.unanswered):
            self._gaps.add(
                say("salesforce.unclear", count=len(unclear), objects=_some(unclear)),
                say("salesforce.unclear_hint"),
            )
        if FILES in self._held.names:
            yield from self._attached(doors.guests, schema, counting.files(reaches, world))

    def _stated(
        self, rights: Rights, schema: Schema, reaches: Mapping[str, Reach], world: World
    ) -> Iterator[Item]:
        for name, held in rights.items():
            grants = grants_of(held, reaches[name], world)
            visitors = {r.set_id for r in held if isinstance(r.holder, Guest)}
            if grants:
                yield Item(
                    id=name,
                    kind="object",
                    name=schema.labels.get(name, name),
                    url=self._client.instance_url
                    + f"/lightning/setup/ObjectManager/{name}/Details/view",
                    data=schema.kinds(name, visitors or {r.set_id for r in held}),
                    grants=tuple(grants),
                )

    def _attached(
        self,
        guests: Mapping[str, Guest],
        schema: Schema,
        files: Mapping[tuple[str, str], int | None],
    ) -> Iterator[Item]:
        """Yield items for the files on records that reach guests.

        A file with visibility AllUsers can be read with the record.

        Source: https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-contentdocumentlink.html (read 2026-11-29)
        """  # noqa: E501
        by_object: defaultdict[str, list[Grant]] = defaultdict(list)
        for (name, guest_id), count in files.items():
            if count == 0:
                continue
            guest = guests[guest_id]
            by_object[name].append(
                Grant(
                    id=f"ContentDocumentLink/{guest_id}",
                    audience=Audience.PUBLIC_DISCOVERABLE,
                    access=Access.VIEW,
                    principal=guest.site,
                    principal_kind=PrincipalKind.SITE_GUEST,
                    principal_id=guest_id,
                    reach=UNKNOWN if count is None else count,
                    live=guest.live,
                    cause=Cause.PARENT,
                )
            )
        if unclear := sorted(name for (name, _), count in files.items() if count is None):
            self._gaps.add(
                say("salesforce.unclear_files", objects=_some(unclear)),
                say("salesforce.unclear_hint"),
            )
        for name, grants in by_object.items():
            label = schema.labels.get(name, name)
            yield Item(
                id=f"{name}.ContentDocumentLinks",
                kind="record_set",
                name=f"{label} (Files)",
                grants=tuple(grants),
            )

    def _check_groups(self, doors: Doors, rows: Iterable[Row]) -> None:
        if silent := doors.bundled & doors.holders.keys() - {row["ParentId"] for row in rows}:
            # Not documented that the set of a group always has ObjectPermissions rows.
            self._gaps.add(
                say("salesforce.set_groups", count=len(silent)), say("salesforce.set_groups_hint")
            )

    def _schema(self, names: Iterable[str], sets: Iterable[str]) -> Schema:
        portions = list(soql.chunks(sets))
        asked = [soql.field_rights(some) for some in portions]
        asked += [soql.objects(some) for some in soql.chunks(names)]
        answers = list(self._client.answers(asked))
        told = [self._gaps.wanted(answer) for answer in answers]
        hidden = any(isinstance(answer, Refused) for answer in answers[: len(portions)])
        shown = shown_by(row for rows in told[: len(portions)] for row in rows)
        schema = Schema(shown=None if hidden else shown)
        for row in (row for rows in told[len(portions) :] for row in rows):
            schema.learn(row)
        following = sorted(schema.by_parent)
        for name, described in zip(following, self._client.describes(following), strict=True):
            schema.hang(name, described if isinstance(described, dict) else None)
        if parents := {parent for _, parent in schema.parents.values()} - schema.labels.keys():
            for row in self._all(soql.objects(some) for some in soql.chunks(parents)):
                schema.learn(row)
        custom = looked_up(names, schema.durable_ids)
        answers = self._client.answers(soql.fields(durable) for durable in custom.values())
        for name, answer in zip(custom, answers, strict=True):
            schema.describe(name, self._gaps.wanted(answer))
        return schema

    def _groups(self, guests: Collection[str], answers: list[Answer]) -> Groups | None:
        """Return which groups hold guests or groups; None where a query was refused."""
        rows = [row for answer in answers for row in self._gaps.wanted(answer)]
        hidden = any(isinstance(answer, Refused) for answer in answers)
        return None if hidden else groups_of(guests, rows)

    def _receivers(
        self, ruled: Iterable[str], outsiders: Outsiders, groups: Groups | None
    ) -> dict[str, Receiver]:
        """Return the recipients of rules; none where groups could not be read (already a gap)."""
        return Resolver(self._all, outsiders, groups.inner).receivers(ruled) if groups else {}

    def _definitions(self, rights: Rights, outsiders: Outsiders) -> Definitions:
        """Return the sharing definitions of these objects; empty below tier C."""
        if not self._held.rules:
            return Definitions()
        members = bool(outsiders.members)
        return definitions_of(self._client, self._gaps, rights, members=members)

    def _all(self, statements: Iterable[str]) -> Iterator[Row]:
        return self._gaps.all(self._client, statements)


def _some(names: list[str]) -> str:
    return ", ".join(names[:8]) + (" ..." if len(names) > 8 else "")
