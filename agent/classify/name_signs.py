"""What a name says besides its sensitivity: answers to a form, an export."""

from __future__ import annotations

from typing import Final

from agent.classify.name_features import ReadName

ANSWERS: Final = "answers"
EXPORT: Final = "export"

_ANSWERS: Final = ("回答", " responses ", " réponses ", " antworten ")
_EXPORTS: Final = (
    "export", "dump", "backup", " bk ", " bak ", "takeout",
    "エクスポート", "ダンプ", "バックアップ", "全件", "抽出",
)  # fmt: skip
_EXPORT_EXTENSIONS: Final = frozenset({"bak", "dump", "sql", "pst", "mbox", "ost"})


def name_signs(name: ReadName) -> tuple[str, ...]:
    """Return the signs of a name, sorted."""
    signs: list[str] = []
    if any(word in name.text for word in _ANSWERS):
        signs.append(ANSWERS)
    if name.extension in _EXPORT_EXTENSIONS or any(word in name.text for word in _EXPORTS):
        signs.append(EXPORT)
    return tuple(signs)
