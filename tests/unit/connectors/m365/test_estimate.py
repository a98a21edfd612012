from pathlib import Path

import pytest

from connectors.m365.connector import M365Connector
from connectors.sdk.local_server import Request, Response
from connectors.sdk.records import UNKNOWN
from connectors.sdk.testing import ConnectorHarness, scan, scan_order

from .conftest import House


@pytest.mark.parametrize(("size", "labels"), [(3000, False), (20_000, False), (20_000, True)])
def test_a_full_scan_costs_what_was_foretold(tmp_path: Path, size: int, labels: bool) -> None:
    stage = ConnectorHarness("m365", tmp_path, size=size)
    with stage.open() as opened:
        opened.table["sensitivity_labels"] = labels
        connector, lent = opened.connector()
        connector.tenant()
        for scope in scan_order(connector.scopes()):
            scan(connector, lent, scope)
        real = lent.http.meter
        connector, other = opened.connector()
        connector.tenant()
        other.groups_seen = lent.groups_seen
        assert isinstance(connector, M365Connector)
        told = connector.estimate()
    assert sum(part.calls for part in told.parts) == pytest.approx(real.calls, rel=0.15)
    assert sum(part.units for part in told.parts) == pytest.approx(real.units, rel=0.15)
    items = told.parts[1].items
    assert items is not UNKNOWN
    assert items == pytest.approx(stage.tenant.items, rel=0.15)
    assert other.http.meter.units < 100 + real.units / 4
    assert (told.per_minute, told.per_day) == (6250, 6_000_000)


def test_a_library_of_unknown_size_makes_no_number_up(house: House) -> None:
    def nameless(request: Request) -> Response | None:
        answer = house.tenant.respond(request)
        if "/root/delta" not in request.path or not isinstance(answer.body, dict):
            return None
        for item in answer.body["value"]:
            item.pop("size", None)
        return answer

    assert isinstance(house.connector, M365Connector)
    house.fail(nameless)
    part = house.connector.estimate().parts[1]
    assert part.items is UNKNOWN
    assert not part.exact
