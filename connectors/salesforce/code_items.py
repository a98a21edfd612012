"""The item for a program that guests can run."""

from __future__ import annotations

from connectors.salesforce.sites import GuestUser
from connectors.sdk.records import (
    UNKNOWN,
    Access,
    Audience,
    Grant,
    GrantCause,
    Item,
    PrincipalKind,
)

Callers = set[tuple[str, GuestUser]]
"""Permission sets that grant a program, and the guests that hold them."""


def code_item(item_id: str, name: str, url: str, callers: Callers) -> Item:
    """Return the item for a class or a flow, with a grant per permission set and guest."""
    return Item(
        id=item_id,
        kind="code",
        name=name,
        url=url,
        grants=tuple(
            Grant(
                id=set_id,
                audience=Audience.PUBLIC_DISCOVERABLE,
                access=Access.UNKNOWN,  # depends on what the program does
                principal=guest.site,
                principal_kind=PrincipalKind.SITE_GUEST,
                principal_id=guest.id,
                reach=UNKNOWN,
                live=guest.live,
                cause=GrantCause.CODE,
            )
            for set_id, guest in sorted(callers, key=lambda c: (c[0], c[1].id))
        ),
    )
