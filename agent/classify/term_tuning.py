"""Propose words of names to be ignored or softened, from findings that were marked as wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from agent.classify.finding import Finding
from agent.classify.marks import MIN_WRONG, Marked, Proposal
from agent.classify.model import Sensitivity, SensitivityLevel
from agent.classify.policy import Policy
from connectors.sdk.records import Item

MIN_WORD: Final = 2
"""The least number of characters of a word that is proposed."""

SENSITIVE: Final = frozenset({"s2", "s3"})
"""The levels of findings that may be wrong because of their sensitivity."""


def propose_terms(marked: Marked, policy: Policy) -> Iterator[Proposal]:
    """Yield the words without which the names of wrong findings are less sensitive.

    A word of a finding that was marked as correct is left out. So is one without which the name
    of such a finding would be less sensitive.
    """
    words = Counter(
        word
        for finding, right in marked
        if not right and finding.sensitivity in SENSITIVE
        for word in set(finding.terms)
        if is_read_by(finding, word)
    )
    for word, count in sorted(words.items(), key=lambda entry: (-entry[1], -len(entry[0]), entry)):
        known = any(right and word in finding.terms for finding, right in marked)
        if count < MIN_WRONG or known or len(word) < MIN_WORD:
            continue
        # `soften` finds whole Latin words, `ignore` parts of longer ones too
        for key in ("soften", "ignore") if word.isascii() else ("ignore", "soften"):
            changed = _with_word(policy, key, word)
            lowered = {one.id: r for one, r in marked if _is_lowered(one, policy, changed)}
            ids = tuple(one.id for one, _ in marked if one.id in lowered and word in one.terms)
            if len(ids) >= MIN_WRONG and not any(lowered.values()):
                policy = changed
                yield Proposal(table=("policy", "terms"), key=key, value=word, wrong=ids)
                break


def is_read_by(finding: Finding, word: str) -> bool:
    """Return True if a word in the name of a finding says how sensitive it is."""
    return finding.sensitivity_source == "name" and word in finding.terms


def _with_word(policy: Policy, key: str, word: str) -> Policy:
    """Return a policy with one more word in a list of its terms."""
    terms = policy.table.terms
    longer = terms.model_copy(update={key: (*getattr(terms, key), word)})
    table = policy.table.model_copy(update={"terms": longer})
    return Policy.compile(table, policy.organization, policy.internal, policy.today)


def _is_lowered(finding: Finding, policy: Policy, changed: Policy) -> bool:
    """Return True if another policy reads a lower sensitivity from the name of a finding."""
    if finding.sensitivity_source != "name":
        return False
    before, after = read_name(finding, policy).level, read_name(finding, changed).level
    return before >= SensitivityLevel.S1 and after < before


def is_less_sensitive(finding: Finding, policy: Policy) -> bool:
    """Return True if the policy reads less from the name of a finding than when it was marked."""
    if finding.sensitivity_source != "name" or finding.sensitivity not in SENSITIVE:
        return False
    return read_name(finding, policy).level < SensitivityLevel[finding.sensitivity.upper()]


def read_name(finding: Finding, policy: Policy) -> Sensitivity:
    """Return how sensitive an item is by its name under a policy."""
    item = Item(id=finding.subject_id, kind=finding.kind, name=finding.title)
    return policy.names.read(item, finding.path)
