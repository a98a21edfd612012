"""`tojimari report`, what a run folder holds, and a report without names."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent.report.run_folder import verify
from connectors.sdk.demo import LINK_CANARY

Serve = Callable[..., Any]


def last(site: Any) -> Path:
    return max((site.folder / "runs").iterdir(), key=lambda p: p.stat().st_mtime_ns)


def texts(folder: Path) -> dict[str, str]:
    return {file.name: file.read_bytes().decode("utf-8", "replace") for file in folder.iterdir()}


def test_every_format_says_the_same_and_the_manifest_vouches_for_all(serve: Serve) -> None:
    with serve() as site:
        site.write(report={"formats": ["html", "jsonl", "xlsx"]})
        done = site.run("scan", "--json", "-q")
        summary = json.loads(done.stdout)
        folder = last(site)
        findings, exposures = site.rows("findings"), site.rows("exposures")
        actions = site.rows("ActionPlan")
        manifest = site.manifest()
        assert verify(folder) == []
        assert set(manifest["files"]) == {p.name for p in folder.iterdir()} - {"manifest.json"}
        for name, value in manifest["numbers"].items():
            assert summary[name] == value, name
        lines = {
            name: [
                json.loads(line)
                for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
            ]
            for name in ("findings", "exposures")
        }
        assert [o["id"] for o in lines["findings"]] == [row["finding_id"] for row in findings]
        assert [o["grant_id"] for o in lines["exposures"]] == [row["grant_id"] for row in exposures]
        assert {o["run_id"] for o in lines["findings"]} == {summary["run_id"]}
        assert len(actions) == len(findings)
        assert manifest["numbers"]["doors"] > 0
        page = texts(folder)["report.html"]
        assert f"{summary['doors']} exposures to people outside" in page
        for name, text in texts(folder).items():
            assert LINK_CANARY not in text, name


def test_the_report_is_written_again_without_a_call(serve: Serve) -> None:
    with serve("google") as site:
        site.run("scan", "-q")
        before = site.rows("findings")
        first = json.loads((last(site) / "manifest.json").read_text(encoding="utf-8"))
        calls = len(site.asked)
        done = site.run("report", "--lang", "ja", "--format", "jsonl")
        assert done.returncode == 0, done.stderr
        assert len(site.asked) == calls
        assert site.manifest()["numbers"] == first["numbers"]
        assert "findings.jsonl" in site.manifest()["files"]
        assert "report.html" not in site.manifest()["files"]
        again = site.rows("findings")
        for row in (*before, *again):  # the language is another, the states are the same
            row["scope_title"] = row["reasons"] = row["unknowns"] = row["fix"] = ""
        assert again == before
        done = site.run("report", "--html", "page.html", "-q")
        assert (done.returncode, done.stderr) == (0, "")
        assert (site.folder / "page.html").read_text(encoding="utf-8").startswith("<!doctype html>")
        assert len([*(site.folder / "runs").iterdir()]) == 2


def test_a_report_names_the_policy_that_judged_and_says_when_another_one_holds_now(
    serve: Serve,
) -> None:
    with serve("google") as site:
        site.run("scan", "-q")
        first = site.manifest()["policy"]
        assert first["digest"] == first["now"]
        assert "The policy has changed" not in site.run("report").stderr
        assert site.manifest()["policy"] == first
        site.write(policy={"link_max_days": 7})
        done = " ".join(site.run("report").stderr.split())
        later = site.manifest()["policy"]
        changed = f"The policy has changed since this evaluation: its hash is now {later['now']}."
        assert later["digest"] == first["digest"] != later["now"]
        assert changed in done
        page = texts(last(site))["report.html"]
        assert changed in page
        assert first["digest"] in page
        assert site.run("evidence", "--out", "packs").returncode == 0
        pack = max((site.folder / "packs").glob("*_evidence"))
        assert changed in texts(pack)["evidence.html"]
        assert json.loads(texts(pack)["manifest.json"])["policy"] == later
        site.run("judge", "-q")
        again = site.manifest()["policy"]
        assert again["digest"] == again["now"] == later["now"]


def test_there_is_nothing_to_report_before_the_first_run(serve: Serve) -> None:
    with serve("google") as site:
        done = site.run("report")
        assert done.returncode == 2
        assert done.stderr.splitlines() == [
            "error: There is no run in the store yet. Run `tojimari scan` first."
        ]


def test_a_masked_run_names_nobody_in_any_file_or_event(serve: Serve) -> None:
    with serve() as site:
        site.write(
            report={"formats": ["html", "jsonl"]},
            sinks={"siem": {"type": "webhook", "url": "http://127.0.0.1:9", "secret": "env:NONE"}},
        )
        site.run("scan", "-q", "--no-deliver")
        findings, exposures = site.rows("findings"), site.rows("exposures")
        open_ = {row["finding_id"]: row for row in findings}
        names = {
            name
            for row in (*findings, *exposures)
            for column in ("title", "owner", "principal", "item_name", "item_path", "item_url")
            for name in row.get(column, "").split("; ")
            if row.get("subject") != "setting"  # those names are the vendor's
            if len(name) > 8 and name != "example.co.jp"  # the tenant's own name stays
        }
        assert len(names) > 50
        site.run("judge", "-q", "--redact-names", "--no-deliver")
        said = texts(last(site))
        told = site.run("findings", "list", "--json").stdout
        assert any(name in told for name in names)  # the store still knows
        for file, text in said.items():
            if file == "manifest.json":
                continue
            assert not [name for name in names if name in text], file
        masked = site.rows("findings")
        assert {row["finding_id"] for row in masked} == set(open_)
        for row in masked:
            assert row["severity"] == open_[row["finding_id"]]["severity"]
            assert row["rules"] == open_[row["finding_id"]]["rules"]
        assert site.manifest()["redacted"] is True
