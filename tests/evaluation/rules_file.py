"""The measured precision and recall of each rule: `agent/classify/measured.toml`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from agent.classify.model import Subject
from agent.classify.rules.registry import all_rules
from tests.evaluation.judgements import Judgement
from tests.evaluation.measures import hits_by_rule, measure

_HEAD: Final = """\
# How often each rule is right on the labelled exposures of tests/evaluation/corpus, each judged by
# what never saw its organization. Made by `python -m tests.evaluation rules`.
# matches: exposures on which both labellers agree whether to act. precision: the share of matches
# that both would act on. recall: the share of what both would act on that the rule matches.
"""


def rules_file(judgements: Sequence[Judgement]) -> str:
    """Return the file: a table for each rule that matches."""
    whole = measure(judgements)
    lines = [_HEAD.rstrip(), "", "[corpus]"]
    lines += [f"exposures = {whole.agreed}", f"acted_on = {whole.act.true}"]
    for rule, hits in hits_by_rule(judgements).items():
        precision, recall = hits.precision.value or 0.0, hits.recall.value or 0.0
        lines += ["", f"[rules.{rule}]", f"matches = {hits.said}"]
        lines += [f"precision = {precision:.3f}", f"recall = {recall:.3f}"]
    return "\n".join(lines) + "\n"


def rules_without_match(judged: Iterable[Judgement]) -> list[str]:
    """Return the rules for exposures that match no exposure, by their ids."""
    matched = hits_by_rule(judged)
    return sorted(
        rule.id
        for rule in all_rules().values()
        if rule.subject is Subject.EXPOSURE and rule.id not in matched
    )
