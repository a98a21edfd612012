"""Every rule: a case that fires, one that looks like it and does not, one where the fact is
unknown (and so does not, but for the rules that are about the unknown)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

import pytest

from agent.classify.evaluator import Evaluator
from agent.classify.model import Exposure, ExternalCount, RulePhase, Subject
from agent.classify.rule_input import AccessBreadth, Change
from agent.classify.rules.registry import all_rules
from agent.classify.settings_baseline import (
    EvaluatedSetting,
    Result,
    expected_setting_rules,
    expected_settings,
)
from agent.classify.waivers import InvalidWaiver
from connectors.sdk.records import (
    UNKNOWN,
    Access,
    Audience,
    Coverage,
    GrantCause,
    Principal,
    PrincipalKind,
    Setting,
    State,
    Status,
)
from tests.unit.classify.given import NOW, ago, exposure, policy

A, K = Audience, PrincipalKind
REGISTER = """
[policy]
public_paths = ["files:/sites/www/*"]
[organization]
approved_domains = ["friend.example"]
blocked_domains = ["rival.example"]
[[policy.vendors]]
name = "ACME"
domains = ["acme.example", "acme-japan.example"]
ends = 2027-03-31
[[policy.vendors]]
name = "Former"
domains = ["former.example"]
ends = 2026-11-01
[[policy.vendors]]
name = "Platform"
domains = ["platform.example"]
ends = 2027-03-31
shared_by_design = true
"""


class Case(NamedTuple):
    fires: Any
    looks_alike: Any
    unknown: Any
    unknown_fires: bool = False


def outsider(*domains: str, **facts: Any) -> Exposure:
    known: dict[str, Any] = {
        "principal": f"x@{domains[0]}" if domains else "",
        "principal_kind": K.GUEST,
        "principal_domains": domains,
    }
    return exposure(A.EXT_NAMED, **known | facts)


def record(audience: Audience = A.PUBLIC_DISCOVERABLE, /, **facts: Any) -> Exposure:
    kind = K.SITE_GUEST if audience is A.PUBLIC_DISCOVERABLE else K.ROLE
    known: dict[str, Any] = {
        "kind": "object",
        "name": "Contact",
        "data": ("person",),
        "reach": 9,
        "principal": "S",
    }
    return exposure(audience, **known | {"principal_kind": kind} | facts)


def proof(**facts: Any) -> ExternalCount:
    known: dict[str, Any] = {"site": "S", "url": "https://s.example/x", "count": 9, "inside": 2}
    dated: dict[str, Any] = {"made": NOW}
    return ExternalCount(**known | dated | facts)


def everyone(audience: Audience, **facts: Any) -> Exposure:
    known: dict[str, Any] = {"principal_kind": K.EVERYONE, "principal": "Everyone"}
    return exposure(audience, **known | facts)


def team(**facts: Any) -> Exposure:
    known: dict[str, Any] = {"kind": "team", "name": "営業", "id": "T"}
    return everyone(A.ORG_DISCOVERABLE, **known | facts)


def place(*meeting: str, **facts: Any) -> Exposure:
    known: dict[str, Any] = {"kind": "folder", "co_located_domains": meeting}
    return outsider("acme.example", **known | facts)


def guest(**facts: Any) -> Principal:
    known: dict[str, Any] = {
        "id": "u1",
        "kind": K.GUEST,
        "name": "Guest",
        "state": State.ACTIVE,
        "external": True,
        "created_at": ago(400),
        "invited_at": ago(400),
        "last_sign_in": ago(1),
        "sponsor": "sato@example.co.jp",
    }
    return Principal(**known | facts)


def group(**facts: Any) -> Principal:
    known: dict[str, Any] = {"id": "g", "kind": K.GROUP, "name": "G", "owners": 0}
    return Principal(**known | facts)


def lapse(why: str = "expired") -> InvalidWaiver:
    return InvalidWaiver(
        why=why,
        reason="r",
        approved_by="CISO",
        expires=date(2026, 1, 1),
        audience="anyone_link",
        access="view",
    )


def change(before: Audience | None, after: Audience, **facts: Any) -> Change:
    old = None if before is None else AccessBreadth(audience=before, access=Access.VIEW)
    new = AccessBreadth(audience=after, access=Access.VIEW)
    known: dict[str, Any] = {"old": old, "new": new, "gone": False, "comparable": True}
    return Change(**known | facts)


class ReadByModel(NamedTuple):
    """An exposure whose name the trained model reads."""

    exposure: Exposure


def read(path: str, audience: Audience = A.ORG_LINK, /, **facts: Any) -> ReadByModel:
    name = path.rpartition("/")[2]
    return ReadByModel(exposure(audience, **{"name": name, "path": path} | facts))


CASES: dict[str, Case] = {
    "DATA-001": Case(
        read("/sites/it/deploy/.env.production"), read("/sites/it/パスワードの作り方_研修.pptx"),
        read("/sites/it/deploy/.env.production", access=Access.CREATE),
    ),
    "DATA-002": Case(
        read("/sites/jinji/懲戒/ヒアリング_録音.m4a"), read("/sites/soumu/全体朝礼_録画.mp4"),
        read("/sites/x/VOICE_0016.wav"),
    ),
    "DATA-003": Case(
        read("/sites/keiei/M&A/買収候補_バリュエーション.pptx"),
        read("/sites/koho/公開用/プレスリリース_新製品.pdf"), read("無題のプレゼンテーション"),
    ),
    "DATA-004": Case(
        read("/sites/dev/repo/billing-service-src.zip"), read("/sites/dev/OSS/LICENSE"),
        read("tmp"),
    ),
    "DATA-005": Case(
        exposure(name="顧客名簿(回答)"), exposure(name="顧客名簿(回答)", access=Access.CREATE),
        exposure(name="無題(回答)"),
    ),
    "DATA-006": Case(
        exposure(A.ORG_DISCOVERABLE, kind="group", name="顧客名簿"),
        exposure(A.ORG_DISCOVERABLE, kind="group", name="顧客名簿", access=Access.CREATE),
        exposure(A.ORG_DISCOVERABLE, kind="group", name="ml"),
    ),
    "DATA-007": Case(
        exposure(name="顧客名簿_export.csv"), exposure(name="顧客名簿.csv"),
        exposure(name="dump.sql"),
    ),
    "DATA-008": Case(
        exposure(name="顧客名簿.xlsx", path="/sites/www/顧客名簿.xlsx"),
        exposure(name="news.pdf", path="/sites/www/news.pdf"), exposure(name="顧客名簿.xlsx"),
    ),
    "DATA-009": Case(
        exposure(owner_state=State.DISABLED), exposure(owner_state=State.PENDING),
        exposure(owner_state=State.UNKNOWN),
    ),
    "DATA-010": Case(
        exposure(name="顧客名簿.xlsx"), exposure(name="顧客名簿.xlsx", access=Access.CREATE),
        exposure(name=""),
    ),
    "DATA-011": Case(
        exposure(name="契約書.pdf"), exposure(name="契約書_雛形.pdf"), exposure(name=""),
    ),
    "DATA-012": Case(
        outsider("acme.example", cause=GrantCause.LEFTOVER),
        record(cause=GrantCause.LEFTOVER), outsider("acme.example", access=Access.UNKNOWN),
    ),
    "LINK-001": Case(
        exposure(access=Access.EDIT), exposure(access=Access.COMMENT),
        exposure(access=Access.UNKNOWN), unknown_fires=True,
    ),
    "LINK-002": Case(
        exposure(name="顧客名簿.xlsx"), exposure(name="顧客名簿_テンプレート.xlsx"),
        exposure(name=""),
    ),
    "LINK-003": Case(
        exposure(expires_at=None), exposure(expires_at=NOW), exposure(expires_at=UNKNOWN)
    ),
    "LINK-004": Case(
        exposure(created_at=ago(365)), exposure(created_at=ago(364)),
        exposure(created_at=UNKNOWN, item_created_at=UNKNOWN),
    ),
    "LINK-005": Case(exposure(kind="folder"), exposure(kind="file"), exposure(kind="unknown")),
    "LINK-006": Case(
        exposure(A.PUBLIC_DISCOVERABLE), exposure(A.ANYONE_LINK), exposure(A.UNKNOWN)
    ),
    "LINK-007": Case(
        exposure(last_activity=ago(366)), exposure(A.ORG_LINK, last_activity=ago(366)),
        exposure(last_activity=UNKNOWN),
    ),
    "LINK-008": Case(
        exposure(expires_at=ago(-31)), exposure(expires_at=ago(-30)), exposure(expires_at=UNKNOWN)
    ),
    "LINK-009": Case(
        exposure(owner_state=State.DISABLED), exposure(owner_state=State.PENDING),
        exposure(owner_state=State.UNKNOWN),
    ),
    "LINK-010": Case(
        exposure(access=Access.CREATE, expires_at=None),
        exposure(access=Access.COMMENT, expires_at=None),
        exposure(access=Access.CREATE, expires_at=UNKNOWN),
    ),
    "LINK-011": Case(
        exposure(name="議事録.docx", access=Access.COMMENT), exposure(name="議事録.docx"),
        exposure(name="議事録.docx", created_at=UNKNOWN, last_activity=UNKNOWN, reach=UNKNOWN),
    ),
    "ORG-001": Case(
        exposure(A.ORG_LINK, name="給与一覧.xlsx"), exposure(A.ORG_LINK, name="給与規程.docx"),
        exposure(A.UNKNOWN, name="給与一覧.xlsx"),
    ),
    "ORG-002": Case(
        everyone(A.ORG_DISCOVERABLE), everyone(A.ORG_DISCOVERABLE, principal="example.co.jp"),
        everyone(A.ORG_DISCOVERABLE, principal_kind=K.UNKNOWN),
    ),
    "ORG-003": Case(team(guests=1), team(), team(access=Access.CREATE, guests=1)),
    "ORG-004": Case(
        everyone(A.ORG_DISCOVERABLE, principal="example.co.jp"),
        everyone(A.ORG_LINK, principal="example.co.jp"),
        everyone(A.ORG_DISCOVERABLE, principal=""),
    ),
    "ORG-005": Case(
        exposure(A.ORG_LINK, name="契約書.docx", access=Access.EDIT),
        exposure(A.ORG_LINK, name="契約書.docx"),
        exposure(A.ORG_LINK, name="契約書.docx", created_at=UNKNOWN, reach=UNKNOWN),
    ),
    "EXT-001": Case(outsider("gmail.com"), outsider("stranger.example"), outsider()),
    "EXT-002": Case(outsider("stranger.example"), outsider("acme.example"), outsider("gmail.com")),
    "EXT-003": Case(
        outsider("acme.example", access=Access.EDIT), outsider("acme.example"),
        outsider("acme.example", access=Access.UNKNOWN), unknown_fires=True,
    ),
    "EXT-004": Case(outsider("rival.example"), outsider("arrival.example"), outsider()),
    "EXT-005": Case(
        place("acme.example", "stranger.example"), place("acme.example", "acme-japan.example"),
        place("acme.example"),
    ),
    "EXT-006": Case(
        exposure(owner="boss@acme.example"), exposure(owner="sato@mail.example.co.jp"),
        exposure(owner=UNKNOWN),
    ),
    "EXT-007": Case(outsider("former.example"), outsider("acme.example"), outsider()),
    "EXT-008": Case(outsider("stranger.example"), outsider("friend.example"), outsider()),
    "EXT-009": Case(
        exposure(A.EXT_AUTHENTICATED_ANY, principal_kind=K.ROLE), everyone(A.EXT_AUTHENTICATED_ANY),
        exposure(A.UNKNOWN),
    ),
    "GRP-001": Case(
        outsider("acme.example", via_group="sales"), outsider("acme.example"),
        exposure(A.UNKNOWN, via_group="sales"),
    ),
    "GRP-002": Case(
        everyone(A.PUBLIC_DISCOVERABLE, kind="group"),
        everyone(A.PUBLIC_DISCOVERABLE, kind="group", access=Access.CREATE),
        everyone(A.UNKNOWN, kind="group"),
    ),
    "GRP-003": Case(
        exposure(A.EXT_UNRESOLVED), exposure(A.EXT_AUTHENTICATED_ANY), exposure(A.UNKNOWN),
        unknown_fires=True,
    ),
    "TEAM-001": Case(
        outsider("stranger.example", kind="channel"), outsider("friend.example", kind="channel"),
        outsider("acme.example", kind="team"),
    ),
    "TEAM-002": Case((group(), 0, 2), (group(), 0, 0), (group(owners=UNKNOWN), 0, 2)),
    "SF-001": Case(record(), record(kind="document"), record(A.UNKNOWN)),
    "SF-002": Case(
        record(access=Access.EDIT), record(id="Lead", access=Access.CREATE),
        record(access=Access.UNKNOWN), unknown_fires=True,
    ),
    "SF-003": Case(record(cause=GrantCause.RULE), record(cause=GrantCause.PARENT), record()),
    "SF-004": Case(record(cause=GrantCause.LEFTOVER), record(cause=GrantCause.RULE), record()),
    "SF-006": Case(
        record(A.EXT_AUTHENTICATED_ANY, cause=GrantCause.DEFAULT),
        record(A.EXT_AUTHENTICATED_ANY, cause=GrantCause.RULE),
        record(A.UNKNOWN, cause=GrantCause.DEFAULT),
    ),
    "SF-007": Case(
        exposure(kind="document", expires_at=None), exposure(kind="document", password=True),
        exposure(kind="document", expires_at=UNKNOWN, password=UNKNOWN),
    ),
    "SF-008": Case(
        record(kind="code", cause=GrantCause.CODE), record(kind="code"),
        record(A.UNKNOWN, kind="code", cause=GrantCause.CODE),
    ),
    "SF-009": Case(
        record(A.EXT_AUTHENTICATED_ANY), record(A.EXT_NAMED),
        record(A.EXT_AUTHENTICATED_ANY, data=(), name="Survey", path="Survey"),
    ),
    "SF-010": Case(
        record(A.EXT_AUTHENTICATED_ANY, kind="registration"),
        record(A.EXT_AUTHENTICATED_ANY, kind="registration", data=(), name="Site", path="Site"),
        record(A.UNKNOWN, kind="registration"),
    ),
    "SF-011": Case(
        everyone(A.PUBLIC_DISCOVERABLE, kind="document"), exposure(kind="document"),
        everyone(A.UNKNOWN, kind="document"),
    ),
    "SF-012": Case(
        record(external_count=proof()),
        record(external_count=proof(), cause=GrantCause.UNEXPLAINED),
        record(),
    ),
    "SF-017": Case(
        record(external_count=proof(), cause=GrantCause.UNEXPLAINED),
        record(external_count=proof(inside=9)),
        record(external_count=proof(inside=UNKNOWN)),
    ),
    "GUEST-001": Case(
        guest(last_sign_in=ago(91)), guest(last_sign_in=ago(90)), guest(last_sign_in=UNKNOWN)
    ),
    "GUEST-002": Case(
        guest(state=State.PENDING, invited_at=ago(31)),
        guest(state=State.PENDING, invited_at=ago(30)),
        guest(state=State.PENDING, invited_at=UNKNOWN),
    ),
    "GUEST-003": Case(
        guest(roles=("owner of 営業",)), guest(roles=("owner of 営業",), state=State.DISABLED),
        guest(roles=("owner of 営業",), external=UNKNOWN),
    ),
    "GUEST-004": Case(guest(sponsor=None), guest(), guest(sponsor=UNKNOWN)),
    "GUEST-005": Case((guest(), 21, 0), (guest(), 20, 0), (guest(external=UNKNOWN), 21, 0)),
    "GUEST-006": Case(
        outsider("acme.example", principal_state=State.DELETED),
        outsider("acme.example", principal_state=State.DISABLED),
        outsider("acme.example", principal_state=State.UNKNOWN),
    ),
    "GOV-001": Case(lapse(), None, None),
    "GOV-002": Case(
        exposure(name="顧客名簿.xlsx", owner=None),
        exposure(owner=None),
        exposure(name="顧客名簿.xlsx", owner=UNKNOWN),
    ),
    "CHG-001": Case(
        change(A.ORG_LINK, A.ANYONE_LINK), change(A.ANYONE_LINK, A.ORG_LINK),
        change(None, A.ANYONE_LINK, comparable=False),
    ),
    "CHG-002": Case(
        change(None, A.ORG_LINK, gone=True), change(None, A.ORG_LINK),
        change(None, A.ORG_LINK, comparable=False),
    ),
    "COV-001": Case(
        Coverage(status=Status.DENIED), Coverage(status=Status.DENIED, standing=True),
        Coverage(status=Status.COMPLETE),
    ),
}  # fmt: skip
JUDGE = Evaluator(policy(REGISTER), NOW)
BY_MODEL = Evaluator(policy(REGISTER + "[policy.terms]\nmodel = true\n"), NOW)


def objecting(subject: Any) -> list[str]:
    match subject:
        case None:
            return []
        case Exposure():
            matches = JUDGE.evaluate_exposure(subject).matches
        case ReadByModel():
            matches = BY_MODEL.evaluate_exposure(subject.exposure).matches
        case Principal():
            matches = JUDGE.evaluate_principal(subject).matches
        case Coverage():
            matches = JUDGE.evaluate_scope(subject).matches
        case InvalidWaiver():
            matches = JUDGE.evaluate_invalid_waiver(subject)
        case Change():
            matches = JUDGE.evaluate_change(subject)
        case (principal, places, guests):
            matches = JUDGE.evaluate_principal(principal, containers=places, guests=guests).matches
        case _:
            raise AssertionError(subject)
    return [match.rule for match in matches]


def test_every_rule_has_its_three_cases():
    assert set(CASES) == set(all_rules())


@pytest.mark.parametrize("rule", CASES)
def test_it_fires_where_it_should_and_nowhere_else(rule: str):
    case = CASES[rule]
    assert rule in objecting(case.fires)
    assert rule not in objecting(case.looks_alike)
    assert (rule in objecting(case.unknown)) is case.unknown_fires


@pytest.mark.parametrize("rule", CASES)
def test_it_is_asked_at_its_stage(rule: str):
    subject = all_rules()[rule].subject
    about = {
        Exposure: (Subject.EXPOSURE, RulePhase.VERDICT),
        ReadByModel: (Subject.EXPOSURE,),
        Principal: (Subject.PRINCIPAL,),
        tuple: (Subject.PRINCIPAL,),
        Coverage: (Subject.SCOPE,),
        InvalidWaiver: (RulePhase.WAIVER,),
        Change: (RulePhase.CHANGE,),
    }
    assert subject in about[type(CASES[rule].fires)]


def test_one_vendor_is_one_party_and_one_by_design_is_none():
    meet = place("acme.example", "stranger.example")
    assert objecting(meet)[0] == "EXT-005"
    for other in ("platform.example", "gmail.com", "example.co.jp", "hr.acme.example"):
        assert "EXT-005" not in objecting(place("acme.example", other))
    assert "EXT-005" not in objecting(replace(meet, item=replace(meet.item, kind="file")))
    assert JUDGE.evaluate_exposure(meet).severity.word == "medium"
    business = place("acme.example", "stranger.example", name="見積")
    assert JUDGE.evaluate_exposure(business).severity.word == "high"


def test_a_right_of_a_deleted_account_opens_nothing():
    seen = JUDGE.evaluate_exposure(
        outsider("gmail.com", principal_state=State.DELETED, name="給与.xlsx")
    )
    assert ([m.rule for m in seen.matches], seen.score) == (["GUEST-006"], None)
    assert seen.severity.word == "low"


def test_a_public_team_says_whether_guests_or_a_name_are_the_matter():
    assert "ORG-003" in objecting(team(name="給与", path="給与"))
    assert "ORG-002" not in objecting(team(guests=1))


@pytest.mark.parametrize("posture", expected_settings(), ids=lambda p: p.setting)
def test_a_setting_passes_fails_or_stays_unknown(posture: Any):
    right = 30 if posture.at_most else posture.values[0]
    assert posture.compare(right, {}) is Result.PASS
    assert posture.compare("something else" if posture.values else 31, {}) is Result.FAIL
    assert posture.compare(UNKNOWN, {}) is Result.UNKNOWN
    for other, values in posture.unless.items():
        assert posture.compare(UNKNOWN, {other: values[0]}) is Result.NOT_APPLICABLE


def judged_setting(result: Result, toml: str = "") -> Any:
    [posture] = [p for p in expected_settings() if p.rule == "POST-M365-11"]
    setting = Setting(id=posture.setting, value="everyone")
    stated = EvaluatedSetting(setting=setting, expectation=posture, result=result)
    return Evaluator(policy(toml), NOW).evaluate_setting(stated)


def test_only_what_fails_is_a_finding_and_the_administrator_has_the_last_word():
    assert judged_setting(Result.FAIL).severity.word == "medium"
    for result in set(Result) - {Result.FAIL}:
        assert not judged_setting(result).matches
    low = '[policy.rules."POST-M365-11"]\nreason = "r"\nseverity = "low"'
    assert judged_setting(Result.FAIL, low).severity.word == "low"
    assert not judged_setting(
        Result.FAIL, low.replace('severity = "low"', "enabled = false")
    ).matches
    assert "POST-M365-11" in expected_setting_rules()
