"""Scan the demo tenants twice with a fixed clock, and return the files without chance values.

The first scan is 40 days before the second. In between, one grant is taken back and one finding is
accepted. Connector names differ from service names, so that no two columns of a row are the same
by accident.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from csv import DictReader, writer
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

import tomli_w

import connectors.sdk.demo as clocked
from agent.collect.ingest import ProgressListener
from agent.collect.progress import ProgressCounter, progress_display
from agent.run import scan
from agent.run.session import open_session
from connectors.sdk.local_server import LocalCertificateAuthority, LocalHttpsServer

SECOND = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
FIRST = SECOND - timedelta(days=40)
TOOK = timedelta(seconds=90)
NAMES = {"google": "Suite", "m365": "head office", "salesforce": "CRM"}
LIBRARY, TAKEN_BACK = "営業部 / ドキュメント", 4
"""A library of the demo, and the item in it whose last grant is taken back."""
CHANCE = {"sha256", "bytes", "configuration"}
"""Entries of the manifest that follow from the ports of the demo tenants."""

TABLES = ("findings", "exposures", "coverage", "principals", "settings", "ActionPlan")


class Clock:
    """The time of a run: it stands still, and is put forward when all was read."""

    def __init__(self) -> None:
        self.time = FIRST

    def now(self) -> datetime:
        return self.time


class Onlooker:
    """Shows nothing; puts the clock forward at the end of the reading."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    @contextmanager
    def start(self, counter: ProgressCounter) -> Generator[ProgressListener]:
        with progress_display(counter, str, quiet=True, as_json=False) as watcher:
            yield watcher
        self._clock.time += TOOK


def files(folder: Path, language: str) -> dict[str, str]:
    """Return the files of the second scan by their names, as text."""
    clocked.NOW = SECOND  # before any demo tenant is imported
    clock, authority = Clock(), LocalCertificateAuthority(folder)
    with ExitStack() as running:
        hidden: dict[str, str] = {}
        tables: dict[str, Any] = {}
        tenants: dict[str, Any] = {}
        for service, name in NAMES.items():
            demo = import_module(f"connectors.{service}.demo")
            _check_clock(service)
            tenant = tenants[service] = demo.Tenant(0)
            served = running.enter_context(LocalHttpsServer(tenant.respond, authority))
            tables[name] = demo.table(served.url, folder)
            hidden[served.url] = f"https://{service}.invalid"
        config: dict[str, Any] = {
            "agent": {"state": "state", "output": "runs", "language": language, "workers": 1},
            "organization": {"internal_domains": ["example.co.jp"]},
            "network": {"ca_bundle": authority.bundle.name},
            "connectors": tables,
        }
        _scan(folder, config, clock)
        first = _last(folder)
        clock.time = SECOND
        (library,) = (r for r in _rows(first, "coverage") if r["scope_title"] == LIBRARY)
        tenants["m365"].editor(library["scope_id"]).unshare(TAKEN_BACK)
        accepted = next(row for row in _rows(first, "findings") if _is_view_link(row))
        waiver = {
            "finding": accepted["finding_id"],
            "reason": "public by decision",
            "approved_by": "ciso@example.co.jp",
            "expires": (SECOND + timedelta(days=30)).date(),
        }
        _scan(folder, config | {"policy": {"waivers": [waiver]}}, clock)
    last = _last(folder)
    manifest = json.loads((last / "manifest.json").read_text(encoding="utf-8"))
    made = {
        **{f"{name}.csv": _table(_rows(last, name)) for name in TABLES},
        "manifest.json": json.dumps(_steady(manifest), ensure_ascii=False, indent=1) + "\n",
    }
    return {
        name: _without(text, hidden | {manifest["run_id"]: "<run>"}) for name, text in made.items()
    }


def _check_clock(service: str) -> None:
    """Raise `AssertionError` where a demo tenant was imported with another time."""
    for name, module in sys.modules.items():
        if name.startswith(f"connectors.{service}.demo"):
            assert getattr(module, "NOW", SECOND) == SECOND, f"{name} has its own time"


def _scan(folder: Path, config: Mapping[str, Any], clock: Clock) -> None:
    file = folder / "config.toml"
    file.write_text(tomli_w.dumps(config), encoding="utf-8")
    desk = replace(open_session(file), now=clock.now)
    scan.scan(desk, scan.Options(), Onlooker(clock))
    desk.engine.dispose()


def _is_view_link(row: Mapping[str, str]) -> bool:
    return (row["audience"], row["access"]) == ("anyone_link", "view")


def _last(folder: Path) -> Path:
    return max((folder / "runs").iterdir())


def _rows(run: Path, name: str) -> list[dict[str, str]]:
    with (run / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(DictReader(file))


def _table(rows: list[dict[str, str]]) -> str:
    """Return the rows in the order of their values; the seconds of a reading are left out."""
    for row in rows:
        if re.fullmatch(r"\d+\.\d", row.get("seconds", "")):
            row["seconds"] = "<seconds>"
    text = StringIO()
    out = writer(text, lineterminator="\n")
    out.writerow(rows[0])
    out.writerows(sorted(list(row.values()) for row in rows))
    return text.getvalue()


def _steady(value: Any) -> Any:
    """Return the manifest with a placeholder for what differs from run to run."""
    if not isinstance(value, dict):
        return value
    return {key: f"<{key}>" if key in CHANCE else _steady(one) for key, one in value.items()}


def _without(text: str, hidden: Mapping[str, str]) -> str:
    for value, shown in hidden.items():
        text = text.replace(value, shown)
    return text
