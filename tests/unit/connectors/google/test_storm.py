"""Everything that goes wrong, all at once, and always the same for one seed."""

import re
from collections import Counter
from hashlib import blake2b
from threading import Lock
from typing import Any

import pytest

from connectors.google.demo.responses import error
from connectors.sdk.local_server import Response
from connectors.sdk.records import CountedItems, Coverage, Item, Started
from connectors.sdk.testing import ConnectorHarness

SLOWER = error(403, "userRateLimitExceeded", "User Rate Limit Exceeded")
BROKEN = error(503, "backendError", "Backend Error")
EXPIRED = error(400, "invalid", "Invalid Value", location="pageToken")
DEAD = error(401, "authError", "Invalid Credentials")
GONE = error(404, "notFound", "File not found: x.")


def chance(*what):
    """The same number from 0 to 1 for the same words."""
    return int.from_bytes(blake2b(repr(what).encode(), digest_size=7).digest()) / 2**56


class Storm:
    """1 % errors, 0.5 % cut lines, 1 % rate errors, 5 % refused pages, 10 % of the files with
    an ACL of their own vanish, and some tokens die early; inside of batches, too. Of the pages,
    half are refused until their list begins again."""

    def __init__(self, tenant, seed):
        self.seed = seed
        self.vanished = set()
        self.dropped = set()
        self._respond = tenant.respond
        self._times = Counter()
        self._lock = Lock()
        tenant.respond = self.respond

    def respond(self, request):
        asked = (request.path, tuple(sorted(request.query.items())))
        with self._lock:
            self._times[asked] += 1
            times = self._times[asked]
        return self._fault(request, asked, times) or self._respond(request)

    def _fault(self, request, asked, times):
        if request.path == "/token":
            return None
        file = re.match("/drive/v3/files/(1[^/]+)", request.path)
        if "revisions" in request.path:
            file = None  # what vanishes is noticed by its permissions
        if file and chance(self.seed, "vanish", file[1]) < 0.1:
            self.vanished.add(file[1])
            return GONE
        if times == 1 and chance(self.seed, "dead", asked) < 0.1:
            return DEAD
        luck = chance(self.seed, asked, times)
        if luck < 0.01:
            return BROKEN
        if luck < 0.1:
            return SLOWER
        if luck < 0.025 and request.headers.get("user-agent"):
            return Response(cut="middle" if luck < 0.0225 else "before", body=b"x" * 50)
        if "pageToken" not in request.query or not request.path.endswith("/files"):
            return None
        if times <= 4 and chance(self.seed, "list", asked) < 0.5:
            self.dropped.add(asked)
            return EXPIRED
        return EXPIRED if chance(self.seed, "page", asked, times) < 0.05 else None


def since_the_start(records):
    """What counts: a list that began again has unsaid what came before."""
    return records[max(n for n, r in enumerate(records) if isinstance(r, Started)) :]


def told(readings):
    """Items by id with their grants, how many there were, and how the scopes ended."""
    records = [r for rs in readings.values() for r in since_the_start(rs)]
    items = [r for r in records if isinstance(r, Item)]
    count = sum(r.count for r in records if isinstance(r, CountedItems)) + len(items)
    ends = [r for r in records if isinstance(r, Coverage)]
    return items, count, ends


@pytest.mark.parametrize("seed", range(3))
def test_in_a_storm_nothing_is_lost_nothing_is_doubled_and_the_vanished_are_named(tmp_path, seed):
    stage: Any = ConnectorHarness("google", tmp_path, size=3000)
    with stage.open() as opened:
        calm, whole, _ = told(opened.scan_all())
        storm = Storm(stage.tenant, seed)
        wild, count, ends = told(opened.scan_all())
    assert storm.dropped
    ids = [item.id for item in wild]
    assert len(ids) == len(set(ids))
    assert set(wild) == {item for item in calm if item.id not in storm.vanished}
    assert count == whole - len(storm.vanished)
    reasons = [e.reason for e in ends if e.reason is not None]
    named = [dict(r.values)["count"] for r in reasons if r.key == "google.vanished"]
    assert sum(map(int, named)) == len(storm.vanished) > 0
    unread = [e for e in ends if e.status != "complete" and not e.standing]
    assert [str(e.reason).split()[0] for e in unread] == ["google.not_manager", "google.no_reader"]
