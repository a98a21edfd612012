"""The three ways in: a key, a borrowed signature, one user's browser."""

import json
import threading
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests

from connectors.google import Settings
from connectors.google.demo.token_endpoint import EMAIL, _key, make_token
from connectors.sdk.errors import SignInError
from connectors.sdk.local_server import Response
from connectors.sdk.records import Item, Status
from connectors.sdk.testing import ConnectorHarness, scan

SATO = "sato@example.co.jp"


@pytest.fixture
def stage(tmp_path):
    return ConnectorHarness("google", tmp_path)


@pytest.mark.parametrize(
    "table",
    [
        {},
        {"service_account": "file:a", "oauth_client": "file:b"},
        {"service_account": "plain text"},
    ],
)
def test_exactly_one_credential_is_named(table):
    with pytest.raises(ValueError, match=r"one_credential|plain_secret"):
        Settings.model_validate({"admin_user": SATO, **table})


class Iam:
    """The IAM Credentials API of the demo: signs for whoever holds the right token."""

    def __init__(self, stage, *, status=200):
        self.status = status
        self.asked: list[str] = []
        stage.inject_fault(self.answer)

    def answer(self, request, _times):
        if request.path == "/token" and request.form().get("grant_type") == "refresh_token":
            return Response(body={"access_token": "ya29.own", "expires_in": 3599})
        if not request.path.endswith(":signJwt"):
            return None
        assert request.headers["authorization"] == "Bearer ya29.own"
        self.asked.append(request.path)
        if self.status != 200:
            return Response(status=self.status, body={"error": {"status": "PERMISSION_DENIED"}})
        signed = jwt.encode(json.loads(request.json()["payload"]), _key(), algorithm="RS256")
        return Response(body={"keyId": "1", "signedJwt": signed})


def keyless(opened):
    own = {
        "type": "authorized_user",
        "client_id": "gcloud",
        "client_secret": "x",
        "refresh_token": "r",
    }
    (opened.harness.folder / "adc.json").write_text(json.dumps(own))
    opened.table |= {"service_account": "file:adc.json", "impersonate": EMAIL}


def test_without_a_key_google_signs_for_the_service_account(stage):
    with stage.open() as opened:
        keyless(opened)
        iam = Iam(stage)
        connector, lent = opened.connector()
        assert connector.tenant().name == "example.co.jp"
        scope = next(s for s in connector.scopes() if s.title == SATO)
        coverage: Any = scan(connector, lent, scope)[-1]
        assert coverage.status is Status.COMPLETE
    assert set(iam.asked) == {f"/v1/projects/-/serviceAccounts/{EMAIL}:signJwt"}


def test_a_signature_that_is_not_lent_names_the_role_that_it_takes(stage):
    with stage.open() as opened:
        keyless(opened)
        Iam(stage, status=403)
        with pytest.raises(SignInError) as caught:
            opened.connector()[0].tenant()
    assert caught.value.message.key == "google.not_lent"


def test_credentials_that_are_no_key_need_the_account_to_borrow_from(stage):
    with stage.open() as opened:
        keyless(opened)
        opened.table["impersonate"] = ""
        with pytest.raises(SignInError) as caught:
            opened.connector()[0].tenant()
    assert caught.value.message.key == "google.no_key"


class Browser:
    """Somebody who signs in as `user`, or refuses, or is not there at all."""

    def __init__(self, opened, *, user=SATO, answer="code"):
        base = opened.service.url
        client = {
            "client_id": "desktop",
            "client_secret": "x",
            "auth_uri": f"{base}/auth",
            "token_uri": f"{base}/token",
        }
        (opened.harness.folder / "client.json").write_text(json.dumps({"installed": client}))
        opened.table.pop("service_account")
        opened.table |= {"oauth_client": "file:client.json", "admin_user": SATO}
        self.user, self.answer, self.asked = user, answer, {}
        opened.harness.inject_fault(self.exchange)

    def show_message(self, message):
        address = dict(message.values)["address"]
        self.asked = {k: v[0] for k, v in parse_qs(urlsplit(address).query).items()}
        back = {"state": self.asked["state"], self.answer: "the code"}
        threading.Thread(target=self.knock, args=(back,)).start()
        return True

    def knock(self, back):
        for values, status in ((back | {"state": "a stranger's"}, 400), (back, 200)):
            answer = requests.get(self.asked["redirect_uri"], params=values, timeout=5)
            assert answer.status_code == status

    def exchange(self, request, _times):
        if request.path != "/token":
            return None
        form = request.form()
        if form["grant_type"] == "authorization_code":
            proof = urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).decode()
            assert proof.rstrip("=") == self.asked["code_challenge"]
            assert form["redirect_uri"] == self.asked["redirect_uri"]
        token = make_token(self.user, "drive.metadata.readonly")
        return Response(body={"access_token": token, "expires_in": 3599, "refresh_token": "again"})


def test_one_user_reads_what_is_his_own_and_says_that_the_rest_is_not_read(stage):
    with stage.open() as opened:
        browser = Browser(opened)
        connector, lent = opened.connector()
        lent.show_message = browser.show_message
        tenant = connector.tenant()
        mine, rest = connector.scopes()
        records: Any = scan(connector, lent, mine)
        assert len([r for r in records if isinstance(r, Item)]) > 5
        coverage: Any = scan(connector, lent, rest)[-1]
        parts = connector.estimate().parts
        assert [c.outcome for c in connector.checks()] == ["pass"]
    assert tenant.domains == ("example.co.jp",)
    assert browser.asked["scope"].endswith("auth/drive.metadata.readonly")
    assert (coverage.status, coverage.standing) == (Status.SKIPPED, True)
    assert parts[0].scopes == 1


@pytest.mark.parametrize(
    ("how", "key"),
    [({"answer": "error"}, "not_signed_in"), ({"user": "suzuki@example.co.jp"}, "someone_else")],
)
def test_a_refusal_or_somebody_else_is_a_sign_in_error(stage, how, key):
    with stage.open() as opened:
        browser = Browser(opened, **how)
        connector, lent = opened.connector()
        lent.show_message = browser.show_message
        with pytest.raises(SignInError) as caught:
            connector.tenant()
    assert caught.value.message.key == f"google.{key}"


def test_nobody_at_the_terminal_is_a_sign_in_error_at_once(stage):
    with stage.open() as opened:
        Browser(opened)
        connector, lent = opened.connector()
        lent.watched = False
        with pytest.raises(SignInError) as caught:
            connector.tenant()
    assert caught.value.message.key == "google.unattended"
