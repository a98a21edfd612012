"""Names that may be personal data, replaced before an event is made.

A mask is the same for the same name in every run, so that events can still be joined. It is keyed
with a secret of this machine: who knows the names cannot compute it. Whatever is not known to be
harmless is masked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from hashlib import blake2b
from typing import Final

from agent.classify.finding import Finding, Kept
from agent.classify.model import Subject
from agent.text import packed, unpacked
from connectors.sdk.message import Message
from connectors.sdk.records import Access, Audience, Status

_WORDS: Final = frozenset({*Audience, *Access, *Status, "true", "false", ""})
_KEYS: Final = frozenset({"variant", "permission", "status", "code", "access", "audience", "limit"})
_NUMBER = re.compile(r"[0-9][0-9.,:+TZ-]*")
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,5}\Z")


class Masks:
    """Masks with one key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def name(self, value: str) -> str:
        """A name; the domain of an address and the ending of a file stay."""
        if value in ("", "unknown"):
            return value
        local, at, domain = value.rpartition("@")
        if at:
            return f"{self._mask(local)}@{domain.lower()}"
        ending = _ENDING.search(value)
        return self._mask(value) + (ending.group() if ending else "")

    def path(self, value: str) -> str:
        """A path, part by part."""
        return "/".join(self.name(part) for part in value.split("/"))

    def kept(self, kept: Kept) -> Kept:
        """A finding in its state."""
        by = self.name(kept.waived_by)
        return replace(kept, finding=self.finding(kept.finding), waived_by=by)

    def finding(self, finding: Finding) -> Finding:
        """A finding whose names are masks. A setting's own name is the vendor's, and stays."""
        setting = finding.subject is Subject.SETTING
        return replace(
            finding,
            subject_id=self._id(finding.subject_id),
            scope_id=self._id(finding.scope_id),
            scope_title=self.name(finding.scope_title),
            title=finding.title if setting else self.name(finding.title),
            path=self.path(finding.path),
            url="",
            owner=self.name(finding.owner),
            grant_id=self._id(finding.grant_id),
            principals=tuple(map(self.name, finding.principals)),
            via_group=self.name(finding.via_group),
            evidence={rule: self._values(values) for rule, values in finding.evidence.items()},
            reason=packed(self.message(unpacked(finding.reason))),
            hint=packed(self.message(unpacked(finding.hint))),
        )

    def message(self, message: Message | None) -> Message | None:
        """A sentence without its names."""
        if message is None:
            return None
        return Message(message.key, tuple(self._values(dict(message.values)).items()))

    def _values(self, values: Mapping[str, str]) -> dict[str, str]:
        return {name: self._value(name, value) for name, value in values.items()}

    def _value(self, name: str, value: str) -> str:
        if name in _KEYS or value in _WORDS or _NUMBER.fullmatch(value):
            return value
        return ", ".join(self.name(part) for part in value.split(", "))

    def _id(self, value: str) -> str:
        """Vendors' ids say nothing, unless they are addresses."""
        return self.name(value) if "@" in value else value

    def _mask(self, value: str) -> str:
        folded = value.casefold().encode("utf-8", "replace")
        return "masked-" + blake2b(folded, key=self._key, digest_size=6).hexdigest()
