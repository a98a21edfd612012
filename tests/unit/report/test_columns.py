"""The contract of the files: a column that moves breaks whoever reads by position."""

from __future__ import annotations

from dataclasses import fields

import pytest

from agent.classify.exposure_row import ExposureRow
from agent.report.columns import column_names, csv_tables, schema_version
from agent.report.csv_rows import PrincipalRow, ScopeRow, SettingRow, finding_row

from .conftest import kept

GOLDEN = {
    "findings": "schema_version run_id finding_id state service connector tenant_id scope_id "
    "scope_title subject subject_id title url owner audience access principal reach severity "
    "score confidence rules reasons unknowns fix first_seen last_seen changed_at waived_until "
    "waived_by",
    "exposures": "schema_version run_id service connector tenant_id scope_id scope_title item_id "
    "item_kind item_name item_path item_url owner grant_id audience access principal "
    "principal_kind principal_domain via_group inherited_from created_at created_by expires_at "
    "password first_seen last_seen item_created_at item_modified_at sensitivity "
    "sensitivity_source reach score severity overexposed rules finding_id criteria views "
    "sensitivity_terms",
    "coverage": "schema_version run_id service connector tenant_id scope_id scope_title url "
    "status full items exposed_items calls seconds reason hint",
    "principals": "schema_version run_id service connector tenant_id principal_id kind name mail "
    "domain state created_at last_sign_in sponsor roles groups items_reached severity rules "
    "finding_id",
    "settings": "schema_version run_id service connector tenant_id setting_id scope_id value "
    "expected result references finding_id",
    "ActionPlan": "schema_version run_id finding_id severity service title path url owner reasons "
    "fix assigned_to due decision",
    "evidence_posture": "service connector setting_id scope_id value expected result "
    "references finding_id",
    "evidence_organisations": "domain people items access severity last_activity vendor contract "
    "ends standing",
    "evidence_people": "connector principal domain kind state created_at last_sign_in "
    "sponsor items access vendor",
    "evidence_dormant": "connector principal domain state created_at last_sign_in why items "
    "sponsor",
    "evidence_vendor": "vendor contract ends owner connector principal item_name item_path "
    "access first_seen last_seen",
    "evidence_public": "connector item_name item_path audience access expires_at password "
    "owner first_seen severity finding_id",
    "evidence_waivers": "what reason approved_by expires in_force outcome findings",
    "evidence_delta": "turn severity title item_path audience rules finding_id",
    "evidence_coverage": "service connector scope_title status items reason hint",
}


def test_the_tables_are_those_of_the_contract():
    assert set(csv_tables()) == set(GOLDEN)
    assert schema_version() == "1"


@pytest.mark.parametrize("table", GOLDEN)
def test_names_and_order_never_change(table):
    assert column_names(table) == tuple(GOLDEN[table].split())


def test_every_column_is_named_in_both_languages_and_typed():
    types = {"text", "word", "integer", "number", "boolean", "time", "list"}
    for columns in csv_tables().values():
        for column in columns:
            assert column.en
            assert column.ja
            assert column.type in types
            assert column.since <= schema_version()


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("exposures", ExposureRow),
        ("principals", PrincipalRow),
        ("settings", SettingRow),
        ("coverage", ScopeRow),
    ],
)
def test_a_row_has_a_field_for_every_column_in_the_same_order(table, row):
    assert ("schema_version", "run_id", *(f.name for f in fields(row))) == column_names(table)


def test_a_finding_fills_every_column_in_the_same_order(spoken):
    assert tuple(finding_row(kept(), "run", spoken)) == column_names("findings")
