"""Make names chosen by outsiders safe for a terminal."""

from __future__ import annotations

import re
from typing import Final

MAX_SHOWN: Final = "\ufffd"

_LINE_BREAKS = re.compile(r"[\t\n\r\x0b\x0c\x85\u2028\u2029]+")
_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f"
    r"\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)


def terminal_safe(text: str) -> str:
    """Return the text in one line without control characters.

    Control characters and bidirectional overrides (`exe.cod` for `doc.exe`) become a replacement
    character; invisible ones are removed. Markup is kept: output goes through `rich.text.Text`.
    """
    return _INVISIBLE.sub("", _CONTROL.sub(MAX_SHOWN, _LINE_BREAKS.sub(" ", text)))
