"""What doctor and plan are told."""

import pytest

from connectors.salesforce.demo.tables import DEFINITIONS, PERMISSIONS
from connectors.sdk.checks import CheckOutcome
from connectors.sdk.local_server import Response

TIER_C = (*PERMISSIONS, *DEFINITIONS)
SETUP, DATA, FILES, DELIVERIES = PERMISSIONS


@pytest.mark.parametrize(
    ("held", "tier", "worst", "complaints"),
    [
        (PERMISSIONS, "b", CheckOutcome.PASS, set()),
        (TIER_C, "c", CheckOutcome.PASS, set()),
        ((SETUP,), "a", CheckOutcome.WARN, {DATA, FILES, DELIVERIES}),
        ((DATA, FILES, DELIVERIES), "b", CheckOutcome.FAIL, {SETUP}),
    ],
)
def test_each_permission_is_a_row_and_the_tier_is_named(open_tenant, held, tier, worst, complaints):
    connector, _ = open_tenant(permissions=held).connector()
    rows = {check.id: check for check in connector.checks()}
    assert str(rows["tier"].detail) == f"salesforce.tier_{tier}"
    bad = {i for i, check in rows.items() if i.startswith("permission.") and check.hint}
    assert bad == {f"permission.{name.removeprefix('Permissions')}" for name in complaints}
    assert worst in {check.outcome for check in rows.values()}
    for check in rows.values():
        assert check.hint is not None or check.outcome is CheckOutcome.PASS


def test_a_refused_sign_in_is_one_failed_row_and_no_error(open_tenant):
    opened = open_tenant()
    (opened.harness.folder / "salesforce.key").write_bytes(b"no key")
    (only,) = opened.connector()[0].checks()
    assert (only.id, only.outcome) == ("sign_in", CheckOutcome.FAIL)
    assert only.hint is not None


def test_nothing_that_is_refused_ends_the_checks(open_tenant):
    opened = open_tenant(permissions=TIER_C)
    connector, _ = opened.connector()
    connector.tenant()
    no = Response(status=403, body=[{"errorCode": "INSUFFICIENT_ACCESS", "message": "no"}])
    opened.harness.inject_fault(lambda r, _: None if "Organization" in r.query.get("q", "") else no)
    rows = list(connector.checks())
    assert len(rows) > 3
    assert {check.outcome for check in rows[1:]} == {CheckOutcome.WARN}


def test_a_day_that_is_almost_spent_is_a_warning(open_tenant):
    opened = open_tenant(limit=100)
    opened.harness.tenant.used = 85
    rows = {check.id: check for check in opened.connector()[0].checks()}
    assert rows["quota.day"].outcome is CheckOutcome.WARN
    assert rows["quota.day"].hint is not None


@pytest.mark.parametrize(
    "made_with",
    [
        {},
        {"size": 20_000},
        {"size": 20_000, "permissions": TIER_C},
        {"size": 21_000},
        {"permissions": (SETUP,)},
    ],
)
def test_a_forecast_is_within_a_seventh_of_the_calls(open_tenant, made_with):
    opened = open_tenant(**made_with)
    forecast = opened.connector()[0].estimate()
    opened.service.requests.clear()
    opened.scan_all()
    foretold = sum(part.calls for part in forecast.parts)
    assert abs(foretold - len(opened.service.requests)) <= 0.15 * len(opened.service.requests)
    assert forecast.per_day == 90_000


def test_the_calls_stay_within_the_documented_formula(open_tenant):
    """Share rows: one statement for 9 objects of guests, three for 15 of members, 7 totals."""
    opened = open_tenant()
    opened.scan_all()
    sign_in, others, links, fields, children = 3, 7, 2, 3, 2
    records = 9 + fields + -(-(9 + 3 * 15 + 7) // 5) + children
    assert len(opened.service.requests) <= 1.2 * (sign_in + others + links + records)
