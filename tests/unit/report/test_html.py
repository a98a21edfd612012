"""The page is one file, asks nobody for anything, and shows names that outsiders chose as text."""

from __future__ import annotations

import io
import re
from base64 import b64encode
from collections import Counter
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.classify.model import Severity
from agent.report.csv_file import FileDigest
from agent.report.html.report import ReportContext, write_page
from agent.report.statistics import (
    STATES,
    ConnectorLine,
    RunStatistics,
    StatisticsCollector,
    UnreadScope,
)
from agent.report.summary import PolicyHashes
from agent.report.top_findings import TopFindings
from agent.text import Text
from agent.text.terminal_safe import terminal_safe
from connectors.sdk.records import Access, Audience

from .conftest import WHEN, Spoken, kept

OCCASION = ReportContext(
    policy=PolicyHashes("decade", "decade"),
    organization="Example K.K.",
    run_id="k3f9",
    begun=WHEN,
    ended=WHEN,
    version="0.1.0",
    configuration="c0ffee",
    files={"findings.csv": FileDigest(sha256="5" * 64, bytes=10, rows=3)},
)
EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>'\"&{{7*7}}\u202egpj.exe"
CONNECTOR = ConnectorLine(
    name="m365", service="m365", title="Example", complete=3, scopes=3, items=9, calls=4
)


def page(found=(), language="en", occasion=OCCASION, **numbers):
    counting, highlights = StatisticsCollector(), TopFindings()
    for one in found:
        counting.add_finding(one)
        highlights.add(one)
    told = replace(counting.statistics((CONNECTOR,)), **numbers)
    out = io.StringIO()
    write_page(out, occasion, told, highlights, Spoken(language))
    return out.getvalue()


class Read(HTMLParser):
    """What a browser makes of it: tags with their attributes, and texts."""

    def __init__(self, source):
        super().__init__()
        self.tags = []
        self.texts = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)


def shape(source):
    """The tags and their attributes' names: what a name in the page must not change."""
    return [(tag, sorted(attributes)) for tag, attributes in Read(source).tags]


def evil(text):
    return kept(
        title=text,
        path=text,
        owner=text,
        url=text,
        scope_title=text,
        principals=(text,) * 5,
        domains=(text,),
        audience="anyone_link",
        access="edit",
        evidence={"TEST-001": {"access": text}},
    )


def hostile(text):
    unread = UnreadScope(connector=text, title=text, reason=text, hint=text)
    return page(
        [evil(text), replace(evil(text), state="waived", waived_by=text, waived_until=text)],
        occasion=replace(OCCASION, organization=text or "x"),
        unread=(unread,),
        blind=(unread,),
        connectors=(replace(CONNECTOR, title=text or "x", problem=text),),
    )


NASTY = st.text(st.sampled_from("<>&'\"/={}%#-!`\\ \n\t\x00\u202e\u2028;:()") | st.characters())


@settings(max_examples=60)
@given(NASTY.filter(lambda text: terminal_safe(text).strip() and not text.startswith("https://")))
def test_no_name_changes_the_page(text):
    harmless = hostile("name")
    again = hostile(text)
    if "problem" not in text:
        assert shape(again) == shape(harmless)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]", again)
    assert again.encode().decode() == again
    assert terminal_safe(text) in "".join(Read(again).texts)


@settings(max_examples=40, deadline=None)
@given(NASTY.filter(lambda text: terminal_safe(text).strip() and not text.startswith("https://")))
def test_a_browser_reads_every_name_back_from_the_page(text):
    read = Read(hostile(text))
    assert sum(terminal_safe(text) in said for said in read.texts) >= 5


def test_a_name_is_shown_as_it_was_written():
    texts = "".join(Read(hostile(EVIL)).texts)
    assert terminal_safe(EVIL) in texts
    assert "49" not in texts.split("{{7*7}}")[1][:5]  # nor is it a template


