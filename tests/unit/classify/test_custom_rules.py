"""Rules, labels and words of the organization's own."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from agent.classify.model import Confidence, SensitivityLevel, Severity
from agent.classify.policy_config import PolicyConfig
from agent.classify.settings_baseline import Result, evaluate_settings
from connectors.sdk.records import UNKNOWN, Access, Audience, Setting
from tests.unit.classify.given import NOW, ago, exposure, judged, rules_on

RULE = '[[policy.custom_rules]]\nid = "X-001"\ntitle = "Drawings outside"\nseverity = "high"\n'


def fires(when: str, audience: Audience = Audience.ANYONE_LINK, /, **facts: Any) -> bool:
    return "X-001" in rules_on(exposure(audience, **facts), f"{RULE}when = {when}")


@pytest.mark.parametrize(
    ("when", "facts", "other"),
    [
        ('{ service = ["box"] }', {}, {"service": "m365"}),
        ('{ kind = ["folder"] }', {"kind": "folder"}, {"kind": "file"}),
        ('{ name_glob = "*.dwg" }', {"name": "A.DWG"}, {"name": "a.dwg.txt"}),
        ('{ name_regex = "^設計" }', {"name": "設計図"}, {"name": "再設計"}),
        ('{ path_glob = "files:/sites/rd/*" }', {"path": "/sites/RD/a"}, {"path": "/sites/hr/a"}),
        ('{ access_at_least = "edit" }', {"access": Access.MANAGE}, {"access": Access.UNKNOWN}),
        ('{ principal_domain = ["a.example"] }', {"principal_domains": ("x.a.example",)}, {}),
        ('{ sensitivity_at_least = "s2" }', {"name": "契約書.pdf"}, {"name": "議事録.pdf"}),
        ("{ min_age_days = 90 }", {"created_at": ago(90)}, {"created_at": UNKNOWN}),
        (
            "{ max_age_days = 7 }",
            {"created_at": ago(7)},
            {"created_at": UNKNOWN, "item_created_at": UNKNOWN},
        ),
        ('{ expires = "none" }', {"expires_at": None}, {"expires_at": UNKNOWN}),
        ('{ expires = "any" }', {"expires_at": NOW}, {"expires_at": UNKNOWN}),
        ("{ inherited = true }", {"inherited_from": "top"}, {}),
        ('[{ kind = ["site"] }, { name_glob = "*.dwg" }]', {"name": "a.dwg"}, {}),
        ('{ kind = ["file"], name_glob = "*.dwg" }', {"name": "a.dwg"}, {"name": "a.txt"}),
    ],
)
def test_a_condition_holds_for_what_is_known_and_never_for_what_is_not(
    when: str, facts: dict[str, Any], other: dict[str, Any]
):
    assert fires(when, **facts)
    assert not fires(when, **other)


def test_an_unknown_audience_is_not_a_wide_one():
    assert fires('{ audience_at_least = "ext_named" }')
    assert fires('{ audience = ["anyone_link"] }')
    assert not fires('{ audience_at_least = "ext_named" }', Audience.UNKNOWN)


def test_its_severity_is_a_floor_and_can_be_overridden():
    when = RULE + 'when = { kind = ["file"] }\n'
    assert judged(exposure(), when).severity is Severity.HIGH
    low = when + '[policy.rules."X-001"]\nseverity = "low"\nreason = "r"'
    assert judged(exposure(), low).severity is Severity.LOW
    assert judged(exposure(), when).matches[0].evidence["title"] == "Drawings outside"


OWN: dict[str, Any] = {"id": "X-001", "title": "t", "severity": "low", "when": {"kind": ["file"]}}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": "LINK-001"}, "custom_rules.0.id"),
        ({"when": {}}, "names no condition"),
        ({"when": {"name_glop": "*"}}, "name_glop"),
        ({"when": {"name_regex": "("}}, "not a regular expression"),
        ({"when": {"audience_at_least": "everybody"}}, "audience_at_least"),
        ({"severity": "bad"}, "severity"),
    ],
)
def test_what_is_wrong_is_refused_by_the_name_of_its_key(change: dict[str, Any], said: str):
    with pytest.raises(ValidationError, match=said.replace(".", r"\.")):
        PolicyConfig.model_validate({"custom_rules": [OWN | change]})


def test_an_id_stands_once_and_is_known_where_it_is_named():
    with pytest.raises(ValidationError, match="twice"):
        PolicyConfig.model_validate({"custom_rules": [OWN, OWN]})
    with pytest.raises(ValidationError, match="unknown rule X-002"):
        PolicyConfig.model_validate(
            {"custom_rules": [OWN], "rules": {"X-002": {"reason": "r", "severity": "low"}}}
        )


LABELS = """
[policy.labels."社外秘"]
level = "s2"
encrypts = true
[policy.labels.Public]
level = "public"
[policy.labels.2f0c6a1e-77b1-4d6c-9a52-1f9de3c8b0aa]
level = "s3"
name = "個人データ"
"""
PERSONAL = "2f0c6a1e-77b1-4d6c-9a52-1f9de3c8b0aa"


def test_a_label_outranks_the_name_and_one_that_encrypts_earns_credit():
    secret = judged(exposure(name="顧客名簿.xlsx", labels=("社外秘",)), LABELS).sensitivity
    assert (secret.level, secret.source, secret.terms) == (
        SensitivityLevel.S2,
        "label",
        ("社外秘",),
    )
    assert secret.confidence is Confidence.HIGH
    assert judged(exposure(labels=("社外秘",)), LABELS).points["control.label"] < 0
    public = judged(exposure(name="契約書.pdf", labels=("Public",)), LABELS).sensitivity
    assert public.level is SensitivityLevel.PUBLIC
    for labels in ((), UNKNOWN, ("nobody knows it",)):
        found = judged(exposure(name="契約書.pdf", labels=labels), LABELS).sensitivity
        assert found.source == "name"


def test_of_several_labels_the_gravest_speaks_by_the_name_that_it_was_given():
    labels = ("Public", PERSONAL, "社外秘", "nobody knows it")
    found = judged(exposure(name="notes.txt", labels=labels), LABELS).sensitivity
    assert (found.level, found.terms) == (SensitivityLevel.S3, ("個人データ",))


def test_a_label_that_was_not_read_is_named_only_where_it_could_change_the_judgement():
    assert "label" in judged(exposure(labels=UNKNOWN), LABELS).unknowns
    assert "label" not in judged(exposure(labels=()), LABELS).unknowns
    assert "label" not in judged(exposure(labels=UNKNOWN)).unknowns
    folder = exposure(kind="folder", labels=UNKNOWN)
    assert "label" not in judged(folder, LABELS).unknowns
    one = '[policy.labels.Everyday]\nlevel = "none"'
    assert "label" not in judged(exposure(labels=UNKNOWN), one).unknowns


def test_words_of_the_organization_are_heard_and_others_ignored():
    words = '[policy.terms]\ns3 = ["出向者", "KYC"]\nsoften = ["抜け殻"]\nignore = ["契約書店"]'
    assert judged(exposure(name="出向者一覧.pdf"), words).sensitivity.level is SensitivityLevel.S3
    assert judged(exposure(name="kyc_2025.pdf"), words).sensitivity.level is SensitivityLevel.S3
    assert judged(exposure(name="skyscraper.pdf"), words).sensitivity.level is SensitivityLevel.NONE
    assert judged(exposure(name="給与抜け殻.pdf"), words).sensitivity.level is SensitivityLevel.S1
    assert judged(exposure(name="契約書店.pdf"), words).sensitivity.level is SensitivityLevel.NONE
    assert judged(exposure(name="出向者一覧.pdf")).sensitivity.level is SensitivityLevel.NONE


def test_what_a_service_leaves_out_is_its_default_where_it_told_of_its_settings():
    mode = "drive_and_docs.external_sharing.externalSharingMode"
    told = {
        s.setting.id: s
        for s in evaluate_settings([Setting(id=mode, value="DISALLOWED", subject="/")])
    }
    assert told[mode].result is Result.PASS
    publishing = told["drive_and_docs.external_sharing.allowPublishingFiles"]
    assert (publishing.assumed, publishing.result) == (True, Result.NOT_APPLICABLE)
    assert (
        told["drive_and_docs.shared_drive_creation.allowManagersToOverrideSettings"].result
        is Result.FAIL
    )
    assert "groups_for_business.groups_sharing.collaborationCapability" not in told
    assert list(evaluate_settings([])) == []


def test_values_compare_as_the_store_keeps_them():
    [api] = evaluate_settings(
        [Setting(id="PermissionSet.PermissionsApiEnabled", value="true", subject="S")]
    )
    assert api.result is Result.FAIL
    [days] = [
        s
        for s in evaluate_settings(
            [Setting(id="SPOTenant.RequireAnonymousLinksExpireInDays", value="-1")]
        )
        if s.expectation
    ]
    assert days.result is Result.FAIL
    [other] = evaluate_settings([Setting(id="box.unheardOf", value="x")])
    assert (other.expectation, other.result) == (None, Result.UNKNOWN)
