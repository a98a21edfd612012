"""Whether an account of the directory belongs to another organization, and its name at home.

The home of an account decides, not `userType`: an administrator chooses it, and cross-tenant
synchronization makes external accounts of the type `Member`. Microsoft itself finds external
accounts by `creationType`.

Sources:
    Source: https://learn.microsoft.com/en-us/entra/external-id/user-properties (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/resources/user (read 2026-08-15)
    Source: https://learn.microsoft.com/en-us/graph/api/resources/objectidentity (read 2026-11-30)
    Source: https://github.com/MicrosoftDocs/microsoft-365-docs/issues/8434 (read 2026-11-30)
"""

from __future__ import annotations

from connectors.m365.api_types import User
from connectors.m365.claims import EXTERNAL_MARK, account_of, outside_name
from connectors.sdk.records import UNKNOWN, Unknown

HOME_FIELDS = "userPrincipalName,userType,creationType,externalUserState,identities"
"""The properties that tell the home of an account."""

_INVITED = frozenset({"invitation", "selfservicesignup"})  # values of `creationType`


def is_external(raw: User, domains: frozenset[str]) -> bool | Unknown:
    """Return whether an account signs in at another organization, or belongs to nobody's.

    UNKNOWN where nothing says so and `userType` is missing, or is a word that this version does
    not know. An account from before 2014 has no `userType`; it is internal if its name is in a
    domain of the tenant and it was not invited.

    Args:
        raw: The account, with `HOME_FIELDS`.
        domains: The verified domains of the tenant, in lower case.
    """
    name = str(raw.get("userPrincipalName") or "").lower()
    kind = str(raw.get("userType") or "").lower()
    if (
        EXTERNAL_MARK in name
        or kind == "guest"
        or str(raw.get("creationType") or "").lower() in _INVITED
        or raw.get("externalUserState") is not None
        or _signs_in_elsewhere(raw, domains)
    ):
        return True
    if kind == "member":
        return False
    own = name.rpartition("@")[2] in domains and "creationType" in raw
    return False if own and not kind else UNKNOWN


def _signs_in_elsewhere(raw: User, domains: frozenset[str]) -> bool:
    issuers = (
        str(identity.get("issuer") or "").lower()
        for identity in raw.get("identities") or ()
        if str(identity.get("signInType") or "").lower() == "federated"
    )
    return any(issuer and issuer not in domains for issuer in issuers)


def home_address(raw: User, domains: frozenset[str]) -> str:
    """Return the name of an external account: its address at home, else its mail.

    The user principal name of most holds the address that was invited. The mail is for display,
    and an administrator may have set it to an address of this tenant.

    Args:
        raw: The account.
        domains: The verified domains of the tenant, in lower case.
    """
    name = str(raw.get("userPrincipalName") or "")
    if EXTERNAL_MARK in name.lower():
        return account_of(name, domains).name
    return outside_name(str(raw.get("mail") or "") or name, domains)
