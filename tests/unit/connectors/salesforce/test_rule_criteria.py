"""Criteria that leave nothing out are found by what they mean, and by their count."""

import pytest

from connectors.salesforce.demo import scenario
from connectors.salesforce.demo.scenario import INQUIRY_SITE
from connectors.salesforce.demo.soql import WEIGHT
from connectors.salesforce.demo.tables import PERMISSIONS
from connectors.salesforce.rule_criteria import Condition, leaves_nothing_out
from connectors.sdk.records import Access
from tests.unit.connectors.salesforce.given import TIER_C, Open, grant_of, reading, rows


@pytest.mark.parametrize(
    ("conditions", "order", "everything"),
    [
        ([], "", True),
        ([("Name", "notEqual", "")], "", True),
        ([("Name", "notEqual", "null")], "", True),  # as a published example writes it
        ([("Name", "notEqual", " ")], "", True),  # as a published quick start writes it
        ([("CreatedById", "notEqual", "null")], "", True),
        ([("LastName", "notEqual", "")], "", True),
        ([("Account.Name", "notEqual", "")], "", True),
        ([("Username", "notEqual", "")], "", True),
        ([("CaseNumber", "notEqual", "")], "", True),
        ([("OwnerId", "notEqual", "")], "", True),
        ([("Name", "contains", "")], "", True),
        ([("Name", "startsWith", "")], "", True),
        ([("IsDeleted", "equals", "True,False")], "", True),
        ([("Public__c", "equals", "True, False")], "", True),
        ([("Status__c", "equals", "A"), ("Status__c", "notEqual", "A")], "1 OR 2", True),
        ([("Status__c", "equals", "A"), ("Name", "notEqual", "")], "1 OR 2", True),
        ([("A__c", "equals", "1"), ("A__c", "notEqual", "1"), ("B__c", "equals", "2")],
         "(1 OR 2) AND (3 OR NOT 3)", True),
        ([("Topics__c", "includes", "x"), ("Topics__c", "excludes", "x")], "1 or 2", True),
        ([("Name", "notEqual", ""), ("Id", "notEqual", "null")], "1 AND 2", True),
        # what leaves something out
        ([("Status__c", "equals", "Published")], "", False),
        ([("Status__c", "notEqual", "")], "", False),  # a field that may be empty
        ([("Name", "notEqual", "Test")], "", False),
        ([("Name", "equals", "")], "", False),
        ([("CreatedById", "equals", "0055g00000CXf8eAAD")], "", False),  # all of the web form
        ([("Status__c", "equals", "A"), ("Name", "notEqual", "")], "1 AND 2", False),
        ([("Status__c", "equals", "A"), ("Name", "notEqual", "")], "", False),
        ([("Status__c", "equals", "A"), ("Status__c", "notEqual", "B")], "1 OR 2", False),
        ([("Status__c", "equals", "A"), ("Status__c", "notEqual", "A")], "1 AND 2", False),
        ([("Public__c", "equals", "True")], "", False),
        ([("IsActive", "equals", "True")], "", False),
        ([("Name", "notEqual", "")], "1 AND", False),  # a logic of another form
        ([("Name", "notEqual", "")], "1 OR 7", False),
        ([("Name", "notEqual", "")], "(1", False),
    ],
)  # fmt: skip
def test_criteria_are_read_for_what_they_mean(
    conditions: list[tuple[str, str, str]], order: str, everything: bool
) -> None:
    assert leaves_nothing_out([Condition(*each) for each in conditions], order) is everything


def test_many_conditions_are_not_tried_out() -> None:
    many = [Condition(f"F{n}__c", "equals", "1") for n in range(40)]
    assert leaves_nothing_out(many, " OR ".join(str(n + 1) for n in range(40))) is False


@pytest.mark.parametrize("held", [PERMISSIONS, TIER_C])
@pytest.mark.parametrize(("total", "everything"), [(25, True), (24, True), (26, False), (0, False)])
def test_a_rule_that_opens_as_many_records_as_there_are_leaves_none_out(
    open_tenant: Open, held: tuple[str, ...], total: int, everything: bool
) -> None:
    opened = open_tenant(permissions=held)
    rows(opened, "Faq__c")[0][WEIGHT] = total
    grant_id = "Faq_public" if held == TIER_C else f"GuestRule/{INQUIRY_SITE.guest}"
    grant = grant_of(reading(opened)[0], "Faq__c", grant_id)
    assert (grant.access is Access.ALL_RECORDS) is everything
    assert (grant.criteria == "*") is everything
    assert grant.reach == 25


def test_a_rule_to_partners_is_counted_as_well(open_tenant: Open) -> None:
    opened = open_tenant()
    rows(opened, "Price__c")[0][WEIGHT] = 88
    grant = grant_of(reading(opened)[0], "Price__c", f"Rule/{scenario.ALLIANCE}")
    assert (grant.access, grant.criteria) == (Access.ALL_RECORDS, "*")


def test_records_that_a_guest_owns_are_no_rule_though_they_are_all(open_tenant: Open) -> None:
    opened = open_tenant()
    rows(opened, "Case")[0][WEIGHT] = 14
    grant = grant_of(reading(opened)[0], "Case", f"Manual/{INQUIRY_SITE.guest}")
    assert (grant.access, grant.criteria) == (Access.CREATE, "")
