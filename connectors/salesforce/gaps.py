"""What a reading could not see, and how far the audit user's permissions carry."""

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
    """The permissions of the audit user; `told` is False where they could not be read."""

    names: frozenset[str]
    told: bool = True

    @property
    def counts(self) -> bool:
        """Tier B: records are counted; otherwise Salesforce leaves rows out."""
        return DATA in self.names

    @property
    def rules(self) -> bool:
        """Tier C: definitions of sharing rules can be read, and could be changed, too."""
        return not self.names.isdisjoint(METADATA)


class Gaps:
    """The gaps of one scope, in the order in which they were found; the first one is reported."""

    def __init__(self) -> None:
        self._found: list[tuple[Message, Message]] = []

    def add(self, reason: Message, hint: Message) -> None:
        """Something was not seen, and this is the next step."""
        self._found.append((reason, hint))

    def refused(self, refusal: Refused) -> None:
        """A question was refused whose answer was needed."""
        self.add(refusal.message, refusal.hint or say("salesforce.unanswered_hint"))

    def need(self, held: Held, *names: str) -> None:
        """Each lacking permission is a gap: Salesforce leaves rows out and says nothing."""
        for name in names:
            if held.told and name not in held.names:
                permission = NAMES[name]
                self.add(
                    say("salesforce.lacking", permission=permission),
                    say("salesforce.lacking_hint", permission=permission),
                )

    def all(self, client: Client, statements: Iterable[str]) -> Iterator[Row]:
        """The rows of statements; one that is refused is a gap."""
        for answer in client.answers(statements):
            yield from self.wanted(answer)

    def held(self, answer: Answer) -> Held:
        """The permissions that an answer to `asked` tells; none where it was refused."""
        if isinstance(answer, Refused):
            self.refused(answer)
            return Held(frozenset(), told=False)
        rows = rows_of(answer)
        every = (*NAMES, *METADATA)
        return Held(frozenset(n for n in every if any(r["PermissionSet"][n] is True for r in rows)))

    def wanted(self, answer: Answer) -> list[Row]:
        """The rows of an answer; a gap where it was refused."""
        if isinstance(answer, Refused):
            self.refused(answer)
        return rows_of(answer)

    def coverage(self) -> Coverage:
        """Complete, or partial with the first gap."""
        if not self._found:
            return Coverage(status=Status.COMPLETE)
        reason, hint = self._found[0]
        return Coverage(status=Status.PARTIAL, reason=reason, hint=hint)


def asked(client: Client) -> str:
    """The statement that tells the audit user's permissions."""
    return soql.own_permissions(client.user_id, (*NAMES, *METADATA))
