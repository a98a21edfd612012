"""Train the model of names: `python -m tools.train_name_model`.

Reads `tools/training_names/*.tsv` (made-up names) and the labelled names of `tests/evaluation/
corpus`, and writes `agent/classify/name_model.txt`. Needs scikit-learn: `pip install --group
training`. With the pinned versions the file comes out the same, byte for byte.
"""

from __future__ import annotations

import argparse
import csv
import sys
from base64 import b85encode
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from agent.classify.model import SCORED_LEVELS
from agent.classify.name_features import ReadName, name_features, path_features
from agent.classify.name_model import FILE, FORMAT, OFFSET, NameModel
from tests.evaluation.corpus import COMPANIES, CORPUS, read_exposure_names, read_names

MADE: Final = Path(__file__).with_name("training_names")
MODEL: Final = Path("agent/classify") / FILE
LEVELS: Final = tuple(level.name.lower() for level in SCORED_LEVELS)
TOPICS: Final = (
    "personal", "health", "pay_hr", "credentials", "customer", "contract", "finance", "legal",
    "security", "source_code", "plan_secret", "business", "marketing_public", "form_public",
    "recording", "test_sample", "other",
)  # fmt: skip

LABELLED_WEIGHT: Final = 3.0
"""How much a name of the corpus counts against a made-up one."""
LEAST_NAMES: Final = 2
"""Names in which a feature must occur."""
KEPT: Final = 60_000
"""Features that are kept, those with the greatest weights: the file stays below 2 MB."""
KEPT_TOPICS: Final = 24_000
"""Features that tell topics as well."""
LEVEL_STRENGTH: Final = 20.0
TOPIC_STRENGTH: Final = 10.0
"""Inverse regularization of the two regressions."""


class Name(NamedTuple):
    """A labelled name."""

    level: str
    topic: str
    kind: str
    path: str
    name: str
    weight: float


def made_up_names(folder: Path = MADE) -> Iterable[Name]:
    """Yield the made-up names in the order of files and lines."""
    for file in sorted(folder.glob("*.tsv")):
        with file.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                yield Name(row["level"], row["topic"], row["kind"], row["path"], row["name"], 1.0)


def labelled_names(companies: Collection[str] = COMPANIES) -> Iterable[Name]:
    """Yield the names of the corpus on whose level both labellers agree."""
    for company in COMPANIES:
        if company in companies:
            folder = CORPUS / company
            for name in (*read_names(folder), *read_exposure_names(folder)):
                if len(set(name.levels)) == 1:
                    yield Name(
                        name.levels[0],
                        name.topics[0],
                        name.kind,
                        name.path,
                        name.name,
                        LABELLED_WEIGHT,
                    )


def features_of(name: Name) -> list[str]:
    """Return the features of a name, those of its folders included."""
    return [*name_features(ReadName.of(name.name), name.kind), *path_features(name.path)]


@dataclass(frozen=True)
class Vocabulary:
    """The features that a model knows, by column."""

    columns: dict[str, int]

    @classmethod
    def of(cls, rows: Iterable[Sequence[str]], least: int) -> Vocabulary:
        """Return the features that occur in at least so many rows, in their order as text."""
        seen = Counter(feature for row in rows for feature in set(row))
        known = sorted(
            feature for feature, count in seen.items() if count >= least and feature.strip()
        )
        return cls({feature: column for column, feature in enumerate(known)})

    def of_columns(self, columns: Any) -> Vocabulary:
        """Return the vocabulary of some columns only."""
        names = list(self.columns)
        kept = sorted(names[column] for column in columns)
        return Vocabulary({feature: column for column, feature in enumerate(kept)})

    def matrix(self, rows: Sequence[Sequence[str]], among: Vocabulary | None = None) -> csr_matrix:
        """Return a row for each name; the features known to `among` share a length of 1."""
        counted = (among or self).columns
        starts, places, values = [0], [], []
        for row in rows:
            known = [self.columns[feature] for feature in row if feature in self.columns]
            counts = Counter(known)
            places += sorted(counts)
            length = np.sqrt(max(1, sum(feature in counted for feature in row)))
            values += [counts[column] / length for column in sorted(counts)]
            starts.append(len(places))
        shape = (len(rows), len(self.columns))
        return csr_matrix((values, places, starts), shape=shape, dtype=np.float64)


