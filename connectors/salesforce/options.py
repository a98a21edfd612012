"""Settings of sites and of the organization: the scopes `options` and `rules`.

Sources:

Source: https://developer.salesforce.com/docs/platform/field-reference/references/field-reference/salesforce-field-reference-network.html (read 2026-11-29)
Source: https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-site.html (read 2026-11-29)
Source: https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_sharingsettings.htm (read 2026-11-29)
Source: https://developer.salesforce.com/docs/atlas.en-us.api_tooling.meta/api_tooling/tooling_api_objects_securityhealthcheck.htm (read 2026-08-15)
"""  # noqa: E501

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

# `enableSecureGuestAccess` has no effect from API version 50.0 on and may read false.
# Source: https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_sharingsettings.htm (read 2026-11-29)  # noqa: E501
SHARING = (
    "enableSecureGuestAccess",
    "enableCommunityUserVisibility",
    "enablePartnerSuperUserAccess",
    "enablePortalUserVisibility",
    "enableStandardReportVisibility",
)


def read_options(client: Client) -> Iterator[Record]:
    """Read the scope `options`: settings of sites, super users, the Health Check score.

    An organization without Experience Cloud has no Network object; that is no gap. What is refused
    becomes a gap; only errors that end the scan are raised.
    """
    yield Started(full=True, resumed=False)
    gaps = Gaps()
    networks, sites, sets = client.answers(
        (soql.NETWORK_SETTINGS, soql.SITE_OPTIONS, soql.OUTSIDER_SETS)
    )
    if isinstance(networks, Unanswered):  # AccessDenied is normal without Experience Cloud
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
    """Read the scope `rules`: sharing settings, and Aura access per site; tier C only.

    Below tier C every setting is UNKNOWN and the scope is skipped.

    Raises:
        AccessDenied: The audit user may not read these metadata.
        QueryFailed: Salesforce refused a call.
        UnexpectedResponse: A response of unknown form.
    """
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
