"""Who an access list of Windows lets read, told from its text."""

import pytest

from agent.host.windows.acl import OWNER_AND_ADMINISTRATORS, groups_with_read_access

ME = "S-1-5-21-1-2-3-1001"


@pytest.mark.parametrize(
    ("sddl", "who"),
    [
        (OWNER_AND_ADMINISTRATORS, []),
        (f"{OWNER_AND_ADMINISTRATORS}(A;;FR;;;{ME})", []),
        (f"O:{ME}D:(A;;FA;;;SY)(A;;0x1200a9;;;WD)", ["Everyone"]),
        ("D:AI(A;ID;FA;;;BA)(A;ID;0x1200a9;;;BU)", ["Users"]),
        ("D:(A;;0x1301bf;;;AU)", ["Authenticated Users"]),
        ("D:(A;;FRFX;;;S-1-5-32-545)", ["Users"]),
        ("D:(A;;GA;;;S-1-1-0)", ["Everyone"]),
        ("D:(A;;FR;;;S-1-5-21-1-2-3-513)", ["Domain Users"]),
        ("D:(A;OICIIO;FA;;;WD)(A;;FA;;;SY)", []),  # for what lies below, not for this
        ("D:(A;;0x120116;;;BU)", []),  # may write, may not read
        ("D:(D;;FA;;;WD)(A;;FA;;;BU)", ["Users"]),
        ('D:(XA;;FR;;;AU;(Member_of {SID(BA)}))', ["Authenticated Users"]),
        ("D:P", []),  # nobody at all
        ("D:NO_ACCESS_CONTROL", ["Everyone"]),
        (f"O:{ME}", ["Everyone"]),
        ("D:(A;;FA;;;SY)S:(AU;SAFA;FA;;;WD)", []),  # who is watched, not who is let in
    ],
)  # fmt: skip
def test_the_crowds_that_may_read_are_named(sddl: str, who: list[str]) -> None:
    assert list(groups_with_read_access(sddl)) == who
