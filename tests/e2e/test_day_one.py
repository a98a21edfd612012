"""The first morning: init, doctor, plan, and the demo that stays open."""

import json
import os
import re
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from connectors.google.demo.token_endpoint import DELEGATED
from connectors.salesforce.demo.tables import PERMISSIONS
from connectors.sdk.local_server import LocalCertificateAuthority, LocalHttpsServer

Serve = Callable[..., Any]
COMMAND = [sys.executable, "-m", "agent"]
HOUSE = ("agent.state=state", "agent.output=runs", "network.ca_bundle=ca.pem")


def flags(site: Any, *services: str) -> list[str]:
    """What somebody types who wants no questions."""
    typed = [word for pair in HOUSE for word in ("--set", pair)]
    for service in services:
        typed += ["--service", service]
        for key, value in site.tables[service].items():
            if key != "service":
                word = str(value).lower() if isinstance(value, bool) else value
                typed += ["--set", f"connectors.{service}.{key}={word}"]
    return typed


def rows(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, str]]:
    """What doctor told a program, by check; the worst where several have one name."""
    told: list[dict[str, str]] = json.loads(done.stdout)
    order = {"pass": 0, "warn": 1, "fail": 2}
    return {row["check"]: row for row in sorted(told, key=lambda row: order[row["outcome"]])}


def test_init_by_flags_writes_a_file_that_doctor_passes_and_a_scan_reads(serve: Serve) -> None:
    with serve() as site:
        words = flags(site, *site.tables)
        made = site.run("init", "-c", "mine.toml", *words)
        assert made.returncode == 0, made.stderr
        file = site.folder / "mine.toml"
        before = sorted(site.folder.rglob("*"))
        done = site.run("doctor", "-c", "mine.toml", "--json")
        assert sorted(site.folder.rglob("*")) == before  # nothing was changed here, either
        assert site.run("scan", "-c", "mine.toml", "--quiet").returncode in (0, 4)
    assert done.returncode == 0, done.stdout
    assert {row["part"] for row in json.loads(done.stdout)} == {"", *site.tables}
    config = tomllib.loads(file.read_text(encoding="utf-8"))
    assert config["connectors"].keys() == site.tables.keys()
    assert os.name == "nt" or file.stat().st_mode & 0o077 == 0


def test_init_overwrites_nothing_unless_it_is_told_to(serve: Serve) -> None:
    with serve("m365") as site:
        before = (site.folder / "config.toml").read_bytes()
        words = ["--no-doctor", *flags(site, "m365")]
        refused = site.run("init", *words)
        assert refused.returncode == 2
        assert "--force" in refused.stderr
        assert (site.folder / "config.toml").read_bytes() == before
        assert site.run("init", "--force", *words).returncode == 0
        assert (site.folder / "config.toml").read_bytes() != before


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--service", "m365"), "connectors.m365.tenant_id"),
        (("--service", "m356"), "m365"),
        (("--service", "m365", "--set", "connectors.m365.tenantid=x"), "tenant_id"),
        (("--service", "m365", "--set", "conectors.m365.tenant_id=x"), "connectors.m365"),
    ],
)
def test_what_is_missing_or_mistyped_is_named_and_nothing_is_written(
    serve: Serve, words: tuple[str, ...], named: str
) -> None:
    with serve("m365") as site:
        done = site.run("init", "-c", "mine.toml", *words)
        assert done.returncode == 2
        assert named in done.stderr
        assert not (site.folder / "mine.toml").exists()


