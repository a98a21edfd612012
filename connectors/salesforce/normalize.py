"""Translate rows about public file links into records. Pure functions.

Source: https://developer.salesforce.com/docs/platform/field-reference/references/field-reference/salesforce-field-reference-contentdistribution.html (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from connectors.salesforce.sites import tri_state
from connectors.sdk.records import (
    UNKNOWN,
    Access,
    Audience,
    Grant,
    Item,
    PrincipalKind,
    State,
    Unknown,
)

Row = Mapping[str, Any]

# File types that Salesforce can preview in the browser.
# Source: not documented; assumed
PREVIEWABLE = frozenset({"doc", "docx", "gif", "jpeg", "jpg", "pdf", "png", "ppt", "pptx", "xlsx"})


def linked_file_item(rows: Sequence[Row], instance_url: str) -> Item:
    """Return the item for one document with all its public links.

    Args:
        rows: ContentDistribution rows of one document, at least one.
        instance_url: Address of the organization.
    """
    first = rows[0]
    document = _related(first, "ContentDocument")
    title, kind = document.get("Title"), document.get("FileExtension")
    name = f"{title}.{kind}" if title and kind else title or first["Name"]
    views = [
        viewed for row in rows if isinstance(viewed := parse_time(row["LastViewDate"]), datetime)
    ]
    item_id = first["ContentDocumentId"] or first["Id"]
    return Item(
        id=item_id,
        kind="document",
        name=str(name),
        url=f"{instance_url}/lightning/r/ContentDocument/{item_id}/view",
        owner=_email(first, "Owner"),
        owner_state=user_state(_related(first, "Owner").get("IsActive")),
        created_at=parse_time(document.get("CreatedDate")) or UNKNOWN,
        modified_at=parse_time(document.get("ContentModifiedDate")) or UNKNOWN,
        last_activity=max(views, default=None),
        grants=tuple(_link_grant(row) for row in rows),
    )


def _related(row: Row, name: str) -> Row:
    """Return the row of a relationship; empty where the audit user may not read it."""
    part: Row | None = row.get(name)
    return part or {}


def user_state(active: object) -> State:
    """Return the account state for a value of `IsActive`; unknown for anything but a boolean."""
    if isinstance(active, bool):
        return State.ACTIVE if active else State.DISABLED
    return State.UNKNOWN


def _link_grant(row: Row) -> Grant:
    expires = row["PreferencesExpires"]
    return Grant(
        id=row["Id"],
        audience=Audience.ANYONE_LINK,
        access=_link_access(row),
        principal="",
        principal_kind=PrincipalKind.LINK,
        created_at=parse_time(row["CreatedDate"]) or UNKNOWN,
        created_by=_email(row, "CreatedBy"),
        expires_at=None if expires is False else parse_time(row["ExpiryDate"]) or UNKNOWN,
        password=tri_state(row["PreferencesPasswordRequired"]),
        views=_parse_count(row["ViewCount"]),
    )


def _link_access(row: Row) -> Access:
    """Return VIEW_ONLY where neither the file nor its PDF can be downloaded, else VIEW.

    A file type without a preview can be downloaded in any case.

    Source: not documented; assumed
    """
    downloads = (row["PreferencesAllowOriginalDownload"], row["PreferencesAllowPDFDownload"])
    previewed = str(_related(row, "ContentDocument").get("FileExtension")).casefold() in PREVIEWABLE
    if True in downloads or not previewed:
        return Access.VIEW
    return Access.VIEW_ONLY if downloads == (False, False) else Access.UNKNOWN


def _email(row: Row, name: str) -> str | Unknown:
    person = _related(row, name)
    return person.get("Email") or person.get("Username") or UNKNOWN


def _parse_count(value: object) -> int | Unknown:
    """Return a count given as a number (REST) or as text (bulk file), else UNKNOWN."""
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() else UNKNOWN


def parse_time(value: object) -> datetime | Unknown | None:
    """Return a time such as `2020-11-24T01:02:03.000+0000`, aware.

    None if Salesforce has none, UNKNOWN if the text is not a time with an offset.
    """
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return UNKNOWN
    return moment if moment.tzinfo else UNKNOWN
