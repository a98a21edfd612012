"""The terms of `terms.toml`, normalized and compiled once."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple, cast

from agent.classify.model import SensitivityLevel

_CJK = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_SPACED = re.compile(rf"(?<=[{_CJK}]) (?=[{_CJK}])")
_INVISIBLE = re.compile(r"[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]")
_WORD = re.compile(r"[A-Z]{2,}s(?![a-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z]+")  # NDAs is one word
_CIRCLED = "\u3299"  # NFKC makes it a plain 秘, which is a part of too many words


class NormalizedName(NamedTuple):
    """A normalized name: its text for Japanese terms, and its Latin words between spaces."""

    text: str
    words: str


@lru_cache(maxsize=1_024)  # a name is asked for more than once, a folder for each of its items
def normalize_name(name: str) -> NormalizedName:
    """Return the normalized form of a name.

    Full width and half width, composed and decomposed letters, spaces between Japanese characters
    and invisible characters make no difference.
    """
    text = _INVISIBLE.sub("", name.replace(_CIRCLED, "マル秘"))
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = _SPACED.sub("", text) if " " in text else text
    return NormalizedName(text.casefold(), f" {' '.join(_WORD.findall(text))} ".lower())


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms of one meaning: Japanese ones are found in the text, Latin ones among the words."""

    text: re.Pattern[str]
    words: re.Pattern[str]

    @classmethod
    def compile(cls, japanese: Iterable[str], latin: Iterable[str]) -> Terms:
        """Compile terms; if several begin at the same position, the longest one is found."""
        return cls(
            _any_of_pattern(normalize_name(term).text for term in japanese),
            _any_word_pattern(latin),
        )

    def found(self, name: NormalizedName) -> tuple[str, ...]:
        """Return the terms in a name, each once, in the order of the name."""
        found = self.text.findall(name.text) + self.words.findall(name.words)
        return tuple(dict.fromkeys(found)) if found else ()

    def any(self, name: NormalizedName) -> bool:
        """Return True if the name contains any of the terms."""
        return bool(self.text.search(name.text) or self.words.search(name.words))


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomTerms:
    """Terms of the configuration, to be added to the built-in ones."""

    s3: tuple[str, ...] = ()
    s2: tuple[str, ...] = ()
    s1: tuple[str, ...] = ()
    soften: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnTerms:
    """The compiled terms of the configuration.

    Attributes:
        levels: Level -> its terms, the highest first.
        soften: Words that make it about the thing.
        ignored: What is taken out of names before they are read.
    """

    levels: tuple[tuple[SensitivityLevel, Terms], ...]
    soften: Terms
    ignored: re.Pattern[str] | None

    @classmethod
    def compile(cls, terms: CustomTerms) -> OwnTerms:
        """Compile the terms of the configuration."""
        return cls(
            levels=tuple(
                (level, _terms_of(words))
                for level, words in (
                    (SensitivityLevel.S3, terms.s3),
                    (SensitivityLevel.S2, terms.s2),
                    (SensitivityLevel.S1, terms.s1),
                )
                if words
            ),
            soften=_terms_of(terms.soften),
            ignored=re.compile("|".join(map(re.escape, terms.ignore)), re.IGNORECASE)
            if terms.ignore
            else None,
        )

    def level(
        self, name: NormalizedName, folders: NormalizedName
    ) -> tuple[SensitivityLevel, tuple[str, ...]]:
        """Return the highest level whose terms are in the name or the folders, and those terms."""
        for level, terms in self.levels:
            if found := (*terms.found(name), *terms.found(folders)):
                return level, tuple(dict.fromkeys(found))
        return SensitivityLevel.NONE, ()

    def softens(self, name: NormalizedName) -> bool:
        """Return True if the name has a word that makes it about the thing."""
        return self.soften.any(name)

    def without_ignored(self, name: str) -> str:
        """Return a name without what the configuration ignores."""
        return self.ignored.sub(" ", name) if self.ignored else name


def _terms_of(words: Iterable[str]) -> Terms:
    merged = _merge_terms({"japanese": [], "latin": []}, words)
    return Terms.compile(merged["japanese"], merged["latin"])


