"""Each level of permissions on its own: what is lost is named, and what is left is read."""

import tomllib
from pathlib import Path

import pytest

import connectors.m365
from connectors.m365.demo.routes import ALL_PERMISSIONS, FULL_CONTROL
from connectors.sdk.message import Message
from connectors.sdk.records import CountedItems, Coverage, Item, Record, Scope, Status
from connectors.sdk.testing import scan, scan_order

from .conftest import House

EN = tomllib.loads((Path(connectors.m365.__file__).parent / "en.toml").read_text(encoding="utf-8"))
LIBRARY, SITE = "b!", "site:"


def readings(house: House) -> dict[Scope, list[Record]]:
    house.connector.tenant()
    scopes = scan_order(house.connector.scopes())
    return {scope: scan(house.connector, house.lent, scope) for scope in scopes}


def incomplete(readings: dict[Scope, list[Record]]) -> dict[str, Coverage]:
    """The rows that this level is to blame for, by scope."""
    ends = {scope: records[-1] for scope, records in readings.items()}
    return {
        "library" if scope.id.startswith(LIBRARY) else scope.id: end
        for scope, end in ends.items()
        if isinstance(end, Coverage)
        and end.status is not Status.COMPLETE
        and not end.standing
        and not scope.id.startswith(SITE)
    }


def sentence(message: Message | None) -> str:
    """What an English reader sees."""
    assert message is not None
    return EN[message.key.removeprefix("m365.")].format(**dict(message.values))


@pytest.mark.parametrize(
    ("missing", "added", "where"),
    [
        ((), (), {}),
        ((FULL_CONTROL,), ("Sites.Read.All",), {"library": FULL_CONTROL}),
        (("AuditLog.Read.All",), (), {"directory": "AuditLog.Read.All"}),
        (("User.Read.All",), (), {"directory": "User.Read.All"}),
        (
            ("GroupMember.Read.All",),
            (),
            {"directory": "GroupMember.Read.All", "teams": "GroupMember.Read.All"},
        ),
        (
            ("RoleManagement.Read.Directory",),
            (),
            {"directory": "RoleManagement.Read.Directory"},
        ),
        (("Policy.Read.All",), (), {"entra-policies": "Policy.Read.All"}),
        (
            ("SharePointTenantSettings.Read.All",),
            (),
            {"sharepoint-settings": "SharePointTenantSettings.Read.All"},
        ),
        (("Channel.ReadBasic.All",), (), {"teams": "Channel.ReadBasic.All"}),
        (("ChannelMember.Read.All",), (), {"teams": "ChannelMember.Read.All"}),
        (
            tuple(ALL_PERMISSIONS - {"Organization.Read.All", FULL_CONTROL}),
            (),
            {
                "directory": "User.Read.All",
                "teams": "GroupMember.Read.All",
                "sharepoint-settings": "SharePointTenantSettings.Read.All",
                "entra-policies": "Policy.Read.All",
            },
        ),
    ],
)
def test_a_level_reads_what_it_may_and_names_each_permission_that_is_missing(
    house: House, missing: tuple[str, ...], added: tuple[str, ...], where: dict[str, str]
) -> None:
    house.tenant.granted = ALL_PERMISSIONS - set(missing) | set(added)
    read_ = readings(house)
    rows = incomplete(read_)
    assert rows.keys() == where.keys()
    for scope, permission in where.items():
        assert permission in sentence(rows[scope].hint), scope
    items = [r for s, rs in read_.items() if s.id.startswith(LIBRARY) for r in rs]
    passed = sum(r.count for r in items if isinstance(r, CountedItems))
    assert sum(isinstance(r, Item) for r in items) + passed == house.tenant.files
