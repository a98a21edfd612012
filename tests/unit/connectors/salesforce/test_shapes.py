"""Everything asked and answered exists in the published schema."""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from connectors.salesforce.demo import Tenant
from connectors.salesforce.demo.soql import Parser, Statement

SCHEMA = json.loads((Path(__file__).parent / "objects.json").read_text())
OBJECTS = SCHEMA["objects"]
FORBIDDEN = ("DistributionPublicUrl", "ContentDownloadUrl", "PdfDownloadUrl", "Password ")


def exists(source: str, path: str) -> bool:
    relation, _, rest = path.partition(".")
    if rest:
        return exists(OBJECTS[source]["relations"][relation], rest)
    flag = source == "PermissionSet" and path in SCHEMA["permissions"]
    return flag or path in OBJECTS[source]["fields"]


def missing(source: str, fields: Iterable[str]) -> set[str]:
    """Fields that nobody has published; a custom share table names its record ParentId."""
    own = {"ParentId"} if source.endswith("__Share") else set[str]()
    known = "CaseShare" if own else source
    return {f for f in fields if f not in own and not exists(known, f)}


def parts_of(statement: Statement) -> list[Statement]:
    """A statement and its semi-joins."""
    return [statement, *(part for join in statement.joins for part in parts_of(join))]


@pytest.mark.parametrize("source", sorted(Tenant().tables))
def test_every_field_that_the_demo_serves_is_published(source):
    if source.endswith("__c"):
        return
    fields = Tenant().tables[source].fields
    planted = {"Name"} if source == "Case" else set()
    assert missing(source, fields - planted) == set()


def test_every_field_that_the_connector_asks_for_is_published_and_no_secret(open_tenant):
    opened = open_tenant(size=3000)
    opened.scan_all()
    assert opened.harness.tenant.received_queries
    tables = opened.harness.tenant.tables
    for soql in opened.harness.tenant.received_queries:
        for asked in parts_of(Parser(soql, tables).statement()):
            if asked.source.endswith("__c"):
                continue
            counted = {count.path for count in asked.counts}
            named = {*asked.fields, *asked.filters, *asked.groups, *asked.order, *counted} - {""}
            assert missing(asked.source, named) == set()
        assert not any(word in soql.replace(",", " ") for word in FORBIDDEN)


def test_the_demo_never_serves_a_link_or_a_password():
    fields = Tenant().tables["ContentDistribution"].fields
    assert fields & {"DistributionPublicUrl", "Password", "ContentDownloadUrl"} == set()
