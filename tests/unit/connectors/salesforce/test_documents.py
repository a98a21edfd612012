"""Documents, folders and asset files; options of sites."""

from typing import Any

import pytest

from connectors.salesforce.connector import DOCUMENTS, SITES
from connectors.salesforce.demo.scenario import CAREERS_SITE, CLOSED_SITE, INQUIRY_SITE
from connectors.salesforce.queries import GUEST_SYSTEM_PERMISSIONS, SITE_SWITCHES
from connectors.sdk.records import UNKNOWN, Audience, Item, Scope, Setting, Status
from connectors.sdk.testing import ServedTenant, scan


def reading(opened: ServedTenant, scope: Scope = DOCUMENTS) -> list[Any]:
    connector, lent = opened.connector()
    connector.tenant()
    return [*scan(connector, lent, scope)]


def named(records: list[Any]) -> dict[str, Any]:
    return {r.name: r for r in records if isinstance(r, Item)}


def test_only_what_is_public_is_stated(open_tenant):
    records = reading(open_tenant())
    kinds = {name: (i.kind, i.grants[0].audience) for name, i in named(records).items()}
    assert kinds == {
        "会社ロゴ.png": ("document", Audience.ANYONE_LINK),
        "Banner": ("document", Audience.ANYONE_LINK),
        "Partner sheets (Document)": ("document_folder", Audience.EXT_AUTHENTICATED_ANY),
        "Sales reports (Report)": ("document_folder", Audience.EXT_AUTHENTICATED_ANY),
    }
    assert records[-1].status is Status.COMPLETE


def test_a_public_folder_is_an_inner_matter_where_no_outsider_signs_in(open_tenant):
    items = named(reading(open_tenant(communities=False)))
    assert {i.kind for i in items.values()} == {"document"}


def test_where_nobody_tells_of_outsiders_a_public_folder_is_open(open_tenant):
    opened = open_tenant()
    del opened.harness.tenant.tables["User"]
    records = reading(opened)
    assert "Sales reports (Report)" in named(records)
    assert records[-1].status is Status.PARTIAL


@pytest.mark.parametrize("source", ["Document", "Folder", "ContentAsset"])
def test_a_hidden_object_makes_the_scope_partial_and_keeps_the_rest(open_tenant, source):
    opened = open_tenant()
    whole = named(reading(opened))
    del opened.harness.tenant.tables[source]
    records = reading(opened)
    assert 0 < len(named(records)) < len(whole)
    assert records[-1].status is Status.PARTIAL
    assert source in str(records[-1].reason)


def test_options_are_settings_by_their_own_names(open_tenant):
    records = reading(open_tenant(), SITES)
    told = {(r.id, r.subject): r.value for r in records if isinstance(r, Setting)}
    assert told["Network.OptionsGuestChatterEnabled", INQUIRY_SITE.label] is True
    assert told["Network.OptionsSelfRegistrationEnabled", CLOSED_SITE.label] is True
    assert told["Site.OptionsAllowGuestSupportApi", f"{INQUIRY_SITE.label} (Site_1)"] is True
    assert told["Site.GuestRecordDefaultOwnerId", f"{CAREERS_SITE.label} (Site_4)"] is None
    assert told["PermissionSet.PermissionsPortalSuperUser", "Supplier"] is True
    assert told["SecurityHealthCheck.Score", ""] == 54
    assert records[-1].status is Status.COMPLETE


def test_without_communities_there_are_no_network_options_and_no_gap(open_tenant):
    records = reading(open_tenant(communities=False), SITES)
    assert not any(r.id.startswith("Network.") for r in records if isinstance(r, Setting))
    assert records[-1].status is Status.COMPLETE


def test_an_option_that_is_not_told_is_unknown(open_tenant):
    opened = open_tenant()
    opened.harness.tenant.tables["Network"].rows[0]["OptionsMemberVisibility"] = None
    records = reading(opened, SITES)
    told = {(r.id, r.subject): r.value for r in records if isinstance(r, Setting)}
    assert told["Network.OptionsMemberVisibility", INQUIRY_SITE.label] is UNKNOWN


def settings_of(opened) -> tuple[dict[tuple[str, str], Any], Any]:
    connector, lent = opened.connector()
    connector.tenant()
    records: list[Any] = [*scan(connector, lent, SITES)]
    return {(r.id, r.subject): r.value for r in records if isinstance(r, Setting)}, records[-1]


@pytest.mark.parametrize("permission", GUEST_SYSTEM_PERMISSIONS)
def test_a_system_permission_of_a_guest_is_a_setting(open_tenant, permission):
    opened = open_tenant()
    for row in opened.harness.tenant.tables["PermissionSetAssignment"].rows:
        if row["PermissionSetId"] == CLOSED_SITE.profile_set:
            row["PermissionSet"][permission] = True
    settings, coverage = settings_of(opened)
    held = {key: v for key, v in settings.items() if key[0] == f"PermissionSet.{permission}"}
    assert held == {(f"PermissionSet.{permission}", CLOSED_SITE.label): True}
    assert coverage.status is Status.COMPLETE


@pytest.mark.parametrize("switch", SITE_SWITCHES)
def test_a_switch_of_a_site_is_a_setting(open_tenant, switch):
    opened = open_tenant()
    opened.harness.tenant.tables["Site"].rows[0][switch] = True
    settings, _ = settings_of(opened)
    assert [v for (name, _), v in settings.items() if name == f"Site.{switch}"] == [True]


def test_a_feature_that_the_organization_lacks_is_no_gap(open_tenant):
    opened = open_tenant()
    tables = opened.harness.tenant.tables
    for source, lost in (
        ("Site", "OptionsEnableFeeds"),
        ("PermissionSetAssignment", "PermissionSet.PermissionsRunExpressionSet"),
    ):
        table = tables[source]
        tables[source] = type(table)(fields=table.fields - {lost}, rows=table.rows)
    for row in tables["Site"].rows:
        row["OptionsEnableFeeds"] = row["OptionsAllowHomePage"] = True
    settings, coverage = settings_of(opened)
    assert coverage.status is Status.COMPLETE
    assert "Site.OptionsEnableFeeds" not in {name for name, _ in settings}
    assert "Site.OptionsAllowHomePage" in {name for name, _ in settings}
