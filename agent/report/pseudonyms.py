"""Replace names, people and places by short hashes that stay the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from hashlib import blake2b
from typing import Any, Final, TypeVar

from agent.classify.exposure_row import ExposureRow
from agent.classify.finding import Finding, TrackedFinding
from agent.classify.model import Subject
from agent.report.csv_rows import LIST_SEPARATOR, PrincipalRow, ScopeRow, SettingRow
from agent.text import decode_message, encode_message
from connectors.sdk.message import Message

Record = TypeVar("Record", Finding, ExposureRow, PrincipalRow, ScopeRow, SettingRow)

PLAIN_WORDS: Final = frozenset({"", "unknown"})
PLAIN_FIELDS: Final = frozenset({
    "id", "finding_id", "service", "connector", "tenant_id", "setting_id", "subject", "kind",
    "item_kind", "principal_kind", "state", "status", "full", "audience", "access", "password",
    "severity", "score", "points", "confidence", "rules", "unknowns", "references", "expected",
    "result", "overexposed", "sensitivity", "sensitivity_source", "reach", "items",
    "exposed_items", "items_reached", "calls", "seconds", "created_at", "expires_at",
    "first_seen", "last_seen", "last_sign_in", "item_created_at", "item_modified_at", "views",
})  # fmt: skip
"""Fields of records whose values no outsider chooses."""
PLAIN_VALUES: Final = frozenset({
    "access", "audience", "code", "count", "days", "kind", "limit", "max_days",
    "missing", "newest", "oldest", "permission", "reach", "reserve", "scopes", "signs", "status",
    "setting", "expected", "total", "tried", "used", "variant",
})  # fmt: skip
"""Values of sentences that no outsider chooses."""
_REMOVED_FIELDS: Final = frozenset({"url", "item_url"})
_LISTS: Final = frozenset({"principal", "principal_domain", "roles", "groups", "sensitivity_terms"})
_PATHS: Final = frozenset({"path", "item_path"})
_NUMBER = re.compile(r"[\d.,:+-]+")
_SWITCH = re.compile(r"[A-Za-z0-9_ -]*")


class Pseudonymizer:
    """Replaces names in records, with the key of this installation."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def finding(self, kept: TrackedFinding) -> TrackedFinding:
        """Return a finding with its history; the name of the approver is replaced, too."""
        return replace(kept, finding=self.record(kept.finding), waived_by=self.name(kept.waived_by))

    def record(self, record: Record) -> Record:
        """Return a record that shows what is exposed, without names."""
        changed = {
            field.name: self._field(field.name, getattr(record, field.name))
            for field in fields(record)
            if field.name not in PLAIN_FIELDS
        }
        if isinstance(record, Finding) and record.subject is Subject.SETTING:
            setting, _, subject = record.title.partition(" ")  # the vendor's name, the subject
            changed["title"] = f"{setting} {self.name(subject)}".strip()
        return replace(record, **changed)

    def name(self, text: str) -> str:
        """Return the hash of a name, `#3f9a2c1e5d`; an address keeps its form."""
        if text in PLAIN_WORDS:
            return text
        before, at, domain = text.rpartition("@")
        if before and "." in domain and " " not in text:
            return f"{self._hash(before)}{at}{self._hash(domain)}"
        return self._hash(text)

    def message(self, message: Message | None) -> Message | None:
        """Return a message whose values are replaced."""
        if message is None:
            return None
        return Message(message.key, tuple(self._values(dict(message.values)).items()))

    def _field(self, name: str, value: Any) -> Any:
        if name in _REMOVED_FIELDS:
            return ""
        if name == "evidence":
            return {rule: self._values(values) for rule, values in value.items()}
        match value:
            case Message():
                return self.message(value)
            case tuple():
                return tuple(self.name(str(part)) for part in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            case str() if name in ("reason", "hint"):
                return encode_message(self.message(decode_message(value)))
            case str():
                return self._text(name)(value)
            case _:
                return value

    def _text(self, name: str) -> Callable[[str], str]:
        if name == "value":
            return self._setting
        if name in _LISTS:
            return lambda text: LIST_SEPARATOR.join(map(self.name, text.split(LIST_SEPARATOR)))
        if name in _PATHS:
            return lambda text: "/".join(map(self.name, text.split("/")))
        return self.name

    def _values(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self._value(name, value) for name, value in values.items()}

    def _value(self, name: str, value: Any) -> Any:
        if name in PLAIN_VALUES or not isinstance(value, str) or _NUMBER.fullmatch(value):
            return value
        return ", ".join(map(self.name, value.split(", ")))

    def _setting(self, value: str) -> str:
        """Return a setting's value: a vendor's word is kept, a list may name domains and groups."""
        return ", ".join(
            part if _SWITCH.fullmatch(part) else self.name(part) for part in value.split(", ")
        )

    def _hash(self, text: str) -> str:
        known = text.casefold().encode("utf-8", "surrogatepass")
        return "#" + blake2b(known, key=self._key, digest_size=5).hexdigest()
