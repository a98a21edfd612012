"""Settings of sites and of the organization: the scopes `options` and `rules`.

Sources:

Source: https://developer.salesforce.com/docs/platform/field-reference/references/field-reference/salesforce-field-reference-network.html (read 2026-11-29)
Source: https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-site.html (read 2026-11-29)
Source: https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_sharingsettings.htm (read 2026-11-29)
Source: https://developer.salesforce.com/docs/atlas.en-us.api_tooling.meta/api_tooling/tooling_api_objects_securityhealthcheck.htm (read 2026-08-15)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from connectors.salesforce import queries
from connectors.salesforce.client import Client
from connectors.salesforce.metadata_api import MetadataApi, child_text
from connectors.salesforce.permission_sets import permission_set_name
from connectors.salesforce.read_gaps import ReadGaps, permission_query
from connectors.salesforce.sites import GuestUser, find_guests, site_label, tri_state
from connectors.sdk.errors import AccessDenied, UnexpectedResponse
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

# `enableSecureGuestAccess` is not read: it has no effect from API version 50.0 on, and reads false
# although secure guest access is on.
# Source: https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_sharingsettings.htm (read 2026-11-30)  # noqa: E501 -- an address
SHARING_SETTINGS = (
    "enableCommunityUserVisibility",
    "enablePartnerSuperUserAccess",
    "enablePortalUserVisibility",
    "enableStandardReportVisibility",
)


def read_site_settings(client: Client) -> Iterator[Record]:
    """Read the scope `options`: settings of sites, super users, the Health Check score.

    An organization without Experience Cloud has no Network object; that is no gap. What is refused
    becomes a gap; only errors that end the scan are raised.
    """
    yield Started(full=True, resumed=False)
    gaps = ReadGaps()
    networks, sites, sets, all_sites = client.batch_query(
        (
            queries.NETWORK_SETTINGS,
            queries.SITE_OPTIONS,
            queries.EXTERNAL_PERMISSION_SETS,
            queries.SITES,
        )
    )
    for network in gaps.optional_rows(networks):
        for name in queries.NETWORK_OPTIONS:
            value, subject = tri_state(network[name]), str(network["Name"])
            yield Setting(id=f"Network.{name}", value=value, subject=subject)
    for site in gaps.rows(sites):
        subject, owner = f"{site_label(site)} ({site['Name']})", site["GuestRecordDefaultOwnerId"]
        support = tri_state(site["OptionsAllowGuestSupportApi"])
        yield Setting(id="Site.OptionsAllowGuestSupportApi", value=support, subject=subject)
        yield Setting(id="Site.GuestRecordDefaultOwnerId", value=owner, subject=subject)
    for row in gaps.rows(sets):
        yield Setting(
            id="PermissionSet.PermissionsPortalSuperUser",
            value=tri_state(row["PermissionsPortalSuperUser"]),
            subject=permission_set_name(row),
        )
    yield from _site_switches(client, gaps)
    yield from _guest_permissions(client, gaps, find_guests(gaps.rows(all_sites), ()))
    yield Setting(id="SecurityHealthCheck.Score", value=_health_check_score(client, gaps))
    yield Checkpoint(cursor="")
    yield gaps.coverage()


def read_sharing_settings(client: Client) -> Iterator[Record]:
    """Read the scope `rules`: sharing settings, and Aura access per site; tier C only.

    Below tier C every setting is UNKNOWN and the scope is skipped.

    What is refused becomes a gap; only errors that end the scan are raised.
    """
    yield Started(full=True, resumed=False)
    gaps = ReadGaps()
    (own,) = client.batch_query([permission_query(client)])
    if not gaps.parse_permissions(own).can_read_rules:
        for name in SHARING_SETTINGS:
            yield Setting(id=f"SharingSettings.{name}", value=UNKNOWN)
        yield Coverage(
            status=Status.SKIPPED,
            standing=True,
            reason=say("salesforce.rules"),
            hint=say("salesforce.rules_hint"),
        )
        return
    metadata, nothing = MetadataApi(client), list[Element]()
    for found in gaps.attempt(lambda: [*metadata.read("SharingSettings", ["Sharing"])], nothing):
        for name in SHARING_SETTINGS:
            yield Setting(id=f"SharingSettings.{name}", value=_parse_flag(child_text(found, name)))
    for site in gaps.attempt(lambda: _custom_sites(metadata), nothing):
        yield Setting(
            id="CustomSite.enableAuraRequests",
            value=_parse_flag(child_text(site, "enableAuraRequests")),
            subject=f"{child_text(site, 'masterLabel')} ({child_text(site, 'fullName')})",
        )
    yield Checkpoint(cursor="")
    yield gaps.coverage()


def _site_switches(client: Client, gaps: ReadGaps) -> Iterator[Setting]:
    """Yield further switches of sites that are on, or of which nobody says that they are off.

    A switch of a feature that the organization does not have is no field, and no gap.
    """
    answers = client.batch_query(queries.site_switch(name) for name in queries.SITE_SWITCHES)
    for name, answer in zip(queries.SITE_SWITCHES, answers, strict=True):
        for site in gaps.optional_rows(answer):
            subject = f"{site_label(site)} ({site['Name']})"
            if site[name] is not False:
                yield Setting(id=f"Site.{name}", value=tri_state(site[name]), subject=subject)


def _guest_permissions(
    client: Client, gaps: ReadGaps, guests: list[GuestUser]
) -> Iterator[Setting]:
    """Yield the system permissions that guests hold: only those that some guest holds.

    A permission of a feature that the organization does not have is no field, and no gap.
    """
    names = queries.GUEST_SYSTEM_PERMISSIONS if guests else ()
    answers = client.batch_query(queries.guests_with(name) for name in names)
    for name, answer in zip(names, answers, strict=True):
        holders = {row["AssigneeId"] for row in gaps.optional_rows(answer)}
        for guest in guests:
            if guest.id in holders:
                yield Setting(id=f"PermissionSet.{name}", value=True, subject=guest.site)


def _custom_sites(metadata: MetadataApi) -> list[Element]:
    return [*metadata.read("CustomSite", metadata.list_names("CustomSite"))]


def _health_check_score(client: Client, gaps: ReadGaps) -> int | Unknown:
    try:
        rows = client.tooling_query(queries.HEALTH_CHECK)
    except (AccessDenied, UnexpectedResponse) as refused:
        gaps.add_refusal(refused)
        return UNKNOWN
    score = str(rows[0].get("Score")) if rows else ""
    return int(score) if score.isdecimal() else UNKNOWN


def _parse_flag(text: str) -> bool | Unknown:
    return {"true": True, "false": False}.get(text, UNKNOWN)
