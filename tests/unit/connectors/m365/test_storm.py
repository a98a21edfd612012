"""Everything that goes wrong in a long night, at once: no door stays unseen."""

import random
import threading
from pathlib import Path

import pytest

from connectors.m365.demo import Tenant
from connectors.m365.demo.errors import error_response
from connectors.sdk.local_server import Request, Response
from connectors.sdk.records import Item, Status
from connectors.sdk.testing import ConnectorHarness, FakeContext, scan, scan_order

from .conftest import end_of

GATEWAY = Response(status=502, body=b"<html>Bad Gateway", headers={"Content-Type": "text/html"})
BUSY = error_response(503, "serviceNotAvailable", **{"Retry-After": "3"})
STARVED = error_response(
    429, "activityLimitReached", **{"Retry-After": "20", "RateLimit-Reset": "25"}
)
PER_MINUTE = 40  # calls; the pace of the licences would be far more


class Night:
    """6 % broken answers, 3 % cut lines, a small quota, and tokens that die before their time."""

    def __init__(self, tenant: Tenant, lent: FakeContext, seed: int) -> None:
        self._tenant, self._lent, self._chance = tenant, lent, random.Random(seed)
        self._guard = threading.Lock()
        self._minute, self._left = -1.0, 0
        self.faults = self.answered = 0

    def fault(self, request: Request, _times: int) -> Response | None:
        if not request.path.startswith("/v1.0"):
            return None
        with self._guard:
            answer = self._answer()
            self.faults += answer is not None
            return answer

    def _answer(self) -> Response | None:
        minute = self._lent.time() // 60
        if minute != self._minute:
            self._minute, self._left = minute, PER_MINUTE
        self._left -= 1
        if self._left < 0:
            return STARVED
        drawn = self._chance.random()
        if drawn < 0.06:
            return BUSY if drawn < 0.03 else GATEWAY
        if drawn < 0.09:
            return Response(cut="before" if drawn < 0.075 else "middle", body=b"x" * 100)
        self.answered += 1
        if self.answered % 25 == 0:
            self._tenant.token_endpoint.expire()
        return None


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_door_is_found_in_the_worst_of_nights(tmp_path: Path, seed: int) -> None:
    stage = ConnectorHarness("m365", tmp_path, size=3000)
    tenant = stage.tenant
    assert isinstance(tenant, Tenant)
    with stage.open() as opened:
        connector, lent = opened.connector()
        connector.tenant()
        night = Night(tenant, lent, seed)
        stage.inject_fault(night.fault)
        items: dict[str, Item] = {}
        for scope in scan_order(connector.scopes()):
            records = scan(connector, lent, scope)
            items |= {r.id: r for r in records if isinstance(r, Item)}
            end = end_of(records)
            closed = scope.id.startswith("site:") or end.standing
            assert closed or end.status is Status.COMPLETE
    found = {(i.id, g.id, g.principal) for i in items.values() for g in i.grants}
    doors = {(d.item_id, d.grant_id, d.principal) for d in tenant.expected_exposures()}
    assert doors <= found
    assert night.faults >= 3
