"""The proof from outside, by the real command."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Generator
from typing import Any

import pytest

from connectors.sdk.local_server import Request, Response

unix = pytest.mark.skipif(sys.platform == "win32", reason="a terminal of its own")


def hurried(request: Request) -> Response | None:
    """One site alone answers, so that nobody waits for the others' seconds."""
    slow = request.path.startswith(("/contact/", "/careers/"))
    return Response(status=429, headers={"Retry-After": "60"}) if slow else None


@pytest.fixture
def site(serve: Callable[..., Any]) -> Generator[Any]:
    with serve("salesforce") as site:
        assert site.run("scan", "-q").returncode == 0
        site.fault = hurried
        yield site


def host_of(site: Any) -> str:
    return site.tables["salesforce"]["login_url"].removeprefix("https://")


def aura(site: Any) -> list[Request]:
    return [request for request in site.asked if request.path.endswith("/aura")]


def test_a_confirmed_host_is_counted_and_the_report_says_so(site: Any) -> None:
    done = site.run("verify", "--confirm", host_of(site), "--lang", "en")
    assert done.returncode == 4  # two sites were too busy: unknown, not clean
    assert done.stdout == ""
    assert "visitor can count 3 records, but the known grants explain only 0" in done.stderr
    assert "kept throttling requests" in done.stderr
    [found] = [row for row in site.rows("findings") if "SF-017" in row["rules"]]
    assert found["severity"] == "critical"
    assert "An anonymous visitor can count 3 商談 records" in found["reasons"]
    [row] = [row for row in site.rows("exposures") if row["grant_id"] == found_grant(site)]
    assert (row["item_id"], row["reach"]) == ("Opportunity", "3")
    site.run("judge", "-q", "--lang", "ja")
    [again] = [row for row in site.rows("findings") if "SF-017" in row["rules"]]
    assert "匿名の訪問者が" in again["reasons"]


def found_grant(site: Any) -> str:
    return next(row["grant_id"] for row in site.rows("exposures") if "outside/" in row["grant_id"])


def test_a_program_gets_a_line_for_each_answer_and_the_summary(site: Any) -> None:
    done = site.run("verify", "--confirm", host_of(site), "--json")
    *answers, summary = map(json.loads, done.stdout.splitlines())
    by_item = {(a["url"].rpartition("/")[2], a["item"]): a for a in answers}
    seminar = by_item["partners", "SeminarEntry__c"]
    assert (seminar["outcome"], seminar["count"], seminar["inside"]) == ("counted", 96, 96)
    busy = by_item["contact", "Case"]
    assert (busy["outcome"], busy["count"]) == ("unanswered", "unknown")
    assert "throttling" in busy["reason"]
    assert summary["exit_code"] == 4


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "--confirm"),
        (("--confirm", "evil.example"), "evil.example is not a host"),
        (("--confirm", "{host}", "--confirm", "127.0.0.1"), "127.0.0.1 is not a host"),
    ],
)
def test_without_the_right_word_nobody_is_asked(site: Any, words: Any, said: str) -> None:
    asked = [word.replace("{host}", host_of(site)) for word in words]
    done = site.run("verify", "--lang", "en", *asked)
    assert done.returncode == 2
    assert said in done.stderr
    assert aura(site) == []


def test_it_is_off_by_default(site: Any) -> None:
    del site.tables["salesforce"]["verify"]
    site.write()
    done = site.run("verify", "--confirm", host_of(site), "--lang", "en")
    assert done.returncode == 2
    assert "verify = true" in done.stderr
    assert aura(site) == []


@unix
@pytest.mark.parametrize(("typed", "asked"), [("{host}", True), ("", False), ("yes", False)])
def test_at_a_terminal_the_host_itself_must_be_typed(site: Any, typed: str, asked: bool) -> None:
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "agent", "verify", "--lang", "en"]
    process = subprocess.Popen(
        command, cwd=site.folder, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    os.write(ours, typed.replace("{host}", host_of(site)).encode() + b"\n")
    _, said = process.communicate(timeout=120)
    os.close(ours)
    os.close(theirs)
    assert b"Only counts are stored" in said
    assert b"/partners): 14 objects" in said
    assert bool(aura(site)) is asked
    assert process.returncode == (4 if asked else 0)
