"""Who knows the tenant tells the program where it was wrong, and sees how often that was."""

import json
import sqlite3
from collections.abc import Callable
from typing import Any

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
            db.executemany("INSERT INTO mark VALUES (?, ?, ?, ?, ?)", earlier)
        assert rule not in site.run("findings", "list").stderr
        site.run("findings", "mark", row["finding_id"], "true")
        told = site.run("findings", "marks", "--json").stdout
        listed = site.run("findings", "list")
    assert {"rule": rule, "right": 1, "marked": 20, "precision": 0.05} in [
        json.loads(line) for line in told.splitlines()
    ]
    assert f'[policy.rules."{rule}"]' in listed.stderr
