"""The features of a name and its path: what the model of names looks at.

A feature is a short text. `面接評` is a substring of the name or of one of the last two folders,
`/人事` a substring of one of those folders alone, `=payroll` a word of the name, `.xlsx` its
extension, `@form` the kind of the item. Names that differ in digits, case, width or separators have
the same features.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NamedTuple

_INVISIBLE = re.compile(r"[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]")
_CIRCLED = "\u3299"  # NFKC makes it a plain 秘, which is a part of too many words
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_DIGITS = re.compile(r"\d+")
_SEPARATORS = re.compile(r"[\s_\-–—・/\\.,()\[\]【】（）「」『』~〜&+★☆◆●■→]+")
_EXTENSION = re.compile(r"\.([A-Za-z0-9]{1,6})$")

NAME_LENGTHS: Final = range(1, 6)
"""Lengths of the substrings of a name."""
FOLDER_LENGTHS: Final = range(2, 5)
"""Lengths of the substrings of a folder."""
NEAR_FOLDERS: Final = 2
"""How many folders, from the item up, are looked at."""


def normalize(text: str) -> str:
    """Return a name in lower case between spaces, each number a 0, each separator a space."""
    text = _INVISIBLE.sub("", text.replace(_CIRCLED, "マル秘"))
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    text = _DIGITS.sub("0", _CAMEL.sub(" ", text).lower())
    return f" {_SEPARATORS.sub(' ', text).strip()} "


class ReadName(NamedTuple):
    """A name as the model reads it: names with the same text and extension are alike."""

    text: str
    extension: str

    @classmethod
    def of(cls, name: str) -> ReadName:
        """Return the normalized text of a name, and its extension."""
        extension = _EXTENSION.search(name)
        return cls(normalize(name), extension[1].lower() if extension else "")


def name_features(name: ReadName, kind: str) -> list[str]:
    """Return the features of a name and of the kind of its item; what occurs twice counts twice."""
    words = [feature for word in name.text.split() for feature in word_features(word)]
    return [*words, *rest_of_features(name, kind)]


def word_features(word: str) -> list[str]:
    """Return the features of one word of a name: its substrings with a space on either side.

    The space after it alone is left out: it is the one before the next word.
    """
    longer = range(NAME_LENGTHS[0] + 1, NAME_LENGTHS[-1] + 1)
    return [" ", *word, *_substrings(f" {word} ", longer), f"={word}"]


def rest_of_features(name: ReadName, kind: str) -> list[str]:
    """Return the features of a name that are in none of its words."""
    return [*_across_words(name.text), " ", f".{name.extension}", f"@{kind}"]


def _across_words(text: str) -> list[str]:
    """Return the substrings that reach from one word into another."""
    found: list[str] = []
    space, last = text.find(" ", 1), len(text) - 1
    before = 0  # the space before this one: substrings from there on were found with it
    while 0 < space < last:
        for start in range(max(before, space + 2 - NAME_LENGTHS[-1]), space):
            ends = range(space + 2, min(last + 1, start + NAME_LENGTHS[-1]) + 1)
            found += [text[start:end] for end in ends]
        before, space = space, text.find(" ", space + 1)
    return found


def path_features(path: str) -> list[str]:
    """Return the features of the last folders of a path; the item's name is no part of it."""
    folders = [normalize(folder) for folder in path.split("/") if folder]
    found = [
        text for folder in folders[-NEAR_FOLDERS:] for text in _substrings(folder, FOLDER_LENGTHS)
    ]
    return [*found, *[f"/{text}" for text in found]]


def _substrings(text: str, lengths: range) -> list[str]:
    size = len(text)
    return [
        text[start : start + length] for length in lengths for start in range(size - length + 1)
    ]
