"""`doctor` and `plan`: what can be told before a scan, against what a scan really does."""

from typing import Any

import pytest

from connectors.google.demo import Tenant
from connectors.google.demo.responses import error
from connectors.google.demo.token_endpoint import DELEGATED
from connectors.sdk.checks import CheckOutcome
from connectors.sdk.records import CountedItems, Item
from connectors.sdk.testing import ConnectorHarness


@pytest.fixture
def stage(tmp_path):
    return ConnectorHarness("google", tmp_path)


def checked(opened) -> Any:
    connector: Any = opened.connector()[0]
    return {check.id: check for check in connector.checks()}


def test_every_permission_that_is_asked_for_has_a_row_and_passes(stage):
    with stage.open() as opened:
        rows = checked(opened)
    assert {r.removeprefix("permission.") for r in rows} - {"delegation"} == DELEGATED
    assert {row.outcome for row in rows.values()} == {CheckOutcome.PASS}


@pytest.mark.parametrize("missing", sorted(DELEGATED))
def test_a_missing_permission_is_named_with_the_list_to_paste(stage, missing):
    stage.tenant = Tenant(delegated=DELEGATED - {missing})
    with stage.open() as opened:
        rows = checked(opened)
    row = rows[f"permission.{missing}"]
    needed = missing in ("drive.metadata.readonly",) or missing.startswith("admin.directory.")
    needed = needed and "orgunit" not in missing
    assert row.outcome is (CheckOutcome.FAIL if needed else CheckOutcome.WARN)
    assert missing in str(row.detail)
    assert all(permission in str(row.hint) for permission in DELEGATED)


def test_an_api_that_is_switched_off_and_a_part_that_is_left_out_are_told(stage):
    off = error(403, "accessNotConfigured", "Groups Settings API has not been used")
    with stage.open() as opened:
        stage.inject_fault(lambda r, _: off if r.path.startswith("/groups/") else None)
        assert checked(opened)["permission.apps.groups.settings"].detail.key == "google.api_off"
        opened.table |= {"group_settings": False, "policies": False, "shared_drives": ["0A"]}
        rows = checked(opened)
    left_out = {i for i in rows if i.startswith("setting.")}
    assert left_out == {"setting.group_settings", "setting.policies", "setting.shared_drives"}
    assert all(rows[i].hint for i in left_out)


@pytest.mark.parametrize(
    ("size", "delegated"),
    [(4000, DELEGATED), (20_000, DELEGATED), (4000, DELEGATED - {"drive.readonly"})],
    ids=["4000", "20000", "drives-in-the-users-own-lists"],
)
def test_the_forecast_is_near_what_a_scan_costs(tmp_path, size, delegated):
    stage = ConnectorHarness("google", tmp_path, size=size)
    stage.tenant = Tenant(size=size, delegated=delegated)
    with stage.open() as opened:
        connector: Any = opened.connector()[0]
        connector.tenant()
        parts = connector.estimate().parts
        spent = len(opened.service.requests)
        readings = opened.scan_all()
        calls = len(opened.service.requests) - spent
    read = sum(
        r.count if isinstance(r, CountedItems) else isinstance(r, Item)
        for records in readings.values()
        for r in records
    )
    assert sum(part.calls for part in parts) == pytest.approx(calls, rel=0.15)
    assert sum(part.items for part in parts) == pytest.approx(read, rel=0.15)
    assert spent < 0.6 * calls or size < 20_000
