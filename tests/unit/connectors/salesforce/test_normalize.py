"""Salesforce's words in ours, on literal answers."""

from datetime import UTC, datetime

import pytest

from connectors.salesforce.access_paths import share_cause
from connectors.salesforce.data_kinds import field_data_kind, object_data_kinds
from connectors.salesforce.guest_groups import find_guest_groups
from connectors.salesforce.normalize import linked_file_item, parse_time
from connectors.salesforce.permission_sets import permission_access
from connectors.salesforce.sites import find_guests
from connectors.sdk.records import UNKNOWN, Access, Audience, GrantCause, PrincipalKind, State

SITE = {
    "attributes": {"type": "Site", "url": "/services/data/v64.0/sobjects/Site/0DM5g000000TQk6GAG"},
    "Id": "0DM5g000000TQk6GAG",
    "Name": "Contact",
    "MasterLabel": "お問い合わせ窓口",
    "SiteType": "ChatterNetwork",
    "Status": "Active",
    "UrlPathPrefix": "contact",
    "GuestUserId": "0055g00000CXf8eAAD",
    "GuestUser": {"CommunityNickname": "guest4711"},
}
NETWORK = {"Id": "0DB5g000000TQk6GAG", "Status": "Live", "UrlPathPrefix": "contact"}
LINK = {
    "attributes": {"type": "ContentDistribution"},
    "Id": "05D5g0000009vN1EAI",
    "Name": "顧客一覧",
    "ContentDocumentId": "0695g00000KxY2aAAF",
    "ContentDocument": {
        "attributes": {"type": "ContentDocument"},
        "Title": "顧客一覧",
        "FileExtension": "xlsx",
        "CreatedDate": "2020-11-20T01:02:03.000+0000",
        "ContentModifiedDate": "2020-11-21T01:02:03.000+0000",
    },
    "Owner": {"Email": "sato@example.co.jp", "Username": "sato@example", "IsActive": True},
    "CreatedBy": {"Email": "lopez@example.co.jp"},
    "CreatedDate": "2020-11-24T01:02:03.000+0000",
    "LastViewDate": None,
    "ViewCount": 0,
    "PreferencesExpires": False,
    "ExpiryDate": None,
    "PreferencesPasswordRequired": False,
    "PreferencesAllowOriginalDownload": True,
    "PreferencesAllowPDFDownload": True,
}
RIGHT = {
    "ParentId": "0PS5g000001VbA2GAK",
    "SobjectType": "Case",
    "PermissionsCreate": False,
    "PermissionsEdit": False,
    "PermissionsViewAllRecords": False,
    "PermissionsModifyAllRecords": False,
}


@pytest.mark.parametrize(
    ("site", "network", "live"),
    [
        ({}, {}, True),
        ({"Status": "Inactive"}, {}, False),
        ({"Status": "InMaintenance"}, {}, False),
        ({"Status": "SomethingNew"}, {}, True),
        ({}, {"Status": "UnderConstruction"}, False),
        ({}, {"Status": "DownForMaintenance"}, False),
        ({}, {"Status": "SomethingNew"}, True),
        ({}, {"Status": "UnderConstruction", "UrlPathPrefix": "other"}, True),
        ({"UrlPathPrefix": "contact/s"}, {"Status": "UnderConstruction"}, False),
        ({}, {"Status": "UnderConstruction", "UrlPathPrefix": "contactvforcesite"}, False),
        ({"SiteType": "Visualforce"}, {"Status": "UnderConstruction"}, True),
        ({"UrlPathPrefix": None}, {"Status": "UnderConstruction", "UrlPathPrefix": None}, False),
    ],
)
def test_a_site_is_open_unless_salesforce_calls_it_closed(site, network, live):
    (guest,) = find_guests([SITE | site], [NETWORK | network])
    assert guest.live is live


