"""Translate Salesforce's words about files into ours. Pure, tested on literal answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from connectors.salesforce.sites import flag_of
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

PREVIEWED = frozenset({"doc", "docx", "gif", "jpeg", "jpg", "pdf", "png", "ppt", "pptx", "xlsx"})


def item_of_document(rows: Sequence[Row], instance_url: str) -> Item:
    """A document with all the public links that lead to it."""
    first = rows[0]
    document = _part(first, "ContentDocument")
    title, kind = document.get("Title"), document.get("FileExtension")
    name = f"{title}.{kind}" if title and kind else title or first["Name"]
    views = [seen for row in rows if isinstance(seen := moment_of(row["LastViewDate"]), datetime)]
    item_id = first["ContentDocumentId"] or first["Id"]
    return Item(
        id=item_id,
        kind="document",
        name=str(name),
        url=f"{instance_url}/lightning/r/ContentDocument/{item_id}/view",
        owner=_address(first, "Owner"),
        owner_state=state_of(_part(first, "Owner").get("IsActive")),
        created_at=moment_of(document.get("CreatedDate")) or UNKNOWN,
        modified_at=moment_of(document.get("ContentModifiedDate")) or UNKNOWN,
        last_activity=max(views, default=None),
        grants=tuple(_link_of(row) for row in rows),
    )


def _part(row: Row, name: str) -> Row:
    """What a relationship leads to; empty where the audit user may not follow it."""
    part: Row | None = row.get(name)
    return part or {}


def state_of(active: object) -> State:
    """Whether a user can sign in."""
    if isinstance(active, bool):
        return State.ACTIVE if active else State.DISABLED
    return State.UNKNOWN


def _link_of(row: Row) -> Grant:
    expires = row["PreferencesExpires"]
    return Grant(
        id=row["Id"],
        audience=Audience.ANYONE_LINK,
        access=_link_access(row),
        principal="",
        principal_kind=PrincipalKind.LINK,
        created_at=moment_of(row["CreatedDate"]) or UNKNOWN,
        created_by=_address(row, "CreatedBy"),
        expires_at=None if expires is False else moment_of(row["ExpiryDate"]) or UNKNOWN,
        password=flag_of(row["PreferencesPasswordRequired"]),
        views=_number(row["ViewCount"]),
    )


def _link_access(row: Row) -> Access:
    """View only where neither the file nor its PDF can be taken away.

    Salesforce lets a file be downloaded all the same where it has no preview to show.
    """
    downloads = (row["PreferencesAllowOriginalDownload"], row["PreferencesAllowPDFDownload"])
    previewed = str(_part(row, "ContentDocument").get("FileExtension")).casefold() in PREVIEWED
    if True in downloads or not previewed:
        return Access.VIEW
    return Access.VIEW_ONLY if downloads == (False, False) else Access.UNKNOWN


def _address(row: Row, name: str) -> str | Unknown:
    person = _part(row, name)
    return person.get("Email") or person.get("Username") or UNKNOWN


def _number(value: object) -> int | Unknown:
    """A number as a page has it, or as a text of a bulk file."""
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() else UNKNOWN


def moment_of(value: object) -> datetime | Unknown | None:
    """A time such as `2020-11-24T01:02:03.000+0000`; None where Salesforce has none."""
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return UNKNOWN
    return moment if moment.tzinfo else UNKNOWN
