"""Signing without a private key: the IAM Credentials API signs for the service account.

The caller's own credentials come from a file of gcloud (`application_default_credentials.json`)
or of workload identity federation. They need the role Service Account Token Creator on the
service account. Domain-wide delegation needs a JWT with a `sub` claim, which only `signJwt`
can provide: tokens of workload identity federation carry none.

Source: https://iamcredentials.googleapis.com/$discovery/rest?version=v1 (read 2026-11-29)
Source: https://github.com/google-github-actions/auth/issues/63 (read 2026-08-15)
"""

from __future__ import annotations

import json
from threading import Lock
from typing import Any, cast

import google.auth
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import Request

from connectors.google.settings import Settings
from connectors.sdk.errors import SignInError
from connectors.sdk.http import HttpSession
from connectors.sdk.message import say

_CLOUD_PLATFORM_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_IAM_URL = "https://iamcredentials.googleapis.com"
_TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 -- an address


class IamSigner:
    """Signs JWTs with `projects.serviceAccounts.signJwt`.

    Attributes:
        mail: The address of the service account.
        client_id: The same address, because the numeric id is not known without a key file.
        token_uri: The token endpoint.

    Raises:
        SignInError: The credentials file cannot be read.
    """

    def __init__(self, found: dict[str, Any], settings: Settings, http: HttpSession) -> None:
        self.mail = self.client_id = settings.impersonate
        self.token_uri = f"{settings.api_url}/token" if settings.api_url else _TOKEN_URI
        self._http = http
        self._url = (
            f"{settings.api_url or _IAM_URL}/v1/projects/-/serviceAccounts/{self.mail}:signJwt"
        )
        self._lock = Lock()
        try:
            load = cast("Any", google.auth).load_credentials_from_dict
            self._source_credentials, _ = load(found, scopes=[_CLOUD_PLATFORM_SCOPE])
        except GoogleAuthError as error:
            raise _unreadable_credentials() from error
        if settings.api_url and hasattr(self._source_credentials, "_token_uri"):
            self._source_credentials._token_uri = (
                self.token_uri
            )  # google-auth ignores `token_uri` of the file

    def sign(self, claims: dict[str, Any]) -> str:
        """Return the claims as a signed JWT.

        Raises:
            SignInError: IAM answered another status than 200, or the caller's own credentials could
                not be refreshed.
        """
        answer = self._http.post(
            self._url,
            json={"payload": json.dumps(claims)},
            headers={"Authorization": f"Bearer {self._access_token()}"},
        )
        if answer.status_code != 200:
            raise SignInError(
                say("google.not_lent", account=self.mail, status=answer.status_code),
                hint=say("google.not_lent_hint", account=self.mail),
            )
        return str(answer.json()["signedJwt"])

    def _access_token(self) -> str:
        with self._lock:
            if not self._source_credentials.valid:
                try:
                    self._source_credentials.refresh(Request(session=self._http))
                except GoogleAuthError as error:
                    raise SignInError(
                        say("google.own_refused"), hint=say("google.own_refused_hint")
                    ) from error
            return str(self._source_credentials.token)


def _unreadable_credentials() -> SignInError:
    return SignInError(say("google.key_unreadable"), hint=say("google.key_unreadable_hint"))
