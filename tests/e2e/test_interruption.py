"""`kill -9` at any moment: nothing lost, nothing doubled."""

import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any

from connectors.sdk.local_server import Request

Serve = Callable[..., Any]
ITEMS = 20_000
VARYING = {"run_id", "first_seen", "last_seen", "changed_at"}


def facts_of(rows: list[dict[str, str]]) -> list[tuple[str, ...]]:
    """Rows without what must differ between two runs."""
    return sorted(tuple(v for k, v in row.items() if k not in VARYING) for row in rows)


def after(calls: int, site: Any, scan: Any, number: signal.Signals) -> Callable[[Request], None]:
    """A fault that sends one signal when so many calls have arrived."""
    latch = Lock()

    def fault(_: Request) -> None:
        if len(site.asked) >= calls and latch.acquire(blocking=False):
            os.kill(scan.pid, number)

    return fault


def judged(store: Path) -> bool:
    """Whether a run has begun to judge."""
    if not store.exists():
        return False
    db = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    try:
        return db.execute("SELECT 1 FROM finding LIMIT 1").fetchone() is not None
    except sqlite3.OperationalError:  # not yet migrated
        return False
    finally:
        db.close()


def test_ten_kills_of_a_scan_of_20000_items_change_nothing(serve: Serve) -> None:
    chance = random.Random(20_000)
    with serve("m365", size=ITEMS) as site:
        assert site.run("scan", "--out", "calm").returncode == 4
        calls = len(site.asked)
        (site.folder / "calm").rename(site.folder / "runs")
        calm = {name: facts_of(site.rows(name)) for name in ("findings", "exposures")}
        (site.folder / "runs").rename(site.folder / "calm")
        for path in (site.folder / "state").iterdir():
            path.unlink()

        kills = 0
        for _ in range(8):  # at a random call, whatever the writer is doing just then
            site.asked.clear()
            scan = site.start("scan")
            last = chance.randint(2, calls // 4)

            site.fault = after(last, site, scan, signal.SIGKILL)
            scan.communicate()
            kills += scan.returncode == -signal.SIGKILL
        site.fault = None
        store = site.folder / "state" / "tojimari.db"
        while kills < 10:  # and in the middle of judging
            scan = site.start("scan")
            while scan.poll() is None and not judged(store):
                time.sleep(0.002)
            scan.kill()
            scan.communicate()
            kills += scan.returncode == -signal.SIGKILL

        assert not (site.folder / "runs").exists()
        assert site.run("scan").returncode == 4
        stormy = {name: facts_of(site.rows(name)) for name in ("findings", "exposures")}
        assert kills == 10
    assert stormy == calm
    db = sqlite3.connect(store)
    for table, key in (
        ("item", "scope, id"),
        ("item_grant", "scope, item_id, id, principal_key"),
        ("exposure", "scope, item_id, grant_id, principal_key"),
        ("container", "scope, id"),
        ("finding", "id"),
    ):
        doubles = (
            f"SELECT count(*) FROM (SELECT {key} FROM {table} GROUP BY {key} HAVING count(*) > 1)"
        )
        assert db.execute(doubles).fetchone() == (0,)
    assert db.execute("SELECT sum(item_count) FROM scope").fetchone() == (
        site.tenants["m365"].items,
    )
    assert db.execute("SELECT count(*) FROM run").fetchone() == (1,)
    db.close()


def test_ctrl_c_says_how_to_go_on_and_the_next_scan_does(serve: Serve) -> None:
    with serve("google", size=2000) as site:
        # a shell starts its background jobs deaf to Ctrl-C, and children inherit that
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        scan = site.start("scan")
        signal.signal(signal.SIGINT, before)

        site.fault = after(60, site, scan, signal.SIGINT)
        _, err = scan.communicate(timeout=60)
        assert scan.returncode == 130
        assert "same command again" in err
        assert "Traceback" not in err
        site.fault = None
        asked = len(site.asked)
        assert site.run("scan").returncode == 4
        assert len(site.asked) - asked < asked + 100
        assert {r["state"] for r in site.rows("findings")} == {"new"}
