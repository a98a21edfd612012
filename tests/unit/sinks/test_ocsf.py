"""Every event is valid OCSF 1.5.0, whatever it is about and whatever happened to it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import pytest
from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

from agent.classify.finding import Finding, TrackedFinding
from agent.classify.model import Confidence, Severity, Subject
from agent.sinks.ocsf import TRANSITIONS, event_id, finding_event
from agent.text import Text, encode_message
from connectors.sdk.message import say

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 21, 12, 0, 0, 500_000, tzinfo=UTC)


class Spoken(Text):
    """The real sentences, and those of a made-up rule."""

    def __init__(self, language="en"):
        super().__init__(language)
        self._sentences = self._sentences | {
            "TEST-001.title": "Anyone may edit",
            "TEST-001.reason": "Anyone with the link {access}.",
            "TEST-001.fix": "Remove the link.",
        }


LINK = Finding(
    id="tjm1:0123456789abcdef0123456789abcdef",
    subject=Subject.EXPOSURE,
    subject_id="drive/item",
    service="m365",
    connector="head office",
    tenant_id="tenant",
    scope_id="site",
    scope_title="Sales",
    title="顧客名簿.xlsx",
    kind="file",
    severity=Severity.CRITICAL,
    score=92,
    path="/sites/sales/顧客名簿.xlsx",
    url="https://example.sharepoint.com/sites/sales/x.xlsx",
    owner="sato@example.co.jp",
    grant_id="perm",
    audience="anyone_link",
    access="edit",
    reach=1,
    sensitivity="s3",
    password="false",
    evidence={"TEST-001": {"access": "edit"}, "GONE-001": {}},
    points={"audience.anyone_link": 55},
    unknowns=("expires_at",),
)
PERSON = replace(
    LINK,
    audience="ext_consumer",
    principals=("a@gmail.com", "b@gmail.com"),
    domains=("gmail.com",),
    severity=Severity.MEDIUM,
    confidence=Confidence.LOW,
    kind="folder",
    reach="unknown",
)
GROUP = replace(
    LINK,
    audience="ext_unresolved",
    principals=("All partners",),
    via_group="partners@example.co.jp",
    kind="site",
    owner="unknown",
    url="",
    path="",
)
OBJECT = replace(
    LINK,
    service="salesforce",
    kind="object",
    subject_id="Contact",
    title="Contact",
    audience="public_discoverable",
    reach=1_204_330,
    owner="",
)
GUEST = Finding(
    id="tjm1:1",
    subject=Subject.PRINCIPAL,
    subject_id="guest-id",
    service="m365",
    connector="head office",
    tenant_id="tenant",
    scope_id="directory",
    scope_title="Directory",
    title="Anna",
    kind="guest",
    severity=Severity.LOW,
    principals=("anna@x.example",),
    domains=("x.example",),
    evidence={"TEST-001": {"access": "view"}},
)
SCOPE = Finding(
    id="tjm1:2",
    subject=Subject.SCOPE,
    subject_id="site",
    service="m365",
    connector="head office",
    tenant_id="tenant",
    scope_id="site",
    scope_title="Sales",
    title="Sales",
    kind="denied",
    severity=Severity.UNKNOWN,
    evidence={"TEST-001": {"access": "read"}},
    reason=encode_message(say("sdk.unreachable", host="graph.example", detail="Timeout")),
    hint=encode_message(say("sdk.unreachable_hint")),
)
BARE = replace(SCOPE, title="", scope_title="", evidence={}, reason="", hint="", kind="")
SETTING = replace(GUEST, subject=Subject.SETTING, kind="", title="", principals=(), domains=())
SUBJECTS = {
    "link": LINK,
    "unnamed": replace(LINK, title="", path="", audience="unknown", access="unknown"),
    "person": PERSON,
    "group": GROUP,
    "object": OBJECT,
    "guest": GUEST,
    "setting": SETTING,
    "scope": SCOPE,
    "bare": BARE,
}


@cache
def validator():
    schema = OcsfJsonSchemaEmbedded(get_ocsf_schema("1.5.0"))
    return Draft202012Validator(schema.get_class_schema("data_security_finding", ["cloud"]))


def event(finding, transition="new", *, occurrence=1, **options):
    kept = TrackedFinding(
        finding=finding,
        state=transition,
        first_seen=FIRST,
        last_seen=NOW,
        changed_at=NOW,
        occurrence=occurrence,
        waived_until="2027-03-31" if transition == "waived" else "",
        waived_by="sato@example.co.jp" if transition == "waived" else "",
    )
    return finding_event(
        kept, transition, Spoken(), run_id="k3f9", now=NOW, version="0.1.0", **options
    )


@pytest.mark.parametrize("transition", TRANSITIONS)
@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_event_is_valid(subject, transition):
    sent = json.loads(json.dumps(event(SUBJECTS[subject], transition)))
    assert [error.message for error in validator().iter_errors(sent)] == []
    assert sent["metadata"]["version"] == "1.5.0"
    assert sent["finding_info"]["uid"] == SUBJECTS[subject].id
    assert sent["resources"][0]["uid"]


def test_the_schema_would_find_a_mistake():
    wrong = event(LINK)
    wrong["file"]["sharing_link"] = "x"
    wrong["activity_id"] = 7
    assert len(list(validator().iter_errors(wrong))) == 2


@pytest.mark.parametrize(
    ("transition", "risen", "expected"),
    [
        ("new", False, (1, 1, True)),
        ("returned", False, (1, 1, True)),
        ("changed", False, (2, 2, False)),
        ("changed", True, (2, 2, True)),
        ("resolved", False, (3, 4, False)),
        ("resolved", True, (3, 4, False)),
        ("waived", False, (2, 3, False)),
    ],
)
def test_what_happened_is_told_as_the_table_says(transition, risen, expected):
    sent = event(LINK, transition, worsened=risen)
    assert (sent["activity_id"], sent["status_id"], sent["is_alert"]) == expected
    assert sent["type_uid"] == 200_600 + expected[0]


def test_times_are_milliseconds():
    sent = event(LINK)
    assert sent["time"] == 1_795_262_400_500
    assert sent["finding_info"]["first_seen_time"] == 1_767_225_600_000


def test_the_id_is_that_of_the_transition_and_never_changes():
    ids = {
        transition: event(LINK, transition)["metadata"]["uid"]
        for transition in ("new", "changed", "resolved", "waived")
    }
    assert len(set(ids.values())) == 4
    assert ids["new"] == event(LINK)["metadata"]["uid"]
    again = event(LINK, "returned", occurrence=2)["metadata"]["uid"]
    assert again not in ids.values()
    wider = event(replace(LINK, access="manage"), "changed")["metadata"]["uid"]
    assert wider != ids["changed"]
    assert event_id("tjm1:0", "create", 1) == GOLDEN


GOLDEN = "93f790b1-2475-59eb-8a25-638f21a4964a"


def test_a_renamed_file_is_no_other_event():
    renamed = replace(LINK, title="x", path="/x", score=12)
    for transition in TRANSITIONS:
        one, other = event(LINK, transition), event(renamed, transition)
        assert one["metadata"]["uid"] == other["metadata"]["uid"]


def test_severity_and_risk_follow_the_finding():
    assert [
        (sent["severity_id"], sent.get("risk_level_id"), sent.get("risk_score"))
        for sent in (event(LINK), event(PERSON), event(GUEST), event(SCOPE))
    ] == [(5, 4, 92), (3, 2, 92), (2, 1, None), (0, None, None)]


def test_a_file_a_table_and_a_guest_have_their_places():
    file = event(LINK)["file"]
    assert (file["is_public"], file["type_id"], file["confidentiality_id"]) == (True, 1, 6)
    assert event(PERSON)["file"]["is_public"] is False
    assert "is_public" not in event(SUBJECTS["unnamed"])["file"]
    assert event(OBJECT)["table"] == {"uid": "Contact", "name": "Contact"}
    assert "file" not in event(OBJECT)
    assert "file" not in event(GROUP)
    guest = event(GUEST)["actor"]["user"]
    assert (guest["uid"], guest["email_addr"], guest["domain"]) == (
        "guest-id",
        "anna@x.example",
        "x.example",
    )
    assert event(PERSON)["actor"]["user"]["email_addr"] == "a@gmail.com"
    assert "actor" not in event(LINK)


def test_what_ocsf_has_no_place_for_is_not_lost():
    own = event(PERSON)["unmapped"]["tojimari"]
    assert own["principals"] == ["a@gmail.com", "b@gmail.com"]
    assert own["reach"] == "unknown"
    assert [rule["uid"] for rule in own["rules"]] == ["TEST-001", "GONE-001"]
    assert own["password"] == "false"
    waived = event(LINK, "waived")["unmapped"]["tojimari"]
    assert (waived["waived_until"], waived["waived_by"]) == ("2027-03-31", "sato@example.co.jp")


def test_it_reads_as_a_sentence():
    info = event(LINK)["finding_info"]
    assert info["title"] == "Anyone may edit: 顧客名簿.xlsx"
    assert info["desc"].startswith("Anyone with the link can edit. ")
    assert info["desc"].endswith("Remove the link.")
    assert info["analytic"]["uid"] == "TEST-001"
    assert event(SCOPE)["finding_info"]["desc"].startswith("graph.example did not respond")
    assert event(SCOPE)["unmapped"]["remediation"]["desc"].startswith("Check the network")
