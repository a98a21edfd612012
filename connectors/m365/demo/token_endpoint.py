"""Entra's sign-in for an application: a secret, or an assertion signed with a known certificate."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64encode
from typing import Any

from connectors.m365.demo.people import TENANT_ID, guid
from connectors.sdk.local_server import Request, Response

CLIENT_ID = "0d0c7a54-3f0e-4e2b-8a53-b1f2a7f1c9aa"
SECRET = "demo~secret~of~a~made-up~tenant"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
USER_CODE = "DEMO-CODE"
SCOPE = "https://graph.microsoft.com/.default"


class TokenEndpoint:
    """The sign-in pages of one tenant. `certificates` are PEM texts of public certificates."""

    def __init__(self) -> None:
        self.certificates: list[bytes] = []
        self.device_code_error = 0  # the AADSTS number with which a person is refused
        self._issued = 1
        self._polls = 0

    @property
    def token(self) -> str:
        """The token that Graph accepts now."""
        return f"demo.{guid('token', self._issued)}.signature"

    def expire(self) -> None:
        """Invalidate the issued token before it expires."""
        self._issued += 1

    def respond(self, request: Request) -> Response | None:
        """Return the response of the sign-in host; None for a path that is not its own."""
        tenant, _, rest = request.path.lstrip("/").partition("/")
        if rest == "v2.0/.well-known/openid-configuration":
            if tenant != TENANT_ID:
                return _oauth_error(400, "invalid_tenant", 90002, f"Tenant '{tenant}' not found.")
            root = f"{request.base}/{tenant}/oauth2/v2.0"
            return Response(
                body={
                    "issuer": f"{request.base}/{tenant}/v2.0",
                    "authorization_endpoint": f"{root}/authorize",
                    "token_endpoint": f"{root}/token",
                    "device_authorization_endpoint": f"{root}/devicecode",
                }
            )
        if rest == "oauth2/v2.0/devicecode" and request.method == "POST":
            return self._device_code()
        if rest == "oauth2/v2.0/token" and request.method == "POST":
            return self._token(request)
        return None

    def _token(self, request: Request) -> Response:
        form = request.form()
        if form.get("client_id") != CLIENT_ID:
            return _oauth_error(400, "unauthorized_client", 700016, "Application not found.")
        if form.get("grant_type") in {DEVICE, "refresh_token"}:
            return self._device_token(form)
        if not _valid_scope(form) or form.get("grant_type") != "client_credentials":
            return _oauth_error(400, "invalid_scope", 1002012, "The scope is not valid.")
        if "client_assertion" in form:
            if form.get("client_assertion_type") != ASSERTION or not self._assertion_valid(
                request, form
            ):
                return _oauth_error(
                    401, "invalid_client", 700027, "The certificate is not registered."
                )
        elif form.get("client_secret") != SECRET:
            return _oauth_error(401, "invalid_client", 7000215, "Invalid client secret provided.")
        return Response(
            body={"token_type": "Bearer", "expires_in": 3599, "access_token": self.token}
        )

    def _device_code(self) -> Response:
        return Response(
            body={
                "device_code": "demo-device",
                "user_code": USER_CODE,
                "verification_uri": "https://microsoft.com/devicelogin",
                "expires_in": 900,
                "interval": 0,
                "message": "",
            }
        )

    def _device_token(self, form: dict[str, str]) -> Response:
        """Return the token of a person; the first poll finds the code not entered yet."""
        self._polls += 1
        if self._polls == 1:
            return _oauth_error(400, "authorization_pending", 70016, "Pending.")
        if self.device_code_error:
            return _oauth_error(400, "invalid_grant", self.device_code_error, "No.")
        person = _encoded({"uid": "person", "utid": TENANT_ID})
        claims = {"aud": CLIENT_ID, "iss": "https://x", "sub": "p", "tid": TENANT_ID, "oid": "o"}
        return Response(
            body={
                "token_type": "Bearer",
                "expires_in": 3599,
                "access_token": self.token,
                "refresh_token": "demo-refresh",
                "id_token": f"{_encoded({'alg': 'none'})}.{_encoded(claims | {'exp': 2**40})}.",
                "client_info": person,
                "scope": form.get("scope", ""),
            }
        )

    def _assertion_valid(self, request: Request, form: dict[str, str]) -> bool:
        import jwt
        from cryptography import x509

        for certificate in self.certificates:
            key: Any = x509.load_pem_x509_certificate(certificate).public_key()
            try:
                jwt.decode(
                    form["client_assertion"],
                    key,
                    algorithms=["PS256"],
                    audience=f"{request.base}{request.path}",
                    issuer=CLIENT_ID,
                )
            except jwt.InvalidTokenError:
                continue
            return True
        return False


def _valid_scope(form: dict[str, str]) -> bool:
    """Whether a scope exists: Graph accepts every credential, SharePoint only a certificate."""
    scope = form.get("scope", "")
    sharepoint = re.fullmatch(r"https://[a-z-]+\.sharepoint\.com/\.default", scope)
    return scope == SCOPE or (sharepoint is not None and "client_assertion" in form)


def _encoded(claims: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()


def _oauth_error(status: int, error: str, number: int, text: str) -> Response:
    return Response(
        status=status,
        body={
            "error": error,
            "error_description": f"AADSTS{number}: {text} Trace ID: 0 Correlation ID: 0",
            "error_codes": [number],
        },
    )
