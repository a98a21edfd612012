"""The checks of `doctor`: each permission that a scan uses is tried with one small call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.salesforce import soql
from connectors.salesforce.client import Client, Row
from connectors.salesforce.gaps import asked
from connectors.salesforce.options import SHARING
from connectors.salesforce.permissions import DATA, DELIVERIES, FILES, METADATA, NAMES, SETUP
from connectors.salesforce.refusals import Refused
from connectors.salesforce.settings import Settings
from connectors.salesforce.soap import Metadata, text_of
from connectors.sdk.checks import Check, Outcome
from connectors.sdk.errors import ConnectorError, SignInError
from connectors.sdk.message import Message, say

MISSING = {  # by permission: the outcome without it, and the message that says what is lost
    SETUP: (Outcome.FAIL, "without_setup"),
    DATA: (Outcome.WARN, "without_data"),
    FILES: (Outcome.WARN, "without_files"),
    DELIVERIES: (Outcome.WARN, "without_deliveries"),
}


def checks_of(settings: Settings, client: Client) -> Iterator[Check]:
    """Yield one row per check: sign-in, permissions, licensed features, definitions, daily calls.

    A failed sign-in ends the checks. Never raises a `ConnectorError`: a failure is a row.
    """
    try:
        yield from _signed_in(client)
    except ConnectorError as error:  # every failure is reported as a row
        yield Check(
            id="sign_in",
            title=say("salesforce.check_sign_in"),
            outcome=Outcome.FAIL,
            detail=error.message,
            hint=error.hint,
        )
        return
    for part in (_permissions, _licensed, _definitions):
        try:
            yield from part(client)
        except ConnectorError as error:
            yield _failed(part.__name__.lstrip("_"), error)
    yield from _allowance(settings, client)
    if settings.access_token:
        yield Check(
            id="token.life",
            title=say("salesforce.check_token"),
            outcome=Outcome.WARN,
            hint=say("salesforce.token_hint"),
        )


def _signed_in(client: Client) -> Iterator[Check]:
    for row in client.rows(soql.ORGANIZATION):
        yield Check(
            id="sign_in",
            title=say("salesforce.check_sign_in"),
            outcome=Outcome.PASS,
            detail=say("salesforce.check_organization", name=row["Name"], id=row["Id"]),
        )


def _permissions(client: Client) -> Iterator[Check]:
    rows = list(client.rows(asked(client)))
    for name, title in NAMES.items():
        has = any(row["PermissionSet"][name] is True for row in rows)
        outcome, lacking = MISSING[name]
        yield Check(
            id=f"permission.{name.removeprefix('Permissions')}",
            title=say("salesforce.check_permission", permission=title),
            outcome=Outcome.PASS if has else outcome,
            detail=None if has else say(f"salesforce.{lacking}"),
            hint=None if has else say("salesforce.lacking_hint", permission=title),
        )
    tier = _tier(rows)
    yield Check(
        id="tier",
        title=say("salesforce.check_tier"),
        outcome=Outcome.PASS,
        detail=say(f"salesforce.tier_{tier}"),
    )


def _tier(rows: list[Row]) -> str:
    def has(*names: str) -> bool:
        return any(row["PermissionSet"][name] is True for row in rows for name in names)

    if not has(DATA):
        return "a"
    return "c" if has(*METADATA) else "b"


def _licensed(client: Client) -> Iterator[Check]:
    """Count sites, networks and external users. An organization without Experience Cloud passes."""
    sites, networks, people = client.answers((soql.SITES, soql.NETWORKS, soql.OUTSIDERS))
    for name, told in (("sites", sites), ("networks", networks), ("outsiders", people)):
        title = say(f"salesforce.check_{name}")
        if isinstance(told, Refused):
            absent = name == "networks" and not isinstance(sites, Refused)
            detail = say("salesforce.check_absent") if absent else told.message
            outcome = Outcome.PASS if absent else Outcome.FAIL
            hint = None if absent else told.hint
            yield Check(id=f"read.{name}", title=title, outcome=outcome, detail=detail, hint=hint)
        elif isinstance(told, list):
            count = len(told) if name != "outsiders" else sum(int(r["people"]) for r in told)
            yield Check(
                id=f"read.{name}",
                title=title,
                outcome=Outcome.PASS,
                detail=say("salesforce.check_count", count=count),
            )


def _definitions(client: Client) -> Iterator[Check]:
    """Try to read sharing settings in tier C. Tier C is optional, so its absence passes."""
    title = say("salesforce.check_definitions")
    rows = list(client.rows(asked(client)))
    if _tier(rows) != "c":
        yield Check(
            id="read.definitions",
            title=title,
            outcome=Outcome.PASS,
            detail=say("salesforce.rules"),
        )
        return
    told = list(Metadata(client).read("SharingSettings", ["Sharing"]))
    seen = bool(told) and text_of(told[0], SHARING[0]) != ""
    yield Check(
        id="read.definitions",
        title=title,
        outcome=Outcome.PASS if seen else Outcome.WARN,
        hint=None if seen else say("salesforce.sharing_hint"),
    )


def _allowance(settings: Settings, client: Client) -> Iterator[Check]:
    def call(sf: Any) -> Any:
        return sf.restful("limits")

    try:
        told = client.ask("limits", call)["DailyApiRequests"]
        left, total = int(told["Remaining"]), int(told["Max"])
    except ConnectorError as error:
        yield _failed("quota.day", error)
        return
    except (LookupError, TypeError, ValueError):
        return
    enough = left > settings.api_reserve * total
    yield Check(
        id="quota.day",
        title=say("salesforce.check_quota"),
        outcome=Outcome.PASS if enough else Outcome.WARN,
        detail=say("salesforce.check_left", left=left, total=total),
        hint=None if enough else say("salesforce.reserve_hint"),
    )


def _failed(name: str, error: ConnectorError) -> Check:
    title: Message = say("salesforce.check_part", part=name)
    outcome = Outcome.FAIL if isinstance(error, SignInError) else Outcome.WARN
    return Check(id=name, title=title, outcome=outcome, detail=error.message, hint=error.hint)
