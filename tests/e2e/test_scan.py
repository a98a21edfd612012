"""The whole way, for real: three services in, judged, files out."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from connectors.sdk.demo import LINK_CANARY
from connectors.sdk.local_server import Request, Response

Serve = Callable[..., Any]


def test_every_door_of_every_tenant_is_an_exposure_and_nothing_else_is(serve: Serve) -> None:
    with serve() as site:
        done = site.run("scan")
        assert done.returncode == 4, done.stderr  # the demo tenants have rooms that do not open
        found = {
            (r["service"], r["item_id"], r["grant_id"], r["principal"]): (
                r["audience"], r["access"],
            )
            for r in site.rows("exposures")
            if not r["via_group"]
        }  # fmt: skip
        doors = {
            (name, d.item_id, d.grant_id, d.principal): (str(d.audience), str(d.access))
            for name, tenant in site.tenants.items()
            for d in tenant.expected_exposures()
        }
    groups = {
        (r["service"], r["item_id"], r["grant_id"], r["principal"])
        for r in site.rows("exposures")
        if r["via_group"]
    }
    latent = {  # rights that open nothing today, a deleted account's: findings, no exposures
        (r["service"], r["subject_id"], r["principal"])
        for r in site.rows("findings")
        if r["reach"] == "0"
    }
    missed = {key for key in doors if key not in found and key not in groups}
    assert {key for key in missed if (key[0], key[1], key[3]) not in latent} == set()
    assert {key for key in found if key not in doors} == set()


def test_the_files_agree_with_each_other_and_with_their_manifest(serve: Serve) -> None:
    with serve() as site:
        done = site.run("scan", "--json")
        summary = json.loads(done.stdout)
        manifest = site.manifest()
        findings, exposures = site.rows("findings"), site.rows("exposures")
        coverage = site.rows("coverage")
    for name, told in manifest["files"].items():
        raw = (site.folder / "runs").glob(f"*/{name}")
        content = next(iter(raw)).read_bytes()
        assert hashlib.sha256(content).hexdigest() == told["sha256"]
        if name.endswith(".csv"):
            assert content.startswith(b"\xef\xbb\xbf")
            assert b"\r\n" in content
    assert len(findings) == manifest["files"]["findings.csv"]["rows"]
    assert sum(summary["states"].values()) == len(findings)
    assert {e["finding_id"] for e in exposures if e["overexposed"] == "true"} <= {
        f["finding_id"] for f in findings
    }
    assert len({f["finding_id"] for f in findings}) == len(findings)
    assert sum(manifest["coverage"].values()) == len(coverage)
    unread = [c for c in coverage if c["status"] != "complete" and c["hint"]]
    assert summary["missed"] == len(unread) - summary["blind_spots"]


def test_nothing_that_is_a_credential_is_in_any_file_log_or_output(serve: Serve) -> None:
    with serve() as site:
        done = site.run("scan", "-v")
        secrets = [LINK_CANARY.encode()]
        for path in site.folder.glob("*"):
            if path.suffix in {".pem", ".key", ".json", ""} and path.is_file():
                secrets += [line for line in path.read_bytes().splitlines() if len(line) > 50]
    produced = [p for p in site.folder.rglob("*") if p.is_file() and p.parent != site.folder]
    assert any(p.suffix == ".db" for p in produced)
    assert any(p.suffix == ".log" for p in produced)
    output = done.stdout.encode() + done.stderr.encode()
    for secret in secrets:
        assert secret not in output
        assert not [p for p in produced if secret in p.read_bytes()]


def test_what_somebody_left_behind_who_is_gone_is_told_and_nobody_else_is_in_doubt(
    serve: Serve,
) -> None:
    with serve("m365") as site:
        site.run("scan")
        findings = [r for r in site.rows("findings") if r["subject"] == "exposure"]
        insiders = {r["mail"] for r in site.rows("principals") if r["domain"] == "example.co.jp"}
    owned = {r["title"]: (r["owner"], r["rules"].split("; "), r["unknowns"]) for r in findings}
    owner, rules, _ = owned["顧客名簿_2020.xlsx"]
    assert (owner, "LINK-009" in rules) == ("hanako.yamamoto@example.co.jp", True)
    others = [rules for owner, rules, _ in owned.values() if "yamamoto" not in owner]
    assert not [rules for rules in others if "LINK-009" in rules]
    doubted = {o for o, _, unknowns in owned.values() if "whether the owner" in unknowns}
    assert not {owner for owner in doubted if owner.endswith("@example.co.jp")}
    assert insiders == set()


def test_a_second_scan_finds_the_same_and_calls_it_open(serve: Serve) -> None:
    with serve("m365") as site:
        site.run("scan")
        first = {r["finding_id"]: r for r in site.rows("findings")}
        site.run("scan")
        second = {r["finding_id"]: r for r in site.rows("findings")}
    assert first.keys() == second.keys()
    assert {r["state"] for r in first.values()} == {"new"}
    assert {r["state"] for r in second.values()} == {"open"}
    assert all(second[i]["first_seen"] == r["first_seen"] for i, r in first.items())


def test_a_scope_that_cannot_be_read_leaves_its_findings_not_compared(serve: Serve) -> None:
    with serve("m365") as site:
        site.run("scan")
        before = {r["finding_id"]: r for r in site.rows("findings")}
        scope = next(r["scope_id"] for r in before.values() if r["subject"] == "exposure")
        body = {"error": {"code": "accessDenied", "message": "Access denied"}}

        def refuse(request: Request) -> Response | None:
            return Response(status=403, body=body) if f"/drives/{scope}/" in request.path else None

        site.fault = refuse
        assert site.run("scan").returncode == 4
        after = {r["finding_id"]: r for r in site.rows("findings")}
        site.fault = None
        site.run("scan")
        again = {r["finding_id"]: r for r in site.rows("findings")}
    of_scope = [i for i, r in before.items() if r["scope_id"] == scope]
    assert {after[i]["state"] for i in of_scope} == {"not_compared"}
    assert {again[i]["state"] for i in of_scope} == {"open"}
    unread = [r for r in after.values() if r["subject"] == "scope" and r["scope_id"] == scope]
    assert [(r["state"], r["severity"]) for r in unread] == [("new", "unknown")]
    assert [r["state"] for i, r in again.items() if i == unread[0]["finding_id"]] == ["resolved"]


def test_judging_again_with_another_policy_needs_no_call(serve: Serve) -> None:
    with serve("m365") as site:
        site.run("scan")
        before = {r["finding_id"]: r["state"] for r in site.rows("findings")}
        partner = next(
            r["principal_domain"]
            for r in site.rows("exposures")
            if r["audience"] == "ext_named" and not r["via_group"]
        )
        asked = len(site.asked)
        site.write(organization={"approved_domains": [partner]})
        done = site.run("judge")
        after = {r["finding_id"]: r for r in site.rows("findings")}
        exposures = site.rows("exposures")
    assert done.returncode in {0, 4}
    assert len(site.asked) == asked
    assert {r["audience"] for r in exposures if r["principal_domain"] == partner} == {
        "ext_allowlisted"
    }
    assert {after[i]["state"] for i in before} - {"open", "not_compared"}


def test_several_people_behind_one_link_are_several_rows_and_one_finding(serve: Serve) -> None:
    with serve("m365") as site:
        site.run("scan")
        exposures = site.rows("exposures")
        findings = {r["finding_id"]: r for r in site.rows("findings")}
    behind: dict[str, list[str]] = {}
    for row in exposures:
        if row["finding_id"]:
            behind.setdefault(row["finding_id"], []).append(row["principal"])
    several = {i: people for i, people in behind.items() if len(people) > 1}
    assert several
    for finding, people in several.items():
        assert set(findings[finding]["principal"].split("; ")) >= set(people) - {""}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("scan", "--fail-on", "critical", "--only", "salesforce"), 1),
        (("scan", "--only", "salesforce"), 0),
        (("scan", "--fail-on", "awful"), 2),
        (("scan", "--only", "salesfarce"), 2),
        (("scan", "-c", "nowhere.toml"), 2),
        (("scan", "--no-such-option"), 2),
        (("findings", "show", "tjm1:0"), 2),
        (("findings", "list"), 0),
        (("deliver",), 0),
    ],
)
def test_the_exit_code_says_what_a_scheduler_must_know(
    serve: Serve, words: tuple[str, ...], code: int
) -> None:
    with serve("salesforce") as site:
        assert site.run(*words).returncode == code


def test_a_refused_sign_in_is_three_and_one_of_several_is_four(serve: Serve) -> None:
    with serve("m365", "salesforce") as site:
        refusal = Response(status=400, body={"error": "invalid_client", "error_description": "x"})
        site.fault = lambda r: refusal if "/oauth2/v2.0/token" in r.path else None
        one = site.run("scan")
        unread = [r for r in site.rows("coverage") if r["connector"] == "m365"]
        site.fault = lambda r: refusal if "token" in r.path else None
        both = site.run("scan")
    assert (one.returncode, both.returncode) == (4, 3)
    assert [(r["status"], bool(r["reason"]), bool(r["hint"])) for r in unread] == [
        ("denied", True, True)
    ]


def test_a_spent_budget_is_four_and_the_next_scan_goes_on(serve: Serve) -> None:
    with serve("google", size=4000) as site:
        whole = site.run("scan", "--json", "-q")
        calls = json.loads(whole.stdout)["connectors"][0]["calls"]
        wanted = {(r["finding_id"], r["severity"]) for r in site.rows("findings")}
        for path in (site.folder / "state").iterdir():
            path.unlink()
        first = site.run("scan", "--max-calls", str(calls // 2))
        assert first.returncode == 4
        site.asked.clear()
        site.run("scan")
        rest = len(site.asked)
        found = {(r["finding_id"], r["severity"]) for r in site.rows("findings")}
    standing = {f for f in found if f[0] in {w[0] for w in wanted}}
    assert standing == wanted
    assert rest < calls * 0.7


def test_two_runs_do_not_work_on_one_store(serve: Serve) -> None:
    from agent.store.engine import lock_store

    with serve("salesforce") as site, lock_store(site.folder / "state", site.folder):
        done = site.run("scan")
    assert done.returncode == 6
    assert "Another run" in done.stderr


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"agent": {"worker": 3}}, ("agent.worker", "did you mean workers", "config.toml")),
        ({"organisation": {"name": "x"}}, ("organisation", "did you mean organization")),
        ({"policy": {"link_max_day": 3}}, ("policy.link_max_day", "link_max_days")),
        ({"agent": {"workers": "3"}}, ("agent.workers",)),
        ({"connectors": {"box": {"service": "googel"}}}, ("connectors.box.service", "google")),
        ({"connectors": {"m365": {"tenant_id": "x"}}}, ("connectors.m365.client_id", "required")),
        (
            {"sinks": {"s": {"type": "webhook", "url": "https://x.example", "secret": "hunter2"}}},
            ("sinks.s", "file:"),
        ),
        ({"sinks": {"s": {"type": "webhooks"}}}, ("sinks.s.type", "webhook")),
        (
            {"sinks": {"s": {"type": "webhook", "url": "http://x.example", "secret": "env:A"}}},
            ("sinks.s", "url"),
        ),
    ],
)
def test_a_config_error_names_the_key_the_file_and_the_nearest_valid_key(
    serve: Serve, change: dict[str, Any], words: tuple[str, ...]
) -> None:
    with serve("salesforce") as site:
        site.write(**change)
        done = site.run("scan")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr
    for word in words:
        assert word in done.stderr


def test_the_same_in_japanese(serve: Serve) -> None:
    with serve() as site:
        done = site.run("scan", "--lang", "ja")
        findings = site.rows("findings")
        site.write(agent={"worker": 3})
        wrong = site.run("scan", "--lang", "ja")
    assert "本日中に対処してください" in done.stderr
    assert all(any(ord(c) > 0x3000 for c in r["reasons"]) for r in findings)
    assert "workers ではありませんか" in wrong.stderr


def test_an_outsider_reaches_what_is_given_to_a_group(serve: Serve) -> None:
    with serve("m365") as site:
        site.run("scan")
        outsiders = site.rows("principals")
    through_groups = [r for r in outsiders if r["groups"]]
    assert through_groups
    assert all(int(r["items_reached"]) >= 1 for r in through_groups)
    assert {r["items_reached"] for r in outsiders if "旧 委託先" in r["name"]} == {"0"}


def test_a_tenant_that_cannot_be_opened_leaves_nothing_that_looks_read(serve: Serve) -> None:
    with serve("m365", "salesforce") as site:
        site.run("scan")
        refusal = Response(status=400, body={"error": "invalid_client", "error_description": "x"})
        site.fault = lambda r: refusal if "/oauth2/v2.0/token" in r.path else None
        summary = json.loads(site.run("scan", "--json", "-q").stdout)
        findings, coverage = site.rows("findings"), site.rows("coverage")
    of_m365 = [r for r in findings if r["connector"] == "m365" and r["subject"] != "scope"]
    assert {r["state"] for r in of_m365} == {"not_compared"}
    assert "complete" not in {r["status"] for r in coverage if r["connector"] == "m365"}
    line = next(c for c in summary["connectors"] if c["name"] == "m365")
    assert (line["complete"], line["items"]) == (0, 0)
    new = [r for r in findings if r["connector"] == "m365" and r["state"] == "new"]
    assert [r["subject_id"] for r in new] == ["scopes"]
