"""Gaps of a scan, and the permissions of the audit user that explain them.

Without a permission Salesforce leaves rows out instead of failing, so a missing permission is a
gap even if every query succeeded.

Source: https://developer.salesforce.com/docs/atlas.ja-jp.260.0.object_reference.meta/api/sforce_api_objects_contentdistribution.htm (read 2026-11-29)
"""  # noqa: E501

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from connectors.salesforce import soql
from connectors.salesforce.client import Answer, Client, Row, rows_of
from connectors.salesforce.permissions import DATA, METADATA, NAMES
from connectors.salesforce.refusals import Refused
from connectors.sdk.message import Message, say
from connectors.sdk.records import Coverage, Status


@dataclass(frozen=True, slots=True)
class Held:
    """The permissions of the audit user.

    Attributes:
        names: Field names of the permissions held, such as `PermissionsViewAllData`.
        known: False where they could not be read.
    """

    names: frozenset[str]
    told: bool = True

    @property
    def counts(self) -> bool:
        """Tier B: View All Data is held, so counts of records are complete."""
        return DATA in self.names

    @property
    def rules(self) -> bool:
        """Tier C: the Metadata API may be called. The same permission allows changes.

        Source: https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_readMetadata.htm (read 2026-11-29)
        """  # noqa: E501
        return not self.names.isdisjoint(METADATA)


class Gaps:
    """The gaps of one scope in the order found; the coverage reports the first one."""

    def __init__(self) -> None:
        self._found: list[tuple[Message, Message]] = []

    def add(self, reason: Message, hint: Message) -> None:
        """Add a gap: what was not read, and the next step of the administrator."""
        self._found.append((reason, hint))

    def refused(self, refusal: Refused) -> None:
        """Add a gap for a query that was refused."""
        self.add(refusal.message, refusal.hint or say("salesforce.unanswered_hint"))

    def need(self, held: Held, *names: str) -> None:
        """Add a gap for each of these permissions that the audit user lacks."""
        for name in names:
            if held.told and name not in held.names:
                permission = NAMES[name]
                self.add(
                    say("salesforce.lacking", permission=permission),
                    say("salesforce.lacking_hint", permission=permission),
                )

    def all(self, client: Client, statements: Iterable[str]) -> Iterator[Row]:
        """Yield the rows of statements. A refused statement has no rows and becomes a gap."""
        for answer in client.answers(statements):
            yield from self.wanted(answer)

    def held(self, answer: Answer) -> Held:
        """Return the permissions in the result of `permission_query`; a refusal becomes a gap."""
        if isinstance(answer, Refused):
            self.refused(answer)
            return Held(frozenset(), told=False)
        rows = rows_of(answer)
        every = (*NAMES, *METADATA)
        return Held(frozenset(n for n in every if any(r["PermissionSet"][n] is True for r in rows)))

    def wanted(self, answer: Answer) -> list[Row]:
        """Return the rows of a result; a refusal becomes a gap."""
        if isinstance(answer, Refused):
            self.refused(answer)
        return rows_of(answer)

    def coverage(self) -> Coverage:
        """Return `complete`, or `partial` with the first gap."""
        if not self._found:
            return Coverage(status=Status.COMPLETE)
        reason, hint = self._found[0]
        return Coverage(status=Status.PARTIAL, reason=reason, hint=hint)


def asked(client: Client) -> str:
    """Return the statement that reads the permissions of the audit user. May sign in first."""
    return soql.own_permissions(client.user_id, (*NAMES, *METADATA))
