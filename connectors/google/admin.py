"""The questions that the administrator puts: people, groups, and the rules of the house."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.google import permissions as app
from connectors.google.answers import GroupPage, Member, Policy, User
from connectors.google.asking import Asking, Permissions, built, followed
from connectors.google.auth import SignIn
from connectors.google.settings import Settings
from connectors.sdk.contract import Context

_USER = "id,primaryEmail,customerId,suspended,archived,creationTime"
DOORS = ("whoCanDiscoverGroup", "whoCanJoin", "whoCanPostMessage", "whoCanViewGroup")


class Admin:
    """Directory, Groups Settings and Cloud Identity, asked in the administrator's name."""

    def __init__(self, settings: Settings, sign_in: SignIn, context: Context) -> None:
        base = settings.api_url
        self._asking = Asking(context.http, sign_in, "")
        self._name = settings.admin_user
        directory = built("admin", "directory_v1", base and f"{base}/")
        settings_of_groups = built("groupssettings", "v1", base and f"{base}/groups/v1/groups/")
        identity = built("cloudidentity", "v1", base and f"{base}/")
        self._users = directory.users()
        self._domains = directory.domains()
        self._groups = directory.groups()
        self._members = directory.members()
        self._units = directory.orgunits()
        self._settings = settings_of_groups.groups()
        self._policies = identity.policies()
        self._trusted = identity.allowlistedDomains()

    def user(self, key: str) -> User:
        """One account, by address or id."""
        return self._directory(self._users.get(userKey=key, fields=_USER))

    def domains(self) -> list[dict[str, Any]]:
        """The verified domains with their aliases."""
        mask = "domains(domainName,isPrimary,domainAliases(domainAliasName))"
        answer = self._directory(self._domains.list(customer="my_customer", fields=mask))
        return answer.get("domains", [])

    def users(self) -> Iterator[User]:
        """Every account, the suspended and archived included."""

        def page(token: str | None) -> Any:
            return self._directory(
                self._users.list(
                    customer="my_customer",
                    maxResults=500,
                    orderBy="email",
                    pageToken=token,
                    fields=f"nextPageToken,users({_USER})",
                )
            )

        return followed(page, "users")

    def groups(self, token: str | None, *, size: int = 200) -> GroupPage:
        """A page of all groups of the tenant."""
        request = self._groups.list(
            customer="my_customer",
            maxResults=size,
            pageToken=token,
            fields="nextPageToken,groups(id,email,name)",
        )
        return self._directory(request)

    def members(self, group: str) -> Iterator[Member]:
        """Who is in a group, through nested groups too."""

        def page(token: str | None) -> Any:
            return self._directory(
                self._members.list(
                    groupKey=group,
                    includeDerivedMembership=True,
                    maxResults=200,
                    pageToken=token,
                    fields="nextPageToken,members(id,email,type,status,role)",
                )
            )

        return followed(page, "members")

    def doors(self, group: str) -> dict[str, str]:
        """Who may find, join, read a group, and post to it."""
        request = self._settings.get(groupUniqueId=group, fields=",".join(("email", *DOORS)))
        return self._ask(request, app.GROUP_SETTINGS)

    def policies(self, application: str) -> Iterator[Policy]:
        """What somebody has set for an application, for each organisational unit or group."""

        def page(token: str | None) -> Any:
            request = self._policies.list(
                filter=f'setting.type.matches("{application}.*")',
                pageSize=100,
                pageToken=token,
                fields="nextPageToken,policies(type,policyQuery(orgUnit,group,sortOrder),setting)",
            )
            return self._ask(request, app.POLICIES)

        return followed(page, "policies")

    def trusted_domains(self) -> Iterator[str]:
        """The domains with which sharing stays allowed where it is limited to some."""

        def page(token: str | None) -> Any:
            request = self._trusted.list(
                pageSize=5000, pageToken=token, fields="nextPageToken,allowlistedDomains(domain)"
            )
            return self._ask(request, app.TRUSTED)

        return (entry["domain"] for entry in followed(page, "allowlistedDomains"))

    def units(self) -> list[dict[str, str]]:
        """The organisational units: id and path; the root one has only its id."""
        request = self._units.list(
            customerId="my_customer",
            type="allIncludingParent",
            fields="organizationUnits(orgUnitId,orgUnitPath)",
        )
        return self._ask(request, app.UNITS).get("organizationUnits", [])

    def _directory(self, request: Any) -> Any:
        return self._ask(request, app.DIRECTORY)

    def _ask(self, request: Any, permissions: Permissions) -> Any:
        return self._asking.ask(request, self._name, permissions)