def test_a_guest_of_two_rows_counts_once_and_is_open_while_one_row_is():
    twin = SITE | {"Id": "0DM5g000000TQk7GAG", "SiteType": "ChatterNetworkPicasso"}
    for first, second in (("Active", "Inactive"), ("Inactive", "Active")):
        rows = [SITE | {"Status": first}, twin | {"Status": second}]
        assert find_guests(rows, [])[0].live is True
    assert len(find_guests([SITE, twin, twin | {"GuestUserId": None}], [])) == 1
    assert find_guests([SITE | {"MasterLabel": None}], [])[0].site == "Contact"


@pytest.mark.parametrize(
    ("flags", "access"),
    [
        ({}, Access.VIEW),
        ({"PermissionsCreate": True}, Access.CREATE),
        ({"PermissionsCreate": True, "PermissionsEdit": True}, Access.EDIT),
        ({"PermissionsViewAllRecords": True}, Access.ALL_RECORDS),
        ({"PermissionsModifyAllRecords": True, "PermissionsEdit": True}, Access.ALL_RECORDS),
        ({"PermissionsEdit": None}, Access.UNKNOWN),
    ],
)
def test_the_widest_right_is_the_access_and_silence_is_unknown(flags, access):
    assert permission_access(RIGHT | flags) is access


@pytest.mark.parametrize(
    ("row_cause", "by_itself", "cause"),
    [
        ("GuestRule", True, GrantCause.RULE),
        ("GuestParentImplicit", True, GrantCause.PARENT),
        ("GuestPersonImplicit", True, GrantCause.PARENT),
        ("ImplicitParent", True, GrantCause.PARENT),
        ("Owner", True, GrantCause.OWNERSHIP),
        ("Owner", False, GrantCause.LEFTOVER),  # through a queue
        ("Manual", True, GrantCause.LEFTOVER),
        ("Rule", False, GrantCause.LEFTOVER),  # through a group
        ("Reason__c", True, GrantCause.LEFTOVER),  # by code
        ("SomethingNew", True, GrantCause.LEFTOVER),
    ],
)
def test_every_reason_of_a_share_row_is_one_of_our_causes(row_cause, by_itself, cause):
    assert share_cause(row_cause, by_itself=by_itself) is cause


def test_guests_are_below_every_group_that_holds_a_group_that_holds_them():
    rows = [("00GA", "005A"), ("00GB", "00GA"), ("00GA", "00GB"), ("00GC", "00GB"), ("00GD", "x")]
    groups = find_guest_groups({"005A"}, [{"GroupId": g, "UserOrGroupId": m} for g, m in rows])
    assert {group: set(held) for group, held in groups.guests.items()} == {
        "00GA": {"005A"},
        "00GB": {"005A"},
        "00GC": {"005A"},
    }
    assert groups.nested["00GC"] == {"00GB"}


def test_a_link_is_a_grant_to_whoever_holds_it():
    item = linked_file_item([LINK], "https://example.my.salesforce.com")
    (grant,) = item.grants
    assert (item.id, item.name) == ("0695g00000KxY2aAAF", "顧客一覧.xlsx")
    assert (item.owner, item.owner_state) == ("sato@example.co.jp", State.ACTIVE)
    assert item.created_at == datetime(2020, 11, 20, 1, 2, 3, tzinfo=UTC)
    assert item.last_activity is None  # never opened
    assert (grant.id, grant.audience) == ("05D5g0000009vN1EAI", Audience.ANYONE_LINK)
    assert (grant.principal, grant.principal_kind) == ("", PrincipalKind.LINK)
    assert (grant.password, grant.expires_at) == (False, None)
    assert grant.created_by == "lopez@example.co.jp"
    assert grant.views == 0


@pytest.mark.parametrize(
    ("told", "views"), [(0, 0), (12, 12), ("12", 12), (None, UNKNOWN), ("many", UNKNOWN)]
)
def test_views_are_counted_in_pages_and_in_bulk_files_alike(told, views):
    item = linked_file_item([LINK | {"ViewCount": told}], "https://example.my.salesforce.com")
    assert item.grants[0].views == views


