"""The records of the demo organization, read."""

from collections.abc import Callable
from typing import Any

from connectors.salesforce.connector import RECORDS
from connectors.salesforce.demo.tables import DEFINITIONS, PERMISSIONS
from connectors.sdk.records import (
    Audience,
    Grant,
    Item,
)
from connectors.sdk.testing import ServedTenant, scan

Open = Callable[..., ServedTenant]
TIER_C = (*PERMISSIONS, *DEFINITIONS)
GUEST, MANY, ONE = (
    Audience.PUBLIC_DISCOVERABLE,
    Audience.EXT_AUTHENTICATED_ANY,
    Audience.EXT_NAMED,
)


def reading(opened: ServedTenant) -> tuple[dict[str, Item], Any, list[Any]]:
    connector, lent = opened.connector()
    connector.tenant()
    records = scan(connector, lent, RECORDS)
    return {r.id: r for r in records if isinstance(r, Item)}, records[-1], [*records]


def grant_of(items: dict[str, Item], name: str, grant_id: str) -> Grant:
    (grant,) = (g for g in items[name].grants if g.id == grant_id)
    return grant


def tenant_of(opened: ServedTenant) -> Any:
    return opened.harness.tenant


def rows(opened: ServedTenant, source: str) -> list[dict[str, Any]]:
    return tenant_of(opened).tables[source].rows
