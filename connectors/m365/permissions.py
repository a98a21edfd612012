"""The application permissions and the kinds of sign-in, by the names of the Entra admin center.

They are the least privileged ones that Microsoft names for each call, and are used for reading.
`Sites.FullControl.All` is required for all rows of a permission list and a complete delta.

Sources:
    Source: https://learn.microsoft.com/en-us/graph/permissions-reference (read 2026-08-15)
    Source: https://learn.microsoft.com/en-us/graph/api/driveitem-delta (read 2026-11-29)
"""

from __future__ import annotations

from connectors.sdk.message import say
from connectors.sdk.permissions import Permission, SignInMethod

FULL_CONTROL = "Sites.FullControl.All"
SHAREPOINT_FULL_CONTROL = "SharePoint: Sites.FullControl.All"  # of the API SharePoint, not of Graph

PERMISSIONS = (
    Permission(
        name=FULL_CONTROL,
        why=say("m365.why_full_control"),
        consequence=say("m365.lost_full_control"),
        minimal=True,
    ),
    Permission(
        name="Organization.Read.All",
        why=say("m365.why_organization"),
        consequence=say("m365.lost_organization"),
        minimal=True,
    ),
    Permission(
        name="Sites.Read.All",
        why=say("m365.why_sites"),
        consequence=say("m365.lost_sites_alone"),
    ),
    Permission(
        name="User.Read.All",
        why=say("m365.why_guests"),
        consequence=say("m365.lost_guests"),
    ),
    Permission(
        name="GroupMember.Read.All",
        why=say("m365.why_groups"),
        consequence=say("m365.lost_groups"),
    ),
    Permission(
        name="AuditLog.Read.All",
        why=say("m365.why_sign_ins"),
        consequence=say("m365.lost_sign_ins"),
    ),
    Permission(
        name="RoleManagement.Read.Directory",
        why=say("m365.why_roles"),
        consequence=say("m365.lost_roles"),
    ),
    Permission(
        name="Channel.ReadBasic.All",
        why=say("m365.why_channels"),
        consequence=say("m365.lost_channels"),
    ),
    Permission(
        name="ChannelMember.Read.All",
        why=say("m365.why_channel_members"),
        consequence=say("m365.lost_channel_members"),
    ),
    Permission(
        name="Policy.Read.All",
        why=say("m365.why_policies"),
        consequence=say("m365.lost_policies"),
    ),
    Permission(
        name="SharePointTenantSettings.Read.All",
        why=say("m365.why_settings"),
        consequence=say("m365.lost_settings"),
    ),
    Permission(
        name=SHAREPOINT_FULL_CONTROL,
        why=say("m365.why_details"),
        consequence=say("m365.lost_details"),
    ),
)

SIGN_INS = (
    SignInMethod(
        title=say("m365.by_certificate"),
        keys={"certificate": "file:tojimari.pem"},
        optional=("certificate_password",),
    ),
    SignInMethod(
        title=say("m365.by_store"),
        keys={"certificate": "certstore:LocalMachine/My/0123456789abcdef0123456789abcdef01234567"},
    ),
    SignInMethod(title=say("m365.by_secret"), keys={"client_secret": "keyring:m365"}),
    SignInMethod(title=say("m365.by_person"), keys={}, fixed={"sign_in": "device_code"}),
)
"""The kinds of sign-in, the recommended one first."""
