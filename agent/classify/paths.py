"""Names and paths in the form in which globs are matched."""

from __future__ import annotations

import re
from fnmatch import translate
from unicodedata import normalize


def comparable(path: str) -> str:
    """Letters count the same in either case, and however their accents are written."""
    return normalize("NFC", path).casefold()


def matcher(globs: tuple[str, ...]) -> re.Pattern[str]:
    """What matches any of these globs, on comparable paths."""
    return re.compile("|".join(translate(comparable(glob)) for glob in globs))