@pytest.mark.parametrize("language", ["en", "ja"])
def test_nothing_is_fetched_and_nothing_runs_but_our_own(language):
    source = page([kept(url="https://x.example/a")], language)
    tags = Read(source).tags
    assert not [tag for tag, _ in tags if tag in ("link", "iframe", "object", "img", "base")]
    for tag, attributes in tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert "src" not in attributes
        assert tag != "a" or attributes["href"].startswith(("#", "https://x.example/a"))
    (policy,) = [a["content"] for _, a in tags if a.get("http-equiv")]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for name in ("style", "script"):
        (content,) = re.findall(f"<{name}>(.*?)</{name}>", source, re.DOTALL)
        digest = b64encode(sha256(content.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://x.example", "data:text/html,x", ""])
def test_only_an_https_address_becomes_a_link(url):
    assert not [a for _, a in Read(page([kept(url=url)])).tags if a.get("href", "#")[0] != "#"]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_word_of_the_vocabulary_can_be_said(language):
    found = [
        replace(
            kept(audience=str(audience), access=str(access), severity=severity, reach=reach),
            state=state,
        )
        for audience, access, severity, reach, state in zip(
            [*Audience] * 2, [*Access] * 3, [*Severity] * 4, (None, 1, "unknown") * 8, STATES * 4,
            strict=False,
        )
    ]  # fmt: skip
    source = page(found, language)
    assert f'<html lang="{language}">' in source
    assert "report." not in "".join(Read(source).texts).replace("report.html", "")
    for audience in Audience:
        Text(language).say(f"report.audience.{audience}")
    for access in Access:
        Text(language).say(f"report.access.{access}")


def test_the_page_prints_the_numbers_that_were_counted():
    found = [
        kept(audience="anyone_link", severity=Severity.CRITICAL, id=f"tjm1:{n:032x}")
        for n in range(1_234)
    ]
    texts = Read(page(found)).texts
    assert "1,234 exposures to people outside; 1,234 are urgent and must be shut tonight." in texts
    assert "1,234 active links have no expiry date." in texts
    assert "1,234" in texts


def test_what_is_over_is_said_and_not_left_out_silently():
    found = [kept(audience="anyone_link", id=f"tjm1:{n:032x}") for n in range(2_500)]
    source = page(found)
    assert source.count("<tr data-severity=") == 2_000
    assert "The worst 2,000 of 2,500. findings.csv contains all of them." in source
    unread = [UnreadScope(connector="m365", title=f"s{n}", reason="r") for n in range(300)]
    assert "And 100 more in coverage.csv." in page(unread=unread)


def test_what_was_not_read_is_never_called_clean():
    unread = (UnreadScope(connector="m365", title="s", reason="locked", hint="unlock"),)
    clear = Text("en").say("report.verdict.shut")
    nothing = Text("en").say("report.page.nothing_unread")
    assert clear in page()
    assert nothing in page()
    for source in (page(unread=unread), page(connectors=(replace(CONNECTOR, complete=2),))):
        assert clear not in source
        assert nothing not in source
    assert 'class="lede unsure"' in page(unread=unread)
    assert 'class="lede calm"' in page()


def test_owners_and_domains_stand_with_the_worst_first():
    owners = {
        "many.low": Counter({Severity.LOW: 90}),
        "one.critical": Counter({Severity.CRITICAL: 1}),
    }
    source = page(owners=owners)
    assert source.index("one.critical") < source.index("many.low")


def test_numbers_without_a_finding_still_make_a_page():
    out = io.StringIO()
    write_page(
        out,
        replace(OCCASION, files={}, policy=PolicyHashes("", "")),
        RunStatistics(),
        TopFindings(),
        Text("ja"),
    )
    assert Text("ja").say("report.verdict.nothing_read") in out.getvalue()


@pytest.mark.parametrize("service", ["m365", "google", "salesforce"])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_service_has_a_name_for_people(service, language):
    assert Text(language).say(f"{service}.name")
