"""The day before the renewal: the pack, its hashes, the delta, the plan for shutting doors."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

Serve = Callable[..., Any]
TODAY = datetime.now(UTC).date()
VENDORS: list[dict[str, Any]] = [
    {"name": "Over", "domains": ["partner-a.example"], "ends": TODAY - timedelta(days=30)},
    {"name": "In force", "domains": ["partner-b.example"], "ends": TODAY + timedelta(days=30)},
]


def pack(site: Any, *words: str) -> Path:
    done = site.run("evidence", "--json", *words)
    assert done.returncode == 0, done.stderr
    return Path(json.loads(done.stdout)["folder"])


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_the_pack_agrees_with_the_files_of_the_scan(serve: Serve) -> None:
    with serve() as site:
        site.write(policy={"vendors": VENDORS})
        site.run("scan")
        exposures, findings = site.rows("exposures"), site.rows("findings")
        folder = pack(site)
    open_to_all = [r for r in exposures if r["audience"] in ("anyone_link", "public_discoverable")]
    assert len(table(folder, "07-public")) == len(open_to_all) > 0
    organisations = {r["domain"]: r for r in table(folder, "04-organisations")}
    assert organisations["partner-a.example"]["standing"] == "ended"
    assert organisations["partner-b.example"]["standing"] == "in_contract"
    assert organisations["gmail.com"]["standing"] == "consumer"
    over = table(folder, "06-vendor-01")
    named = [r for r in exposures if "partner-a.example" in r["principal_domain"]]
    assert len(over) == len(named) > 0
    assert {r["vendor"] for r in over} == {"Over"}
    assert not (folder / "09-delta.csv").exists()
    numbers = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["numbers"]
    standing = [r for r in findings if r["state"] not in ("waived", "resolved")]
    assert sum(numbers["severities"].values()) == len(standing)
    assert folder.with_name(folder.name + ".zip").is_file()


def test_whoever_changes_a_file_of_the_pack_is_found_out(serve: Serve) -> None:
    with serve("salesforce") as site:
        site.run("scan")
        folder = pack(site)
        assert site.run("evidence", "--verify", str(folder)).returncode == 0
        with (folder / "07-public.csv").open("a", encoding="utf-8") as file:
            file.write("one line more\r\n")
        (folder / "05-dormant.csv").unlink()
        done = site.run("evidence", "--verify", str(folder), "--json")
    assert done.returncode == 1
    problems = json.loads(done.stdout)["problems"]
    assert {p.split()[0] for p in problems} == {"07-public.csv", "05-dormant.csv"}


def test_a_baseline_tells_what_has_opened_since(serve: Serve) -> None:
    with serve("m365") as site:
        site.run("scan", "--only", "m365")
        assert site.run("baseline", "save", "renewal").returncode == 0
        assert table(pack(site, "--baseline", "renewal"), "09-delta") == []
        site.write(policy={"rules": {"LINK-001": {"severity": "critical", "reason": "here so"}}})
        site.run("judge")
        turned = table(pack(site, "--baseline", "renewal"), "09-delta")
        assert {r["turn"] for r in turned} == {"widened"}
        lines = site.run("baseline", "list", "--json").stdout.splitlines()
        assert [json.loads(line)["name"] for line in lines] == ["renewal"]
        unknown = site.run("evidence", "--baseline", "never")
    assert unknown.returncode == 2
    assert "renewal" in unknown.stderr


def test_the_pack_tells_which_accepted_risks_still_hold(serve: Serve) -> None:
    with serve("google") as site:
        site.run("scan")
        links = [r["finding_id"] for r in site.rows("findings") if r["audience"] == "anyone_link"]
        said = {"reason": "r", "approved_by": "CISO"}
        soon, past = TODAY + timedelta(days=30), TODAY - timedelta(days=1)
        waivers = [
            said | {"finding": links[0], "expires": soon},
            said | {"finding": links[1], "expires": past},
            said | {"finding": links[2], "expires": soon, "max_audience": "ext_named"},
            said | {"container": "nowhere", "expires": soon + timedelta(days=1)},
        ]
        site.write(policy={"waivers": waivers})
        site.run("judge")
        told = {row["what"]: row for row in table(pack(site), "08-waivers")}
    assert {what: (row["outcome"], row["in_force"]) for what, row in told.items()} == {
        links[0]: ("holds", "yes"),
        links[1]: ("expired", "no"),
        links[2]: ("wider", "no"),
        "nowhere": ("unused", "yes"),
    }
    assert told[links[0]]["findings"] == "1"


def test_no_scan_is_no_evidence(serve: Serve) -> None:
    with serve("m365") as site:
        done = site.run("evidence")
    assert done.returncode == 2
    assert "tojimari scan" in done.stderr


def test_the_plan_for_shutting_names_every_high_door_and_runs_nothing(serve: Serve) -> None:
    with serve() as site:
        site.run("scan")
        asked = len(site.asked)
        high = [
            r
            for r in site.rows("findings")
            if r["severity"] in ("high", "critical") and r["subject"] != "scope"
        ]
        done = site.run("fix", "--json")
        assert len(site.asked) == asked
    files = json.loads(done.stdout)["scripts"]
    assert sum(f["doors"] for f in files) == len(high) > 0
    text = "".join(Path(f["path"]).read_text(encoding="utf-8-sig") for f in files)
    assert all(r["finding_id"] in text for r in high if r["subject"] == "exposure")
    assert "tojimari-canary" not in text
