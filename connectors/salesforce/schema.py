"""Schema of the objects that guests and external users may read: defaults, parents, fields.

Sources:

Source: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_entitydefinition.htm (read 2026-08-15)
Source: https://developer.salesforce.com/docs/platform/apex-dev/references/apex-dev/apex-bulk-sharing-creating-with-apex.html (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.salesforce.data_kinds import FieldDefinition, is_custom_field, object_data_kinds
from connectors.salesforce.object_access import CONTROLLED_BY_PARENT

Row = Mapping[str, Any]

STANDARD_PARENTS = {"Contact": ("AccountId", "Account"), "Asset": ("AccountId", "Account")}
"""Standard objects that can be controlled by their account without a master-detail field."""
# Sharing models of objects that follow another record.
# Source: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_entitydefinition.htm (read 2026-08-15)  # noqa: E501 -- an address
PARENT_CONTROLLED = frozenset(
    {CONTROLLED_BY_PARENT, "ControlledByLeadOrContact", "ControlledByCampaign"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """Schema facts by object. What could not be read is missing.

    Attributes:
        labels: Labels of objects.
        durable_ids: Durable ids, to query field definitions by.
        external_defaults: Organization-wide defaults for external users.
        parent_controlled: Objects whose access follows a parent record.
        parents: Lookup field and parent object of these.
        fields: Field definitions of custom objects.
        readable_fields: Readable fields by object and permission set; None where not all were read.
        all_fields: Pairs of object and permission set with View All Fields.
    """

    labels: dict[str, str] = field(default_factory=dict[str, str])
    durable_ids: dict[str, str] = field(default_factory=dict[str, str])
    external_defaults: dict[str, str] = field(default_factory=dict[str, str])
    parent_controlled: set[str] = field(default_factory=set[str])
    parents: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    fields: dict[str, list[FieldDefinition]] = field(
        default_factory=dict[str, "list[FieldDefinition]"]
    )
    readable_fields: dict[str, dict[str, set[str]]] | None = None
    all_fields: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def add_object(self, row: Row) -> None:
        """Add an object from an EntityDefinition row."""
        name = row["QualifiedApiName"]
        inside, outside = row["InternalSharingModel"], row["ExternalSharingModel"]
        self.labels[name] = str(row["Label"] or name)
        self.durable_ids[name] = row["DurableId"]
        if outside:
            self.external_defaults[name] = outside
        if PARENT_CONTROLLED & {inside, outside}:
            self.parent_controlled.add(name)

    def add_fields(self, name: str, rows: Iterable[Row]) -> None:
        """Add the fields of an object from FieldDefinition rows."""
        self.fields[name] = [
            FieldDefinition(
                QualifiedApiName=row["QualifiedApiName"],
                Label=row["Label"],
                DataType=row["DataType"],
                IsNillable=row["IsNillable"],
            )
            for row in rows
        ]

    def link_parent(self, name: str, described: Row | None) -> None:
        """Set the parent of an object from its describe result: the master-detail field.

        A master-detail field has `cascadeDelete` and one referenced object.

        Source: not documented; assumed
        """
        master = [
            (f["name"], f["referenceTo"][0])
            for f in (described or {}).get("fields", ())
            if f.get("cascadeDelete") and len(f.get("referenceTo") or ()) == 1
        ]
        parent = master[0] if master else STANDARD_PARENTS.get(name)
        if parent:
            self.parents[name] = parent

    def with_custom_fields(self) -> set[str] | None:
        """Return the objects of which a custom field is readable; None where not known."""
        if self.readable_fields is None:
            return None
        shown = {
            name
            for name, sets in self.readable_fields.items()
            if any(is_custom_field(field) for fields in sets.values() for field in fields)
        }
        return shown | {name for name, _ in self.all_fields}

    def data_kinds(self, name: str, sets: Collection[str]) -> tuple[str, ...]:
        """Return the kinds of data of an object that any of these permission sets shows."""
        readable = None
        every = any((name, each) in self.all_fields for each in sets)
        if self.readable_fields is not None and not every:
            readable = {
                f for each in sets for f in self.readable_fields.get(name, {}).get(each, ())
            }
        return object_data_kinds(name, readable, self.fields.get(name, ()))


def readable_fields_by_object(rows: Iterable[Row]) -> dict[str, dict[str, set[str]]]:
    """Return the readable fields by object and permission set, from FieldPermissions rows."""
    shown: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in rows:
        shown[row["SobjectType"]][row["ParentId"]].add(row["Field"])
    return {name: dict(sets) for name, sets in shown.items()}
