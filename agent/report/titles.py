"""The titles that connectors make up, in the reader's language.

The store keeps them in English, as every version has written them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from agent.classify.finding import Finding, TrackedFinding
from agent.classify.model import Subject
from agent.report.csv_rows import ExposureRow, ScopeRow
from agent.report.statistics import UnreadScope
from agent.text import Text
from agent.text.localize import localize_word
from connectors.sdk.message import Message

STORED = "en"  # the language of the titles in the store
_NAME = "\0"  # stands for the name in a title; no vendor's name holds it

Record = TypeVar("Record", Finding, ExposureRow, ScopeRow, UnreadScope)


def scope_title(service: str, scope_id: str, title: str, text: Text) -> str:
    """Return the title of a scope in the language of `text`.

    A title is translated if the catalogue has `<service>.scope.<scope_id>`. The id decides, not
    the English words: the connectors' own ids are constants, and ids of vendors' objects have
    other forms, so a library that a user named "Public file links" keeps its name. A masked id is
    none of ours, so a masked title stays masked.
    """
    said = localize_word(f"{service}.scope", scope_id, text)
    return title if text.language == STORED or said == scope_id else said


def item_title(service: str, kind: str, title: str, text: Text) -> str:
    """Return the name of an item, or its path, in the language of `text`.

    Names belong to the vendor's users and stay as they are, but for kinds of items that only a
    connector makes: their pattern is `<service>.kind.<kind>`, with the user's part as `{name}`.
    """
    if text.language == STORED:
        return title
    key, own = f"{service}.kind.{kind}", (("name", _NAME),)
    before, found, after = Text(STORED).render(Message(key, own)).partition(_NAME)
    if not found or before.startswith(key) or not title.endswith(after):
        return title
    parent, slash, name = title.removesuffix(after).rpartition("/")
    if not name.startswith(before):
        return title
    return parent + slash + text.say(key, name=name.removeprefix(before))


def translated_finding(kept: TrackedFinding, text: Text) -> TrackedFinding:
    """Return the finding with its titles in the language of `text`."""
    return (
        kept if text.language == STORED else replace(kept, finding=translated(kept.finding, text))
    )


def translated(record: Record, text: Text) -> Record:
    """Return the record with its titles in the language of `text`."""
    if text.language == STORED:
        return record
    match record:
        case UnreadScope(service=service, scope_id=scope_id):
            return replace(record, title=scope_title(service, scope_id, record.title, text))
        case ScopeRow(service=service, scope_id=scope_id):
            title = scope_title(service, scope_id, record.scope_title, text)
            return replace(record, scope_title=title)
        case ExposureRow(service=service, item_kind=kind):
            return replace(
                record,
                scope_title=scope_title(service, record.scope_id, record.scope_title, text),
                item_name=item_title(service, kind, record.item_name, text),
                item_path=item_title(service, kind, record.item_path, text),
            )
        case Finding(service=service, kind=kind):
            where = scope_title(service, record.scope_id, record.scope_title, text)
            if record.subject is Subject.SCOPE:
                return replace(record, scope_title=where, title=where)
            return replace(
                record,
                scope_title=where,
                title=item_title(service, kind, record.title, text),
                path=item_title(service, kind, record.path, text),
            )
