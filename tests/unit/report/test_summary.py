"""One screen: the verdict first, nothing hidden, nothing that commands the terminal."""

from __future__ import annotations

import io
import json
import re
import string
import tomllib
from contextlib import redirect_stdout
from dataclasses import replace
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from agent.classify.model import Severity
from agent.report import terminal
from agent.report.console_summary import print_summary
from agent.report.statistics import STATES, ConnectorLine, RunStatistics, UnreadScope
from agent.report.summary import (
    SinkLine,
    Summary,
    TopFinding,
    headline,
    summary_json,
    top_finding,
)
from agent.text import Text
from agent.text.terminal_safe import terminal_safe

from .conftest import kept

EN, JA = Text("en"), Text("ja")
EVIL = "\x1b[2J\u202efdp.exe[red]x[/red]\r\n\x9b31m\u200b"


def line(*, complete=9, scopes=9, items=100, problem=""):
    return ConnectorLine(
        name="m365",
        service="m365",
        title="Example K.K.",
        complete=complete,
        scopes=scopes,
        items=items,
        calls=7,
        problem=problem,
    )


def counting(summary, **numbers):
    return replace(summary, numbers=replace(summary.numbers, **numbers))


CLEAN = Summary(run_id="k3f9", seconds=252, numbers=RunStatistics(connectors=(line(),)))
NUMBERS = RunStatistics(
    doors=14,
    tonight=3,
    findings=14,
    connectors=(line(complete=7),),
    severities={Severity.CRITICAL: 3, Severity.HIGH: 11},
    states=dict.fromkeys(STATES, 2),
    unread=tuple(
        UnreadScope(connector="m365", title=f"Drive {n}", reason="It is locked.", hint="Unlock it.")
        for n in range(7)
    ),
    blind=(UnreadScope(connector="m365", title="Groups", reason="Nobody tells."),) * 5,
)
FULL = replace(
    CLEAN,
    numbers=NUMBERS,
    top=tuple(
        TopFinding(
            id=str(n),
            title="顧客名簿.xlsx",
            path="/営業/顧客名簿.xlsx",
            severity=Severity.CRITICAL,
            reason="リンクを知っていれば誰でも編集できます。",
            reach=reach,
        )
        for n, reach in enumerate((1, 1_204_330, "unknown", None))
    ),
    deliveries=(SinkLine(name="siem", delivered=12, pending=300, problem="HTTP 503"),),
    folder="/out/20261121T213000Z_k3f9",
    exit_code=5,
    also=(4, 1),
    next_command="tojimari findings",
)


def screen(summary, text=EN, width=80):
    out = io.StringIO()
    print_summary(summary, text, Console(file=out, width=width, force_terminal=False))
    return out.getvalue()


def test_it_opens_with_the_verdict():
    assert headline(FULL.numbers, EN) == [
        "14 exposures to people outside; 3 are urgent and must be shut tonight.",
        "7 of 9 scopes were not scanned completely: there may be more.",
    ]
    one = replace(CLEAN.numbers, doors=1, tonight=0)
    assert headline(one, EN) == ["1 exposure to people outside; none is urgent."]


def test_all_clear_is_said_only_when_everything_was_read():
    clear = EN.say("report.verdict.shut")
    assert headline(CLEAN.numbers, EN) == [clear]
    partly = (
        counting(CLEAN, connectors=(line(complete=8),)),
        counting(CLEAN, unread=NUMBERS.unread[:1]),
        counting(CLEAN, connectors=(line(), line(complete=0, scopes=0, problem="refused"))),
        counting(CLEAN, connectors=(line(complete=0, items=0),)),
        counting(CLEAN, connectors=()),
    )
    for summary in partly:
        assert clear not in screen(summary)
    assert headline(partly[3].numbers, EN) == [EN.say("report.verdict.nothing_read")]


@pytest.mark.parametrize("text", [EN, JA])
@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal_and_the_numbers_align(text, width):
    lines = screen(FULL, text, width).splitlines()
    assert max(map(cell_len, lines)) <= width
    ends = {
        cell_len(row.rstrip()) for row in lines if "1,204,330" in row or row.endswith(" 1 item")
    }
    assert len(ends) == 1


