"""The figures of a measurement as text for the command line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from connectors.sdk.records import Audience
from tests.evaluation.corpus import ACTS
from tests.evaluation.judgements import Judgement, NameJudgement
from tests.evaluation.measures import (
    BANDS,
    acted_by_band,
    confusion,
    curve,
    grouped,
    hits_by_rule,
    labelled,
    measure,
    measure_names,
    wrong,
)
from tests.evaluation.statistics import Share

Row = Sequence[str]
_HITS = ("precision", "", "recall", "")


def exposure_report(judgements: Sequence[Judgement]) -> str:
    """Return the figures of exposures; without a label, how many fall into each band."""
    known = labelled(judgements)
    if not known:
        bands = grouped(judgements, lambda each: each.severity)
        rows = [(band.word, str(len(bands.get(band, ())))) for band in BANDS]
        said = f"{len(judgements)} exposures without labels: nothing is measured."
        return _join([said], _table(("severity", "exposures"), rows))
    whole = measure(known)
    said = (
        f"{len(judgements)} exposures, {whole.lines} with labels. Both would act on "
        f"{whole.act.true} of the {whole.agreed} on which they agree."
    )
    return _join(
        [said],
        ["High or critical against acting this week, the score against the same"],
        _table(("", "agreed", *_HITS, "AUC"), _act_rows(known)),
        ["Critical against closing it today"],
        _table(("", *_HITS, "below medium"), _urgent_rows(known)),
        ["Precision of the score at rising recall"],
        _table(
            ("recall", "score", "precision", ""),
            [(f"{p.wanted:.2f}", f"{p.score:g}", *_share(p.hits.precision)) for p in curve(known)],
        ),
        ["Share of each band that both would act on"],
        _table(("severity", "share", "", "95 %"), _band_rows(known)),
        ["What the labellers would do with each band"],
        _table(("severity", *ACTS), _confusion_rows(known)),
        ["By audience"],
        _table(("", "agreed", *_HITS), _group_rows(known, "audience")),
        ["By topic"],
        _table(("", "agreed", *_HITS), _group_rows(known, "topic")),
        ["By rule"],
        _table(("", *_HITS), _rule_rows(known)),
    )


def wrong_lines(judgements: Iterable[Judgement]) -> str:
    """Return the exposures that are missed, then those judged high without reason; with tabs."""
    missed, false = wrong(judgements)
    return "".join(
        "\t".join(
            (
                kind,
                each.of.id,
                each.severity.word,
                "" if each.score is None else str(each.score),
                each.sensitivity.word,
                " ".join(each.rules),
                each.of.exposure.item.name,
            )
        )
        + "\n"
        for kind, some in (("missed", missed), ("false", false))
        for each in some
    )


def name_report(judgements: Sequence[NameJudgement]) -> str:
    """Return the figures of names."""
    groups = {"all": list(judgements), **grouped(judgements, lambda each: each.company)}
    rows: list[Row] = []
    for title, some in groups.items():
        m = measure_names(some)
        shares = (m.near, m.exact, m.s3.precision, m.s3.recall, m.topic)
        rows.append((title, str(m.names), *(text for share in shares for text in _share(share))))
    columns = ("within one step", "level", "S3 precision", "S3 recall", "topic")
    head = ("", "names", *(text for column in columns for text in (column, "")))
    return _join(_table(head, rows))


def _act_rows(judgements: Sequence[Judgement]) -> Iterator[Row]:
    for title, some in _companies(judgements):
        m = measure(some)
        hits = (*_share(m.act.precision), *_share(m.act.recall))
        yield (title, str(m.agreed), *hits, _number(m.area))


def _urgent_rows(judgements: Sequence[Judgement]) -> Iterator[Row]:
    for title, some in _companies(judgements):
        m = measure(some)
        hits = (*_share(m.urgent.precision), *_share(m.urgent.recall))
        yield (title, *hits, str(m.below_medium))


def _band_rows(judgements: Sequence[Judgement]) -> Iterator[Row]:
    for band, share in acted_by_band(judgements).items():
        low, high = share.interval
        yield (band.word, *_share(share), f"{low:.2f} - {high:.2f}")


def _confusion_rows(judgements: Sequence[Judgement]) -> Iterator[Row]:
    for band, acts in confusion(judgements).items():
        yield (band.word, *(f"{acts[act]:.1f}" for act in ACTS))


def _group_rows(judgements: Sequence[Judgement], by: str) -> Iterator[Row]:
    groups = grouped(judgements, lambda each: str(getattr(each, by)) or "-")
    order: list[str] = [a.value for a in Audience if a.value in groups]
    for key in order or sorted(groups):
        m = measure(groups[key])
        yield (key, str(m.agreed), *_share(m.act.precision), *_share(m.act.recall))


def _rule_rows(judgements: Sequence[Judgement]) -> Iterator[Row]:
    for rule, hits in hits_by_rule(judgements).items():
        yield (rule, *_share(hits.precision), *_share(hits.recall))


def _companies(judgements: Sequence[Judgement]) -> Iterable[tuple[str, Sequence[Judgement]]]:
    return [("all", judgements), *grouped(judgements, lambda each: each.company).items()]


def _share(share: Share) -> tuple[str, str]:
    return _number(share.value), f"{share.part}/{share.whole}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _table(head: Row, rows: Iterable[Row]) -> list[str]:
    """Return lines with columns that stand below each other; the first one is to the left."""
    held = [head, *rows]
    widths = [max(len(row[i]) for row in held) for i in range(len(head))]
    return [
        "  ".join(
            text.ljust(width) if i == 0 else text.rjust(width)
            for i, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in held
    ]


def _join(*parts: Any) -> str:
    """Return the lines of all parts; a sentence and what follows it are set off by a line."""
    lines: list[str] = []
    for part in parts:
        if lines and len(part) == 1:
            lines.append("")
        lines += part
    return "\n".join(lines) + "\n"
