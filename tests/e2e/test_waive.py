"""A risk is accepted for a time and as it is: what becomes wider comes back, and says why."""

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

Serve = Callable[..., Any]
SOON = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()


def accept(site: Any, finding: str, *more: str) -> Any:
    said = ("--reason", "公開資料", "--approved-by", "CISO", "--expires", SOON)
    return site.run("waive", finding, *said, *more)


def link_for_viewing(site: Any) -> dict[str, str]:
    return next(
        row
        for row in site.rows("findings")
        if (row["audience"], row["access"]) == ("anyone_link", "view")
    )


def one(site: Any, finding: str) -> dict[str, str]:
    return next(row for row in site.rows("findings") if row["finding_id"] == finding)


def test_a_waiver_on_a_view_link_turns_void_when_it_becomes_edit(serve: Serve) -> None:
    with serve("google") as site:
        site.write(
            sinks={"siem": {"type": "webhook", "url": "http://127.0.0.1:9/", "secret": "env:S"}}
        )
        before = site.folder.joinpath("config.toml").read_bytes()
        site.run("scan", "--no-deliver")
        finding = link_for_viewing(site)["finding_id"]
        assert accept(site, finding).returncode == 0
        site.run("judge", "--no-deliver")
        row = one(site, finding)
        assert (row["state"], row["waived_by"], row["waived_until"]) == ("waived", "CISO", SOON)
        assert "waived" in site.run("findings", "show", finding).stdout
        assert "in force" in site.run("waive", "list").stdout

        with sqlite3.connect(site.folder / "state" / "tojimari.db") as db:
            db.execute("UPDATE item_grant SET access = 'edit' WHERE audience = 'anyone_link'")
        site.run("judge", "--no-deliver")
        row = one(site, finding)
        shown = site.run("findings", "show", finding).stdout
        listed = site.run("waive", "list").stdout
        with sqlite3.connect(site.folder / "state" / "tojimari.db") as db:
            bodies = [json.loads(b) for (b,) in db.execute("SELECT body FROM outbox ORDER BY seq")]
    assert row["state"] == "returned"
    assert "GOV-001" in row["rules"].split("; ")
    assert "CISO accepted it" in row["reasons"]
    assert row["waived_by"] == ""
    assert "GOV-001" in shown and "wider: anyone with the link (can edit)" in " ".join(
        shown.split()
    )
    assert "void" in listed
    last = [b for b in bodies if b["finding_info"]["uid"] == finding][-1]
    assert last["unmapped"]["tojimari"]["transition"] == "returned"
    assert "GOV-001" in [r["uid"] for r in last["unmapped"]["tojimari"]["rules"]]
    assert site.folder.joinpath("config.toml").read_bytes() == before  # with all its comments


def test_what_cannot_be_accepted_is_refused_with_a_next_step(serve: Serve) -> None:
    with serve("google") as site:
        site.run("scan", "--no-deliver")
        finding = link_for_viewing(site)["finding_id"]
        late = accept(site, finding, "--expires", "2999-01-01")
        narrow = accept(site, finding, "--max-audience", "ext_named")
        odd = accept(site, finding, "--max-access", "everything")
        nobody = site.run("waive", "remove", "tjm1:0000")
        assert accept(site, finding).returncode == 0
        assert site.run("waive", "remove", finding[:16]).returncode == 0
        again = site.run("waive", "list", "--json")
    assert [late.returncode, narrow.returncode, odd.returncode, nobody.returncode] == [2] * 4
    assert "365 days ahead" in late.stderr
    assert "already wider than that" in narrow.stderr
    assert "--max-access" in odd.stderr
    assert "waive list" in nobody.stderr
    assert again.stdout == ""
