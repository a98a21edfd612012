"""Match names and paths with globs, without regard to case and Unicode composition."""

from __future__ import annotations

import re
from fnmatch import translate
from unicodedata import normalize


def normalize_path(path: str) -> str:
    """Return a path in the form in which globs are matched: NFC and case-folded."""
    return normalize("NFC", path).casefold()


def compile_globs(globs: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern that matches normalized paths with any of these globs."""
    return re.compile("|".join(translate(normalize_path(glob)) for glob in globs))