def test_everything_is_on_the_screen():
    said = screen(FULL, width=120)
    for part in (
        "4 min 12 s",
        "critical 3",
        "not compared 2",
        "1,204,330 items",
        "items unknown",
        "and 10 more in findings.csv",
        "7 of 9 scopes",
        "Unlock it.",
        "and 4 more in coverage.csv",
        "5 standing blind spots",
        "300 pending",
        "HTTP 503",
        "/out/20261121T213000Z_k3f9",
        "5  some events were not delivered",
        "4  part of the configured scope",
        "1  active findings at or above",
        "tojimari findings",
    ):
        assert part in said, part


def test_a_connector_that_could_not_sign_in_is_heard_in_full():
    said = screen(
        counting(CLEAN, connectors=(line(scopes=0, complete=0, problem="No key. " * 20),))
    )
    assert said.count("No key.") == 20


def test_a_small_terminal_gets_fewer_findings_and_is_told_so():
    out = io.StringIO()
    many = counting(replace(FULL, top=(*FULL.top, *FULL.top, *FULL.top)), findings=12)
    print_summary(
        many, EN, Console(file=out, width=80, height=24, force_terminal=True, color_system=None)
    )
    assert out.getvalue().count("顧客名簿.xlsx") == 3
    assert "and 9 more in findings.csv" in out.getvalue()


COMMANDS = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2028\u2029\u2060-\u2069]"
)
TRICKS = (EVIL, "\x1b]8;;https://evil\x07", "\r", "a\u2066b", "\ud83d", "[/]")
ANY = st.sampled_from(TRICKS) | st.text(st.characters(), max_size=40)


def test_names_of_outsiders_command_nothing():
    said = screen(named(EVIL), width=200)
    assert not COMMANDS.search(said)
    assert "[red]x[/red]" in said  # markup stays text


@given(ANY)
def test_whatever_a_name_is_the_terminal_gets_only_letters(text):
    found = [replace(kept(title=text, path=text, owner=text, principals=(text,)), waived_by=text)]
    with redirect_stdout(io.StringIO()) as out:
        terminal.print_findings(found, EN, {})
        terminal.print_finding(found[0], EN, None)
    for said in (screen(named(text)), out.getvalue()):
        assert not COMMANDS.search(said)
        assert said.encode().decode() == said


def named(text):
    """A summary in which outsiders chose every name."""
    return replace(
        counting(
            FULL,
            unread=(UnreadScope(connector=text, title=text, reason=text, hint=text),),
            connectors=(replace(line(), title=text),),
        ),
        notes=(text,),
        top=(replace(FULL.top[0], title=text, path=text, reason=text),),
        deliveries=(SinkLine(name=text, delivered=0, pending=0, problem=text),),
    )


@given(st.text(st.characters()))
def test_printable_is_one_line_and_leaves_plain_words_alone(text):
    shown = terminal_safe(text)
    assert len(shown.splitlines()) <= 1
    assert terminal_safe(shown) == shown
    shown.encode()
    assert terminal_safe("顧客 list — é 😀") == "顧客 list — é 😀"


def test_a_finding_becomes_a_line(spoken):
    top = top_finding(kept(), spoken, reach=40_000)
    assert top.reason == "Anyone with the link can edit. The link never expires."
    assert top.reach == 40_000


def test_programs_get_the_same():
    plain = json.loads(json.dumps(summary_json(FULL)))
    assert plain["severities"] == {"critical": 3, "high": 11}
    assert plain["top"][0]["severity"] == "critical"
    assert plain["missed"] == 7
    assert plain["whole"] is False


def test_both_languages_say_the_same_with_the_same_braces():
    spoken = [
        tomllib.loads((files("agent.text") / f"{language}.toml").read_text(encoding="utf-8"))
        for language in ("en", "ja")
    ]
    for table in ("report", "sinks"):
        en, ja = (dict(flat(sentences[table])) for sentences in spoken)
        settings = {key for key in ja if key.split(".")[-2:][0] == "settings"}
        assert en.keys() == ja.keys() - settings  # settings say it in English themselves
        for key in en:
            assert braces(en[key]) == braces(ja[key]), key


def flat(table, prefix=""):
    for name, value in table.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def braces(sentence):
    return {field for _, field, _, _ in string.Formatter().parse(sentence) if field}
