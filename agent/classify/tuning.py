"""Propose lines of the policy from the findings that users have marked; nothing is applied.

Narrow proposals come first: words, folders and domains. A mark that one of them answers is no
reason to lower a rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from re import Pattern, sub
from typing import Final
from unicodedata import category

from pydantic import ValidationError

from agent.classify.domains import matching_parent, normalize_domain
from agent.classify.finding import Finding
from agent.classify.globs import compile_globs, normalize_path
from agent.classify.marks import MIN_WRONG, Mark, Marked, Proposal
from agent.classify.model import QUARTERS, Sensitivity, Subject
from agent.classify.policy import Policy
from agent.classify.policy_config import OrganizationConfig
from agent.classify.rule_tuning import propose_overrides
from agent.classify.scoring import access_at_least
from agent.classify.sensitivity import DECLARED, with_doubt
from agent.classify.term_tuning import (
    SENSITIVE,
    is_less_sensitive,
    is_read_by,
    propose_terms,
    read_name,
)
from connectors.sdk.records import Access, Audience

_OPEN_TO_ALL: Final = frozenset({Audience.ANYONE_LINK, Audience.PUBLIC_DISCOVERABLE})


def propose(marks: Iterable[Mark], policy: Policy) -> list[Proposal]:
    """Return the proposals that the marks justify and that the policy does not contain."""
    rest = [mark for mark in marks if mark.right or not _is_answered(mark, policy)]
    proposals: list[Proposal] = []
    for propose_narrow in (_propose_domains, _propose_paths, propose_terms):
        marked = [
            (mark.finding, mark.right)
            for mark in rest
            if mark.finding is not None and mark.finding.subject is Subject.EXPOSURE
        ]
        found = propose_narrow(marked, policy)
        narrow = [proposal for proposal in found if not _has_control_characters(proposal.value)]
        answered = {finding for proposal in narrow for finding in proposal.wrong}
        rest = [mark for mark in rest if mark.id not in answered]
        proposals += narrow
    return [*proposals, *propose_overrides(rest, policy.table)]


def _is_answered(mark: Mark, policy: Policy) -> bool:
    """Return True if the policy has changed since, in a way that a narrow proposal would."""
    finding = mark.finding
    if finding is None:
        return False
    outside = Audience.EXT_NAMED
    approved = finding.audience == outside != policy.audience_of(outside, finding.domains)
    declared = finding.sensitivity_source != "policy" and policy.declared_public(
        finding.connector, finding.path
    )
    return approved or declared or is_less_sensitive(finding, policy)


def _has_control_characters(value: str) -> bool:
    """Return True for a text that TOML or a terminal would show otherwise than it is."""
    return any(category(sign).startswith("C") for sign in value)


def concerns(proposal: Proposal, finding: Finding) -> bool:
    """Return True if a proposal could change how a finding is judged."""
    if proposal.rule:
        return proposal.rule in finding.rules
    if proposal.key == "approved_domains":
        return _is_of_domain(finding, proposal.value)
    if proposal.key == "public_paths":
        return bool(_pattern(proposal.value).match(_place(finding)))
    return is_read_by(finding, proposal.value)


def _propose_domains(marked: Marked, policy: Policy) -> Iterator[Proposal]:
    """Yield the domains of outsiders all of whose marked findings are wrong."""
    wrong = [finding for finding, right in marked if not right]
    outside = [one for one in wrong if one.audience == Audience.EXT_NAMED]
    counts = Counter(domain for one in outside for domain in set(one.domains))
    for domain in sorted(counts):
        if counts[domain] < MIN_WRONG or not _may_be_approved(domain, policy):
            continue
        if any(right and _is_of_domain(finding, domain) for finding, right in marked):
            continue
        ids = tuple(one.id for one in outside if domain in one.domains)
        yield Proposal(table=("organization",), key="approved_domains", value=domain, wrong=ids)


def _may_be_approved(domain: str, policy: Policy) -> bool:
    """Return True for the domain of one organization about which the configuration is silent."""
    said = policy.organization
    vendors = {name for vendor in policy.table.vendors for name in vendor.domains}
    known = {*said.approved_domains, *said.blocked_domains, *vendors}
    if matching_parent(domain, known | policy.internal | policy.consumer):
        return False
    try:
        table = OrganizationConfig(approved_domains=(domain,))
    except ValidationError:  # an id of a group or a public suffix
        return False
    return table.approved_domains == (domain,)


def _propose_paths(marked: Marked, policy: Policy) -> Iterator[Proposal]:
    """Yield the folders whose marked findings are wrong because all may read what lies there.

    These are open to anyone, for reading, and not sensitive by their names.
    """
    wrong = [finding for finding, right in marked if not right and _seems_public(finding, policy)]
    globs: dict[str, list[str]] = {}
    for finding in wrong:
        if folder := _folder(finding):
            globs.setdefault(f"{finding.connector}:{_escaped(folder)}/*", []).append(finding.id)
    for glob, ids in sorted(globs.items()):
        pattern = _pattern(glob)
        contradicted = any(right and pattern.match(_place(finding)) for finding, right in marked)
        if len(ids) >= MIN_WRONG and not contradicted:
            yield Proposal(table=("policy",), key="public_paths", value=glob, wrong=tuple(ids))


def _seems_public(finding: Finding, policy: Policy) -> bool:
    return (
        finding.audience in _OPEN_TO_ALL
        and finding.sensitivity not in SENSITIVE
        and not access_at_least(Access(finding.access), Access.CREATE)
        and not _is_contradicted(with_doubt(DECLARED, read_name(finding, policy)))
    )


def _is_contradicted(declared: Sensitivity) -> bool:
    """Return True if a name speaks against its declaration as public, as DATA-008 says."""
    return 2 * sum(declared.shares[-2:]) >= QUARTERS // 2


def _is_of_domain(finding: Finding, domain: str) -> bool:
    return any(matching_parent(normalize_domain(own), (domain,)) for own in finding.domains)


def _folder(finding: Finding) -> str:
    """Return the path of the folder that an item lies in; empty at the top."""
    return finding.path.removesuffix(finding.title).rstrip("/")


def _place(finding: Finding) -> str:
    """Return where a finding is, in the form that globs are matched with."""
    return normalize_path(f"{finding.connector}:{finding.path}")


def _escaped(path: str) -> str:
    """Return a glob that matches this path only."""
    return sub(r"([*?[])", r"[\1]", path)


@lru_cache(64)
def _pattern(glob: str) -> Pattern[str]:
    return compile_globs((glob,))
