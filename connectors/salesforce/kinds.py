"""Kinds of personal data that an object shows, judged by its schema and never by record contents.

Custom fields are recognised by type, name and label in English and Japanese; fields of standard
objects by API name.

Source: https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-fieldpermissions.html (read 2026-11-29)
"""  # noqa: E501

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import TypedDict


class Field(TypedDict):
    """A row of FieldDefinition, with Salesforce's field names."""

    QualifiedApiName: str
    Label: str | None
    DataType: str | None
    IsNillable: bool | None


KINDS = ("person", "email", "phone", "birth_date", "address", "payment", "health")

ALWAYS = {"Contact": "person", "Lead": "person", "User": "person", "Individual": "person"}
"""Objects whose records are people. Their name field has no field-level security."""

_STANDARD = {
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
STANDARD = {field: kind for kind, fields in _STANDARD.items() for field in fields.split()}

_TYPES = {"Email": "email", "Phone": "phone"}
_NAMES = tuple(
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


def kinds_of(
    name: str, shown: Collection[str] | None, fields: Iterable[Field] = ()
) -> tuple[str, ...]:
    """Return the kinds of data of an object, in the order of `DATA_KINDS`.

    Args:
        name: API name of the object.
        readable: Readable fields such as `Contact.Email`; None where they could not be read, then
            every
            known field counts.
        fields: Field definitions of a custom object, where they were read.
    """
    found = {ALWAYS[name]} if name in ALWAYS else set[str]()
    own = [f for f in STANDARD if f.partition(".")[0] == name] if shown is None else shown
    for field in own:
        found.add(STANDARD.get(field) or (kind_of(field) if field.endswith("__c") else ""))
    for field in fields:
        own_name = field["QualifiedApiName"]
        # Required fields and the name have no field-level security, so no FieldPermissions row.
        # Source: https://docs.zuora.com/zuora-cpq/manage-subscriptions/advanced-cpq-x-functionalities/opportunity-product-sync/permissions-and-security-updates/field-level-security--zqu__oppprodsyncgroupingkey__c (read 2026-11-29)  # noqa: E501
        always = field["IsNillable"] is False or own_name == "Name"
        if shown is None or always or f"{name}.{own_name}" in shown:
            found.add(kind_of(own_name, field["Label"], field["DataType"]))
    if any(field.startswith("Account.Person") for field in own):
        found.add("person")
    return tuple(k for k in KINDS if k in found)


def kind_of(name: str, label: str | None = None, data_type: str | None = None) -> str:
    """Return the kind of data in a custom field, or "". The data type outranks name and label."""
    if data_type in _TYPES:
        return _TYPES[data_type]
    text = f"{name.partition('.')[2] or name} {label or ''}"
    return next((kind for kind, pattern in _NAMES if pattern.search(text)), "")


def looked_up(names: Iterable[str], durable_ids: Mapping[str, str]) -> dict[str, str]:
    """Return the custom objects among these names, with the durable id to query their fields by."""
    return {n: durable_ids[n] for n in names if n.endswith("__c") and n in durable_ids}
