"""Counts of records per recipient: share rows, totals, children of shared parents, files.

Share rows do not exist for access by organization-wide defaults, the role hierarchy, View All and
sharing sets, nor for the detail side of a master-detail relationship.

Sources:

Source: https://developer.salesforce.com/docs/platform/apex-dev/references/apex-dev/apex-bulk-sharing-creating-with-apex.html (read 2026-11-29)
Source: https://developer.salesforce.com/docs/marketing/loyalty-api/guide/sforce-api-associated-objects-share.html (read 2026-11-29)
"""  # noqa: E501

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from connectors.salesforce import soql
from connectors.salesforce.client import Answer, Client
from connectors.salesforce.definitions import Definitions
from connectors.salesforce.refusals import Unanswered
from connectors.salesforce.rights import Right
from connectors.salesforce.schema import Schema
from connectors.salesforce.sites import Guest
from connectors.salesforce.ways import CLOSED, Reach, World
from connectors.sdk.records import UNKNOWN, Access, Unknown

Rights = Mapping[str, list[Right]]
Key = TypeVar("Key")


@dataclass(slots=True, kw_only=True)
class Counts:
    """The counts so far, by object. A count that was refused is missing.

    Attributes:
        shares: Number of share rows by recipient id and row cause.
        totals: Number of all records.
        failed: Objects whose count Salesforce refused although it exists.
    """

    shares: dict[str, dict[tuple[str, str], int]] = field(
        default_factory=dict[str, dict[tuple[str, str], int]]
    )
    sizes: dict[str, int] = field(default_factory=dict[str, int])
    unanswered: set[str] = field(default_factory=set[str])

    def receivers_of(self, name: str, ids: Collection[str]) -> list[str]:
        """Return, sorted, those of these user and group ids that have share rows of an object."""
        shared = {who for (who, _), count in self.shares.get(name, {}).items() if count}
        return sorted(shared & set(ids))


