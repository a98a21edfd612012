"""Sign-in to Entra as an application or as a person, and the meaning of its errors.

Sources:
    Source: https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-device-code (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

import json
import logging
import re
from typing import Any, Protocol

from connectors.m365.credentials import credential_of
from connectors.m365.settings import Settings
from connectors.sdk.errors import SignInError
from connectors.sdk.http import TokenCache
from connectors.sdk.interface import ConnectorContext
from connectors.sdk.message import say

_AADSTS_MESSAGES = {
    "7000215": "wrong_secret",
    "7000222": "expired_secret",
    "700016": "unknown_app",
    "90002": "unknown_tenant",
    "900023": "unknown_tenant",
    "50059": "unknown_tenant",
    "50128": "unknown_tenant",
    "1002012": "wrong_cloud",
    "500011": "wrong_cloud",
    "700027": "unknown_certificate",
    "700030": "unknown_certificate",
    "1000502": "expired_certificate",
    "700024": "wrong_clock",
    "500133": "wrong_clock",
    "7000112": "disabled_app",
    "500014": "disabled_app",
    "65001": "no_consent",
    "90094": "no_consent",
    "650057": "no_consent",
    "53000": "blocked_by_policy",
    "53001": "blocked_by_policy",
    "53003": "blocked_by_policy",
    "530003": "blocked_by_policy",
    "530032": "blocked_by_policy",
    "7000218": "not_public",
    "700025": "public_app",
    "70019": "code_expired",
    "70020": "code_expired",
    "50076": "second_factor",
    "50079": "second_factor",
    "50158": "second_factor",
    "50020": "wrong_account",
    "90072": "wrong_account",
    "50105": "wrong_account",
    "50053": "disabled_account",
    "50057": "disabled_account",
    "50173": "session_over",
    "700082": "session_over",
    "70043": "session_over",
    "90033": "entra_busy",
    "90006": "entra_busy",
}
"""Entra's error numbers (AADSTS...), each with the key of the sentence that says what to do.

Microsoft may change the numbers; an unknown one gets a general sentence.

Source: https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes (read 2026-11-29)
"""  # noqa: E501 -- an address

_OAUTH_MESSAGES = {
    "authorization_pending": "code_expired",  # the code was not entered in time
    "expired_token": "code_expired",
    "code_expired": "code_expired",
    "authorization_declined": "code_declined",
    "access_denied": "code_declined",
}
"""Errors of the device code flow that come without a number.

Source: https://datatracker.ietf.org/doc/html/rfc8628 (read 2026-08-15)
"""


# The characters of a bearer token.
# Source: https://www.rfc-editor.org/rfc/rfc6750#section-2.1 (read 2026-11-30)
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")

log = logging.getLogger(__name__)


class _TokenClient(Protocol):
    """A client of msal, which is untyped."""

    def acquire(self, scope: str) -> dict[str, Any]:
        """Return the token response for an OAuth scope; without a token it is an error."""
        ...

    def invalidate(self) -> None:
        """Let the next call ask Entra for a new token."""
        ...


class TokenSource:
    """Bearer tokens, fetched once for each audience and shared by all threads."""

    def __init__(self, settings: Settings, context: ConnectorContext) -> None:
        person = settings.sign_in == "device_code"
        self._source: _TokenClient = (_DeviceCodeClient if person else _AppClient)(
            settings, context
        )
        self._audience = settings.audience
        self._tokens = TokenCache(self._fetch)

    def token(self, audience: str = "") -> str:
        """Return a valid bearer token.

        Args:
            audience: The OAuth scope (`https://host/.default`); empty for Graph.

        Raises:
            SignInError: Entra refused the sign-in, the credential cannot be used, or no person
                can be asked for the device code.
        """
        return self._tokens.get(audience)

    def invalidate(self, token: str, audience: str = "") -> None:
        """Drop a token that the service refused before it expired.

        msal caches the tokens of applications since version 1.23 and would return the same one.

        Source: https://github.com/AzureAD/microsoft-authentication-library-for-python (read 2026-11-29)
        """  # noqa: E501 -- an address
        self._tokens.invalidate(token, audience)
        self._source.invalidate()

    def _fetch(self, audience: str) -> tuple[str, float]:
        """Return a new token and its lifetime in seconds. Raise `SignInError` without one.

        msal takes every answer for one of Entra; that of a login page or a proxy fails somewhere
        inside of it. A token is checked before it gets into a header, because errors about headers
        quote them.
        """
        try:
            answer = self._source.acquire(audience or self._audience)
            lifetime = float(answer.get("expires_in", 3600))
        except (AttributeError, IndexError, KeyError, TypeError, ValueError, RuntimeError) as error:
            log.warning("the answer to the sign-in: %s", type(error).__name__)
            raise _unreadable_answer() from None
        if "access_token" not in answer:
            raise sign_in_error(answer)
        token = str(answer["access_token"])
        if not _TOKEN.fullmatch(token):
            raise _unreadable_answer()
        return token, lifetime


class _AppClient:
    """The client of an application that signs in with a secret or a certificate."""

    def __init__(self, settings: Settings, context: ConnectorContext) -> None:
        self._settings = settings
        self._context = context
        self._app: Any = None

    def acquire(self, scope: str) -> dict[str, Any]:
        """Return the token response for an OAuth scope.

        Raises:
            SignInError: The credential cannot be used, or the tenant is unknown.
        """
        from msal import ConfidentialClientApplication

        if self._app is None:
            credential = credential_of(self._settings, self._context)
            self._app = _msal_app(
                ConfidentialClientApplication,
                self._settings,
                self._context,
                client_credential=credential,
            )
        return self._app.acquire_token_for_client(scopes=[scope]) or {}

    def invalidate(self) -> None:
        """Remove the tokens from msal's cache."""
        if self._app is not None:
            self._app.remove_tokens_for_client()


