"""What outsiders reach: one row for each mechanism of the facts, and one for its look-alike."""

from typing import Any

import pytest

from connectors.salesforce.demo import records, scenario
from connectors.salesforce.demo.expected_exposures import GUEST_EXPOSURES, LATENT, OTHER_EXPOSURES
from connectors.salesforce.demo.ids import vendor_id
from connectors.salesforce.demo.scenario import (
    CAMPAIGN_SITE,
    CAREERS_SITE,
    CLOSED_SITE,
    INQUIRY_SITE,
    LOPEZ,
    PARTNER_SITE,
    SATO,
)
from connectors.salesforce.demo.tables import PERMISSIONS
from connectors.sdk.demo import LINK_CANARY
from connectors.sdk.records import (
    UNKNOWN,
    Access,
    Audience,
    GrantCause,
    PrincipalKind,
    Setting,
    Status,
)
from tests.unit.connectors.salesforce.given import (
    GUEST,
    MANY,
    ONE,
    TIER_C,
    Open,
    grant_of,
    reading,
    rows,
    tenant_of,
)

MECHANISMS = [  # object, grant, cause, records, audience
    ("Case", f"Owner/{scenario.QUEUE}", GrantCause.LEFTOVER, 2898, GUEST),  # nested groups, a queue
    ("Case", f"Manual/{INQUIRY_SITE.guest}", GrantCause.LEFTOVER, 14, GUEST),
    ("Case", f"Owner/{CAMPAIGN_SITE.guest}", GrantCause.OWNERSHIP, 310, GUEST),
    ("Contact", f"GuestRule/{INQUIRY_SITE.guest}", GrantCause.RULE, 12157, GUEST),
    ("Contact", f"GuestParentImplicit/{CAMPAIGN_SITE.guest}", GrantCause.PARENT, 44, GUEST),
    (
        "Faq__c",
        f"GuestRule/{INQUIRY_SITE.guest}",
        GrantCause.RULE,
        25,
        GUEST,
    ),  # by a permission set group
    ("JobPosting__c", CAREERS_SITE.profile_set, GrantCause.RIGHT, 37, GUEST),
    ("Lead", CAREERS_SITE.profile_set, GrantCause.RIGHT, 0, GUEST),  # latent
    ("Member__c", f"Rule/{scenario.LEGACY_GROUP}", GrantCause.LEFTOVER, 1204, GUEST),
    ("Opportunity", PARTNER_SITE.profile_set, GrantCause.RIGHT, 0, GUEST),  # latent
    ("SeminarEntry__c", f"GuestRule/{PARTNER_SITE.guest}", GrantCause.RULE, 96, GUEST),
    ("SeminarEntry__c", scenario.SEMINAR_SET, GrantCause.RIGHT, 0, GUEST),  # the other guest's
    ("SeminarGuest__c", "ControlledByParent", GrantCause.PARENT, 180, GUEST),
    ("Application__c", f"Rule/{scenario.ALL_CUSTOMERS}", GrantCause.RULE, 1698, MANY),
    ("Delivery__c", scenario.SUPPLIER_SET, GrantCause.RIGHT, 64, ONE),
    (
        "Invoice__c",
        scenario.BOOKS_SET,
        GrantCause.RIGHT,
        410,
        MANY,
    ),  # View All Data says it, no object
    ("Survey__c", scenario.APPLICANT_SET, GrantCause.RIGHT, 1483, MANY),  # strangers in one account
    ("Order__c", "ExternalSharingModel", GrantCause.DEFAULT, 700, MANY),
    (
        "OrderLine__c",
        "ExternalSharingModel",
        GrantCause.DEFAULT,
        2100,
        MANY,
    ),  # by its parent's default
    ("Price__c", f"Rule/{scenario.ALLIANCE}", GrantCause.RULE, 88, MANY),  # groups in groups
    (
        "Quote__c",
        scenario.REBATE_SET,
        GrantCause.RIGHT,
        60,
        MANY,
    ),  # View All in a permission set group
    ("Rebate__c", f"Rule/{scenario.SHOP_ROLE}", GrantCause.RULE, 9, ONE),
    (
        "Visit__c",
        f"Rule/{scenario.FIELD_ROLES}",
        GrantCause.RULE,
        31,
        MANY,
    ),  # a role with all below it
    (
        "Case.ContentDocumentLinks",
        f"ContentDocumentLink/{INQUIRY_SITE.guest}",
        GrantCause.PARENT,
        12,
        GUEST,
    ),
]


