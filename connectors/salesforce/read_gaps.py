"""Gaps of a scan, and the permissions of the audit user that explain them.

Without a permission Salesforce leaves rows out instead of failing, so a missing permission is a
gap even if every query succeeded.

Source: https://developer.salesforce.com/docs/atlas.ja-jp.260.0.object_reference.meta/api/sforce_api_objects_contentdistribution.htm (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from connectors.salesforce import queries
from connectors.salesforce.client import Client, QueryResult, require_rows, rows_or_empty
from connectors.salesforce.errors import QueryRefusal
from connectors.salesforce.permissions import PERMISSION_LABELS, READ_METADATA, VIEW_ALL_DATA
from connectors.salesforce.query_pages import PartialRows, Row
from connectors.sdk.errors import AccessDenied, UnexpectedResponse
from connectors.sdk.message import Message, say
from connectors.sdk.records import Coverage, Status

T = TypeVar("T")
D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class AuditPermissions:
    """The permissions of the audit user.

    Attributes:
        names: Field names of the permissions held, such as `PermissionsViewAllData`.
        known: False where they could not be read.
    """

    names: frozenset[str]
    known: bool = True

    @property
    def can_count(self) -> bool:
        """Tier B: View All Data is held, so counts of records are complete."""
        return VIEW_ALL_DATA in self.names

    @property
    def can_read_rules(self) -> bool:
        """Tier C: the Metadata API may be called. The same permission allows changes.

        Source: https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_readMetadata.htm (read 2026-11-29)
        """  # noqa: E501 -- an address
        return not self.names.isdisjoint(READ_METADATA)


class ReadGaps:
    """The gaps of one scope in the order found; the coverage reports the first one."""

    def __init__(self) -> None:
        self._found: list[tuple[Message, Message]] = []

    def add(self, reason: Message, hint: Message) -> None:
        """Add a gap: what was not read, and the next step of the administrator."""
        self._found.append((reason, hint))

    def add_refusal(self, refusal: QueryRefusal) -> None:
        """Add a gap for a query that was refused."""
        self.add(refusal.message, refusal.hint or say("salesforce.unanswered_hint"))

    def require(self, permissions: AuditPermissions, *names: str) -> None:
        """Add a gap for each of these permissions that the audit user lacks."""
        for name in names:
            if permissions.known and name not in permissions.names:
                permission = PERMISSION_LABELS[name]
                self.add(
                    say("salesforce.lacking", permission=permission),
                    say("salesforce.lacking_hint", permission=permission),
                )

    def query_all(self, client: Client, statements: Iterable[str]) -> Iterator[Row]:
        """Yield the rows of statements. A refused statement has no rows and becomes a gap."""
        for answer in client.batch_query(statements):
            yield from self.rows(answer)

    def parse_permissions(self, answer: QueryResult) -> AuditPermissions:
        """Return the permissions in the result of `permission_query`; a refusal becomes a gap."""
        if isinstance(answer, QueryRefusal):
            self.add_refusal(answer)
            return AuditPermissions(frozenset(), known=False)
        rows = rows_or_empty(answer)
        every = (*PERMISSION_LABELS, *READ_METADATA)
        sets: list[Row] = [row["PermissionSet"] or {} for row in rows]  # null where not visible
        return AuditPermissions(
            frozenset(n for n in every if any(held.get(n) is True for held in sets))
        )

    def rows(self, answer: QueryResult) -> list[Row]:
        """Return the rows of a result; a refusal, or rows that are missing, become a gap."""
        if isinstance(answer, QueryRefusal):
            self.add_refusal(answer)
        if isinstance(answer, PartialRows):
            self.add_refusal(answer.loss)
        return rows_or_empty(answer)

    def optional_rows(self, answer: QueryResult) -> list[Row]:
        """Return the rows of an object that not every organization has: no object is no gap."""
        return [] if isinstance(answer, AccessDenied) else self.rows(answer)

    def require_rows(self, answer: QueryResult) -> list[Row]:
        """Return the rows of a result that the scan needs; raise the error that refused it."""
        return self.rows(require_rows(answer))

    def attempt(self, read: Callable[[], T], otherwise: D) -> T | D:
        """Return what a function reads; `otherwise` and a gap where it is refused."""
        try:
            return read()
        except (AccessDenied, UnexpectedResponse) as refused:
            self.add_refusal(refused)
            return otherwise

    def coverage(self) -> Coverage:
        """Return `complete`, or `partial` with the first gap."""
        if not self._found:
            return Coverage(status=Status.COMPLETE)
        reason, hint = self._found[0]
        return Coverage(status=Status.PARTIAL, reason=reason, hint=hint)


def permission_query(client: Client) -> str:
    """Return the statement that reads the permissions of the audit user. May sign in first."""
    return queries.own_permissions(client.user_id, (*PERMISSION_LABELS, *READ_METADATA))


def first_names(names: Sequence[str]) -> str:
    """Return up to eight names for a message."""
    return ", ".join(names[:8]) + (" ..." if len(names) > 8 else "")
