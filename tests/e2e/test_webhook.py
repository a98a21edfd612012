"""From a finding to a SIEM: signed, at least once, in order, and honest about what waits."""

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest
from standardwebhooks import Webhook

from agent.classify.rules.registry import catalogue
from connectors.sdk.loopback import Loopback, Request, Response

Serve = Callable[..., Any]
SECRET = "whsec_" + b64encode(b"0123456789abcdef0123456789abcdef").decode()


class Siem:
    """A receiver that verifies every signature, and refuses as often as it is told."""

    def __init__(self, refusals: int = 0, status: int = 503) -> None:
        self.refusals = refusals
        self.status = status
        self.bodies: list[bytes] = []  # of every attempt
        self.ids: list[str] = []
        self.taken: list[Any] = []

    def respond(self, request: Request) -> Response:
        message = Webhook(SECRET).verify(request.body, dict(request.headers))
        self.bodies.append(request.body)
        self.ids.append(request.headers["webhook-id"])
        if self.refusals:
            self.refusals -= 1
            return Response(status=self.status)
        self.taken.append(message)
        return Response(status=204)

    @property
    def events(self) -> list[Any]:
        return [event for message in self.taken for event in message["data"]["events"]]


@pytest.fixture
def siem() -> Siem:
    return Siem()


def sink(url: str, **more: Any) -> dict[str, Any]:
    return {"siem": {"type": "webhook", "url": url, "secret": "file:hook", **more}}


def test_every_event_arrives_after_two_refusals_with_stable_ids_and_five_in_between(
    serve: Serve, siem: Siem
) -> None:
    siem.refusals = 2
    with serve("salesforce", "m365") as site, Loopback(siem.respond, site.authority) as receiver:
        (site.folder / "hook").write_text(SECRET)
        site.write(sinks=sink(f"{receiver.url}/hooks/secret-path", events_per_request=10))
        codes = [site.run("scan").returncode]
        codes += [site.run("deliver").returncode for _ in range(3)]
    assert codes == [5, 5, 0, 0]
    assert siem.bodies[0] == siem.bodies[1] == siem.bodies[2]
    assert len(set(siem.ids[:3])) == 1
    findings = {row["finding_id"] for row in site.rows("findings")}
    assert {event["finding_info"]["uid"] for event in siem.events} == findings
    uids = [event["metadata"]["uid"] for event in siem.events]
    assert len(uids) == len(set(uids)) == len(findings)
    assert all(m["type"] == "tojimari.findings.v1" for m in siem.taken)
    assert all(len(m["data"]["events"]) <= 10 for m in siem.taken)


def test_a_refused_sink_is_named_without_its_path_and_what_waits_is_counted(
    serve: Serve, siem: Siem
) -> None:
    siem.refusals = 99
    with serve("salesforce") as site, Loopback(siem.respond, site.authority) as receiver:
        (site.folder / "hook").write_text(SECRET)
        site.write(sinks=sink(f"{receiver.url}/hooks/secret-path"))
        site.run("scan", "--no-deliver")
        assert siem.bodies == []
        done = site.run("deliver", "--json")
    told = json.loads(done.stdout)
    assert told[0]["pending"] == len(site.rows("findings"))
    assert "127.0.0.1" in told[0]["problem"]
    assert "secret-path" not in done.stdout + done.stderr


def test_a_missing_secret_stops_its_sink_and_not_the_run(serve: Serve) -> None:
    with serve("salesforce") as site:
        site.write(sinks=sink("https://127.0.0.1:9/hook"))
        done = site.run("scan")
    assert done.returncode == 5
    assert "hook" in done.stderr
    assert site.rows("findings")


def test_a_fixed_door_is_closed_and_one_that_opens_again_is_created_again(
    serve: Serve, siem: Siem
) -> None:
    with serve("salesforce") as site, Loopback(siem.respond, site.authority) as receiver:
        (site.folder / "hook").write_text(SECRET)
        site.write(sinks=sink(receiver.url))
        site.run("scan")
        wanted = siem.events[0]["finding_info"]["uid"]
        quiet = {
            "policy": {"rules": {r: {"enabled": False, "reason": "test"} for r in catalogue()}}
        }
        site.write(sinks=sink(receiver.url), **quiet)
        site.run("judge")
        site.write(sinks=sink(receiver.url))
        site.run("judge")
        site.run("judge")
    seen = [e["activity_id"] for e in siem.events if e["finding_info"]["uid"] == wanted]
    assert seen == [1, 3, 1]
    uids = [event["metadata"]["uid"] for event in siem.events]
    assert len(uids) == len(set(uids))
