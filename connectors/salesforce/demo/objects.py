"""The scenario's objects as the API returns them: rows, share rows, definitions."""

from __future__ import annotations

from connectors.salesforce.demo.ids import vendor_id
from connectors.salesforce.demo.records import (
    CHILDREN,
    FIELDS,
    FILES,
    LABELS,
    OPEN,
    PARENTS,
    SHARES,
    SIZES,
)
from connectors.salesforce.demo.soql import WEIGHT, Row, Table, paths_of, table_of
from connectors.salesforce.share_queries import ACCOUNT_LEVELS, record_field, share_table
from connectors.sdk.demo import LINK_CANARY


def record_tables(size: int, *, visible: bool) -> dict[str, Table]:
    """Return the tables of objects and share tables. Record names are canaries, to detect leaks."""
    tables: dict[str, Table] = {}
    for name, shares in SHARES.items():
        record = record_field(name)
        rows: list[Row] = [
            {
                "Id": "",
                record: shared_record(name, i),
                "UserOrGroupId": who,
                "RowCause": cause,
                WEIGHT: count + size // 100,
            }
            for i, (who, cause, count) in enumerate(shares if visible else ())
        ]
        levels = [*ACCOUNT_LEVELS.values()] if name == "Account" else []
        fields = ("Id", record, "UserOrGroupId", "RowCause", *levels)
        tables[share_table(name)] = table_of(
            [dict.fromkeys(levels, "None") | row for row in rows], fields
        )
    for name in LABELS.keys() - {"User"}:
        record_rows: list[Row] = [{"Id": "", "Name": LINK_CANARY, WEIGHT: SIZES.get(name, 0)}]
        if name in PARENTS:
            field = PARENTS[name][0]
            record_rows = [
                {"Id": "", "Name": LINK_CANARY, field: shared_record(parent, index), WEIGHT: count}
                for parent, index, count in CHILDREN.get(name, (("", 0, SIZES.get(name, 0)),))
            ]
        tables[name] = table_of(record_rows if visible else [], paths_of(record_rows[0]))
    return tables


def shared_record(name: str, index: int) -> str:
    """Return the id of the record that a share row shares."""
    return vendor_id("500", (sorted(SHARES).index(name) + 1) * 100 + index) if name else ""


def file_links() -> Table:
    """Return the table of files on records."""
    rows: list[Row] = [
        {
            "Id": "",
            "LinkedEntityId": shared_record(name, index),
            "Visibility": visibility,
            WEIGHT: count,
        }
        for name, files in FILES.items()
        for index, visibility, count in files
    ]
    return table_of(rows, filtered_by="LinkedEntityId")


def durable_id(name: str) -> str:
    """Return the durable id of an object: its name for standard objects."""
    number = sorted(LABELS).index(name)
    return vendor_id("01I", number)[:15] if name.endswith("__c") else name


def entities(*, old: bool) -> list[Row]:
    """Return the EntityDefinition rows."""

    def outside(name: str) -> str:
        if name in PARENTS:
            return "ControlledByParent"
        return "Read" if old and name == "Lead" else OPEN.get(name, "Private")

    return [
        {
            "QualifiedApiName": name,
            "DurableId": durable_id(name),
            "Label": label,
            "InternalSharingModel": outside(name) if name in PARENTS else "ReadWrite",
            "ExternalSharingModel": outside(name),
        }
        for name, label in LABELS.items()
    ]


def fields_of_all() -> list[Row]:
    """Return the FieldDefinition rows."""
    return [
        {
            "EntityDefinitionId": durable_id(name),
            "QualifiedApiName": field,
            "Label": label,
            "DataType": kind,
            "IsNillable": empty,
        }
        for name, fields in FIELDS.items()
        for field, label, kind, empty in fields
    ]


def description_of(name: str) -> Row | None:
    """Return the describe result of an object; None where there is none."""
    if name not in LABELS:
        return None
    fields: list[Row] = [{"name": "OwnerId", "referenceTo": ["User"], "cascadeDelete": False}]
    if name in PARENTS:
        field, parent = PARENTS[name]
        fields = [
            {"name": "Reviewer__c", "referenceTo": ["User"], "cascadeDelete": False},
            {"name": field, "referenceTo": [parent], "cascadeDelete": True},
        ]
    return {"name": name, "label": LABELS[name], "fields": fields}
