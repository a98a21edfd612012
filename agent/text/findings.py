"""The sentences of findings: why they are findings, what is unknown, and how to fix them."""

from __future__ import annotations

from collections.abc import Mapping

from agent.classify.finding import Finding
from agent.classify.model import Subject
from agent.classify.policy_config import OWN
from agent.classify.settings_baseline import expected_setting_rules
from agent.text import Text, decode_message
from agent.text.localize import localize_values
from connectors.sdk.message import Message, say


def finding_reasons(finding: Finding, text: Text) -> list[str]:
    """A sentence for each rule that objected; for a scope, why it was not read."""
    if finding.subject is Subject.SCOPE and finding.reason:
        return [text.render(decode_message(finding.reason))]
    return [_reason(text, rule, values) for rule, values in finding.evidence.items()]


def _reason(text: Text, rule: str, values: Mapping[str, str]) -> str:
    """The rule's sentence, in the variant that its evidence asks for."""
    variant = values.get("variant")
    return rule_text(text, rule, f"reason_{variant}" if variant else "reason", values)


def finding_fix(finding: Finding, text: Text) -> str:
    """What to do about the leading rule; for a scope, what would make it readable."""
    if finding.subject is Subject.SCOPE and finding.hint:
        return text.render(decode_message(finding.hint))
    leading = next(iter(finding.evidence.items()), None)
    return "" if leading is None else rule_text(text, leading[0], "fix", leading[1])


def finding_unknowns(finding: Finding, text: Text) -> list[str]:
    """The facts that could change the judgement, in words."""
    return [text.render(say(f"report.unknowns.{name}")) for name in finding.unknowns]


def rule_text(text: Text, rule: str, part: str, values: Mapping[str, str] | None = None) -> str:
    """A rule's sentence. Rules of the customer's own share theirs, settings share the reason; a
    rule that is gone shows as its key."""
    table = "custom" if rule.startswith(OWN) else rule
    if rule in expected_setting_rules() and part.startswith("reason"):
        table = "setting"
    return text.render(
        Message(f"{table}.{part}", tuple(localize_values(values or {}, text).items()))
    )
