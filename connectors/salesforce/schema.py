"""What the schema says of the objects that outsiders may read: defaults, parents, fields."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.salesforce.kinds import Field, kinds_of
from connectors.salesforce.ways import BY_PARENT

Row = Mapping[str, Any]

STANDARD_PARENTS = {"Contact": ("AccountId", "Account"), "Asset": ("AccountId", "Account")}
"""Where the default is "controlled by parent" without a master-detail field."""
FOLLOWING = frozenset({BY_PARENT, "ControlledByLeadOrContact", "ControlledByCampaign"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """By object; what is missing could not be read. `shown` are fields by permission set."""

    labels: dict[str, str] = field(default_factory=dict[str, str])
    durable_ids: dict[str, str] = field(default_factory=dict[str, str])
    defaults: dict[str, str] = field(default_factory=dict[str, str])
    by_parent: set[str] = field(default_factory=set[str])
    parents: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    fields: dict[str, list[Field]] = field(default_factory=dict[str, "list[Field]"])
    shown: dict[str, dict[str, set[str]]] | None = None

    def learn(self, row: Row) -> None:
        """Take in a definition."""
        name = row["QualifiedApiName"]
        inside, outside = row["InternalSharingModel"], row["ExternalSharingModel"]
        self.labels[name] = str(row["Label"] or name)
        self.durable_ids[name] = row["DurableId"]
        if outside:
            self.defaults[name] = outside
        if FOLLOWING & {inside, outside}:
            self.by_parent.add(name)

    def describe(self, name: str, rows: Iterable[Row]) -> None:
        """Take in the fields of an object."""
        self.fields[name] = [
            Field(
                QualifiedApiName=row["QualifiedApiName"],
                Label=row["Label"],
                DataType=row["DataType"],
                IsNillable=row["IsNillable"],
            )
            for row in rows
        ]

    def hang(self, name: str, described: Row | None) -> None:
        """Find the parent that an object's records follow, by its description."""
        master = [
            (f["name"], f["referenceTo"][0])
            for f in (described or {}).get("fields", ())
            if f.get("cascadeDelete") and len(f.get("referenceTo") or ()) == 1
        ]
        parent = master[0] if master else STANDARD_PARENTS.get(name)
        if parent:
            self.parents[name] = parent

    def kinds(self, name: str, sets: Collection[str]) -> tuple[str, ...]:
        """The kinds of data that one of these permission sets shows of an object."""
        shown = None
        if self.shown is not None:
            shown = {f for each in sets for f in self.shown.get(name, {}).get(each, ())}
        return kinds_of(name, shown, self.fields.get(name, ()))


def shown_by(rows: Iterable[Row]) -> dict[str, dict[str, set[str]]]:
    """The readable fields by object and permission set."""
    shown: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in rows:
        shown[row["SobjectType"]][row["ParentId"]].add(row["Field"])
    return {name: dict(sets) for name, sets in shown.items()}
