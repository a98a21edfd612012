"""The forms of an event: flat, JSON lines, a run, masks."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from functools import cache, reduce
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

from agent.classify.finding import TrackedFinding
from agent.report.pseudonyms import Pseudonymizer
from agent.sinks import jsonl
from agent.sinks.flat_event import COLUMNS, flatten, to_json
from agent.sinks.heartbeat import HeartbeatData, scan_event
from agent.sinks.ocsf import finding_event, sample_event
from agent.text import Text

from .conftest import FROZEN, Purse, finding_batch, made
from .test_ocsf import SUBJECTS, event

NEWEST = "1.8.0"
PULSE = HeartbeatData(
    started=FROZEN - timedelta(minutes=4),
    ended=FROZEN,
    paused=False,
    exit_code=4,
    items=5000,
    coverage={"complete": 9, "denied": 1},
    unread=[("head office", "佐藤の OneDrive", "Access was denied to sato@example.co.jp")],
    severities={"high": 3},
    states={"new": 2, "resolved": 1},
    external_exposures=3,
    urgent=1,
)


@cache
def validator(version, name, *profiles):
    schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(version))
    return Draft202012Validator(schema.get_class_schema(name, list(profiles)))


def faults(version, name, sent, *profiles):
    plain = json.loads(json.dumps(sent))
    plain["metadata"]["version"] = version
    return [error.message for error in validator(version, name, *profiles).iter_errors(plain)]


def heartbeat(pulse=PULSE):
    return scan_event(pulse, "3 doors stand open.", run_id="k3f9", version="0.1.0")


@pytest.mark.parametrize("version", ["1.5.0", NEWEST])
def test_every_kind_of_event_is_valid(version):
    for finding in SUBJECTS.values():
        sent = event(finding)
        assert faults(version, "data_security_finding", sent, "cloud") == []
    for state in ("open", "not_compared", "waived", "resolved", "new"):
        sent = snapshot(state)
        assert faults(version, "data_security_finding", sent, "cloud") == []
        assert sent["is_alert"] is False
    assert faults(version, "data_security_finding", sample_event("t", FROZEN, "0.1.0")) == []
    assert faults(version, "scan_activity", heartbeat()) == []


def snapshot(state, run_id="k3f9"):
    kept = TrackedFinding(
        finding=SUBJECTS["link"],
        state=state,
        first_seen=FROZEN,
        last_seen=FROZEN,
        changed_at=FROZEN,
    )
    said: dict[str, Any] = {"run_id": run_id, "now": FROZEN, "version": "0.1.0"}
    return finding_event(kept, state, Text("en"), snapshot=True, **said)


def test_a_snapshot_is_an_event_of_its_own_in_every_run():
    first, again, later = snapshot("open"), snapshot("open"), snapshot("open", "z")
    assert first["metadata"]["uid"] == again["metadata"]["uid"] != later["metadata"]["uid"]
    assert first["finding_info"]["uid"] == later["finding_info"]["uid"]


def test_a_run_that_did_not_read_everything_is_a_failure_and_says_what():
    sent = heartbeat()
    assert (sent["activity_name"], sent["status"], sent["duration"]) == (
        "Completed",
        "Failure",
        240_000,
    )
    assert sent["unmapped"]["tojimari"]["not_read"][0]["connector"] == "head office"
    whole = heartbeat(replace(PULSE, unread=[]))
    assert whole["status"] == "Success"


def test_every_column_is_filled_by_some_event_and_means_what_it_says():
    filled = {}
    every = [*map(event, SUBJECTS.values()), event(SUBJECTS["guest"], "waived"), heartbeat()]
    for sent in [*every, sample_event("t", FROZEN, "0.1.0")]:
        filled |= flatten(json.loads(json.dumps(sent)))
    missing = {column.name for column in COLUMNS} - filled.keys()
    assert missing == {"expires_at"}
    kinds = {"text": str, "time": str, "integer": int, "boolean": bool, "list": list}
    for column in COLUMNS:
        if column.name in filled and column.kind in kinds:
            assert isinstance(filled[column.name], kinds[column.kind]), column.name


ANY = st.text(st.characters(), max_size=80) | st.sampled_from(
    ['"},{"', "\\", "\x85\u2028\u2029\r\n", "\ud83d half", "\x00", '名"簿']
)
CHOSEN = {  # what outsiders choose: where it lies in either form
    "title": ("resources.0.name", "subject_name"),
    "path": ("file.path", "item_path"),
    "url": ("file.url.url_string", "item_url"),
    "owner": ("resources.0.owner.name", "owner"),
    "scope_title": ("unmapped.tojimari.scope_title", "scope_title"),
    "via_group": ("unmapped.tojimari.via_group", "via_group"),
    "principals": ("unmapped.tojimari.principals.0", "principals.0"),
    "domains": ("unmapped.tojimari.domains.0", "domains.0"),
}


@given(st.lists(ANY.filter(bool), min_size=len(CHOSEN), max_size=len(CHOSEN)))
def test_any_text_in_any_field_is_one_line_of_json_and_comes_back(texts):
    chosen: Any = dict(zip(CHOSEN, texts, strict=True))
    fields = {n: (t,) if n in ("principals", "domains") else t for n, t in chosen.items()}
    sent = made("tjm1:1", **fields)
    for number, form in enumerate(("ocsf", "flat")):
        line = to_json(sent, form)
        assert line.encode().decode() == line
        assert len(line.splitlines()) == 1
        back = json.loads(line)
        for name, text in chosen.items():
            found = reduce(below, CHOSEN[name][number].split("."), back)
            assert found == text.encode("utf-8", "replace").decode(), name


def below(value, name):
    return value[int(name)] if name.isdecimal() else value[name]


def sendable(value):
    """What JSON and UTF-8 can hold of a value."""
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case dict():
            return {name: sendable(part) for name, part in value.items()}
        case list() | tuple():
            return [sendable(part) for part in value]
        case _:
            return value


WORD = st.text(st.sampled_from('"\\\n\x00\x85\u2028\ufeff/<') | st.characters(), max_size=40)


@given(WORD, WORD, WORD, WORD)
@example("a\u2028b", "c\x85d", "e\u2029f", "g\ud83dh")
def test_any_text_in_any_field_comes_back_from_the_line(title, owner, principal, reason):
    sent = made(
        "tjm1:1", title=title, path=title, url=title, owner=owner, scope_title=owner,
        principals=(principal, owner), domains=(principal,), via_group=principal,
        evidence={"EXT-001": {"principal": reason, "access": "edit"}},
    )  # fmt: skip
    line = to_json(sent, "ocsf")
    assert len(line.splitlines()) == 1
    assert json.loads(line) == sendable(sent)


def test_a_file_is_whole_before_its_name_and_marked_after_it(tmp_path):
    settings = jsonl.Settings(type="jsonl", path=str(tmp_path / "drop"), format="flat")
    sink = jsonl.create(settings, Purse())
    batch = finding_batch(3)
    sink.deliver(batch)
    sink.deliver(batch)
    name = f"events-k3f9-{batch.id}.jsonl"
    assert sorted(f.name for f in (tmp_path / "drop").iterdir()) == [name, f"{name}.done"]
    lines = (tmp_path / "drop" / name).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["event_id"] for line in lines] == list(batch.ids)
    (told,) = sink.check(finding_batch(1))
    assert told.outcome == "pass"


# the name of an object is the schema's
@pytest.mark.parametrize("subject", sorted(SUBJECTS.keys() - {"object"}))
def test_no_name_is_left_under_the_masks(subject):
    finding = Pseudonymizer(b"k" * 32).record(SUBJECTS[subject])
    told = json.dumps(event(finding), ensure_ascii=False)
    hidden = {
        SUBJECTS[subject].title, SUBJECTS[subject].owner, SUBJECTS[subject].path,
        SUBJECTS[subject].url, SUBJECTS[subject].scope_title, *SUBJECTS[subject].principals,
        SUBJECTS[subject].via_group,
    } - {"", "unknown"}  # fmt: skip
    assert [name for name in hidden if name in told] == []
    assert finding.id == SUBJECTS[subject].id


def test_the_page_of_events_has_every_column():
    page = (Path(__file__).parents[3] / "docs/events.md").read_text(encoding="utf-8")
    for column in COLUMNS:
        row = f"| `{column.name}` | {column.kind} | `{column.place}` | {column.meaning} |"
        assert row in page, column.name
