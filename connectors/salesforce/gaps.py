"""What a reading could not see; a scope with gaps is never complete."""

from __future__ import annotations

from connectors.salesforce import soql
from connectors.salesforce.client import Client, permission_for
from connectors.sdk.errors import AccessDenied
from connectors.sdk.message import Message, say
from connectors.sdk.records import Coverage, Status

PERMISSIONS = {
    "PermissionsViewSetup": "View Setup and Configuration",
    "PermissionsViewAllData": "View All Data",
    "PermissionsQueryAllFiles": "Query All Files",
    "PermissionsDistributeFromPersWksp": (
        "Enable Creation of Content Deliveries for Salesforce Files"
    ),
}


class Gaps:
    """The gaps of one scope, in the order in which they were found; the first one is reported."""

    def __init__(self) -> None:
        self._found: list[tuple[Message, Message]] = []

    def add(self, reason: Message, hint: Message) -> None:
        """Something was not seen, and this is the next step."""
        self._found.append((reason, hint))

    def check(self, client: Client, *names: str) -> frozenset[str]:
        """The permissions that the audit user lacks, each of them a gap.

        Without them Salesforce does not refuse: it leaves rows out.
        """
        try:
            rows = list(client.rows(soql.own_permissions(client.user_id, names)))
        except AccessDenied as refused:
            self.add(refused.message, refused.hint or permission_for("PermissionSetAssignment"))
            return frozenset(names)
        lacking = [n for n in names if not any(row["PermissionSet"][n] is True for row in rows)]
        for name in lacking:
            permission = PERMISSIONS[name]
            self.add(
                say("salesforce.lacking", permission=permission),
                say("salesforce.lacking_hint", permission=permission),
            )
        return frozenset(lacking)

    def coverage(self) -> Coverage:
        """Complete, or partial with the first gap."""
        if not self._found:
            return Coverage(status=Status.COMPLETE)
        reason, hint = self._found[0]
        return Coverage(status=Status.PARTIAL, reason=reason, hint=hint)
