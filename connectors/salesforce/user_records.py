"""Kinds of personal data that users show of themselves to guests or to partners and customers.

Source: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_user.htm (read 2026-08-15)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections.abc import Iterable

from connectors.salesforce import queries
from connectors.salesforce.client import Client
from connectors.salesforce.data_kinds import DATA_KINDS
from connectors.salesforce.read_gaps import ReadGaps
from connectors.sdk.records import Audience, Grant

# Parts of the preferences `UserPreferencesShow<part>To<audience>Users`, with the kind of data.
_PARTS = {
    "Email": "email",
    "MobilePhone": "phone",
    "WorkPhone": "phone",
    "StreetAddress": "address",
}


def shown_kinds(
    client: Client, gaps: ReadGaps, grants: Iterable[Grant], fields: Iterable[str]
) -> tuple[str, ...]:
    """Return the kinds of data of users that the readers of these grants see.

    A preference that cannot be counted counts as shown, and is a gap.

    Args:
        client: The signed-in client.
        gaps: Collects what could not be read.
        grants: Grants on the object User.
        fields: Kinds that field-level security shows already.
    """
    guests = any(grant.audience is Audience.PUBLIC_DISCOVERABLE for grant in grants)
    audience = "Guest" if guests else "External"
    found = set(fields)
    answers = client.batch_query(queries.shown_to(audience, part) for part in _PARTS)
    for kind, answer in zip(_PARTS.values(), answers, strict=True):
        if isinstance(answer, int):
            found |= {kind} if answer else set()
        else:
            gaps.rows(answer)
            found.add(kind)
    return tuple(kind for kind in DATA_KINDS if kind in found)
