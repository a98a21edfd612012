"""Everything asked and answered exists in the published schema."""

import json
from pathlib import Path

import pytest

from connectors.salesforce.demo import Tenant
from connectors.salesforce.demo.soql import Parser

SCHEMA = json.loads((Path(__file__).parent / "objects.json").read_text())
OBJECTS = SCHEMA["objects"]
FORBIDDEN = ("DistributionPublicUrl", "ContentDownloadUrl", "PdfDownloadUrl", "Password ")


def exists(source: str, path: str) -> bool:
    relation, _, rest = path.partition(".")
    if rest:
        return exists(OBJECTS[source]["relations"][relation], rest)
    flag = source == "PermissionSet" and path in SCHEMA["permissions"]
    return flag or path in OBJECTS[source]["fields"]


def published(source: str) -> str:
    """Custom objects have what every object of their sort has."""
    return "CaseShare" if source.endswith("__Share") else source


@pytest.mark.parametrize("source", sorted(Tenant().tables))
def test_every_field_that_the_demo_serves_is_published(source):
    if source.endswith("__c"):
        return
    fields = Tenant().tables[source].fields
    assert {f for f in fields if not exists(published(source), f)} == set()


def test_every_field_that_the_connector_asks_for_is_published_and_no_secret(open_tenant):
    opened = open_tenant(size=3000)
    opened.readings()
    assert opened.stage.tenant.asked
    for soql in opened.stage.tenant.asked:
        asked = Parser(soql).statement()
        if asked.source.endswith("__c"):
            continue
        named = {*asked.fields, *asked.filters, *asked.groups, *asked.order, *asked.counts} - {""}
        assert {f for f in named if not exists(published(asked.source), f)} == set()
        assert not any(word in soql.replace(",", " ") for word in FORBIDDEN)


def test_the_demo_never_serves_a_link_or_a_password():
    fields = Tenant().tables["ContentDistribution"].fields
    assert fields & {"DistributionPublicUrl", "Password", "ContentDownloadUrl"} == set()