@pytest.mark.skipif(os.name == "nt", reason="a terminal of POSIX")
@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", ("View All Data", "Without it: records are not counted", "My Domain")),
        ("ja", ("View All Data", "ない場合：レコードを数えられず", "「私のドメイン」")),
    ],
)
def test_the_wizard_explains_asks_writes_and_ends_with_doctor(
    serve: Serve, lang: str, said: tuple[str, ...]
) -> None:
    with serve("salesforce") as site:
        table = site.tables["salesforce"]
        keys = ("login_url", "consumer_key", "username", "private_key")
        own, *signed = (table[key] for key in keys)
        answers = ["Example K.K.", "example.co.jp", "n", "n", "y", own, "1", *signed, "n"]
        words = [word for pair in HOUSE for word in ("--set", pair)]
        code, shown = typed(site.folder, answers, "init", "-c", "mine.toml", "--lang", lang, *words)
        assert code == 0, shown
    file = (site.folder / "mine.toml").read_text(encoding="utf-8")
    assert all(sentence in shown for sentence in said)
    assert said[-1] in file  # the comment is the question
    config = tomllib.loads(file)
    assert config["organization"] == {"name": "Example K.K.", "internal_domains": ["example.co.jp"]}
    assert {k: config["connectors"]["salesforce"][k] for k in keys} == {k: table[k] for k in keys}


