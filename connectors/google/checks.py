"""Checks of `doctor`: the smallest request for each OAuth scope that a scan will use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from connectors.google import permissions as app
from connectors.google.admin_api import AdminApi
from connectors.google.api_types import User
from connectors.google.client import Client
from connectors.google.errors import AccountUnavailable
from connectors.google.normalize import account_state
from connectors.google.settings import Settings
from connectors.sdk.checks import Check, CheckOutcome
from connectors.sdk.errors import ConnectorError
from connectors.sdk.message import Message, say
from connectors.sdk.records import State

_MAX_USERS = 5  # users to try


class Checks:
    """The trial requests of one Workspace."""

    def __init__(self, settings: Settings, client: Client, admin: AdminApi) -> None:
        self._settings = settings
        self._client = client
        self._admin = admin

    def rows(self) -> Iterator[Check]:
        """Yield a result for each OAuth scope, for delegation, and for each setting that is off.

        A failed request is a result and raises nothing.
        """
        me = self._settings.admin_user
        users, groups, domains = app.DIRECTORY[2], app.DIRECTORY[1], app.DIRECTORY[0]
        yield try_permission(users, lambda: self._admin.user(me))
        yield try_permission(domains, self._admin.domains)
        yield try_permission(groups, lambda: self._admin.groups(None, size=1))
        yield try_permission(app.FILES[0], lambda: self._client.about(me))
        yield self._delegation(me)
        if not self._settings.shared_drives:
            yield try_permission(
                app.DRIVES[0],
                lambda: next(self._client.shared_drives(page_size=1), None),
                optional=True,
            )
        else:
            yield _disabled_by_setting("shared_drives", "google.drives_by_list")
        if self._settings.group_settings:
            yield try_permission(app.GROUP_SETTINGS[0], self._group_settings, optional=True)
        else:
            yield _disabled_by_setting("group_settings", "google.doors_left_out")
        yield from self._tenant_settings()

    def _tenant_settings(self) -> Iterator[Check]:
        if not self._settings.policies:
            yield _disabled_by_setting("policies", "google.policies_left_out")
            return
        yield try_permission(
            app.POLICIES[0],
            lambda: next(self._admin.policies("drive_and_docs"), None),
            optional=True,
        )
        yield try_permission(
            app.TRUSTED[0], lambda: next(self._admin.trusted_domains(), None), optional=True
        )
        yield try_permission(app.UNITS[0], self._admin.org_units, optional=True)

    def _delegation(self, me: str) -> Check:
        """Return whether the service account may act as a user who is no administrator.

        Up to five users are tried: the Drive of one may be off, and that of another not.
        """

        def act_as_another_user() -> None:
            unavailable: AccountUnavailable | None = None
            others = (
                u["primaryEmail"] for u in self._admin.users() if _is_other_active_user(u, me)
            )
            for user in islice(others, _MAX_USERS):
                try:
                    self._client.about(user)
                except AccountUnavailable as one:  # the next user may be available
                    unavailable = one
                else:
                    return
            if unavailable is not None:
                raise unavailable

        return _check(
            "delegation", say("google.check_delegation"), act_as_another_user, optional=False
        )

    def _group_settings(self) -> None:
        for group in self._admin.groups(None, size=1).get("groups", []):
            self._admin.group_settings(group["email"])


def _is_other_active_user(user: User, me: str) -> bool:
    return user["primaryEmail"] != me and account_state(user) is State.ACTIVE


def try_permission(permission: str, call: Callable[[], Any], *, optional: bool = False) -> Check:
    """Return the result of a trial request for an OAuth scope.

    Args:
        permission: The scope without its prefix.
        call: Sends the request.
        optional: True if a scan is possible without this scope, though incomplete; a failure is
            then a warning.
    """
    title = say("google.check_permission", permission=app.SCOPE_PREFIX + permission)
    return _check(f"permission.{permission}", title, call, optional=optional)


def _check(id_: str, title: Message, call: Callable[[], Any], *, optional: bool) -> Check:
    try:
        call()
    except ConnectorError as error:
        outcome = CheckOutcome.WARN if optional else CheckOutcome.FAIL
        return Check(id=id_, title=title, outcome=outcome, detail=error.message, hint=error.hint)
    return Check(id=id_, title=title, outcome=CheckOutcome.PASS)


def _disabled_by_setting(setting: str, sentence: str) -> Check:
    return Check(
        id=f"setting.{setting}",
        title=say("google.check_setting", setting=setting),
        outcome=CheckOutcome.WARN,
        detail=say(sentence),
        hint=say(f"{sentence}_hint"),
    )