@dataclass(frozen=True, kw_only=True, eq=False)
class Lexicon:
    """All compiled terms.

    Attributes:
        any_term: All terms of the levels and all softeners.
        office_only: Terms that count only in names of office documents.
        softeners: Levels to take off -> the terms that do so, such as "template".
        lists: Terms of lists of persons, which raise the level of a table.
        collisions: Words that contain a term by chance.
        pictured: Terms that keep their level in names of pictures.
        tables: Extensions of tables; `lowering` has those that lower the level, `office` those of
            office documents, `extensions` all three.
        irrelevant: Characters that occur in no term.
        vocabulary: The Latin words of all terms.
    """

    levels: tuple[tuple[SensitivityLevel, Terms], ...]
    any_term: Terms  # any of the levels, or a softener
    office_only: Terms
    softeners: tuple[tuple[int, Terms], ...]
    lists: Terms
    collisions: re.Pattern[str]
    pictured: frozenset[str]
    tables: frozenset[str]
    lowering: frozenset[str]
    office: frozenset[str]
    extensions: frozenset[str]  # the three kinds together
    irrelevant: re.Pattern[str]  # letters that are in no term
    vocabulary: frozenset[str]  # the Latin words of all terms

    def relevant_part(self, name: NormalizedName) -> NormalizedName:
        """Return the name without everything that is in no term; a gap stays for what is left out.

        Names that differ only in customers, dates and numbers have the same result, so it is a
        cache key.
        """
        words = [word if word in self.vocabulary else "-" for word in name.words.split()]
        return NormalizedName(self.irrelevant.sub("\0", name.text), f" {' '.join(words)} ")


@cache
def compile_lexicon(extra: CustomTerms = CustomTerms()) -> Lexicon:
    """Read and compile the built-in terms and those of the configuration."""
    source = files("agent.classify").joinpath("terms.toml").read_text(encoding="utf-8")
    data = cast("Mapping[str, Mapping[str, list[str]]]", tomllib.loads(source))
    own = {
        SensitivityLevel.S3: extra.s3,
        SensitivityLevel.S2: extra.s2,
        SensitivityLevel.S1: extra.s1,
    }
    levels = {
        level: {**data[level.name.lower()], **_merge_terms(data[level.name.lower()], terms)}
        for level, terms in own.items()
    }
    soft, kinds = data["soften"], data["kinds"]
    strong = _merge_terms({"japanese": soft["strong"], "latin": soft["strong_latin"]}, extra.soften)
    weak = {"japanese": soft["weak"], "latin": soft["weak_latin"]}
    all_terms = (*levels.values(), strong, weak)
    collisions = [
        normalize_name(word).text for word in (*data["collisions"]["words"], *extra.ignore)
    ]
    latin = [term for t in all_terms for term in (*t["latin"], *t.get("office", ()))]
    japanese = [term for t in all_terms for term in t["japanese"]]
    tables, lowering = frozenset(kinds["tables"]), {*kinds["pictures"], *kinds["code"]}
    return Lexicon(
        levels=tuple(
            (level, Terms.compile(t["japanese"], t["latin"])) for level, t in levels.items()
        ),
        any_term=Terms.compile(japanese, latin),
        office_only=Terms.compile((), data["s3"]["office"]),
        softeners=(
            (2, Terms.compile(strong["japanese"], strong["latin"])),
            (1, Terms.compile(weak["japanese"], weak["latin"])),
        ),
        lists=Terms.compile(kinds["list_words"], kinds["list_latin"]),
        collisions=_any_of_pattern(collisions),
        pictured=frozenset(normalize_name(term).text for term in kinds["pictured"]),
        tables=tables,
        lowering=frozenset(lowering),
        office=frozenset(kinds["office"]),
        extensions=tables.union(lowering, kinds["office"]),
        irrelevant=_none_of_pattern(
            *[normalize_name(term).text for term in (*japanese, *kinds["list_words"])], *collisions
        ),
        vocabulary=frozenset(" ".join((*latin, *kinds["list_latin"])).split()),
    )


def _merge_terms(known: Mapping[str, list[str]], own: Iterable[str]) -> dict[str, list[str]]:
    """Return built-in terms with those of the configuration; Latin ones match whole words only."""
    latin = [normalize_name(term).words.strip() for term in own if term.isascii()]
    japanese = [term for term in own if not term.isascii()]
    return {"japanese": [*known["japanese"], *japanese], "latin": [*known["latin"], *latin]}


def _any_of_pattern(terms: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(set(terms), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")


def _none_of_pattern(*texts: str) -> re.Pattern[str]:
    letters = sorted(set("".join(texts)))
    return re.compile(f"[^{''.join(map(re.escape, letters))}]+")


def _any_word_pattern(terms: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<= )(?:{_any_of_pattern(terms).pattern})(?= )")