@pytest.mark.parametrize(("name", "grant", "cause", "reach", "audience"), MECHANISMS)
def test_every_way_is_found_with_its_cause_its_records_and_its_audience(
    open_tenant: Open, name: str, grant: str, cause: GrantCause, reach: int, audience: Audience
) -> None:
    found = grant_of(reading(open_tenant())[0], name, grant)
    assert (found.cause, found.reach, found.audience) == (cause, reach, audience)


LOOK_ALIKES = [
    ("Salary__c", "open by default and by a rule, and no outsider has Read; the right is muted"),
    ("Ticket__c", "partners read their own"),
    ("Bid__c", "a sharing set opens it, which only tier C may read"),
    ("Draft__c", "there is none"),
]


@pytest.mark.parametrize("name", [name for name, _ in LOOK_ALIKES])
def test_what_only_looks_open_is_not_stated(open_tenant: Open, name: str) -> None:
    assert name not in reading(open_tenant())[0]


def test_nothing_but_the_story_is_stated(open_tenant: Open) -> None:
    items, coverage, _ = reading(open_tenant())
    told = {item for item, *_ in (*GUEST_EXPOSURES, *OTHER_EXPOSURES)} | LATENT
    assert items.keys() <= told
    grants = {(name, g.id) for name, item in items.items() for g in item.grants if g.reach != 0}
    assert grants <= {(item, grant) for item, grant, *_ in (*GUEST_EXPOSURES, *OTHER_EXPOSURES)}
    assert coverage.status is Status.COMPLETE


@pytest.mark.parametrize(
    ("name", "grant"),
    [
        ("Opportunity", f"Manual/{INQUIRY_SITE.guest}"),  # rows for a guest without Read
        ("Visit__c", f"Rule/{scenario.ALL_CUSTOMERS}"),  # a rule for people none of whom has Read
        ("Application__c", f"Rule/{scenario.ALL_INSIDERS}"),  # all insiders are nobody from outside
        ("Price__c", f"Rule/{scenario.STAFF}"),
        ("Case", f"Rule/{scenario.STAFF}"),
    ],
)
def test_rows_that_reach_nobody_from_outside_are_no_way(
    open_tenant: Open, name: str, grant: str
) -> None:
    items = reading(open_tenant())[0]
    assert grant not in {g.id for g in items[name].grants}


def test_two_site_rows_of_one_guest_are_one_grant(open_tenant: Open) -> None:
    items = reading(open_tenant())[0]
    assert [g.principal for g in items["Member__c"].grants] == [INQUIRY_SITE.label]


def test_an_inactive_site_and_an_unpublished_one_are_closed_doors(open_tenant: Open) -> None:
    items = reading(open_tenant())[0]
    assert [g.live for g in items["Contest__c"].grants] == [False]  # under construction
    assert {g.live for g in items["Case"].grants if g.principal == CAMPAIGN_SITE.label} == {False}
    assert {g.live for g in items["Case"].grants if g.principal == INQUIRY_SITE.label} == {True}


def test_who_signs_in_is_a_role_and_who_does_not_is_a_guest(open_tenant: Open) -> None:
    for item in reading(open_tenant())[0].values():
        if item.kind == "registration":
            continue
        for grant in item.grants:
            guest = grant.audience is GUEST
            kind = PrincipalKind.SITE_GUEST if guest else PrincipalKind.ROLE
            assert grant.principal_kind is kind
            assert grant.principal
            assert grant.principal_id[:3] in (("005",) if guest else ("00G", "0PS"))


def test_kinds_of_data_are_those_of_fields_that_an_outsider_may_read(open_tenant: Open) -> None:
    items = reading(open_tenant())[0]
    assert items["Contact"].data == ("person", "email", "phone", "birth_date")
    assert items["Member__c"].data == ("email", "birth_date")  # the phone field is hidden
    assert items["SeminarEntry__c"].data == ("person",)  # a required field hides from nobody
    assert items["Application__c"].data == ("phone",)  # Denwa__c
    assert items["Opportunity"].data == ()


def test_whoever_may_register_reads_what_the_profile_reads(open_tenant: Open) -> None:
    items = reading(open_tenant())[0]
    told = {i.name: (i.data, i.grants[0].live) for i in items.values() if i.kind == "registration"}
    assert told == {INQUIRY_SITE.label: ((), True), CLOSED_SITE.label: (("person", "email"), False)}


