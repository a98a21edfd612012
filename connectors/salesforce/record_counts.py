"""Counts of records per recipient: share rows, totals, children of shared parents, files.

Share rows do not exist for access by organization-wide defaults, the role hierarchy, View All and
sharing sets, nor for the detail side of a master-detail relationship.

Sources:

Source: https://developer.salesforce.com/docs/platform/apex-dev/references/apex-dev/apex-bulk-sharing-creating-with-apex.html (read 2026-11-29)
Source: https://developer.salesforce.com/docs/marketing/loyalty-api/guide/sforce-api-associated-objects-share.html (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from connectors.salesforce import queries, share_queries
from connectors.salesforce.client import Client, QueryResult
from connectors.salesforce.object_access import PRIVATE_DEFAULTS, ObjectAccess, SharingContext
from connectors.salesforce.permission_sets import (
    IMPLICIT_OBJECTS,
    ExternalMembers,
    ObjectPermission,
)
from connectors.salesforce.query_pages import PartialRows, Row
from connectors.salesforce.schema import Schema
from connectors.salesforce.sharing_metadata import SharingDefinitions
from connectors.salesforce.sites import GuestUser
from connectors.sdk.errors import UnexpectedResponse
from connectors.sdk.records import UNKNOWN, Access, Unknown

PermissionsByObject = Mapping[str, list[ObjectPermission]]
Key = TypeVar("Key")
_SHARES, _GROUPS, _USERS, _TOTAL = "shares", "groups", "users", "total"


@dataclass(slots=True, kw_only=True)
class RecordCounts:
    """The counts so far, by object. A count that was refused is missing.

    Attributes:
        shares: Number of share rows by recipient id and row cause.
        user_shares: Number of records shared with external users themselves, by row cause.
        unread_shares: Objects of which not all share rows of guests and rules were counted.
        totals: Number of all records.
        failed: Objects whose count Salesforce refused although it exists.
    """

    shares: dict[str, dict[tuple[str, str], int]] = field(
        default_factory=dict[str, dict[tuple[str, str], int]]
    )
    user_shares: dict[str, dict[str, int]] = field(default_factory=dict[str, dict[str, int]])
    totals: dict[str, int] = field(default_factory=dict[str, int])
    unread_shares: set[str] = field(default_factory=set[str])
    failed: set[str] = field(default_factory=set[str])

    def recipients_among(self, name: str, ids: Collection[str]) -> list[str]:
        """Return, sorted, those of these user and group ids that have share rows of an object."""
        shared = {who for (who, _), count in self.shares.get(name, {}).items() if count}
        return sorted(shared & set(ids))


class RecordCounter:
    """Counts records of all objects together, so that five statements cost one call."""

    def __init__(self, client: Client, rights: PermissionsByObject, schema: Schema) -> None:
        self._client = client
        self._rights = rights
        self._schema = schema
        self._counts = RecordCounts()

    def count(self, recipients: Sequence[str] | None) -> RecordCounts:
        """Count share rows of recipients and rules, and totals of fully visible objects.

        Args:
            recipients: Ids of guests and of groups that hold them. None counts nothing: without
                View All
                Data Salesforce would return only a part of the rows.
        """
        if recipients is None:
            return self._counts
        tables = [
            name
            for name in self._objects_and_parents()
            if name not in self._schema.parent_controlled
        ]
        chunks = list(queries.chunks(recipients)) or [()]
        statements = [
            ((name, _SHARES), share_queries.share_counts(name, some))
            for name in tables
            for some in chunks
        ]
        for name in tables:
            if kinds := self._user_types(name):
                statements += [
                    ((name, _GROUPS), share_queries.group_share_counts(name)),
                    ((name, _USERS), share_queries.user_share_counts(name, kinds)),
                ]
        statements += [
            ((name, _TOTAL), queries.record_count(name))
            for name in self._rights
            if self._everything_visible(name)
        ]
        for (name, what), result in self._query(statements):
            if isinstance(result, int):
                self._counts.totals[name] = result
            elif isinstance(result, list):
                self._add_shares(name, what, result)
            if what == _SHARES and (
                isinstance(result, PartialRows) or not isinstance(result, list)
            ):
                self._counts.unread_shares.add(name)
            self._note_failure(name, result)
        self._count_ruled()
        for name in self._counts.unread_shares.intersection(IMPLICIT_OBJECTS, self._rights):
            self._counts.failed.add(name)  # it has a share table in every organization
        return self._counts

    def _count_ruled(self) -> None:
        """Count all records of objects with rules: a rule that opens as many leaves none out."""
        ruled = {
            name
            for name, shares in self._counts.shares.items()
            if any(cause in ("GuestRule", "Rule") and n for (_, cause), n in shares.items())
        }
        names = sorted((ruled & self._rights.keys()) - self._counts.totals.keys())
        for name, result in self._query([(name, queries.record_count(name)) for name in names]):
            if isinstance(result, int):
                self._counts.totals[name] = result
            self._note_failure(name, result)

    def _add_shares(self, name: str, what: str, rows: list[Row]) -> None:
        users, shares = self._counts.user_shares, self._counts.shares
        for row in rows:
            if what == _USERS:
                users.setdefault(name, {})[row["RowCause"]] = int(row["n"])
            else:
                key = (row["UserOrGroupId"], row["RowCause"])
                shares.setdefault(name, {})[key] = int(row["n"])
        if what == _SHARES:
            shares.setdefault(name, {})

    def _user_types(self, name: str) -> set[str]:
        """Return the types of the external users who may read an object."""
        holders = [r.holder for r in self._rights.get(name, ())]
        if name == "Account":  # its share rows open other objects as well
            children = [n for n in share_queries.ACCOUNT_LEVELS if n in self._rights]
            holders += [r.holder for child in children for r in self._rights[child]]
        return {
            k for holder in holders if isinstance(holder, ExternalMembers) for k in holder.kinds
        }

    def object_access(
        self, defined: SharingDefinitions, sharing: SharingContext
    ) -> dict[str, ObjectAccess]:
        """Return what is known about the access to every object.

        Children of a shared parent are counted here, per guest and per group of external users.
        """
        by_account = self._count_by_account(sharing)
        found = {
            name: ObjectAccess(
                name=name,
                user_shares=self._counts.user_shares.get(name, {}),
                account_shares=by_account.get(name, {}),
                shares=self._counts.shares.get(name),
                shares_complete=name in self._counts.shares
                and name not in self._counts.unread_shares,
                total=self._counts.totals.get(name),
                external_default=self._external_default(name),
                parent_controlled=name in self._schema.parent_controlled,
                rules=defined.rules_of(name),
                access_mappings=defined.access_mappings.get(self._sharing_parent(name), ()),
            )
            for name in self._rights
        }
        statements: list[tuple[tuple[str, str], str]] = []
        child_counts: dict[str, dict[str, int | Unknown]] = {}
        for name in self._schema.parent_controlled & self._rights.keys():
            child_counts[name] = {}
            for who, ids in self._readers(name, sharing).items():
                known = self._child_count(name, who, ids)
                if isinstance(known, str):
                    statements.append(((name, who), known))
                else:
                    child_counts[name][who] = known
        for (name, who), result in self._query(statements):
            child_counts[name][who] = result if isinstance(result, int) else UNKNOWN
            self._note_failure(name, result)
        return {
            n: replace(r, child_counts=child_counts[n]) if n in child_counts else r
            for n, r in found.items()
        }

    def _count_by_account(self, sharing: SharingContext) -> dict[str, dict[str, int | Unknown]]:
        """Count, by object and reader, the records that share rows of their accounts open."""
        statements: list[tuple[tuple[str, str], str]] = []
        for name in share_queries.ACCOUNT_LEVELS.keys() & self._rights.keys():
            if name in self._schema.parent_controlled:
                continue
            for who, ids in self._readers(name, sharing).items():
                if shared := self._counts.recipients_among("Account", ids):
                    count = share_queries.account_child_count(name, shared)
                    statements.append(((name, who), count))
            if self._counts.user_shares.get("Account"):
                level = share_queries.ACCOUNT_LEVELS[name]
                kinds = self._user_types(name)
                if kinds:
                    count = share_queries.user_share_counts("Account", kinds, level)
                    statements.append(((name, ""), count))
        found: dict[str, dict[str, int | Unknown]] = {}
        for (name, who), result in self._query(sorted(statements)):
            if isinstance(result, int) and result:
                found.setdefault(name, {})[who] = result
            elif not isinstance(result, int) and result != []:
                found.setdefault(name, {})[who] = UNKNOWN  # accounts, not records, were counted
            self._note_failure(name, result)
        return found

    def count_files(
        self, access_by_object: Mapping[str, ObjectAccess], sharing: SharingContext
    ) -> dict[tuple[str, str], int | None]:
        """Return by object and guest id the number of files on the records that reach the guest.

        None where only the files of all records could be counted, and there are some.
        """
        statements: list[tuple[tuple[str, str, bool], str]] = []
        for name, rights in self._rights.items():
            object_access = access_by_object[name]
            view_all_holders = {r.holder for r in rights if r.access is Access.ALL_RECORDS}
            for guest in {r.holder for r in rights if isinstance(r.holder, GuestUser)}:
                ids = self._counts.recipients_among(name, guest_and_groups(guest.id, sharing))
                sees_all = guest in view_all_holders
                if sees_all or ids:
                    statement = share_queries.file_count(name, None if sees_all else ids)
                    statements.append(((name, guest.id, True), statement))
                elif _may_reach(object_access, guest):
                    statements.append(
                        ((name, guest.id, False), share_queries.file_count(name, None))
                    )
        return {
            (name, who): n if isinstance(n, int) and (exact or n == 0) else None
            for (name, who, exact), n in self._query(sorted(statements))
        }

    def _note_failure(self, name: str, result: QueryResult) -> None:
        """Note a count that failed. An object without a share table is no failure."""
        if isinstance(result, UnexpectedResponse | PartialRows):
            self._counts.failed.add(name)

    def _query(self, statements: list[tuple[Key, str]]) -> Iterable[tuple[Key, QueryResult]]:
        answers = self._client.batch_query(statement for _, statement in statements)
        return zip((key for key, _ in statements), answers, strict=True)

    def _objects_and_parents(self) -> list[str]:
        parents = {self._schema.parents[n][1] for n in self._rights if n in self._schema.parents}
        if not share_queries.ACCOUNT_LEVELS.keys().isdisjoint(self._rights):
            parents.add("Account")
        return sorted({*self._rights, *parents})

    def _external_default(self, name: str) -> str | None:
        """Return the external default of an object, or of the parent that it follows."""
        return self._schema.external_defaults.get(self._sharing_parent(name))

    def _sharing_parent(self, name: str) -> str:
        """Return the parent whose sharing an object follows, or the object itself."""
        if name in self._schema.parent_controlled and name in self._schema.parents:
            return self._schema.parents[name][1]
        return name

    def _everything_visible(self, name: str) -> bool:
        """Return True if an external user may see every record, so that the total is needed."""
        every = any(r.access is Access.ALL_RECORDS for r in self._permissions_with_parent(name))
        return every or (self._external_default(name) or "Private") not in PRIVATE_DEFAULTS

    def _permissions_with_parent(self, name: str) -> list[ObjectPermission]:
        parent = (
            self._schema.parents.get(name, ("", ""))[1]
            if name in self._schema.parent_controlled
            else ""
        )
        return [*self._rights.get(name, ()), *self._rights.get(parent, ())]

    def _readers(self, name: str, sharing: SharingContext) -> dict[str, list[str]]:
        """Return the readers of a child object: guests, and groups of external users."""
        guests = {r.holder.id for r in self._rights[name] if isinstance(r.holder, GuestUser)}
        readers = {guest: guest_and_groups(guest, sharing) for guest in guests}
        if len(guests) < len({r.holder for r in self._rights[name]}):
            readers |= {recipient: [recipient] for recipient in sharing.recipients}
        return readers

    def _child_count(self, name: str, who: str, ids: list[str]) -> int | Unknown | str:
        """Return how many children a reader of parents sees, or the statement that counts them."""
        field, parent = self._schema.parents.get(name, ("", ""))
        every = any(
            r.access is Access.ALL_RECORDS
            and isinstance(r.holder, GuestUser)
            and r.holder.id == who
            for r in self._rights.get(parent, ())
        )
        if every:
            return self._counts.totals.get(name, UNKNOWN)
        if (
            not parent
            or parent in self._schema.parent_controlled
            or parent not in self._counts.shares
        ):
            return UNKNOWN
        shared = self._counts.recipients_among(parent, ids)
        return share_queries.child_count(name, field, parent, shared) if shared else 0


def _may_reach(object_access: ObjectAccess, guest: GuestUser) -> bool:
    """Return True if some records may reach a guest, but not which."""
    if object_access.parent_controlled:
        return object_access.child_counts.get(guest.id, UNKNOWN) != 0
    return object_access.shares is None


def guest_and_groups(guest: str, sharing: SharingContext) -> list[str]:
    """Return the id of a guest and of the groups and queues that hold it."""
    return [
        guest,
        *(group for group, members in (sharing.groups or {}).items() if guest in members),
    ]
