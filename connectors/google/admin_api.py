"""Requests that need an administrator: Directory, Groups Settings and Cloud Identity APIs.

Every method raises `AccessDenied` when Google refuses the request or the token, and another
`ConnectorError` when the answer is unknown or the shared transport gave up. Only what a method
raises besides is named with it.

Sources:
Source: https://admin.googleapis.com/$discovery/rest?version=directory_v1 (read 2026-11-29)
Source: https://groupssettings.googleapis.com/$discovery/rest?version=v1 (read 2026-11-29)
Source: https://cloudidentity.googleapis.com/$discovery/rest?version=v1 (read 2026-11-29)
Source: https://docs.cloud.google.com/identity/docs/concepts/policy-api-concepts (read 2026-11-29)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.google import permissions as app
from connectors.google.api import (
    AppPermissions,
    GoogleApi,
    build_service,
    checked_list,
    checked_text,
    iter_items,
    unexpected_answer,
)
from connectors.google.api_types import Group, GroupPage, Member, Policy, User
from connectors.google.auth import TokenSource
from connectors.google.settings import Settings
from connectors.sdk.interface import ConnectorContext

_USER_FIELDS = (
    "id,primaryEmail,customerId,suspended,archived,creationTime,aliases,nonEditableAliases,"
    "isGuestUser,guestAccountInfo(primaryGuestEmail)"
)
GROUP_SETTING_FIELDS = (
    "whoCanDiscoverGroup",
    "whoCanJoin",
    "whoCanPostMessage",
    "whoCanViewGroup",
    "allowExternalMembers",
    "archiveOnly",
)


class AdminApi:
    """The administrative APIs of one Workspace, read as the configured administrator."""

    def __init__(self, settings: Settings, sign_in: TokenSource, context: ConnectorContext) -> None:
        base = settings.api_url
        self._api = GoogleApi(context.http, sign_in, "")
        self._admin_user = settings.admin_user
        directory = build_service("admin", "directory_v1", base and f"{base}/")
        settings_of_groups = build_service(
            "groupssettings", "v1", base and f"{base}/groups/v1/groups/"
        )
        identity = build_service("cloudidentity", "v1", base and f"{base}/")
        self._users = directory.users()
        self._domains = directory.domains()
        self._groups = directory.groups()
        self._members = directory.members()
        self._units = directory.orgunits()
        self._group_settings = settings_of_groups.groups()
        self._policies = identity.policies()
        self._trusted = identity.allowlistedDomains()

    def user(self, key: str) -> User:
        """Return one account.

        Args:
            key: The address or the id of the account.

        Raises:
            NotFound: There is no such account.
        """
        answer = self._call_directory(self._users.get(userKey=key, fields=_USER_FIELDS))
        for field in ("id", "primaryEmail", "customerId"):
            checked_text(answer, field)
        return answer

    def domains(self) -> list[dict[str, Any]]:
        """Return the domains of the tenant with their aliases; unverified ones are marked.

        Raises:
            UnexpectedResponse: There is none; every tenant has its primary domain.
        """
        mask = "domains(domainName,isPrimary,verified,domainAliases(domainAliasName,verified))"
        answer = self._call_directory(self._domains.list(customer="my_customer", fields=mask))
        domains = checked_list(answer, "domains")
        if not domains:
            raise unexpected_answer()
        return domains

    def users(self) -> Iterator[User]:
        """Yield every account of the tenant, suspended and archived ones included."""

        def page(token: str | None) -> Any:
            return self._call_directory(
                self._users.list(
                    customer="my_customer",
                    maxResults=500,  # the maximum
                    orderBy="email",
                    pageToken=token,
                    fields=f"nextPageToken,users({_USER_FIELDS})",
                )
            )

        return iter_items(page, "users")  # there is at least the administrator

    def groups(self, token: str | None, *, size: int = 200) -> GroupPage:
        """Return a page of all groups of the tenant.

        Args:
            token: The page token; None for the first page.
            size: The page size, at most 200.

        Raises:
            PageTokenExpired: Google does not accept the page token.
        """
        request = self._groups.list(
            customer="my_customer",
            maxResults=size,
            pageToken=token,
            fields="nextPageToken,kind,groups(id,email,name)",
        )
        page = self._call_directory(request)
        groups = checked_list(page, "groups", kind="admin#directory#groups")
        return page | {"groups": groups}

    def group(self, key: str) -> Group:
        """Return one group.

        Args:
            key: The address or the id of the group.

        Raises:
            NotFound: There is no such group.
        """
        answer = self._call_directory(self._groups.get(groupKey=key, fields="id,email"))
        checked_text(answer, "email")
        return answer

    def members(self, group: str) -> Iterator[Member]:
        """Yield the members of a group, those of nested groups included.

        Args:
            group: The address or the id of the group.

        Raises:
            NotFound: There is no such group.
        """

        def page(token: str | None) -> Any:
            return self._call_directory(
                self._members.list(
                    groupKey=group,
                    includeDerivedMembership=True,
                    maxResults=200,  # the maximum
                    pageToken=token,
                    fields="nextPageToken,kind,members(id,email,type,status,role)",
                )
            )

        return iter_items(page, "members", kind="admin#directory#members")

    def group_settings(self, group: str) -> dict[str, str]:
        """Return the settings of a group that say who may find, join and read it, and post to it.

        Raises:
            NotFound: There is no such group.
        """
        request = self._group_settings.get(
            groupUniqueId=group, fields=",".join(("email", *GROUP_SETTING_FIELDS))
        )
        answer = self._call(request, app.GROUP_SETTINGS)
        checked_text(answer, "email")
        return answer

    def policies(self, application: str) -> Iterator[Policy]:
        """Yield the policies of an application, for each organisational unit or group.

        Settings that were never changed may be missing: Google's default holds for them.

        Args:
            application: The name of the application, for example `drive_and_docs`.
        """

        def page(token: str | None) -> Any:
            request = self._policies.list(
                filter=f'setting.type.matches("{application}.*")',
                pageSize=100,  # the maximum
                pageToken=token,
                fields="nextPageToken,policies(type,policyQuery(orgUnit,group,sortOrder),setting)",
            )
            return _first_may_be_bare(self._call(request, app.POLICIES), "policies", token)

        return iter_items(page, "policies")

    def trusted_domains(self) -> Iterator[str]:
        """Yield the allowlisted domains, with which sharing stays possible if restricted."""

        def page(token: str | None) -> Any:
            request = self._trusted.list(
                pageSize=5000, pageToken=token, fields="nextPageToken,allowlistedDomains(domain)"
            )
            return _first_may_be_bare(self._call(request, app.TRUSTED), "allowlistedDomains", token)

        listed = iter_items(page, "allowlistedDomains")
        return (checked_text(entry, "domain") for entry in listed)

    def org_units(self) -> list[dict[str, str]]:
        """Return the organisational units with their ids and paths, the root included."""
        request = self._units.list(
            customerId="my_customer",
            type="allIncludingParent",
            fields="organizationUnits(orgUnitId,orgUnitPath)",
        )
        return checked_list(self._call(request, app.UNITS), "organizationUnits")

    def _call_directory(self, request: Any) -> Any:
        return self._call(request, app.DIRECTORY)

    def _call(self, request: Any, permissions: AppPermissions) -> Any:
        return self._api.call(request, self._admin_user, permissions)


def _first_may_be_bare(page: dict[str, Any], key: str, token: str | None) -> dict[str, Any]:
    """Return a page of the Cloud Identity API, which leaves out a list that is empty.

    Only the first page may be without: a page whose token was given has something on it.

    Source: https://protobuf.dev/programming-guides/json/ (read 2026-11-30)
    """
    return {key: []} if token is None and not page else page
