"""The page of the documentation that says how well exposures are judged, in one language."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final

from agent.classify.name_model import FILE, load_name_model
from agent.classify.scoring import POINTS
from agent.text import Text
from agent.text.findings import rule_text
from connectors.sdk.records import Audience
from tests.evaluation.corpus import ACTS, COMPANIES
from tests.evaluation.judgements import Judgement, NameJudgement
from tests.evaluation.measures import (
    acted_by_band,
    agreement,
    confusion,
    curve,
    grouped,
    hits_by_rule,
    measure,
    measure_names,
    open_to_anyone,
    wrong,
)
from tests.evaluation.rules_file import rules_without_match
from tests.evaluation.statistics import Share
from tools.wrap_markdown import wrapped

BEFORE: Final = ("0.52", "0.36", "0.64")
"""Precision, recall and AUC at commit 2d7ede1, on the same corpus."""
_TRAINED: Final = re.compile(r"^# from ([\d,]+) labelled names", re.MULTILINE)

Row = Sequence[object]


def page(language: str, judgements: Sequence[Judgement], names: Sequence[NameJudgement]) -> str:
    """Return the page.

    Args:
        judgements: Of each exposure, by what never saw its organization.
        names: The same of each name.
    """
    return wrapped(_Page(language, judgements, names).render())


class _Page:
    def __init__(
        self, language: str, judgements: Sequence[Judgement], names: Sequence[NameJudgement]
    ) -> None:
        file = Path(__file__).with_name(f"page_{language}.toml")
        self._sentences: dict[str, str] = tomllib.loads(file.read_text(encoding="utf-8"))
        self._text = Text(language)
        self._judgements, self._names = judgements, names
        self._by_company = grouped(judgements, lambda each: each.company)
        self._names_by_company = grouped(names, lambda each: each.company)
        self._whole = measure(judgements)

    def render(self) -> str:
        """Return the page, not wrapped."""
        head = self._say(
            "head",
            exposures=_count(len(self._judgements)),
            names=_count(len(self._names)),
            agreed=_count(self._whole.agreed),
        )
        parts = (
            [head, self._say("corpus"), self._table("corpus_columns", self._corpus())],
            [self._say("limits"), *self._figures()],
            [self._say("curve"), self._table("curve_columns", self._curve())],
            [self._say("bands"), self._table("bands_columns", self._bands())],
            [self._say("confusion"), self._table("confusion_columns", self._confusion())],
            [self._say("audiences"), self._group_table("audience", self._audience_of)],
            [self._say("topics"), self._group_table("topic", self._topic_of)],
            [*self._rules()],
            [self._say("names", names=_count(len(self._names)))],
            [self._table("names_columns", self._name_rows()), self._model()],
        )
        return "\n\n".join(text.strip("\n") for part in parts for text in part) + "\n"

    def _say(self, key: str, **values: object) -> str:
        return self._sentences[key].format(**values)

    def _table(self, columns: str, rows: Iterable[Row], **values: object) -> str:
        head = self._say(columns, **values)
        rule = "|---" * (head.count("|") - 1) + "|"
        return "\n".join([head, rule, *(f"| {' | '.join(map(str, row))} |" for row in rows)])

    def _corpus(self) -> Iterator[Row]:
        for company, some in self._by_company.items():
            names = self._names_by_company.get(company, [])
            acts = agreement(each.of.acts for each in some)
            levels = agreement(each.of.levels for each in names)
            yield (
                company,
                self._say(f"company_{company}") if company in COMPANIES else "",
                len(some),
                sum(each.of.must_act is True for each in some),
                _percent(acts.share),
                _number(acts.kappa),
                len(names),
                _percent(levels.share),
            )

    def _figures(self) -> Iterator[str]:
        yield self._say("figures")
        yield self._table("figures_columns", self._figure_rows())
        whole = self._whole
        yield self._say(
            "figures_interval",
            precision=self._with_interval(whole.act.precision),
            recall=self._with_interval(whole.act.recall),
            urgent_precision=self._with_interval(whole.urgent.precision),
            urgent_recall=self._with_interval(whole.urgent.recall),
        )
        simple = open_to_anyone(self._judgements)
        now = (_share(whole.act.precision), _share(whole.act.recall), _number(whole.area))
        rows = (
            ("comparison_open", _share(simple.precision), _share(simple.recall), ""),
            ("comparison_before", *BEFORE),
            ("comparison_now", *now),
        )
        yield self._table("comparison_columns", ((self._say(key), *row) for key, *row in rows))

    def _figure_rows(self) -> Iterator[Row]:
        for title, some in (*self._by_company.items(), (self._say("all"), self._judgements)):
            m = measure(some)
            yield (
                title,
                m.agreed,
                m.act.true,
                _share(m.act.precision),
                _share(m.act.recall),
                _number(m.area),
                _share(m.urgent.precision),
                _share(m.urgent.recall),
                m.below_medium,
            )

    def _curve(self) -> Iterator[Row]:
        for point in curve(self._judgements):
            precision, recall = point.hits.precision, point.hits.recall
            yield f"{point.wanted:.2f}", f"{point.score:g}", _share(precision), _share(recall)

    def _bands(self) -> Iterator[Row]:
        for band, share in acted_by_band(self._judgements).items():
            word = self._text.say(f"report.severity.{band.word}")
            yield word, share.whole, share.part, _share(share), self._interval(share)

    def _confusion(self) -> Iterator[Row]:
        for band, acts in confusion(self._judgements).items():
            word = self._text.say(f"report.severity.{band.word}")
            yield (word, *(f"{acts[act]:g}" for act in ACTS))

    def _group_table(self, of: str, title: Callable[[Judgement], tuple[int, str]]) -> str:
        groups = grouped(self._judgements, title)
        rows: list[Row] = []
        for key in sorted(groups):
            m, (missed, false) = measure(groups[key]), wrong(groups[key])
            shares = _share(m.act.precision), _share(m.act.recall)
            rows.append((key[1], m.agreed, m.act.true, *shares, len(missed), len(false)))
        return self._table("groups_columns", rows, of=self._say(of))

    def _audience_of(self, said: Judgement) -> tuple[int, str]:
        """Return the audience in words, with its place in the table."""
        place = list(Audience).index(said.audience)
        return place, self._text.say(f"report.audience.{said.audience.value}")

    def _topic_of(self, said: Judgement) -> tuple[int, str]:
        """Return the topic in words, with its place in the table; none comes last."""
        topics = load_name_model().topics
        if not said.topic:
            return len(topics), self._say("no_topic")
        return topics.index(said.topic), self._text.say(f"report.topic.{said.topic}")

    def _rules(self) -> Iterator[str]:
        yield self._say("rules")
        hits = hits_by_rule(self._judgements)
        yield self._table(
            "rules_columns",
            (
                (
                    rule,
                    rule_text(self._text, rule, "title"),
                    found.said,
                    _share(found.precision),
                    _share(found.recall),
                )
                for rule, found in hits.items()
            ),
        )
        unmatched = rules_without_match(self._judgements)
        comma = "、" if self._text.language == "ja" else ", "
        key = "rules_none" if unmatched else "rules_all"
        yield self._say(key, rules=comma.join(unmatched))

    def _name_rows(self) -> Iterator[Row]:
        for title, some in (*self._names_by_company.items(), (self._say("all"), self._names)):
            m = measure_names(some)
            shares = (m.near, m.exact, m.s3.precision, m.s3.recall, m.topic)
            yield (title, m.names, *map(_share, shares))

    def _interval(self, share: Share) -> str:
        low, high = share.interval
        return self._say("interval", low=f"{low:.2f}", high=f"{high:.2f}")

    def _with_interval(self, share: Share) -> str:
        return self._say("with_interval", share=_share(share), interval=self._interval(share))

    def _model(self) -> str:
        content = files("agent.classify").joinpath(FILE).read_bytes()
        model, trained = load_name_model(), _TRAINED.search(content.decode())
        return self._say(
            "model",
            features=_count(len(model.weights)),
            classes=len(model.classes),
            bytes=_count(len(content)),
            trained=trained[1] if trained else "?",
            points=len(POINTS),
        )


def _count(value: int) -> str:
    return f"{value:,}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _share(share: Share) -> str:
    return _number(share.value)


def _percent(share: Share) -> str:
    return "-" if share.value is None else f"{100 * share.value:.1f} %"
