"""Who knows the tenant tells the program where it was wrong, and sees how often that was."""

import json
import sqlite3
import tomllib
from collections.abc import Callable
from typing import Any

import pytest
import tomli_w

Serve = Callable[..., Any]


def test_a_false_alarm_is_marked_seen_and_taken_back(serve: Serve) -> None:
    with serve("google") as site:
        site.run("scan")
        one = site.rows("findings")[0]["finding_id"]
        marked = site.run("findings", "mark", one[:20], "false")
        site.run("judge")
        stood = site.rows("findings")[0]["finding_id"]
        shown = site.run("findings", "show", one).stdout
        listed = site.run("findings", "list").stdout
        told = [json.loads(x) for x in site.run("findings", "list", "--json").stdout.splitlines()]
        few = site.run("findings", "marks", "--lang", "ja").stdout
        back = site.run("findings", "mark", one, "none", "--json")
        after = site.run("findings", "show", one, "--json").stdout
        nobody = site.run("findings", "mark", "tjm1:0000", "true")
    assert marked.returncode == 0
    assert "false positive" in marked.stderr and "tojimari waive" in marked.stderr
    assert stood == one  # a mark accepts nothing
    assert "false positive" in shown
    assert "false positive" in listed
    assert {t["id"]: t["mark"] for t in told if t["mark"] is not None} == {one: False}
    assert "あと 19 件必要" in few
    assert json.loads(back.stdout) == {"id": one, "mark": None}
    assert json.loads(after)["mark"] is None
    assert nobody.returncode == 2


def test_a_rule_that_is_mostly_wrong_is_named_with_what_to_do(serve: Serve) -> None:
    with serve("google") as site:
        site.run("scan")
        row = site.rows("findings")[0]
        rule = row["rules"].split("; ")[0]
        with sqlite3.connect(site.folder / "state" / "tojimari.db") as db:
            earlier = [(f"tjm1:{n}", 1, False, rule, "2026-11-21") for n in range(19)]
            db.executemany("INSERT INTO mark VALUES (?, ?, ?, ?, ?, '')", earlier)
        assert rule not in site.run("findings", "list").stderr
        site.run("findings", "mark", row["finding_id"], "true")
        told = site.run("findings", "marks", "--json").stdout
        listed = site.run("findings", "list")
        screen = site.run("findings", "marks", "--lang", "ja")
    interval = [0.0089, 0.2361]
    counts = {"right": 1, "marked": 20, "precision": 0.05, "interval": interval}
    assert {"rule": rule, **counts} in [json.loads(line) for line in told.splitlines()]
    assert "5%（1%～24%）" in screen.stdout
    assert f'[policy.rules."{rule}"]' in screen.stderr
    assert f'[policy.rules."{rule}"]' in listed.stderr


@pytest.mark.parametrize(
    ("language", "why"),
    [
        ("en", "5 of 5 marked findings were false positives"),
        ("ja", "記録した検出事項 5 件のうち 5 件が誤検出だったため"),
    ],
)
def test_what_marks_propose_is_pasted_judged_and_not_proposed_again(
    language: str, why: str, serve: Serve
) -> None:
    with serve("google", "m365") as site:
        site.run("scan", "--no-deliver")
        nothing = site.run("tune", "--lang", language)
        before = listed(site)
        partners = {k for k, one in before.items() if "partner-a.example" in one["domains"]}
        wrong = partners | {k for k, one in before.items() if "EXT-001" in one["rules"]}
        right = {k for k, one in before.items() if one["audience"] == "anyone_link"}
        for key in wrong:
            assert site.run("findings", "mark", key, "false").returncode == 0
        for key in right:
            assert site.run("findings", "mark", key, "true").returncode == 0
        config = site.folder / "config.toml"
        untouched = config.read_bytes()
        tuned = site.run("tune", "--lang", language)
        told = [json.loads(line) for line in site.run("tune", "--json").stdout.splitlines()]
        assert config.read_bytes() == untouched  # it applies nothing
        proposed = tomllib.loads(tuned.stdout)
        table = tomllib.loads(config.read_text(encoding="utf-8"))
        table["organization"] |= proposed["organization"]
        table["policy"] = proposed["policy"]
        config.write_text(tomli_w.dumps(table), encoding="utf-8")
        judged = site.run("judge", "--no-deliver")
        after = listed(site)
        again = site.run("tune", "--lang", language)
        measured = site.run("findings", "marks", "--json").stdout.splitlines()
    assert (nothing.returncode, nothing.stdout) == (0, "")
    assert "tojimari findings marks" in nothing.stderr
    assert proposed == {
        "organization": {"approved_domains": ["partner-a.example"]},
        "policy": {"rules": {"EXT-001": {"severity": "info", "reason": why}}},
    }
    assert [(one["table"], one["key"], one["value"]) for one in told] == [
        ("organization", "approved_domains", "partner-a.example"),
        ('policy.rules."EXT-001"', "severity", "info"),
    ]
    assert judged.returncode in (0, 4)
    assert all(after[key]["score"] < before[key]["score"] for key in partners & after.keys())
    lowered = {k for k in wrong - partners if after[k]["severity"] != before[k]["severity"]}
    assert len(lowered) == told[1]["lowered"] == 2
    for key in right:
        assert after[key]["severity"] == before[key]["severity"]
    assert (again.returncode, again.stdout) == (0, "")
    assert {next(iter(json.loads(line))) for line in measured} == {
        "rule", "severity", "audience", "sensitivity",
    }  # fmt: skip


def listed(site: Any) -> dict[str, dict[str, Any]]:
    """The active findings by id."""
    lines = site.run("findings", "list", "--json").stdout.splitlines()
    return {one["id"]: one for one in map(json.loads, lines)}