@pytest.mark.parametrize(
    ("name", "rule", "reach"),
    [
        ("Contact", "Inquiry_contacts", 12157),  # it names the guest by a nickname
        ("Opportunity", "Deals_on_site", 0),  # a rule without rows is latent
        ("Application__c", "Applicants_see_all", 1698),  # an empty element says the most
        ("Price__c", "Prices_to_alliance", 88),
        ("Rebate__c", "Rebate_of_shop", 9),
    ],
)
def test_in_tier_c_a_way_has_the_name_of_its_rule(
    open_tenant: Open, name: str, rule: str, reach: int
) -> None:
    items, coverage, _ = reading(open_tenant(permissions=TIER_C))
    assert coverage.status is Status.COMPLETE
    grant = grant_of(items, name, rule)
    assert (grant.cause, grant.reach) == (GrantCause.RULE, reach)


@pytest.mark.parametrize(
    ("name", "rule", "criteria", "access"),
    [
        ("Faq__c", "Faq_public", "Status__c equals Published", Access.VIEW),
        ("Contact", "Inquiry_contacts", "*", Access.ALL_RECORDS),  # whoever has a last name
        ("Opportunity", "Deals_on_site", "Status__c equals Published", Access.VIEW),
        ("Application__c", "Applicants_see_all", "*", Access.ALL_RECORDS),
        ("Price__c", "Prices_to_alliance", "Status__c equals Published", Access.VIEW),
    ],
)
def test_a_rule_says_which_records_and_one_that_leaves_none_out_is_as_wide_as_view_all(
    open_tenant: Open, name: str, rule: str, criteria: str, access: Access
) -> None:
    grant = grant_of(reading(open_tenant(permissions=TIER_C))[0], name, rule)
    assert (grant.criteria, grant.access) == (criteria, access)


def test_a_sharing_set_that_compares_more_than_accounts_lets_them_meet(open_tenant: Open) -> None:
    items = reading(open_tenant(permissions=TIER_C))[0]
    (grant,) = items["Bid__c"].grants  # of one region; not for the profile without outsiders
    assert (grant.id, grant.principal) == ("Bids_of_region", "Partner Community")
    assert (grant.cause, grant.reach, grant.audience) == (GrantCause.RULE, UNKNOWN, MANY)
    assert grant.criteria == "Region__c = Account.Region__c"
    assert "Ticket__c" not in items  # each account its own


def test_strangers_in_one_account_meet_in_what_is_their_accounts(open_tenant: Open) -> None:
    opened = open_tenant(permissions=TIER_C)
    partners = {u["AccountId"] for u in rows(opened, "User") if u["UserType"] == "PowerPartner"}
    for number, account in enumerate(sorted(partners)):
        row = {"NetworkId": vendor_id("0DB", number), "AccountId": account}
        rows(opened, "NetworkSelfRegistration").append(row)
    grant = grant_of(reading(opened)[0], "Ticket__c", "Own_tickets")
    assert (grant.reach, grant.audience) == (UNKNOWN, MANY)


def test_a_role_whose_account_anybody_may_join_holds_strangers(open_tenant: Open) -> None:
    opened = open_tenant()
    assert grant_of(reading(opened)[0], "Rebate__c", f"Rule/{scenario.SHOP_ROLE}").audience is ONE
    row = {"NetworkId": vendor_id("0DB", 1), "AccountId": vendor_id("001", 1)}
    rows(opened, "NetworkSelfRegistration").append(row)
    assert grant_of(reading(opened)[0], "Rebate__c", f"Rule/{scenario.SHOP_ROLE}").audience is MANY


def test_a_site_that_makes_an_account_for_each_newcomer_mixes_nobody(open_tenant: Open) -> None:
    opened = open_tenant()
    for row in rows(opened, "NetworkSelfRegistration"):
        row["AccountId"] = None
    assert grant_of(reading(opened)[0], "Survey__c", scenario.APPLICANT_SET).audience is ONE


def test_a_rule_that_names_a_site_by_its_label_names_nobody(open_tenant: Open) -> None:
    items = reading(open_tenant(permissions=TIER_C))[0]
    assert [g.cause for g in items["Lead"].grants] == [GrantCause.RIGHT]


def test_both_tiers_count_the_same_records(open_tenant: Open) -> None:
    def counts(**made_with: Any) -> list[Any]:
        items = reading(open_tenant(**made_with))[0].values()
        counted = [i for i in items if i.id != "Bid__c"]  # nobody counts what sharing sets open
        return [(i.id, [(g.principal, g.reach) for g in i.grants]) for i in counted]

    def sort(told: list[Any]) -> list[Any]:
        return [(name, sorted(grants, key=str)) for name, grants in told]

    assert sort(counts()) == sort(counts(permissions=TIER_C))


def test_an_organization_without_experience_cloud_has_only_plain_sites(open_tenant: Open) -> None:
    items, coverage, _ = reading(open_tenant(communities=False))
    assert coverage.status is Status.COMPLETE
    assert items.keys() == {"JobPosting__c", "Lead", "SeminarEntry__c", "SeminarGuest__c"}


