"""The checks of `doctor`: each permission that a scan uses is tried with one small call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.salesforce import queries
from connectors.salesforce.client import Client
from connectors.salesforce.errors import QueryRefusal
from connectors.salesforce.metadata_api import MetadataApi, child_text
from connectors.salesforce.permissions import (
    CREATE_DELIVERIES,
    PERMISSION_LABELS,
    QUERY_ALL_FILES,
    READ_METADATA,
    VIEW_ALL_DATA,
    VIEW_SETUP,
)
from connectors.salesforce.query_pages import Row
from connectors.salesforce.read_gaps import permission_query
from connectors.salesforce.settings import Settings
from connectors.salesforce.tenant_settings import SHARING_SETTINGS
from connectors.sdk.checks import Check, CheckOutcome
from connectors.sdk.errors import ConnectorError, SignInError
from connectors.sdk.message import Message, say

IF_MISSING = {  # by permission: the outcome without it, and the message that says what is lost
    VIEW_SETUP: (CheckOutcome.FAIL, "without_setup"),
    VIEW_ALL_DATA: (CheckOutcome.WARN, "without_data"),
    QUERY_ALL_FILES: (CheckOutcome.WARN, "without_files"),
    CREATE_DELIVERIES: (CheckOutcome.WARN, "without_deliveries"),
}


def run_checks(settings: Settings, client: Client) -> Iterator[Check]:
    """Yield one row per check: sign-in, permissions, licensed features, definitions, daily calls.

    A failed sign-in ends the checks. Never raises a `ConnectorError`: a failure is a row.
    """
    try:
        yield from _sign_in(client)
    except ConnectorError as error:  # every failure is reported as a row
        yield Check(
            id="sign_in",
            title=say("salesforce.check_sign_in"),
            outcome=CheckOutcome.FAIL,
            detail=error.message,
            hint=error.hint,
        )
        return
    for part in (_permissions, _licensed, _definitions):
        try:
            yield from part(client)
        except ConnectorError as error:
            yield _failed_check(part.__name__.lstrip("_"), error)
    yield from _daily_quota(settings, client)
    if settings.access_token:
        yield Check(
            id="token.life",
            title=say("salesforce.check_token"),
            outcome=CheckOutcome.WARN,
            hint=say("salesforce.token_hint"),
        )


def _sign_in(client: Client) -> Iterator[Check]:
    for row in client.iter_rows(queries.ORGANIZATION):
        yield Check(
            id="sign_in",
            title=say("salesforce.check_sign_in"),
            outcome=CheckOutcome.PASS,
            detail=say("salesforce.check_organization", name=row["Name"], id=row["Id"]),
        )


def has_permission(row: Row, name: str) -> bool:
    """Return True if a permission set in an assignment has a permission; null is not visible."""
    held: Row = row["PermissionSet"] or {}
    return held.get(name) is True


def _permissions(client: Client) -> Iterator[Check]:
    rows = list(client.iter_rows(permission_query(client)))
    for name, title in PERMISSION_LABELS.items():
        has = any(has_permission(row, name) for row in rows)
        outcome, message_name = IF_MISSING[name]
        yield Check(
            id=f"permission.{name.removeprefix('Permissions')}",
            title=say("salesforce.check_permission", permission=title),
            outcome=CheckOutcome.PASS if has else outcome,
            detail=None if has else say(f"salesforce.{message_name}"),
            hint=None if has else say("salesforce.lacking_hint", permission=title),
        )
    tier = _tier(rows)
    yield Check(
        id="tier",
        title=say("salesforce.check_tier"),
        outcome=CheckOutcome.PASS,
        detail=say(f"salesforce.tier_{tier}"),
    )


def _tier(rows: list[Row]) -> str:
    def has(*names: str) -> bool:
        return any(has_permission(row, name) for row in rows for name in names)

    if not has(VIEW_ALL_DATA):
        return "a"
    return "c" if has(*READ_METADATA) else "b"


def _licensed(client: Client) -> Iterator[Check]:
    """Count sites, networks and external users. An organization without Experience Cloud passes."""
    sites, networks, people = client.batch_query(
        (queries.SITES, queries.NETWORKS, queries.EXTERNAL_USERS)
    )
    for name, result in (("sites", sites), ("networks", networks), ("outsiders", people)):
        title = say(f"salesforce.check_{name}")
        if isinstance(result, QueryRefusal):
            absent = name == "networks" and not isinstance(sites, QueryRefusal)
            detail = say("salesforce.check_absent") if absent else result.message
            outcome = CheckOutcome.PASS if absent else CheckOutcome.FAIL
            hint = None if absent else result.hint
            yield Check(id=f"read.{name}", title=title, outcome=outcome, detail=detail, hint=hint)
        elif isinstance(result, list):
            count = len(result) if name != "outsiders" else sum(int(r["people"]) for r in result)
            yield Check(
                id=f"read.{name}",
                title=title,
                outcome=CheckOutcome.PASS,
                detail=say("salesforce.check_count", count=count),
            )


def _definitions(client: Client) -> Iterator[Check]:
    """Try to read sharing settings in tier C. Tier C is optional, so its absence passes."""
    title = say("salesforce.check_definitions")
    rows = list(client.iter_rows(permission_query(client)))
    if _tier(rows) != "c":
        yield Check(
            id="read.definitions",
            title=title,
            outcome=CheckOutcome.PASS,
            detail=say("salesforce.rules"),
        )
        return
    found = list(MetadataApi(client).read("SharingSettings", ["Sharing"]))
    readable = bool(found) and child_text(found[0], SHARING_SETTINGS[0]) != ""
    yield Check(
        id="read.definitions",
        title=title,
        outcome=CheckOutcome.PASS if readable else CheckOutcome.WARN,
        hint=None if readable else say("salesforce.sharing_hint"),
    )


def _daily_quota(settings: Settings, client: Client) -> Iterator[Check]:
    def call(sf: Any) -> Any:
        return sf.restful("limits")

    try:
        limits = client.call("limits", call)["DailyApiRequests"]
        left, total = int(limits["Remaining"]), int(limits["Max"])
    except ConnectorError as error:
        yield _failed_check("quota.day", error)
        return
    except (LookupError, TypeError, ValueError):
        return
    enough = left > settings.api_reserve * total
    yield Check(
        id="quota.day",
        title=say("salesforce.check_quota"),
        outcome=CheckOutcome.PASS if enough else CheckOutcome.WARN,
        detail=say("salesforce.check_left", left=left, total=total),
        hint=None if enough else say("salesforce.reserve_hint"),
    )


def _failed_check(name: str, error: ConnectorError) -> Check:
    title: Message = say("salesforce.check_part", part=name)
    outcome = CheckOutcome.FAIL if isinstance(error, SignInError) else CheckOutcome.WARN
    return Check(id=name, title=title, outcome=outcome, detail=error.message, hint=error.hint)
