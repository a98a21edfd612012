"""What is asked and answered: queries, their pages, and Salesforce's errors in our words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, cast

from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceError, SalesforceExpiredSession

from connectors.salesforce.auth import Session, SignIn
from connectors.salesforce.settings import Settings
from connectors.sdk.contract import Context
from connectors.sdk.errors import (
    AccessDenied,
    ConnectorError,
    QuotaExhausted,
    SignInError,
    UnexpectedResponse,
)
from connectors.sdk.message import Message, say

Row = dict[str, Any]

_PAGE = {"records", "done", "totalSize"}
INVISIBLE = frozenset({"INVALID_TYPE", "INVALID_FIELD"})  # of what a user may not see, too
FILES = frozenset({"ContentDistribution"})
SETUP = frozenset(
    {
        "EntityDefinition",
        "FieldDefinition",
        "FieldPermissions",
        "GroupMember",
        "Network",
        "ObjectPermissions",
        "PermissionSetAssignment",
        "Site",
    }
)


class Unanswered(UnexpectedResponse):
    """Salesforce refused this one statement (too slow, too large); others can still be asked."""


class LostPlace(UnexpectedResponse):
    """The place in a long answer is forgotten, two days after the question at the latest."""


class Client:
    """Read-only questions to one organization. Safe to use from every scope's thread."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self._http = context.http
        self._reserve = settings.api_reserve
        self._sign_in = SignIn(settings, context)

    @property
    def user_id(self) -> str:
        """The id (005...) of the audit user."""
        return self._sign_in.session().user_id

    @property
    def instance_url(self) -> str:
        """Where the organization lives, without a slash at the end."""
        return self._sign_in.session().instance_url

    def rows(self, soql: str) -> Iterator[Row]:
        """All rows of a query, page by page."""
        for page in self.pages(soql):
            yield from page

    def pages(self, soql: str) -> Iterator[list[Row]]:
        """A query's answer in pages of up to 2,000 rows. Raises `LostPlace` between them."""
        answer = self._ask(soql, lambda sf: sf.query(soql))
        asked = ""
        while True:
            yield answer["records"]
            if answer["done"]:
                return
            url = str(answer.get("nextRecordsUrl"))
            if not url.startswith("/services/data/") or url == asked:
                raise _unknown("nextRecordsUrl", soql)
            asked = url
            answer = self._ask(soql, lambda sf, u=url: sf.query_more(u, identifier_is_url=True))

    def count(self, soql: str) -> int:
        """The answer to a `SELECT COUNT()`."""
        return int(self._ask(soql, lambda sf: sf.query(soql))["totalSize"])

    def _ask(self, soql: str, call: Callable[[Salesforce], Any]) -> Row:
        session = self._sign_in.session()
        try:
            answer = self._once(session, soql, call)
        except SalesforceExpiredSession:
            self._sign_in.drop(session)
            try:
                answer = self._once(self._sign_in.session(), soql, call)
            except SalesforceExpiredSession:
                raise SignInError(
                    say("salesforce.session"), hint=say("salesforce.session_hint")
                ) from None
        if not isinstance(answer, dict) or not answer.keys() >= _PAGE:
            raise _unknown("records", soql)
        return cast("Row", answer)

    def _once(self, session: Session, soql: str, call: Callable[[Salesforce], Any]) -> Any:
        sf = Salesforce(
            session_id=session.token,
            instance_url=session.instance_url,
            version=session.version,
            session=self._http,
            object_pairs_hook=None,
        )
        del sf.headers["X-PrettyPrint"]
        try:
            answer = call(sf)
        except SalesforceExpiredSession:
            raise
        except SalesforceError as error:
            raise error_of(error.status, _code(error.content), source_of(soql)) from None
        except ValueError:  # not JSON
            raise _unknown("JSON", soql) from None
        if usage := sf.api_usage.get("api-usage"):
            check_allowance(usage.used, usage.total, self._reserve)
        return answer


def check_allowance(used: int, total: int, reserve: float) -> None:
    """Stop before the calls that are left to others. Raises `QuotaExhausted`."""
    if used > (1 - reserve) * total:
        raise QuotaExhausted(
            say("salesforce.reserve", used=used, total=total, reserve=f"{reserve:.0%}"),
            hint=say("salesforce.reserve_hint"),
        )


def error_of(status: int, code: str, source: str) -> ConnectorError:
    """Salesforce's refusal of a question about `source` in our words."""
    values = {"object": source, "code": code, "status": status}
    if code == "REQUEST_LIMIT_EXCEEDED":
        return QuotaExhausted(say("salesforce.limit"), hint=say("salesforce.reserve_hint"))
    if code in {"API_DISABLED_FOR_ORG", "API_CURRENTLY_DISABLED"}:
        return AccessDenied(say("salesforce.api_off"), hint=say("salesforce.api_hint"))
    if code in INVISIBLE or status == 403:
        return AccessDenied(say("salesforce.not_visible", **values), hint=permission_for(source))
    hint = say("salesforce.unanswered_hint")
    if code == "INVALID_QUERY_LOCATOR":
        return LostPlace(say("salesforce.unanswered", **values), hint=hint)
    if status == 400:
        return Unanswered(say("salesforce.unanswered", **values), hint=hint)
    return UnexpectedResponse(say("salesforce.unanswered", **values), hint=hint)


def permission_for(source: str) -> Message:
    """The next step of an administrator whose audit user does not see an object."""
    if source in FILES:
        return say("salesforce.files_permission")
    if source in SETUP:
        return say("salesforce.setup_permission")
    return say("salesforce.data_permission")


def source_of(soql: str) -> str:
    """The object that a statement reads."""
    return soql.partition(" FROM ")[2].split()[0]


def _code(content: object) -> str:
    """Salesforce's code for an error, and only if it looks like one."""
    try:
        code = str(cast("Any", content)[0]["errorCode"])
    except (LookupError, TypeError):
        return "?"
    return code if re.fullmatch(r"[A-Z_]{1,60}", code) else "?"


def _unknown(what: str, soql: str) -> UnexpectedResponse:
    return UnexpectedResponse(
        say("salesforce.unknown_answer", what=what, object=source_of(soql)),
        hint=say("salesforce.unanswered_hint"),
    )
