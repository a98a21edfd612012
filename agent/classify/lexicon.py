"""The terms of `terms.toml`, normalized and compiled once."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import NamedTuple, cast

from agent.classify.model import Level

_CJK = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_SPACED = re.compile(rf"(?<=[{_CJK}]) (?=[{_CJK}])")
_UNSEEN = re.compile(r"[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]")
_WORD = re.compile(r"[A-Z]{2,}s(?![a-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z]+")  # NDAs is one word
_CIRCLED = "\u3299"  # NFKC makes it a plain 秘, which is a part of too many words


class Normal(NamedTuple):
    """A normalized name: its text for Japanese terms, and its Latin words between spaces."""

    text: str
    words: str


def normal(name: str) -> Normal:
    """Return the normalized form of a name.

    Full width and half width, composed and decomposed letters, spaces between Japanese characters
    and invisible characters make no difference.
    """
    text = _UNSEEN.sub("", name.replace(_CIRCLED, "マル秘"))
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = _SPACED.sub("", text) if " " in text else text
    return Normal(text.casefold(), f" {' '.join(_WORD.findall(text))} ".lower())


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms of one meaning: Japanese ones are found in the text, Latin ones among the words."""

    text: re.Pattern[str]
    words: re.Pattern[str]

    @classmethod
    def of(cls, japanese: Iterable[str], latin: Iterable[str]) -> Terms:
        """Compile terms; if several begin at the same position, the longest one is found."""
        return cls(_any_of(normal(term).text for term in japanese), _any_word_of(latin))

    def found(self, name: Normal) -> tuple[str, ...]:
        """Return the terms in a name, each once, in the order of the name."""
        found = self.text.findall(name.text) + self.words.findall(name.words)
        return tuple(dict.fromkeys(found)) if found else ()

    def any(self, name: Normal) -> bool:
        """Return True if the name contains any of the terms."""
        return bool(self.text.search(name.text) or self.words.search(name.words))


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """Terms of the configuration, to be added to the built-in ones."""

    s3: tuple[str, ...] = ()
    s2: tuple[str, ...] = ()
    s1: tuple[str, ...] = ()
    soften: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Lexicon:
    """All compiled terms.

    Attributes:
        telling: All terms of the levels and all softeners.
        office_only: Terms that count only in names of office documents.
        softeners: Levels to take off -> the terms that do so, such as "template".
        lists: Terms of lists of persons, which raise the level of a table.
        collisions: Words that contain a term by chance.
        pictured: Terms that keep their level in names of pictures.
        tables: Extensions of tables; `lowering` has those that lower the level, `office` those of
            office documents, `extensions` all three.
        strange: Characters that occur in no term.
        vocabulary: The Latin words of all terms.
    """

    levels: tuple[tuple[Level, Terms], ...]
    telling: Terms  # any of the levels, or a softener
    office_only: Terms
    softeners: tuple[tuple[int, Terms], ...]
    lists: Terms
    collisions: re.Pattern[str]
    pictured: frozenset[str]
    tables: frozenset[str]
    lowering: frozenset[str]
    office: frozenset[str]
    extensions: frozenset[str]  # the three kinds together
    strange: re.Pattern[str]  # letters that are in no term
    vocabulary: frozenset[str]  # the Latin words of all terms

    def gist(self, name: Normal) -> Normal:
        """Return the name without everything that is in no term; a gap stays for what is left out.

        Names that differ only in customers, dates and numbers have the same result, so it is a
        cache key.
        """
        words = [word if word in self.vocabulary else "-" for word in name.words.split()]
        return Normal(self.strange.sub("\0", name.text), f" {' '.join(words)} ")


@cache
def lexicon(extra: Extra = Extra()) -> Lexicon:
    """Read and compile the built-in terms and those of the configuration."""
    source = files("agent.classify").joinpath("terms.toml").read_text(encoding="utf-8")
    data = cast("Mapping[str, Mapping[str, list[str]]]", tomllib.loads(source))
    own = {Level.S3: extra.s3, Level.S2: extra.s2, Level.S1: extra.s1}
    levels = {
        level: {**data[level.name.lower()], **_with(data[level.name.lower()], terms)}
        for level, terms in own.items()
    }
    soft, kinds = data["soften"], data["kinds"]
    strong = _with({"japanese": soft["strong"], "latin": soft["strong_latin"]}, extra.soften)
    weak = {"japanese": soft["weak"], "latin": soft["weak_latin"]}
    told = (*levels.values(), strong, weak)
    collisions = [normal(word).text for word in (*data["collisions"]["words"], *extra.ignore)]
    latin = [term for t in told for term in (*t["latin"], *t.get("office", ()))]
    japanese = [term for t in told for term in t["japanese"]]
    tables, lowering = frozenset(kinds["tables"]), {*kinds["pictures"], *kinds["code"]}
    return Lexicon(
        levels=tuple((level, Terms.of(t["japanese"], t["latin"])) for level, t in levels.items()),
        telling=Terms.of(japanese, latin),
        office_only=Terms.of((), data["s3"]["office"]),
        softeners=(
            (2, Terms.of(strong["japanese"], strong["latin"])),
            (1, Terms.of(weak["japanese"], weak["latin"])),
        ),
        lists=Terms.of(kinds["list_words"], kinds["list_latin"]),
        collisions=_any_of(collisions),
        pictured=frozenset(normal(term).text for term in kinds["pictured"]),
        tables=tables,
        lowering=frozenset(lowering),
        office=frozenset(kinds["office"]),
        extensions=tables.union(lowering, kinds["office"]),
        strange=_none_of(
            *[normal(term).text for term in (*japanese, *kinds["list_words"])], *collisions
        ),
        vocabulary=frozenset(" ".join((*latin, *kinds["list_latin"])).split()),
    )


def _with(known: Mapping[str, list[str]], own: Iterable[str]) -> dict[str, list[str]]:
    """Return built-in terms with those of the configuration; Latin ones match whole words only."""
    latin = [normal(term).words.strip() for term in own if term.isascii()]
    japanese = [term for term in own if not term.isascii()]
    return {"japanese": [*known["japanese"], *japanese], "latin": [*known["latin"], *latin]}


def _any_of(terms: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(set(terms), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")


def _none_of(*texts: str) -> re.Pattern[str]:
    letters = sorted(set("".join(texts)))
    return re.compile(f"[^{''.join(map(re.escape, letters))}]+")


def _any_word_of(terms: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<= )(?:{_any_of(terms).pattern})(?= )")