def train(names: Sequence[Name]) -> NameModel:
    """Return the model of labelled names."""
    rows = [features_of(name) for name in names]
    counts = [name.weight for name in names]
    known = Vocabulary.of(rows, LEAST_NAMES)
    strongest = _strongest(known, _fit_levels(known, rows, names, counts)[0])
    vocabulary, with_topics = (
        known.of_columns(strongest[:KEPT]),
        known.of_columns(strongest[:KEPT_TOPICS]),
    )
    levels, level_intercepts = _fit_levels(vocabulary, rows, names, counts)
    topics, topic_intercepts = _regression(
        with_topics.matrix(rows, among=vocabulary),
        [n.topic for n in names],
        TOPICS,
        counts,
        TOPIC_STRENGTH,
    )
    scale = float(max(np.abs(levels).max(), np.abs(topics).max())) / 127
    lines: list[str] = []
    for feature, column in vocabulary.columns.items():
        weights = levels[:, column]
        if feature in with_topics.columns:
            weights = np.concatenate([weights, topics[:, with_topics.columns[feature]]])
        whole = np.rint(weights / scale).astype(int) + OFFSET
        if (whole != OFFSET).any():
            lines.append(f"{feature}\t{b85encode(bytes(whole.tolist())).decode()}")
    return NameModel(
        classes=(*LEVELS, *TOPICS),
        scale=scale,
        intercepts=tuple(round(float(v), 6) for v in (*level_intercepts, *topic_intercepts)),
        body="\n".join(lines),
    )


def _strongest(vocabulary: Vocabulary, weights: Any) -> Any:
    """Return the columns with the greatest weights first."""
    assert weights.shape[1] == len(vocabulary.columns)
    return np.argsort(-np.abs(weights).max(axis=0), kind="stable")


def _fit_levels(
    vocabulary: Vocabulary,
    rows: Sequence[Sequence[str]],
    names: Sequence[Name],
    counts: Sequence[float],
) -> Any:
    matrix = vocabulary.matrix(rows)
    return _regression(matrix, [n.level for n in names], LEVELS, counts, LEVEL_STRENGTH)


def _regression(
    matrix: csr_matrix,
    said: Sequence[str],
    classes: Sequence[str],
    counts: Sequence[float],
    strength: float,
) -> Any:
    model = LogisticRegression(C=strength, max_iter=300, tol=1e-4)
    model.fit(matrix, [classes.index(word) for word in said], sample_weight=counts)
    assert len(model.classes_) == len(classes), "a class has no name"
    return model.coef_, model.intercept_


def text_of(model: NameModel, names: int) -> str:
    """Return the file of a model."""
    head = (
        FORMAT,
        "# Which level and topic names speak of. Made by `python -m tools.train_name_model`",
        f"# from {names:,} labelled names; agent/classify/name_features.py says what a feature is.",
        "# A line below: a feature, a tab, in base 85 a byte (weight + 128) for each class or each"
        " level.",
        "# Score of a class: intercept + scale * sum(weights) / sqrt(number of known features).",
        f"classes {' '.join(model.classes)}",
        f"scale {model.scale!r}",
        f"intercepts {' '.join(map(repr, model.intercepts))}",
    )
    return "\n".join(head) + f"\n\n{model.body}\n"


def main() -> None:
    """Train on everything and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=MODEL)
    parser.add_argument("--without", choices=COMPANIES, help="leave the names of a company out")
    options = parser.parse_args()
    kept = [company for company in COMPANIES if company != options.without]
    names = [*made_up_names(), *labelled_names(kept)]
    text = text_of(train(names), len(names))
    options.out.write_text(text, encoding="utf-8", newline="\n")
    sys.stdout.write(f"{options.out}: {len(names):,} names, {len(text.encode()):,} bytes\n")


if __name__ == "__main__":
    main()
