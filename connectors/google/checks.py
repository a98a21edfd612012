"""Checks of `doctor`: the smallest request for each OAuth scope that a scan will use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from connectors.google import permissions as app
from connectors.google.admin import Admin
from connectors.google.answers import User
from connectors.google.client import Client
from connectors.google.normalize import state_of
from connectors.google.refusal import Shut
from connectors.google.settings import Settings
from connectors.sdk.checks import Check, Outcome
from connectors.sdk.errors import ConnectorError
from connectors.sdk.message import Message, say
from connectors.sdk.records import State

_TRIES = 5  # users to try


class Checks:
    """The trial requests of one Workspace."""

    def __init__(self, settings: Settings, client: Client, admin: Admin) -> None:
        self._settings = settings
        self._client = client
        self._admin = admin

    def rows(self) -> Iterator[Check]:
        """Yield a result for each OAuth scope, for delegation, and for each setting that is off.

        A failed request is a result and raises nothing.
        """
        me = self._settings.admin_user
        users, groups, domains = app.DIRECTORY[2], app.DIRECTORY[1], app.DIRECTORY[0]
        yield tried(users, lambda: self._admin.user(me))
        yield tried(domains, self._admin.domains)
        yield tried(groups, lambda: self._admin.groups(None, size=1))
        yield tried(app.FILES[0], lambda: self._client.about(me))
        yield self._delegation(me)
        if not self._settings.shared_drives:
            yield tried(
                app.DRIVES[0], lambda: next(self._client.drives(pages_of=1), None), part=True
            )
        else:
            yield _left_out("shared_drives", "google.drives_by_list")
        if self._settings.group_settings:
            yield tried(app.GROUP_SETTINGS[0], self._a_groups_doors, part=True)
        else:
            yield _left_out("group_settings", "google.doors_left_out")
        yield from self._house()

    def _house(self) -> Iterator[Check]:
        if not self._settings.policies:
            yield _left_out("policies", "google.policies_left_out")
            return
        yield tried(
            app.POLICIES[0], lambda: next(self._admin.policies("drive_and_docs"), None), part=True
        )
        yield tried(app.TRUSTED[0], lambda: next(self._admin.trusted_domains(), None), part=True)
        yield tried(app.UNITS[0], self._admin.units, part=True)

    def _delegation(self, me: str) -> Check:
        """Return whether the service account may act as a user who is no administrator.

        Up to five users are tried: the Drive of one may be off, and that of another not.
        """

        def somebody() -> None:
            shut: Shut | None = None
            others = (u["primaryEmail"] for u in self._admin.users() if _may_work(u, me))
            for user in islice(others, _TRIES):
                try:
                    self._client.about(user)
                except Shut as one:  # the next user may be available
                    shut = one
                else:
                    return
            if shut is not None:
                raise shut

        return _row("delegation", say("google.check_delegation"), somebody, part=False)

    def _a_groups_doors(self) -> None:
        for group in self._admin.groups(None, size=1).get("groups", []):
            self._admin.doors(group["email"])


def _may_work(user: User, me: str) -> bool:
    return user["primaryEmail"] != me and state_of(user) is State.ACTIVE


def tried(permission: str, call: Callable[[], Any], *, part: bool = False) -> Check:
    """Return the result of a trial request for an OAuth scope.

    Args:
        permission: The scope without its prefix.
        call: Sends the request.
        optional: True if a scan is possible without this scope, though incomplete; a failure is
            then a warning.
    """
    title = say("google.check_permission", permission=app.ROOT + permission)
    return _row(f"permission.{permission}", title, call, part=part)


def _row(id_: str, title: Message, call: Callable[[], Any], *, part: bool) -> Check:
    try:
        call()
    except ConnectorError as error:
        outcome = Outcome.WARN if part else Outcome.FAIL
        return Check(id=id_, title=title, outcome=outcome, detail=error.message, hint=error.hint)
    return Check(id=id_, title=title, outcome=Outcome.PASS)


def _left_out(setting: str, sentence: str) -> Check:
    return Check(
        id=f"setting.{setting}",
        title=say("google.check_setting", setting=setting),
        outcome=Outcome.WARN,
        detail=say(sentence),
        hint=say(f"{sentence}_hint"),
    )