@pytest.mark.parametrize(
    ("original", "pdf", "kind", "access"),
    [
        (True, False, "xlsx", Access.VIEW),
        (False, True, "xlsx", Access.VIEW),
        (False, False, "xlsx", Access.VIEW_ONLY),
        (False, False, "PDF", Access.VIEW_ONLY),
        (False, False, "zip", Access.VIEW),  # no preview: the file itself is offered
        (False, False, None, Access.VIEW),
        (None, False, "xlsx", Access.UNKNOWN),
        (None, True, "xlsx", Access.VIEW),
    ],
)
def test_view_only_means_that_nothing_can_be_taken_away(original, pdf, kind, access):
    row = LINK | {
        "ContentDocument": {"Title": "顧客一覧", "FileExtension": kind},
        "PreferencesAllowOriginalDownload": original,
        "PreferencesAllowPDFDownload": pdf,
    }
    assert linked_file_item([row], "").grants[0].access is access


def test_what_salesforce_does_not_say_is_unknown():
    silent = {
        "Owner": None,
        "CreatedBy": None,
        "ContentDocument": None,
        "PreferencesPasswordRequired": None,
        "PreferencesExpires": None,
    }
    item = linked_file_item([LINK | silent], "")
    assert item.name == "顧客一覧"
    assert item.owner is UNKNOWN
    assert item.owner_state is State.UNKNOWN
    assert item.created_at is UNKNOWN
    assert item.grants[0].password is UNKNOWN
    assert item.grants[0].expires_at is UNKNOWN
    assert item.grants[0].created_by is UNKNOWN


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2020-11-24T01:02:03.000+0000", datetime(2020, 11, 24, 1, 2, 3, tzinfo=UTC)),
        ("2020-11-24T01:02:03Z", datetime(2020, 11, 24, 1, 2, 3, tzinfo=UTC)),
        ("2020-11-24", UNKNOWN),
        ("soon", UNKNOWN),
        (None, None),
    ],
)
def test_times_are_aware_or_unknown(value, moment):
    assert parse_time(value) == moment


@pytest.mark.parametrize(
    ("name", "label", "data_type", "kind"),
    [
        ("Contact_Mail__c", "連絡先", "Email", "email"),
        ("Seinengappi__c", "生年月日", "Date", "birth_date"),
        ("BirthDate__c", None, "Date", "birth_date"),
        ("Tel__c", None, "Text(20)", "phone"),
        ("Hotel__c", "宿泊先", "Text(80)", ""),
        ("Address__c", "住所", "Text(200)", "address"),
        ("Account_No__c", "口座番号", "Text(10)", "payment"),
        ("History__c", "既往歴", "Long Text Area(32768)", "health"),
        ("Name", "氏名", "Text(80)", "person"),
        ("Status__c", "状況", "Picklist", ""),
        ("Denwa__c", "ご連絡先", "Text(20)", "phone"),
        ("Jusho1__c", None, "Text(200)", "address"),
        ("Shimei_Kana__c", None, "Text(80)", "person"),
    ],
)
def test_the_type_and_the_name_of_a_field_say_what_it_holds(name, label, data_type, kind):
    assert field_data_kind(name, label, data_type) == kind


def test_person_accounts_are_people_and_companies_are_not():
    assert object_data_kinds("Account", {"Account.Phone", "Account.Industry"}) == ()
    assert object_data_kinds("Account", {"Account.PersonEmail"}) == ("person", "email")


def test_unknown_field_rights_leave_the_whole_schema():
    assert object_data_kinds("Contact", None) == (
        "person",
        "email",
        "phone",
        "birth_date",
        "address",
    )
    assert object_data_kinds("Contact", set()) == ("person",)
