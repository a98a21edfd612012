"""Options of sites and of the organization that let outsiders see more."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.salesforce import soql
from connectors.salesforce.client import Client, rows_of
from connectors.salesforce.gaps import Gaps, asked
from connectors.salesforce.refusals import Unanswered
from connectors.salesforce.rights import name_of_set
from connectors.salesforce.sites import flag_of, label_of
from connectors.salesforce.soap import Metadata, text_of
from connectors.sdk.errors import AccessDenied
from connectors.sdk.message import say
from connectors.sdk.records import (
    UNKNOWN,
    Checkpoint,
    Coverage,
    Record,
    Setting,
    Started,
    Status,
    Unknown,
)

SHARING = (
    "enableSecureGuestAccess",
    "enableCommunityUserVisibility",
    "enablePartnerSuperUserAccess",
    "enablePortalUserVisibility",
    "enableStandardReportVisibility",
)


def read_options(client: Client) -> Iterator[Record]:
    """What queries tell: options of sites, super users, the score of the Health Check."""
    yield Started(full=True, resumed=False)
    gaps = Gaps()
    networks, sites, sets = client.answers(
        (soql.NETWORK_SETTINGS, soql.SITE_OPTIONS, soql.OUTSIDER_SETS)
    )
    if isinstance(networks, Unanswered):  # without Experience Cloud there is no such object
        gaps.refused(networks)
    for network in rows_of(networks):
        for name in soql.NETWORK_OPTIONS:
            value, subject = flag_of(network[name]), str(network["Name"])
            yield Setting(id=f"Network.{name}", value=value, subject=subject)
    for site in gaps.wanted(sites):
        subject, owner = f"{label_of(site)} ({site['Name']})", site["GuestRecordDefaultOwnerId"]
        support = flag_of(site["OptionsAllowGuestSupportApi"])
        yield Setting(id="Site.OptionsAllowGuestSupportApi", value=support, subject=subject)
        yield Setting(id="Site.GuestRecordDefaultOwnerId", value=owner, subject=subject)
    for row in gaps.wanted(sets):
        yield Setting(
            id="PermissionSet.PermissionsPortalSuperUser",
            value=flag_of(row["PermissionsPortalSuperUser"]),
            subject=name_of_set(row),
        )
    yield Setting(id="SecurityHealthCheck.Score", value=_score(client, gaps))
    yield Checkpoint(cursor="")
    yield gaps.coverage()


def read_rules(client: Client) -> Iterator[Record]:
    """What only the Metadata API tells, in tier C; else these settings are unknown."""
    yield Started(full=True, resumed=False)
    gaps = Gaps()
    (own,) = client.answers([asked(client)])
    if not gaps.held(own).rules:
        for name in SHARING:
            yield Setting(id=f"SharingSettings.{name}", value=UNKNOWN)
        yield Coverage(
            status=Status.SKIPPED,
            standing=True,
            reason=say("salesforce.rules"),
            hint=say("salesforce.rules_hint"),
        )
        return
    metadata = Metadata(client)
    for found in metadata.read("SharingSettings", ["Sharing"]):
        for name in SHARING:
            yield Setting(id=f"SharingSettings.{name}", value=_flag(text_of(found, name)))
    for site in metadata.read("CustomSite", metadata.names("CustomSite")):
        yield Setting(
            id="CustomSite.enableAuraRequests",
            value=_flag(text_of(site, "enableAuraRequests")),
            subject=f"{text_of(site, 'masterLabel')} ({text_of(site, 'fullName')})",
        )
    yield Checkpoint(cursor="")
    yield gaps.coverage()


def _score(client: Client, gaps: Gaps) -> int | Unknown:
    try:
        rows = client.tooling(soql.HEALTH)
    except (AccessDenied, Unanswered) as refused:
        gaps.refused(refused)
        return UNKNOWN
    score = str(rows[0].get("Score")) if rows else ""
    return int(score) if score.isdecimal() else UNKNOWN


def _flag(text: str) -> bool | Unknown:
    return {"true": True, "false": False}.get(text, UNKNOWN)
