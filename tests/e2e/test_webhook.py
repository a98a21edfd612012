"""From a finding to a SIEM: signed, at least once, in order, and honest about what waits."""

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest
from standardwebhooks import Webhook

from agent.classify.rules.registry import all_rules
from connectors.sdk.local_server import LocalHttpsServer, Request, Response

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
    return {
        "siem": {"type": "webhook", "url": url, "secret": "file:hook", "retry_seconds": 0, **more}
    }


def test_every_event_arrives_after_two_refusals_with_stable_ids_and_five_in_between(
    serve: Serve, siem: Siem
) -> None:
    siem.refusals = 2
    with (
        serve("salesforce", "m365") as site,
        LocalHttpsServer(siem.respond, site.authority) as receiver,
    ):
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
    with serve("salesforce") as site, LocalHttpsServer(siem.respond, site.authority) as receiver:
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
    with serve("salesforce") as site, LocalHttpsServer(siem.respond, site.authority) as receiver:
        (site.folder / "hook").write_text(SECRET)
        site.write(sinks=sink(receiver.url))
        site.run("scan")
        wanted = siem.events[0]["finding_info"]["uid"]
        quiet = {
            "policy": {"rules": {r: {"enabled": False, "reason": "test"} for r in all_rules()}}
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


def test_a_busy_receiver_is_waited_for_and_nobody_has_to_come_back(
    serve: Serve, siem: Siem
) -> None:
    siem.refusals = 1
    with serve("salesforce") as site, LocalHttpsServer(siem.respond, site.authority) as receiver:
        (site.folder / "hook").write_text(SECRET)
        site.write(sinks=sink(receiver.url, retry_seconds=30))
        done = site.run("scan")
    assert done.returncode != 5, done.stderr
    assert len(siem.ids) == len(siem.taken) + 1


def test_each_sink_is_sent_what_it_asked_for_and_masks_where_it_wants_them(serve: Serve) -> None:
    drops = {
        "beat": {"type": "jsonl", "path": "beat", "send": ["heartbeat"]},
        "all": {"type": "jsonl", "path": "all", "send": ["snapshot"], "redact_names": True},
    }
    with serve("m365") as site:
        site.write(sinks=drops)
        site.run("scan")
        site.run("judge")
        findings = site.rows("findings")
        beats = dropped(site.folder / "beat")
        stand = dropped(site.folder / "all")
        assert site.run("deliver", "--check", "beat").returncode == 0
        tests = [e for e in dropped(site.folder / "beat") if e["class_uid"] == 2006]
    assert [beat["class_uid"] for beat in beats] == [6007, 6007]
    assert {beat["status"] for beat in beats} == {"Failure"}  # the demo has rooms that do not open
    assert len(stand) == 2 * len(findings)
    assert {e["finding_info"]["uid"] for e in stand} == {row["finding_id"] for row in findings}
    told = json.dumps(stand, ensure_ascii=False)
    names = {row["owner"] for row in findings} | {row["url"] for row in findings}
    assert [name for name in names - {"", "unknown"} if name in told] == []
    assert len(tests) == 1
    assert tests[0]["unmapped"]["tojimari"]["test"] is True


def dropped(folder: Any) -> list[Any]:
    files = sorted(folder.glob("*.jsonl"), key=lambda file: file.stat().st_mtime_ns)
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [json.loads(line) for line in lines]


def test_one_poisonous_event_is_put_aside_told_of_and_offered_again(
    serve: Serve, siem: Siem
) -> None:
    taken: list[str] = []
    poison: list[str] = []

    def respond(request: Request) -> Response:
        uids = [e["metadata"]["uid"] for e in request.json()["data"]["events"]]
        poison.extend([] if poison else uids[3:4])
        if set(poison[:1]) & set(uids):
            return Response(status=400, body=b"no such field")
        taken.extend(uids)
        return Response(status=204)

    with serve("salesforce") as site, LocalHttpsServer(respond, site.authority) as receiver:
        (site.folder / "hook").write_text(SECRET)
        site.write(sinks=sink(receiver.url))
        first = site.run("scan")
        status = site.run("deliver", "--status", "--json")
        poison[:] = ["healed"]
        again = site.run("deliver", "--again")
        left = site.run("deliver", "--status")
    assert first.returncode == 5
    assert "rejected permanently" in first.stderr
    (row,) = json.loads(status.stdout)
    assert (row["pending"], row["dead"]) == (0, 1)
    assert "no such field" in row["error"]
    assert (status.returncode, again.returncode, left.returncode) == (5, 0, 0)
    assert len(taken) == len(set(taken)) == len(site.rows("findings"))


def test_a_secret_that_can_never_sign_is_told_before_anything_is_read(serve: Serve) -> None:
    with serve("salesforce") as site:
        (site.folder / "hook").write_text("whsec_weak")
        site.write(sinks=sink("https://127.0.0.1:9/hook"))
        done = site.run("scan")
        assert done.returncode == 2
        assert "sinks.siem.secret" in done.stderr
        assert "weak" not in done.stderr.replace("whsec_ followed", "")
        assert site.asked == []
