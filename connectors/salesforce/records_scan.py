"""The scope `records`: objects and records that guests, partners and customers can access."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from connectors.salesforce import queries
from connectors.salesforce.access_paths import build_grants
from connectors.salesforce.client import Client, QueryResult, require_rows
from connectors.salesforce.data_kinds import described_object_ids
from connectors.salesforce.errors import QueryRefusal
from connectors.salesforce.external_users import ExternalUsers, read_external_users
from connectors.salesforce.guest_groups import GuestGroups, find_guest_groups
from connectors.salesforce.object_access import ObjectAccess, SharingContext
from connectors.salesforce.permission_sets import ExternalUserCounts, permissions_by_object
from connectors.salesforce.permissions import QUERY_ALL_FILES, VIEW_ALL_DATA, VIEW_SETUP
from connectors.salesforce.queries import GUEST_CAUSES
from connectors.salesforce.query_pages import Row
from connectors.salesforce.read_gaps import (
    AuditPermissions,
    ReadGaps,
    first_names,
    permission_query,
)
from connectors.salesforce.record_counts import PermissionsByObject, RecordCounter
from connectors.salesforce.schema import STANDARD_PARENTS, Schema, readable_fields_by_object
from connectors.salesforce.self_registration import registration_items
from connectors.salesforce.share_recipients import GroupResolver, ShareRecipient
from connectors.salesforce.sharing_metadata import SharingDefinitions, read_sharing_definitions
from connectors.salesforce.sites import GuestUser, guest_api_settings, is_experience_cloud
from connectors.salesforce.user_records import shown_kinds
from connectors.sdk.message import say
from connectors.sdk.records import (
    UNKNOWN,
    Access,
    Audience,
    Checkpoint,
    Grant,
    GrantCause,
    Item,
    PrincipalKind,
    Record,
    Started,
)


class RecordsScan:
    """One scan of the scope `records`; it collects the gaps that it meets."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._gaps = ReadGaps()
        self._permissions = AuditPermissions(frozenset())

    def records(self) -> Iterator[Record]:
        """Yield one item per object that guests or external users can access, with all its grants.

        Also yields one setting per guest, one item per site with self-registration, and one item
        per
        object for the files on records that reach guests.

        Raises:
            AccessDenied: Object permissions, or the sites of an organization without partners and
                customers, are not visible.
            UnexpectedResponse: Salesforce refused these queries.
        """
        yield Started(full=True, resumed=False)
        sites, networks, guest_sets, user_counts, own = self._client.batch_query(
            (
                queries.SITES,
                queries.NETWORKS,
                queries.GUEST_PERMISSION_SETS,
                queries.EXTERNAL_USERS,
                permission_query(self._client),
            )
        )
        self._permissions = self._gaps.parse_permissions(own)
        self._gaps.require(self._permissions, VIEW_SETUP, VIEW_ALL_DATA, QUERY_ALL_FILES)
        rows, people = self._gaps.rows(sites), self._gaps.rows(user_counts)
        if isinstance(sites, QueryRefusal) and not people:
            raise sites
        assignments = self._gaps.rows(guest_sets)
        # Without Experience Cloud there is no object Network, so its refusal is no gap.
        # Source: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_network.htm (read 2026-08-15)  # noqa: E501 -- an address
        community = any(is_experience_cloud(site) for site in rows)
        external_users = read_external_users(
            self._client,
            self._gaps,
            sites=rows,
            networks=self._gaps.rows(networks) if community else self._gaps.optional_rows(networks),
            guest_sets=assignments,
            people=people,
        )
        yield from guest_api_settings(assignments, external_users.guests)
        yield from self._all_items(external_users)
        yield Checkpoint(cursor="")
        yield self._gaps.coverage()

    def _all_items(self, external_users: ExternalUsers) -> Iterator[Item]:
        sets = {*external_users.holders, *external_users.self_registration.permission_sets}
        statements = [queries.object_permissions(some) for some in queries.chunks(sets)]
        group_statements = [
            queries.NESTED_GROUPS,
            *(queries.groups_containing(g) for g in queries.chunks(external_users.guests)),
        ]
        answers = list(
            self._client.batch_query(
                statements + (group_statements if self._permissions.can_count else [])
            )
        )
        permissions = answers[: len(statements)]
        if permissions and all(isinstance(answer, QueryRefusal) for answer in permissions):
            require_rows(permissions[0])
        rows = [row for answer in permissions for row in self._gaps.rows(answer)]
        self._check_permission_set_groups(external_users, rows)
        rights = permissions_by_object(rows, external_users.holders, external_users.view_all_sets)
        schema = self._read_schema(
            rights.keys() | external_users.self_registration.readable_objects(rows), sets
        )
        yield from registration_items(external_users.self_registration, rows, schema)
        if not rights:
            return
        groups = (
            self._guest_groups(external_users.guests, answers[len(statements) :])
            if self._permissions.can_count
            else None
        )
        counting = RecordCounter(self._client, rights, schema)
        recipients = [*external_users.guests, *(groups.guests if groups else ())]
        counts = counting.count(recipients if self._permissions.can_count else None)
        rule_recipients = {
            who
            for rows in counts.shares.values()
            for (who, cause), n in rows.items()
            if cause not in GUEST_CAUSES and n
        }
        definitions = self._read_definitions(rights, external_users.user_counts)
        sharing = SharingContext(
            groups=groups.guests if groups else None,
            recipients=self._resolve_recipients(
                rule_recipients, external_users.user_counts, groups
            ),
            user_counts=external_users.user_counts,
        )
        access_by_object = counting.object_access(definitions, sharing)
        yield from self._object_items(rights, schema, access_by_object, sharing)
        if unclear := sorted(counts.failed):
            self._gaps.add(
                say("salesforce.unclear", count=len(unclear), objects=first_names(unclear)),
                say("salesforce.unclear_hint"),
            )
        if QUERY_ALL_FILES in self._permissions.names:
            yield from self._file_items(
                external_users.guests, schema, counting.count_files(access_by_object, sharing)
            )

    def _object_items(
        self,
        rights: PermissionsByObject,
        schema: Schema,
        access_by_object: Mapping[str, ObjectAccess],
        sharing: SharingContext,
    ) -> Iterator[Item]:
        for name, own_rights in rights.items():
            grants = build_grants(own_rights, access_by_object[name], sharing)
            guest_sets = {r.set_id for r in own_rights if isinstance(r.holder, GuestUser)}
            if grants:
                data = schema.data_kinds(name, guest_sets or {r.set_id for r in own_rights})
                if name == "User":
                    data = shown_kinds(self._client, self._gaps, grants, data)
                yield Item(
                    id=name,
                    kind="object",
                    name=schema.labels.get(name, name),
                    url=self._client.instance_url
                    + f"/lightning/setup/ObjectManager/{name}/Details/view",
                    data=data,
                    grants=tuple(grants),
                )

    def _file_items(
        self,
        guests: Mapping[str, GuestUser],
        schema: Schema,
        files: Mapping[tuple[str, str], int | None],
    ) -> Iterator[Item]:
        """Yield items for the files on records that reach guests.

        A file with visibility AllUsers can be read with the record.

        Source: https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-contentdocumentlink.html (read 2026-11-29)
        """  # noqa: E501 -- an address
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
                    cause=GrantCause.PARENT,
                )
            )
        if unclear := sorted(name for (name, _), count in files.items() if count is None):
            self._gaps.add(
                say("salesforce.unclear_files", objects=first_names(unclear)),
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

    def _check_permission_set_groups(
        self, external_users: ExternalUsers, rows: Iterable[Row]
    ) -> None:
        if without_rows := external_users.group_sets & external_users.holders.keys() - {
            row["ParentId"] for row in rows
        }:
            # Not documented that the set of a group always has ObjectPermissions rows.
            self._gaps.add(
                say("salesforce.set_groups", count=len(without_rows)),
                say("salesforce.set_groups_hint"),
            )

    def _read_schema(self, names: Iterable[str], sets: Iterable[str]) -> Schema:
        chunks = list(queries.chunks(sets))
        statements = [queries.field_permissions(some) for some in chunks]
        every_field = [queries.all_fields_permissions(some) for some in chunks]
        statements += [queries.entity_definitions(some) for some in queries.chunks(names)]
        answers = list(self._client.batch_query(statements))
        rows_by_statement = [self._gaps.rows(answer) for answer in answers]
        hidden = any(isinstance(answer, QueryRefusal) for answer in answers[: len(chunks)])
        shown = readable_fields_by_object(
            row for rows in rows_by_statement[: len(chunks)] for row in rows
        )
        schema = Schema(readable_fields=None if hidden else shown)
        for answer in self._client.batch_query(every_field):
            # An API version without the field refuses it: there is no View All Fields then.
            for row in self._gaps.optional_rows(answer):
                schema.all_fields.add((row["SobjectType"], row["ParentId"]))
        for row in (row for rows in rows_by_statement[len(chunks) :] for row in rows):
            schema.add_object(row)
        following = sorted(schema.parent_controlled)
        for name, described in zip(
            following, self._client.describe_objects(following), strict=True
        ):
            if isinstance(described, QueryRefusal) and name not in STANDARD_PARENTS:
                self._gaps.add_refusal(described)
            schema.link_parent(name, described if isinstance(described, dict) else None)
        if parents := {parent for _, parent in schema.parents.values()} - schema.labels.keys():
            for row in self._query_all(
                queries.entity_definitions(some) for some in queries.chunks(parents)
            ):
                schema.add_object(row)
        custom = described_object_ids(names, schema.durable_ids, schema.with_custom_fields())
        answers = self._client.batch_query(
            queries.field_definitions(durable) for durable in custom.values()
        )
        for name, answer in zip(custom, answers, strict=True):
            schema.add_fields(name, self._gaps.rows(answer))
        return schema

    def _guest_groups(
        self, guests: Collection[str], answers: list[QueryResult]
    ) -> GuestGroups | None:
        """Return which groups hold guests or groups; None where a query was refused."""
        rows = [row for answer in answers for row in self._gaps.rows(answer)]
        hidden = any(isinstance(answer, QueryRefusal) for answer in answers)
        return None if hidden else find_guest_groups(guests, rows)

    def _resolve_recipients(
        self,
        rule_recipients: Iterable[str],
        user_counts: ExternalUserCounts,
        groups: GuestGroups | None,
    ) -> dict[str, ShareRecipient]:
        """Return the recipients of rules; groups in groups only where these could be read."""
        nested = groups.nested if groups else dict[str, Collection[str]]()
        return GroupResolver(self._query_all, user_counts, nested).resolve(rule_recipients)

    def _read_definitions(
        self, rights: PermissionsByObject, user_counts: ExternalUserCounts
    ) -> SharingDefinitions:
        """Return the sharing definitions of these objects; empty below tier C."""
        if not self._permissions.can_read_rules:
            return SharingDefinitions()
        members = bool(user_counts.members)
        return read_sharing_definitions(self._client, self._gaps, rights, with_sharing_sets=members)

    def _query_all(self, statements: Iterable[str]) -> Iterator[Row]:
        return self._gaps.query_all(self._client, statements)