def test_an_organization_without_sites_and_members_is_clean_and_complete(
    open_tenant: Open,
) -> None:
    opened = open_tenant(communities=False)
    rows(opened, "Site").clear()
    items, coverage, _ = reading(opened)
    assert items == {}
    assert coverage.status is Status.COMPLETE


def test_groups_that_hold_each_other_do_not_go_round_for_ever(open_tenant: Open) -> None:
    opened = open_tenant()
    rows(opened, "GroupMember").extend(
        [
            {"GroupId": scenario.LEGACY_GROUP, "UserOrGroupId": scenario.QUEUE},
            {"GroupId": scenario.INNER_ALLIANCE, "UserOrGroupId": scenario.ALLIANCE},
        ]
    )
    items = reading(opened)[0]
    assert grant_of(items, "Case", f"Owner/{scenario.QUEUE}").reach == 2898
    assert grant_of(items, "Price__c", f"Rule/{scenario.ALLIANCE}").audience is MANY


@pytest.mark.parametrize(("users", "audience"), [((0, 1), ONE), ((0, 3), MANY)])
def test_people_of_a_public_group_are_counted_by_their_accounts(
    open_tenant: Open, users: tuple[int, ...], audience: Audience
) -> None:
    opened = open_tenant()
    partners = [u["Id"] for u in rows(opened, "User") if u["UserType"] == "PowerPartner"]
    rows(opened, "GroupMember").extend(
        {"GroupId": scenario.STAFF, "UserOrGroupId": partners[user]} for user in users
    )
    grant = grant_of(reading(opened)[0], "Price__c", f"Rule/{scenario.STAFF}")
    assert grant.audience is audience


def test_partners_of_one_account_do_not_see_strangers(open_tenant: Open) -> None:
    opened = open_tenant(permissions=PERMISSIONS)
    for source, path in (("User", ""), ("PermissionSetAssignment", "Assignee")):
        for row in rows(opened, source):
            part = row[path] if path else row
            part["AccountId"] = part["AccountId"] and vendor_id("001", 1)
            if part["UserType"] == "CSPLite":
                part["UserType"] = "Standard"
    audiences = {g.audience for g in reading(opened)[0]["Order__c"].grants}
    assert audiences == {ONE}


@pytest.mark.parametrize("right", ["PermissionsViewAllData", "PermissionsModifyAllData"])
def test_view_all_data_opens_every_record_of_what_a_guest_may_read(
    open_tenant: Open, right: str
) -> None:
    opened = open_tenant()
    for row in rows(opened, "PermissionSetAssignment"):
        if row["PermissionSetId"] == INQUIRY_SITE.profile_set:
            row["PermissionSet"][right] = True
    grant = grant_of(reading(opened)[0], "Contact", INQUIRY_SITE.profile_set)
    assert (grant.access, grant.reach) == (Access.ALL_RECORDS, 212000)


def test_the_api_right_of_guests_is_a_setting(open_tenant: Open) -> None:
    _, _, records = reading(open_tenant())
    settings = {(r.id, r.subject): r.value for r in records if isinstance(r, Setting)}
    assert settings["PermissionSet.PermissionsApiEnabled", PARTNER_SITE.label] is True
    assert settings["PermissionSet.PermissionsApiEnabled", INQUIRY_SITE.label] is False


def test_rows_of_insiders_are_never_asked_for(open_tenant: Open) -> None:
    opened = open_tenant()
    reading(opened)
    asked = tenant_of(opened).received_queries
    assert not any(LOPEZ.id in soql or SATO.id in soql for soql in asked)


@pytest.mark.parametrize("held", [PERMISSIONS, TIER_C])
def test_no_content_of_a_record_is_ever_read(open_tenant: Open, held: tuple[str, ...]) -> None:
    """The demo plants a word into every record; only counts and names of fields are asked for."""
    opened = open_tenant(permissions=held)
    assert rows(opened, "Case")[0]["Name"] == LINK_CANARY  # it would be served to whoever asks
    assert LINK_CANARY not in repr(opened.scan_all())
    for soql in tenant_of(opened).received_queries:
        source = soql.partition(" FROM ")[2].split()[0]
        if source in records.LABELS and source != "User":
            assert soql.startswith("SELECT COUNT() FROM ")


def test_edit_on_an_object_is_the_access_of_every_way(open_tenant: Open) -> None:
    items = reading(open_tenant())[0]
    assert {g.access for g in items["SeminarEntry__c"].grants} == {Access.EDIT}
    assert {g.access for g in items["Order__c"].grants} == {Access.EDIT}
