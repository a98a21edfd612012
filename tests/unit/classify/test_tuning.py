"""Marks propose lines of the policy; pasted, they take away what was wrong and keep the rest."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from typing import Any

import pytest
import tomli_w

from agent.classify.evaluator import Evaluator
from agent.classify.finding import Finding
from agent.classify.marks import Mark, Proposal
from agent.classify.model import Exposure, Severity, Subject
from agent.classify.policy import Policy
from agent.classify.tuning import concerns, propose
from agent.config.schema import Config
from agent.report.tuning import proposals_to_json, proposals_to_toml
from agent.text import Text
from connectors.sdk.records import Access, Audience
from tests.unit.classify.given import NOW, exposure

Told = list[tuple[Exposure, bool]]


def policy(toml: str = "") -> Policy:
    """The policy of a configuration file, with the trained model."""
    config = Config.model_validate(tomllib.loads(toml))
    domains = ("example.co.jp",)
    return Policy.compile(config.policy, config.organization, domains, NOW.date())


def found(subject: Exposure, policy: Policy) -> Finding:
    """The finding of an exposure under a policy; without rules it is none."""
    said = Evaluator(policy, NOW).evaluate_exposure(subject)
    level = said.sensitivity.level.word
    return Finding(
        id=f"tjm1:{subject.item.id}", subject=Subject.EXPOSURE, subject_id=subject.item.id,
        service="box", connector=subject.connector, tenant_id="T", scope_id="s", scope_title="S",
        title=subject.item.name, kind=subject.item.kind, severity=said.severity, score=said.score,
        path=subject.path, audience=str(said.audience), access=subject.grant.access,
        domains=subject.principal_domains, sensitivity="" if level == "none" else level,
        evidence={match.rule: match.evidence for match in said.matches},
        sensitivity_source=said.sensitivity.source, terms=said.sensitivity.terms,
    )  # fmt: skip


def marks(told: Told, toml: str = "") -> list[Mark]:
    held = policy(toml)
    findings = [(found(subject, held), right) for subject, right in told]
    return [Mark(id=f.id, right=right, rules=f.rules, finding=f) for f, right in findings]


def keys(proposed: list[Proposal]) -> list[tuple[str, str, str]]:
    return [(".".join(one.table), one.key, one.value) for one in proposed]


def pasted(proposed: list[Proposal], toml: str = "", language: str = "en") -> str:
    """The configuration with the proposal in it; each key replaces that of its name."""
    config = Config.model_validate(tomllib.loads(toml))
    said = [(one, 0) for one in proposed]
    lines = proposals_to_toml(said, config.organization, config.policy, (), Text(language))
    whole: dict[str, Any] = tomllib.loads(toml)
    _merge(whole, tomllib.loads("\n".join(lines)))
    return tomli_w.dumps(whole)


def _merge(table: dict[str, Any], other: dict[str, Any]) -> None:
    for key, value in other.items():
        if isinstance(value, dict):
            _merge(table.setdefault(key, {}), value)
        else:
            table[key] = value


def several(count: int, audience: Audience, start: int = 0, /, **facts: Any) -> list[Exposure]:
    """Some exposures; braces in a text become the number."""
    return [
        exposure(audience, id=f"i{n}", **{
            key: value.format(n) if isinstance(value, str) else value
            for key, value in facts.items()
        })
        for n in range(start, start + count)
    ]  # fmt: skip


PRESS = several(
    3, Audience.ANYONE_LINK, 100, name="製品写真{}.png", path="/sites/press/[2026]/製品写真{}.png",
    expires_at=None,
)  # fmt: skip
PARTNER = several(
    3, Audience.EXT_NAMED, 200, name="工程表{}.xlsx", principal_domains=("parts.example",),
    expires_at=None,
)  # fmt: skip
NAMES = several(
    3, Audience.ORG_LINK, 300, name="口座祭り{}.pdf",
    path="/it/口座祭り{}.pdf", expires_at=None,
)  # fmt: skip
LATIN = several(
    3, Audience.ORG_LINK, 350, name="Passport Santa {}.xlsx", path="/it/Passport Santa {}.xlsx",
    expires_at=None,
)  # fmt: skip
RULE = several(
    5, Audience.EXT_CONSUMER, 400, name="打合せ{}.docx", principal_domains=("gmail.com",),
    path="/sites/team{}/打合せ.docx", expires_at=None,
)  # fmt: skip
RIGHT = [
    *several(2, Audience.ANYONE_LINK, 500, name="顧客名簿{}.xlsx", path="/sales/{}/顧客名簿.xlsx"),
    *several(
        1, Audience.EXT_NAMED, 510, name="人事評価.xlsx", principal_domains=("other.example",)
    ),
]
KINDS = {
    "folder": (PRESS, ("policy", "public_paths", "files:/sites/press/[[]2026]/*")),
    "domain": (PARTNER, ("organization", "approved_domains", "parts.example")),
    "word": (NAMES, ("policy.terms", "ignore", "口座")),
    "latin word": (LATIN, ("policy.terms", "soften", "passport")),
    "rule": (RULE, ("policy.rules.EXT-001", "severity", "info")),
}


def wrong_and_right(wrong: list[Exposure]) -> Told:
    return [*((one, False) for one in wrong), *((one, True) for one in RIGHT)]


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_wrong_is_proposed_away(kind: str) -> None:
    wrong, expected = KINDS[kind]
    assert keys(propose(marks(wrong_and_right(wrong)), policy())) == [expected]


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(
    "wrong", [PRESS, PARTNER, NAMES, LATIN, RULE, [*PRESS, *PARTNER, *NAMES, *RULE]]
)
def test_pasted_it_lowers_what_was_wrong_and_keeps_what_was_right(
    wrong: list[Exposure], language: str
) -> None:
    proposed = propose(marks(wrong_and_right(wrong)), policy())
    before, after = policy(), policy(pasted(proposed, language=language))
    for subject in wrong:
        was, stands = found(subject, before), found(subject, after)
        assert was.rules
        assert not stands.rules or stands.severity < was.severity
    for subject in RIGHT:
        assert found(subject, after) == found(subject, before)


@pytest.mark.parametrize("wrong", [PRESS, PARTNER, NAMES, LATIN, RULE])
def test_what_the_configuration_has_is_not_proposed_again(wrong: list[Exposure]) -> None:
    made = marks(wrong_and_right(wrong))
    toml = pasted(propose(made, policy()))
    assert propose(made, policy(toml)) == []


@pytest.mark.parametrize("wrong", [PRESS, PARTNER, NAMES, LATIN, RULE])
def test_one_mark_fewer_is_too_few(wrong: list[Exposure]) -> None:
    assert propose(marks(wrong_and_right(wrong[1:])), policy()) == []


@pytest.mark.parametrize("wrong", [PRESS, PARTNER, NAMES, LATIN, RULE])
def test_one_that_was_right_speaks_against_it(wrong: list[Exposure]) -> None:
    [*rest, last] = wrong
    more = replace(last, item=replace(last.item, id="i999"))
    told = [*((one, False) for one in (*rest, more)), (last, True)]
    assert propose(marks(told), policy()) == []


def test_a_list_of_the_configuration_keeps_its_entries() -> None:
    toml = '[organization]\napproved_domains = ["old.example"]\n'
    made = marks(wrong_and_right(PARTNER), toml)
    whole = tomllib.loads(pasted(propose(made, policy(toml)), toml))
    assert whole["organization"]["approved_domains"] == ["old.example", "parts.example"]


@pytest.mark.parametrize(
    ("facts", "audience"),
    [
        pytest.param({"access": Access.EDIT}, Audience.ANYONE_LINK, id="strangers may edit"),
        pytest.param({"name": "顧客名簿{}.xlsx"}, Audience.ANYONE_LINK, id="sensitive by its name"),
        pytest.param({}, Audience.EXT_NAMED, id="not open to anyone"),
        pytest.param(
            {"name": "給与くん操作{}.pptx"}, Audience.ANYONE_LINK, id="its name doubts it"
        ),
        pytest.param({"path": "/写真{}.png"}, Audience.ANYONE_LINK, id="at the top of everything"),
        pytest.param({"path": "/a/\u202e/写真{}.png"}, Audience.ANYONE_LINK, id="reads otherwise"),
    ],
)
def test_a_folder_is_not_declared_public_for_other_reasons(
    facts: dict[str, Any], audience: Audience
) -> None:
    given: dict[str, Any] = {"name": "写真{}.png", "expires_at": None} | facts
    given = {"path": f"/a/{given['name']}"} | given
    told = wrong_and_right(several(4, audience, **given))
    assert "public_paths" not in [one.key for one in propose(marks(told), policy())]


@pytest.mark.parametrize(
    ("domain", "toml"),
    [
        ("gmail.com", ""),
        ("example.co.jp", ""),
        ("co.jp", ""),
        ("f0ffa5b1-962b-560d-b9b0-19ade2bd83b8", ""),
        ("*", ""),
        ("parts.example", '[organization]\nblocked_domains = ["parts.example"]\n'),
        (
            "parts.example",
            '[[policy.vendors]]\nname = "P"\ndomains = ["parts.example"]\nends = 2026-01-31\n',
        ),
    ],
)
def test_only_the_domain_of_one_unknown_organization_is_approved(domain: str, toml: str) -> None:
    base = found(PARTNER[0], policy())
    made = [
        Mark(id=str(n), right=False, rules=(), finding=replace(base, id=str(n), domains=(domain,)))
        for n in range(9)
    ]
    assert propose(made, policy(toml)) == []


def test_what_a_narrow_line_answers_is_no_reason_to_lower_a_rule_or_to_ignore_a_word() -> None:
    facts: dict[str, Any] = {
        "name": "契約{}.xlsx",
        "principal_domains": ("parts.example",),
        "expires_at": None,
    }
    made = marks(wrong_and_right(several(9, Audience.EXT_NAMED, **facts)))
    proposed = propose(made, policy())
    assert [one.key for one in proposed] == ["approved_domains"]
    assert propose(made, policy(pasted(proposed))) == []  # nor is it once it was pasted


def rule_marks(wrong: int, right: int, rule: str = "EXT-001", **facts: Any) -> list[Mark]:
    base = replace(found(RULE[0], policy()), **{"evidence": {rule: {}}, **facts})
    return [
        Mark(id=str(n), right=n >= wrong, rules=(rule,), finding=replace(base, id=str(n)))
        for n in range(wrong + right)
    ]


@pytest.mark.parametrize(
    ("wrong", "right", "proposed"),
    [
        (4, 0, []),
        (5, 0, ["severity"]),
        (5, 1, []),  # it may be one in two
        (8, 1, ["severity"]),
        (12, 8, []),
        (20, 0, ["enabled"]),
        (40, 1, ["severity"]),  # it was right once: it stays, lower
    ],
)
def test_a_rule_is_lowered_where_it_is_surely_wrong_more_often_than_right(
    wrong: int, right: int, proposed: list[str]
) -> None:
    made = propose(rule_marks(wrong, right), policy())
    assert [one.key for one in made] == proposed
    assert [(len(one.wrong), one.right, one.lowered, one.right_lowered) for one in made] == [
        (wrong, right, wrong, right)
    ] * len(proposed)


@pytest.mark.parametrize("rule", ["COV-001", "GOV-001", "GOV-002", "CHG-001", "GONE-001", "X-001"])
def test_rules_about_reading_waivers_and_changes_and_those_that_are_gone_are_left(
    rule: str,
) -> None:
    assert propose(rule_marks(30, 0, rule), policy()) == []


def test_a_severity_is_below_the_lowest_that_was_wrong_and_without_one_it_is_switched_off() -> None:
    for severity, expected in (("HIGH", "medium"), ("LOW", "info"), ("INFO", "false")):
        (one,) = propose(rule_marks(5, 0, severity=Severity[severity]), policy())
        assert one.value == expected


def test_a_rule_beside_others_says_that_it_lowers_nothing_alone() -> None:
    both = [
        replace(mark, rules=("EXT-001", "DATA-011"))
        for mark in rule_marks(9, 0, severity=Severity.MEDIUM, score=50)
    ]
    other = [replace(mark, id=f"o{mark.id}", rules=("DATA-011",)) for mark in rule_marks(0, 9)]
    (one,) = propose([*both, *other], policy())
    assert (one.rule, one.lowered) == ("EXT-001", 0)
    for language, said in (("en", "none of them less severe"), ("ja", "重大度も下がりません")):
        lines = proposals_to_toml(
            [(one, 0)], policy().organization, policy().table, (), Text(language)
        )
        assert said in "".join(line.removeprefix("# ") for line in lines).replace(
            "severe:", "severe"
        )


def test_a_mark_without_its_finding_counts_for_its_rules_and_lowers_none_it_cannot_see() -> None:
    made = [replace(mark, finding=None) for mark in rule_marks(5, 0)]
    (one,) = propose(made, policy())
    assert (one.key, one.lowered) == ("enabled", 0)


def test_a_proposal_names_how_much_else_it_concerns_and_which_table_is_there_already() -> None:
    (one,) = propose(marks(wrong_and_right(PARTNER)), policy())
    lines = "\n".join(
        proposals_to_toml(
            [(one, 1234)], policy().organization, policy().table, {"organization"}, Text("en")
        )
    )
    assert "[organization]\n# The configuration already has a table [organization]." in lines
    assert "without a mark that this concerns as well: 1,234." in lines
    (told,) = proposals_to_json([(one, 1234)])
    assert json.loads(told) == {
        "table": "organization",
        "key": "approved_domains",
        "value": "parts.example",
        "wrong": 3,
        "right": 0,
        "unmarked": 1234,
        "findings": [f"tjm1:i{n}" for n in (200, 201, 202)],
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_proposal_concerns_what_it_was_made_from_and_nothing_right(kind: str) -> None:
    wrong, _ = KINDS[kind]
    (one,) = propose(marks(wrong_and_right(wrong)), policy())
    assert all(concerns(one, found(subject, policy())) for subject in wrong)
    assert not any(concerns(one, found(subject, policy())) for subject in RIGHT)
