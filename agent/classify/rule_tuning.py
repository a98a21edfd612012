"""Propose to lower or to disable the rules whose findings users have marked as mostly wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from agent.classify.finding import Finding
from agent.classify.marks import Mark, Proposal
from agent.classify.model import RulePhase, Severity, Subject
from agent.classify.policy_config import PolicyConfig
from agent.classify.proportion import Proportion
from agent.classify.rules.registry import all_rules
from agent.classify.scoring import severity_for_score
from agent.classify.settings_baseline import expected_setting_rules

MIN_MARKS: Final = 5
"""The number of marks from which on a rule may be proposed to be lowered."""

MIN_MARKS_TO_DISABLE: Final = 20
"""The number of marks, all wrong, from which on a rule is proposed to be disabled."""


def propose_overrides(marks: Iterable[Mark], table: PolicyConfig) -> Iterator[Proposal]:
    """Yield an override for each rule that is wrong in more than half of its findings, surely.

    That is the case if the lower end of the 95 % interval of its wrong share is above one half.
    Rules that the configuration overrides already are left out, as are those about what was not
    read.
    """
    marks = list(marks)
    tunable = _tunable_rules(table)
    wrong_rules = {
        rule
        for rule in tunable - set(table.rules)
        if _is_mostly_wrong([mark for mark in marks if rule in mark.rules])
    }
    overridden = wrong_rules | {name for name, own in table.rules.items() if own.floor is not None}
    for rule in sorted(wrong_rules):
        about = [mark for mark in marks if rule in mark.rules]
        wrong = [mark for mark in about if not mark.right]
        decided = [mark for mark in about if _decides(rule, mark, overridden, tunable)]
        lowered = sum(not mark.right for mark in decided)
        key, value = _lower(wrong, right=len(about) - len(wrong))
        yield Proposal(
            table=("policy", "rules", rule),
            key=key,
            value=value,
            wrong=tuple(mark.id for mark in wrong),
            right=len(about) - len(wrong),
            lowered=lowered,
            right_lowered=len(decided) - lowered,
        )


def _is_mostly_wrong(marks: Sequence[Mark]) -> bool:
    wrong = Proportion(sum(not mark.right for mark in marks), len(marks))
    return wrong.whole >= MIN_MARKS and wrong.interval[0] > 0.5


def _tunable_rules(table: PolicyConfig) -> set[str]:
    """Return the rules that state a severity of their own, without those about unread scopes."""
    untunable = {Subject.SCOPE, *RulePhase}
    own = {name for name, rule in all_rules().items() if rule.subject not in untunable}
    return own | expected_setting_rules() | {rule.id for rule in table.custom_rules}


def _decides(rule: str, mark: Mark, overridden: Collection[str], tunable: Collection[str]) -> bool:
    """Return True if lowering a rule lowers the finding.

    That is so if all rules of the finding are overridden, as the score does not count then; or if
    this rule raises the severity above the score.
    """
    finding = mark.finding
    if finding is None:
        return False
    rules = [name for name in mark.rules if name in tunable]
    return all(name in overridden for name in rules) or (
        rules[:1] == [rule] and _exceeds_score(finding)
    )


def _exceeds_score(finding: Finding) -> bool:
    return finding.score is not None and finding.severity > severity_for_score(finding.score)


def _lower(wrong: Iterable[Mark], *, right: int) -> tuple[str, str]:
    """Return key and value of an override that lowers the least severe of these findings."""
    found = [mark.finding.severity for mark in wrong if mark.finding is not None]
    least = min(found, default=Severity.INFO)
    if least <= Severity.INFO or (not right and len(found) >= MIN_MARKS_TO_DISABLE):
        return "enabled", "false"
    return "severity", Severity(least - 1).word