class _DeviceCodeClient:
    """The client of a person who types a code into a browser. For trials."""

    def __init__(self, settings: Settings, context: ConnectorContext) -> None:
        self._settings = settings
        self._context = context
        self._app: Any = None
        self._force_refresh = False  # whether the tokens in msal's cache are invalid

    def acquire(self, scope: str) -> dict[str, Any]:
        """Return the token response for an OAuth scope; show a device code the first time.

        Source: https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-device-code (read 2026-11-29)

        Raises:
            SignInError: There is no terminal to show the code on, or the tenant is unknown.
        """  # noqa: E501 -- an address
        from msal import PublicClientApplication

        if self._app is None:
            self._app = _msal_app(PublicClientApplication, self._settings, self._context)
        if accounts := self._app.get_accounts():
            return self._acquire_silent(scope, accounts[0])
        flow = self._app.initiate_device_flow(scopes=[scope])
        if "user_code" not in flow:
            return flow
        code, url = flow["user_code"], flow["verification_uri"]
        if not self._context.show_message(say("m365.device_code", code=code, url=url)):
            raise SignInError(say("m365.nobody_there"), hint=say("m365.nobody_there_hint"))
        return self._app.acquire_token_by_device_flow(flow)

    def _acquire_silent(self, scope: str, account: object) -> dict[str, Any]:
        force, self._force_refresh = self._force_refresh, False
        acquire_silent = self._app.acquire_token_silent_with_error
        return acquire_silent([scope], account=account, force_refresh=force) or {}

    def invalidate(self) -> None:
        """Let msal use its refresh token the next time."""
        self._force_refresh = True


def _msal_app(kind: Any, settings: Settings, context: ConnectorContext, **more: object) -> Any:
    """Return an application object of msal. Raise `SignInError` for an unknown tenant."""
    try:
        return kind(
            settings.client_id,
            authority=settings.authority,
            # the authority is configured: msal must not ask the public cloud about it
            instance_discovery=False,
            http_client=context.http,
            **more,
        )
    except ValueError as error:  # msal raises it for an unknown tenant and for a broken key
        if isinstance(error.__context__, json.JSONDecodeError):
            raise
        raise SignInError(
            say("m365.unknown_tenant"),
            hint=say("m365.unknown_tenant_hint"),
        ) from error


def _unreadable_answer() -> SignInError:
    return SignInError(say("m365.unreadable_sign_in"), hint=say("m365.unreadable_sign_in_hint"))


def sign_in_error(answer: dict[str, Any]) -> SignInError:
    """Return the error for a token response without a token.

    Entra's own text is left out: it can quote the request.
    """
    found = re.search(r"AADSTS(\d+)", str(answer.get("error_description", "")))
    number, kind = found[1] if found else "", str(answer.get("error", "?"))
    name = _AADSTS_MESSAGES.get(number) or _OAUTH_MESSAGES.get(kind)
    code = f"AADSTS{number}" if number else kind
    if name is None:
        return SignInError(
            say("m365.sign_in_refused", code=code), hint=say("m365.sign_in_refused_hint")
        )
    return SignInError(say(f"m365.{name}", code=code), hint=say(f"m365.{name}_hint"))