def typed(folder: Path, answers: list[str], *words: str) -> tuple[int, str]:
    """Run a command at a terminal where somebody types; its code and all that it showed."""
    import pty

    ours, theirs = pty.openpty()
    with os.fdopen(ours, "wb", buffering=0) as keys:
        process = subprocess.Popen(
            [*COMMAND, *words],
            cwd=folder,
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        os.close(theirs)
        keys.write("".join(f"{answer}\n" for answer in answers).encode())
        shown, _ = process.communicate(timeout=120)
    return process.returncode, shown


@pytest.mark.parametrize(
    ("service", "made_with", "check", "named"),
    [
        ("m365", {}, "permission.Policy.Read.All", "Policy.Read.All"),
        ("m365", {}, "sign_in", "Organization.Read.All"),
        (
            "google",
            {"delegated": DELEGATED - {"apps.groups.settings"}},
            "permission.apps.groups.settings",
            "auth/apps.groups.settings",
        ),
        (
            "google",
            {"delegated": DELEGATED - {"drive.metadata.readonly"}},
            "permission.drive.metadata.readonly",
            "auth/drive.metadata.readonly",
        ),
        ("salesforce", {"permissions": PERMISSIONS[1:]}, "permission.ViewSetup", "View Setup"),
        (
            "salesforce",
            {"permissions": PERMISSIONS[:2]},
            "permission.QueryAllFiles",
            "Query All Files",
        ),
    ],
)
def test_a_missing_permission_is_one_row_with_the_name_to_look_for(
    serve: Serve, service: str, made_with: dict[str, Any], check: str, named: str
) -> None:
    with serve(service, **made_with) as site:
        if service == "m365":
            site.tenants["m365"].granted -= {named}
        done = site.run("doctor", "--json")
    row = rows(done)[check]
    assert row["outcome"] != "pass"
    assert named in row["hint"]
    failed = any(r["outcome"] == "fail" for r in json.loads(done.stdout))
    assert done.returncode == (3 if failed else 0)


def test_a_refused_sign_in_is_a_failed_row_and_exit_three_in_both_languages(serve: Serve) -> None:
    with serve("m365") as site:
        (site.folder / "m365-secret.txt").write_text("wrong", encoding="utf-8")
        done = site.run("doctor", "--json")
        spoken = site.run("doctor", "--lang", "ja")
    assert (done.returncode, spoken.returncode) == (3, 3)
    assert rows(done)["sign_in"]["outcome"] == "fail"
    assert "AADSTS" in rows(done)["sign_in"]["detail"]
    assert "不合格" in spoken.stderr
    assert "クライアントシークレット" in "".join(spoken.stderr.split())  # wherever lines break


class Lapsed(LocalCertificateAuthority):
    """An authority whose certificates ended yesterday."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        ca = trustme.CA()
        self._leaf = ca.issue_cert("127.0.0.1", not_after=datetime.now(UTC) - timedelta(days=1))
        ca.cert_pem.write_to_path(str(self.bundle))


@contextmanager
def behind(site: Any, authority: LocalCertificateAuthority) -> Generator[None]:
    """The same tenant behind another certificate."""
    with LocalHttpsServer(site.tenants["m365"].respond, authority) as service:
        url = service.url
        site.tables["m365"] |= {"login_url": url, "graph_url": f"{url}/v1.0"}
        site.write()
        yield


@pytest.mark.parametrize("kind", [LocalCertificateAuthority, Lapsed])
def test_a_certificate_that_is_foreign_or_over_stops_the_checks_with_the_next_step(
    serve: Serve, kind: type[LocalCertificateAuthority]
) -> None:
    with serve("m365") as site:
        ours = (site.folder / "ca.pem").read_bytes()
        other = kind(site.folder)
        if kind is LocalCertificateAuthority:
            other.bundle.write_bytes(ours)  # whoever stands there, it is not whom we trust
        with behind(site, other):
            done = site.run("doctor", "--json")
    assert done.returncode == 3
    row = rows(done)["network.tls"]
    assert row["outcome"] == "fail"
    assert ("expired" in row["detail"]) == (kind is Lapsed)
    assert "ca_bundle" in row["hint"]
    assert "sign_in" not in rows(done)  # no secret went there


def test_sinks_are_looked_at_and_get_no_event(serve: Serve) -> None:
    heard: list[tuple[str, str]] = []
    with (
        serve("m365") as site,
        LocalHttpsServer(site.tenants["m365"].respond, site.authority) as siem,
    ):
        (site.folder / "key").write_text("whsec_" + "QUJDREVGR0g" * 4, encoding="utf-8")
        (site.folder / "key").chmod(0o600)
        webhook = {"type": "webhook", "url": f"{siem.url}/hook", "secret": "file:key"}
        gone = webhook | {"secret": "file:nowhere"}
        site.write(sinks={"siem": webhook, "gone": gone, "files": {"type": "csv", "path": "out"}})
        done = site.run("doctor", "--json")
        heard = siem.requests
        assert not (site.folder / "out").exists()
    found = {name: row for name, row in rows(done).items() if name.startswith("sink.")}
    assert {name: row["outcome"] for name, row in found.items()} == {
        "sink.siem.opening": "pass",
        "sink.siem.way": "pass",
        "sink.gone.opening": "fail",
        "sink.files.opening": "pass",
        "sink.files.way": "pass",
    }
    assert found["sink.siem.way"]["part"] == "sinks.siem"
    assert "nowhere" in found["sink.gone.opening"]["detail"]
    assert heard == [("GET", "/")]
    assert done.returncode == 3


@pytest.mark.parametrize("service", ["google", "m365", "salesforce"])
def test_the_plan_is_near_the_calls_of_the_scan_which_says_how_near(
    serve: Serve, service: str
) -> None:
    with serve(service, size=20_000) as site:
        told = json.loads(site.run("plan", "--json").stdout)
        before = len(site.asked)
        done = site.run("scan")
        real = len(site.asked) - before
    assert told["calls"] == pytest.approx(real, rel=0.15)
    said = re.search(r"\(plan: ([\d,]+), ([+-]\d+) %\)", done.stderr)
    assert said, done.stderr
    assert int(said[1].replace(",", "")) == told["calls"]
    assert abs(int(said[2])) <= 15


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C as POSIX sends it")
def test_the_demo_stays_open_for_other_commands_until_ctrl_c(tmp_path: Path) -> None:
    # a shell starts its background jobs deaf to Ctrl-C, and children inherit that
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [*COMMAND, "demo", "--serve", "--lang", "en"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    signal.signal(signal.SIGINT, before)
    try:
        assert process.stderr is not None
        shown = [process.stderr.readline() for _ in range(4)]
        file = tmp_path / "tojimari-demo" / "config.toml"
        done = subprocess.run(
            [*COMMAND, "doctor", "--json", "-c", str(file)],
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert {line.split()[0] for line in shown[:3]} == {"google", "m365", "salesforce"}
    assert all(line.split()[1].startswith("https://127.0.0.1:") for line in shown[:3])
    assert str(file) in shown[3]
    assert (done.returncode, process.returncode) == (0, 0), done.stdout
