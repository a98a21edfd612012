"""`python -m tests.bench.judge`: what it costs to judge a store anew, without one call.

Seconds and CPU seconds of all processes stand side by side: where others are at work on the
machine, only the CPU seconds say what the judging costs. On two cores, half of them is the least
that it can take.

Options: `--size 1000000`. Exits with 1 above `SECONDS` or `MEGABYTES`.
"""

import os
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select, text

from agent.classify.evaluator import Evaluator
from agent.classify.policy import Policy
from agent.classify.policy_config import OrganizationConfig, PolicyConfig
from agent.run.evaluate import TenantEvaluation
from agent.store import schema
from agent.store.coverage import tenants
from agent.store.engine import open_store
from agent.store.facts import FactStore
from agent.store.finding_lifecycle import FindingTracker
from connectors.sdk.records import Coverage, Scope, Started, Status, Tenant

NOW = datetime(2026, 11, 21, tzinfo=UTC)
SECONDS, MEGABYTES = 60, 200
SCOPE = 20_000  # exposures in one library
FOLDER = 50  # items in one folder
WORDS = ("顧客名簿", "見積書", "議事録", "写真", "契約書", "report", "invoice", "notes")
ENDS = (".xlsx", ".docx", ".pdf", ".jpg")


def filled(engine: Engine, size: int) -> None:
    """Store so many exposures: links for anyone, outsiders, company-wide links."""
    facts = FactStore(engine, lambda: NOW)
    tenant = facts.ensure_tenant("box", "box", Tenant(id="T", name="T", domains=("example.co.jp",)))
    count = -(-size // SCOPE)
    plan = [Scope(id=f"s{n}", title=f"Library {n:04}") for n in range(count)]
    for place in facts.plan_scopes(tenant, plan, "r", full=False):
        facts.begin_scope(place.key, Started(full=True, resumed=False), "r")
        numbers = range(min(SCOPE, size))
        size -= SCOPE
        with engine.begin() as db:
            db.execute(schema.container.insert(), list(_folders(place.key, len(numbers))))
            db.execute(schema.item.insert(), [_item(place.key, n) for n in numbers])
            db.execute(schema.grant.insert(), [_grant(place.key, n) for n in numbers])
        facts.finish_scope(place.key, (), Coverage(status=Status.COMPLETE))


def _folders(scope: int, count: int) -> Iterator[dict[str, Any]]:
    yield {"scope": scope, "id": "top", "parent_id": None, "name": f"/sites/s{scope}", "round": 1}
    for n in range(count // FOLDER + 1):
        yield {"scope": scope, "id": f"d{n}", "parent_id": "top", "name": f"案件{n}", "round": 1}


def _item(scope: int, n: int) -> dict[str, Any]:
    name = f"{WORDS[n % len(WORDS)]}_{_customer(scope * SCOPE + n)}_{n:06}{ENDS[n % len(ENDS)]}"
    day = (NOW - timedelta(days=n % 1500, seconds=n)).isoformat(timespec="seconds")
    return {
        "scope": scope, "id": f"drive{scope}/{n:06}", "parent_id": f"d{n // FOLDER}",
        "kind": "file", "name": name, "url": f"https://example.invalid/{scope}/{n}",
        "owner": f"user{n % 500}@example.co.jp", "owner_state": "active", "created_at": day,
        "modified_at": day, "last_activity": "unknown", "trashed": False, "data": "", "round": 1,
        "label": "unknown",
    }  # fmt: skip


def _customer(n: int) -> str:
    """One of 50,000 names: so many that none is remembered until it comes again."""
    name, rest = "", n * 7919 % 50_021
    while rest:
        rest, letter = divmod(rest, 26)
        name += chr(ord("a") + letter)
    return name.title()


def _grant(scope: int, n: int) -> dict[str, Any]:
    who = f"person{n % 900}@partner{n % 90}.example"
    audience, kind, principal = (
        ("ext_named", "guest", who),
        ("anyone_link", "link", ""),
        ("ext_named", "guest", who),
        ("org_link", "link", ""),
        ("ext_named", "guest", f"someone{n % 70}@gmail.com"),
    )[n % 5]
    return {
        "scope": scope, "item_id": f"drive{scope}/{n:06}", "id": f"p{n}",
        "principal_key": principal, "audience": audience,
        "access": ("view", "edit", "view")[n % 3], "principal": principal,
        "principal_kind": kind, "principal_id": "", "inherited_from": None,
        "created_at": "unknown", "created_by": "unknown", "expires_at": None,
        "password": "unknown", "reach": None, "live": True,
        "first_seen": (NOW - timedelta(days=n % 40)).isoformat(timespec="seconds"),
        "last_seen": NOW.isoformat(timespec="seconds"), "cause": "direct",
        "principal_state": "active",
    }  # fmt: skip


def judge(engine: Engine, run: str) -> None:
    """Judge all of it, with nobody to tell."""
    policy = Policy.compile(PolicyConfig(), OrganizationConfig(), ("example.co.jp",), NOW.date())
    ledger = FindingTracker(
        engine, run, NOW, sinks={}, changed=Evaluator(policy, NOW).evaluate_change
    )
    for tenant in tenants(engine):
        TenantEvaluation(engine, ledger, tenant, policy, NOW, large_group=500).run()


def measured(folder: Path, run: str) -> tuple[float, float, float]:
    """Seconds, CPU seconds and MB of one judging, with all processes that it starts."""
    begun = time.monotonic()
    child = os.fork()
    if not child:
        engine = open_store(folder)
        judge(engine, run)
        engine.dispose()
        os._exit(0)
    peak = 0
    while True:
        peak = max(peak, _memory(child, "Rss") + sum(_memory(c, "Pss") for c in _children(child)))
        ended, status, usage = os.wait4(child, os.WNOHANG)
        if ended:
            break
        time.sleep(0.1)
    if status:
        sys.exit(f"judging ended with {status}")
    return time.monotonic() - begun, usage.ru_utime + usage.ru_stime, peak / 1024


def _memory(pid: int, kind: str) -> int:
    """KiB of a process, `Rss` of all its pages, `Pss` of its part of those that it shares."""
    try:
        said = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:  # it has just ended
        return 0
    return next((int(line.split()[1]) for line in said.splitlines() if line.startswith(kind)), 0)


def _children(pid: int) -> list[int]:
    try:
        said = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(child) for child in said.split()]


def main() -> int:
    """Print what a first judging costs, and one where nothing has changed."""
    parser = ArgumentParser(prog="bench.judge")
    parser.add_argument("--size", type=int, default=1_000_000)
    size = parser.parse_args().size
    worst = 0.0
    with tempfile.TemporaryDirectory() as name:
        if not os.fork():  # filling takes memory that judging is not to be blamed for
            engine = open_store(name)
            filled(engine, size)
            engine.dispose()
            os._exit(0)
        os.wait()
        os.sync()  # nor for what the system has still to write of it
        for run in ("first", "again"):
            seconds, cpu, peak = measured(Path(name), run)
            worst = max(worst, seconds / SECONDS, peak / MEGABYTES)
            print(
                f"{run:<6} {size:>9} exposures {seconds:>7.1f} s {cpu:>7.1f} s CPU "
                f"{size / seconds:>8.0f}/s {peak:>6.0f} MB",
                flush=True,
            )
        engine = open_store(name)
        with engine.connect() as db:
            found = db.execute(select(func.count()).select_from(schema.finding)).scalar_one()
            kept = db.execute(select(func.count()).select_from(schema.exposure)).scalar_one()
            standing = db.execute(
                select(func.count()).where(schema.finding.c.state == "open")
            ).scalar_one()
            pages = db.execute(text("PRAGMA page_count")).scalar_one()
        engine.dispose()
        size = pages * 8192 // 2**20
        print(f"{kept} exposures, {found} findings, {standing} open, {size} MB on disk")
    return int(worst > 1)


if __name__ == "__main__":
    sys.exit(main())
