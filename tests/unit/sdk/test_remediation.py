"""A script that an administrator runs holds names that outsiders chose."""

import re
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.text import Text
from connectors.sdk.message import Message
from connectors.sdk.remediation import RemediationTarget, ps_comment, ps_literal
from connectors.sdk.services import services

QUOTES = "'\u2018\u2019\u201a\u201b"


def words(message: Message) -> str:
    return Text("en").render(message)


def target(**over: object) -> RemediationTarget:
    plain: dict[str, object] = {
        "finding_id": "tjm1:0", "subject": "exposure", "subject_id": "d!1/i1", "kind": "file",
        "title": "n", "path": "/a/n", "tenant_id": "t", "scope_id": "s", "grant_id": "g",
        "severity": "high", "audience": "anyone_link", "access": "view", "principals": (),
        "via_group": "", "owner": "o@example.co.jp", "fix": "Remove the link.",
    }  # fmt: skip
    return RemediationTarget(**plain | over)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@given(st.text())
def test_no_quote_of_any_kind_leaves_a_literal(text: str) -> None:
    inner = ps_literal(text)[1:-1]
    assert ps_literal(text)[0] == ps_literal(text)[-1] == "'"
    assert not re.search(rf"(?<![{QUOTES}])(?:[{QUOTES}]{{2}})*[{QUOTES}](?![{QUOTES}])", inner)
    assert "\n" not in inner
    assert "\r" not in inner


@given(st.text())
def test_a_remark_stays_on_its_line(text: str) -> None:
    assert len(ps_comment(text).splitlines()) == 1


@pytest.mark.parametrize("service", services())
@given(name=st.text(min_size=1), kind=st.sampled_from(["file", "group", "object", "drive"]))
def test_every_line_of_a_script_is_ours_whatever_the_names(
    service: str, name: str, kind: str
) -> None:
    module = import_module(f"connectors.{service}.remediation")
    hostile = target(title=name, path=name, subject_id=f"{name}/x", grant_id=name, owner=name,
                     kind=kind, principals=(name,), via_group="", fix=name)  # fmt: skip
    lines = list(module.script([hostile], words))
    assert any(line.startswith("param([switch] $Apply") for line in lines)
    harmless = list(module.script([target(kind=kind)], words))
    verbs = {line.split("'")[0] for line in harmless} | {"Skip-Door ", "Close-Door "}
    for line in lines:
        assert line.startswith("#") or line.split("'")[0] in verbs, line


@pytest.mark.parametrize("service", services())
def test_the_same_door_is_shut_once_and_nothing_to_do_is_no_script(service: str) -> None:
    module = import_module(f"connectors.{service}.remediation")
    assert list(module.script([], words)) == []
    lines = list(module.script([target(), target(finding_id="tjm1:1")], words))
    assert sum(bool(re.match(r"(?:Close|Skip)-Door ", line)) for line in lines) == 1


@pytest.mark.parametrize(
    ("service", "over", "call"),
    [
        ("m365", {}, "DELETE -Uri '/v1.0/drives/d!1/items/i1/permissions/g'"),
        ("m365", {"subject": "principal", "subject_id": "u1"}, "PATCH -Uri '/v1.0/users/u1'"),
        ("m365", {"via_group": "Partners"}, "Skip-Door"),
        ("m365", {"kind": "site", "subject_id": "a,b,c"}, "Skip-Door"),
        ("google", {"subject_id": "f1"}, "user 'o@example.co.jp' delete drivefileacl 'f1' 'id:g'"),
        (
            "google",
            {"subject_id": "f1", "owner": ""},
            "user $Manager delete drivefileacl 'f1' 'id:g'",
        ),
        (
            "google",
            {"subject_id": "d1", "kind": "drive"},
            "delete drivefileacl 'd1' 'id:g' asadmin",
        ),
        (
            "google",
            {"subject_id": "team@example.co.jp", "kind": "group", "grant_id": "whoCanJoin"},
            "update group 'team@example.co.jp' whoCanJoin INVITED_CAN_JOIN",
        ),
        ("google", {"grant_id": "published"}, "Skip-Door"),
        ("google", {"grant_id": "published-revision"}, "Skip-Door"),
        ("google", {"grant_id": "unread"}, "Skip-Door"),
        ("google", {"grant_id": "anyoneWithLink/published"}, "Skip-Door"),
        ("google", {"grant_id": "anyoneWithLink", "access": "create"}, "Skip-Door"),
        (
            "google",
            {"grant_id": "anyoneWithLink", "audience": "public_discoverable"},
            "Skip-Door",
        ),
        ("google", {"grant_id": "anyoneWithLink"}, "'id:anyoneWithLink'"),
        ("google", {"grant_id": "05093811228013823419"}, "'id:05093811228013823419'"),
        (
            "salesforce",
            {"grant_id": "05D000000000001AAA"},
            "--sobject ContentDistribution --record-id '05D000000000001AAA'",
        ),
        (
            "salesforce",
            {"kind": "object", "subject_id": "Contact", "grant_id": "0PS000000000001AAA"},
            "--where 'ParentId=0PS000000000001AAA SobjectType=Contact'",
        ),
        ("salesforce", {"kind": "object", "grant_id": "rule"}, "Skip-Door"),
    ],
)
def test_each_kind_of_door_has_its_own_step(
    service: str, over: dict[str, object], call: str
) -> None:
    module = import_module(f"connectors.{service}.remediation")
    assert any(call in line for line in module.script([target(**over)], words))


@pytest.mark.parametrize("service", services())
@pytest.mark.parametrize(
    "kind", ["file", "folder", "drive", "group", "site", "object", "principal"]
)
def test_every_function_that_a_script_calls_is_defined_in_it_and_calls_another(
    service: str, kind: str
) -> None:
    module = import_module(f"connectors.{service}.remediation")
    lines = list(module.script([target(kind=kind, grant_id="whoCanJoin"), target()], words))
    text = "\n".join(line for line in lines if not line.startswith("#"))
    defined = set(re.findall(r"function ([A-Z]\w*(?:-\w+)?)", text))
    ours = {"Close", "Skip", "Invoke"}
    called = set(re.findall(r"\b([A-Z][a-z]+-[A-Z]\w+)", text))
    built_in = {"Invoke-RestMethod", "Invoke-MgGraphRequest", "Invoke-WebRequest"}
    assert {name for name in called if name.split("-")[0] in ours} - built_in <= defined
    lower = {name.lower() for name in defined}
    for native in re.findall(r"& ([A-Za-z]\w*)", text):
        assert native.lower() not in lower, "PowerShell ignores case: it would call itself"