class Counting:
    """Counts records of all objects together, so that five statements cost one call."""

    def __init__(self, client: Client, rights: Rights, schema: Schema) -> None:
        self._client = client
        self._rights = rights
        self._schema = schema
        self._counts = Counts()

    def count(self, receivers: Sequence[str] | None) -> Counts:
        """Count share rows of recipients and rules, and totals of fully visible objects.

        Args:
            recipients: Ids of guests and of groups that hold them. None counts nothing: without
                View All
                Data Salesforce would return only a part of the rows.
        """
        if receivers is None:
            return self._counts
        tables = [name for name in self._with_parents() if name not in self._schema.by_parent]
        portions = list(soql.chunks(receivers)) or [()]
        asked = [(name, soql.shares(name, some)) for name in tables for some in portions]
        asked += [(name, soql.size(name)) for name in self._rights if self._all_open(name)]
        for name, told in self._ask(asked):
            if isinstance(told, int):
                self._counts.sizes[name] = told
            elif isinstance(told, list):
                counts = self._counts.shares.setdefault(name, {})
                counts.update({(r["UserOrGroupId"], r["RowCause"]): int(r["n"]) for r in told})
            else:
                self._doubt(name, told)
        return self._counts

    def reaches(self, defined: Definitions, world: World) -> dict[str, Reach]:
        """Return what is known about the access to every object.

        Children of a shared parent are counted here, per guest and per group of external users.
        """
        found = {
            name: Reach(
                shares=self._counts.shares.get(name),
                size=self._counts.sizes.get(name),
                default=self._default(name),
                by_parent=name in self._schema.by_parent,
                rules=None if defined.rules is None else defined.rules.get(name, ()),
                mappings=defined.mappings.get(self._followed(name), ()),
            )
            for name in self._rights
        }
        asked: list[tuple[tuple[str, str], str]] = []
        below: dict[str, dict[str, int | Unknown]] = {}
        for name in self._schema.by_parent & self._rights.keys():
            below[name] = {}
            for who, ids in self._readers(name, world).items():
                known = self._below(name, who, ids)
                if isinstance(known, str):
                    asked.append(((name, who), known))
                else:
                    below[name][who] = known
        for (name, who), told in self._ask(asked):
            below[name][who] = told if isinstance(told, int) else UNKNOWN
            self._doubt(name, told)
        return {n: replace(r, below=below[n]) if n in below else r for n, r in found.items()}

    def files(
        self, reaches: Mapping[str, Reach], world: World
    ) -> dict[tuple[str, str], int | None]:
        """Return by object and guest id the number of files on the records that reach the guest.

        None where only the files of all records could be counted, and there are some.
        """
        asked: list[tuple[tuple[str, str, bool], str]] = []
        for name, rights in self._rights.items():
            reach = reaches[name]
            every = {r.holder for r in rights if r.access is Access.ALL_RECORDS}
            open_to_all = reach.open_by_default and not world.hardened
            for guest in {r.holder for r in rights if isinstance(r.holder, Guest)}:
                ids = self._counts.receivers_of(name, ids_of(guest.id, world))
                whole = guest in every or open_to_all
                if whole or ids:
                    statement = soql.attached(name, None if whole else ids)
                    asked.append(((name, guest.id, True), statement))
                elif _unclear(reach, guest):
                    asked.append(((name, guest.id, False), soql.attached(name, None)))
        return {
            (name, who): n if isinstance(n, int) and (exact or n == 0) else None
            for (name, who, exact), n in self._ask(sorted(asked))
        }

    def _doubt(self, name: str, told: Answer) -> None:
        """Note a count that failed. An object without a share table is no failure."""
        if isinstance(told, Unanswered):
            self._counts.unanswered.add(name)

    def _ask(self, asked: list[tuple[Key, str]]) -> Iterable[tuple[Key, Answer]]:
        answers = self._client.answers(statement for _, statement in asked)
        return zip((key for key, _ in asked), answers, strict=True)

    def _with_parents(self) -> list[str]:
        parents = {self._schema.parents[n][1] for n in self._rights if n in self._schema.parents}
        return sorted({*self._rights, *parents})

    def _default(self, name: str) -> str | None:
        """Return the external default of an object, or of the parent that it follows."""
        return self._schema.defaults.get(self._followed(name))

    def _followed(self, name: str) -> str:
        """Return the parent whose sharing an object follows, or the object itself."""
        if name in self._schema.by_parent and name in self._schema.parents:
            return self._schema.parents[name][1]
        return name

    def _all_open(self, name: str) -> bool:
        """Return True if an external user may see every record, so that the total is needed."""
        every = any(r.access is Access.ALL_RECORDS for r in self._related(name))
        return every or (self._default(name) or "Private") not in CLOSED

    def _related(self, name: str) -> list[Right]:
        parent = (
            self._schema.parents.get(name, ("", ""))[1] if name in self._schema.by_parent else ""
        )
        return [*self._rights.get(name, ()), *self._rights.get(parent, ())]

    def _readers(self, name: str, world: World) -> dict[str, list[str]]:
        """Return the readers of a child object: guests, and groups of external users."""
        guests = {r.holder.id for r in self._rights[name] if isinstance(r.holder, Guest)}
        readers = {guest: ids_of(guest, world) for guest in guests}
        if len(guests) < len({r.holder for r in self._rights[name]}):
            readers |= {receiver: [receiver] for receiver in world.receivers}
        return readers

    def _below(self, name: str, who: str, ids: list[str]) -> int | Unknown | str:
        """Return how many children a reader of parents sees, or the statement that counts them."""
        field, parent = self._schema.parents.get(name, ("", ""))
        every = any(
            r.access is Access.ALL_RECORDS and isinstance(r.holder, Guest) and r.holder.id == who
            for r in self._rights.get(parent, ())
        )
        if every:
            return self._counts.sizes.get(name, UNKNOWN)
        if not parent or parent in self._schema.by_parent or parent not in self._counts.shares:
            return UNKNOWN
        shared = self._counts.receivers_of(parent, ids)
        return soql.children(name, field, parent, shared) if shared else 0


def _unclear(reach: Reach, guest: Guest) -> bool:
    """Return True if some records may reach a guest, but not which."""
    if reach.by_parent:
        return reach.below.get(guest.id, UNKNOWN) != 0
    return reach.shares is None


def ids_of(guest: str, world: World) -> list[str]:
    """Return the id of a guest and of the groups and queues that hold it."""
    return [guest, *(group for group, held in (world.groups or {}).items() if guest in held)]
