"""Kinds of personal data that an object shows, judged by its schema and never by record contents.

Custom fields are recognised by type, name and label in English and Japanese; fields of standard
objects by API name.

Source: https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-fieldpermissions.html (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import TypedDict


class FieldDefinition(TypedDict):
    """A row of FieldDefinition, with Salesforce's field names."""

    QualifiedApiName: str
    Label: str | None
    DataType: str | None
    IsNillable: bool | None


DATA_KINDS = ("person", "email", "phone", "birth_date", "address", "payment", "health")

PERSON_OBJECTS = {"Contact": "person", "Lead": "person", "User": "person", "Individual": "person"}
"""Objects whose records are people. Their name field has no field-level security."""

_STANDARD_BY_KIND = {
    "person": "Case.SuppliedName",
    "email": "Contact.Email Lead.Email User.Email Case.SuppliedEmail Account.PersonEmail",
    "phone": (
        "Contact.Phone Contact.MobilePhone Contact.HomePhone Contact.OtherPhone Lead.Phone "
        "Lead.MobilePhone User.Phone User.MobilePhone Case.SuppliedPhone "
        "Account.PersonMobilePhone Account.PersonHomePhone"
    ),
    "birth_date": "Contact.Birthdate Lead.BirthDate Account.PersonBirthdate Individual.BirthDate",
    "address": (
        "Contact.MailingAddress Contact.OtherAddress Lead.Address User.Address "
        "Account.PersonMailingAddress"
    ),
}
STANDARD_FIELDS = {
    field: kind for kind, fields in _STANDARD_BY_KIND.items() for field in fields.split()
}

_KIND_BY_TYPE = {"Email": "email", "Phone": "phone"}
_NAME_PATTERNS = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        ("email", r"e-?mail|メール"),
        ("phone", r"phone|(?:^|[^a-z])tel(?:[^a-z]|$)|denwa|keitai|電話|携帯"),
        ("birth_date", r"birth|seinen|tanjou?bi|生年月日|誕生日"),
        ("payment", r"credit.?card|card.?n(?:o|um)|bank.?account|iban|kouza|口座|カード番号"),
        ("health", r"medical|diagnos|病歴|既往|診断|健康"),
        ("address", r"address|jyuu?sho|juu?sho|住所"),
        ("person", r"(?:full|first|last|family|given).?name|shimei|氏名|お名前|フリガナ|ふりがな"),
    )
)


def object_data_kinds(
    name: str, readable: Collection[str] | None, fields: Iterable[FieldDefinition] = ()
) -> tuple[str, ...]:
    """Return the kinds of data of an object, in the order of `DATA_KINDS`.

    Args:
        name: API name of the object.
        readable: Readable fields such as `Contact.Email`; None where they could not be read, then
            every
            known field counts.
        fields: Field definitions of a custom object, where they were read.
    """
    found = {PERSON_OBJECTS[name]} if name in PERSON_OBJECTS else set[str]()
    own = (
        [f for f in STANDARD_FIELDS if f.partition(".")[0] == name]
        if readable is None
        else readable
    )
    for field in own:
        found.add(
            STANDARD_FIELDS.get(field) or (field_data_kind(field) if field.endswith("__c") else "")
        )
    for field in fields:
        own_name = field["QualifiedApiName"]
        # Required fields and the name have no field-level security, so no FieldPermissions row.
        # Source: https://docs.zuora.com/zuora-cpq/manage-subscriptions/advanced-cpq-x-functionalities/opportunity-product-sync/permissions-and-security-updates/field-level-security--zqu__oppprodsyncgroupingkey__c (read 2026-11-29)  # noqa: E501 -- an address
        always = field["IsNillable"] is False or own_name == "Name"
        if readable is None or always or f"{name}.{own_name}" in readable:
            found.add(field_data_kind(own_name, field["Label"], field["DataType"]))
    if any(field.startswith("Account.Person") for field in own):
        found.add("person")
    return tuple(k for k in DATA_KINDS if k in found)


def field_data_kind(name: str, label: str | None = None, data_type: str | None = None) -> str:
    """Return the kind of data in a custom field, or "". The data type outranks name and label."""
    if data_type in _KIND_BY_TYPE:
        return _KIND_BY_TYPE[data_type]
    text = f"{name.partition('.')[2] or name} {label or ''}"
    return next((kind for kind, pattern in _NAME_PATTERNS if pattern.search(text)), "")


def custom_object_ids(names: Iterable[str], durable_ids: Mapping[str, str]) -> dict[str, str]:
    """Return the custom objects among these names, with the durable id to query their fields by."""
    return {n: durable_ids[n] for n in names if n.endswith("__c") and n in durable_ids}
