"""Every way to sign in can be written down by the wizard, and by flags without a question."""

import json
import os
import tomllib
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import jwt
import pytest

from agent.collect import registry
from agent.config.load import read_config
from connectors.google.demo.token_endpoint import EMAIL, _key
from connectors.salesforce.demo.credentials import CONSUMER_KEY, CONSUMER_SECRET
from connectors.sdk.local_server import Request, Response
from connectors.sdk.services import services
from tests.e2e.test_day_one import HOUSE, typed
from tests.unit.connectors.m365.test_checks import certificate

Serve = Callable[..., Any]
STORE = "certstore:LocalMachine/My/0123456789abcdef0123456789abcdef01234567"
Way = tuple[str, int, dict[str, str], bool]
WAYS: list[Way] = [  # service, the number of the way, what is typed, whether doctor can pass here
    ("m365", 1, {"certificate": "file:app.pem", "certificate_password": ""}, True),
    ("m365", 2, {"certificate": STORE}, False),
    ("m365", 3, {"client_secret": "file:m365-secret.txt"}, True),
    ("m365", 4, {}, False),
    ("google", 1, {"service_account": "file:service-account.json"}, True),
    ("google", 2, {"service_account": "file:adc.json", "impersonate": EMAIL}, True),
    ("google", 3, {"oauth_client": "file:client.json"}, False),
    (
        "salesforce", 1,
        {
            "consumer_key": CONSUMER_KEY,
            "username": "audit@example.co.jp",
            "private_key": "file:salesforce.key",
        },
        True,
    ),
    ("salesforce", 2, {"consumer_key": CONSUMER_KEY, "consumer_secret": "env:SF_SECRET"}, True),
    ("salesforce", 3, {"access_token": "env:SF_TOKEN"}, True),
]  # fmt: skip
GIVEN = {  # what is asked of each service besides
    "m365": ("tenant_id", "client_id", "sites"),
    "google": ("admin_user",),
    "salesforce": ("login_url",),
}
GATEWAYS = ("login_url", "graph_url", "api_url", "quota_share")


def prepared(site: Any, service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What each way needs of the outside: files, variables, and who vouches for them."""
    tenant = site.tenants[service]
    if service == "m365":
        pem = certificate(200)
        (site.folder / "app.pem").write_bytes(pem)
        tenant.token_endpoint.certificates.append(pem)
    elif service == "salesforce":
        monkeypatch.setenv("SF_SECRET", CONSUMER_SECRET)
        monkeypatch.setenv("SF_TOKEN", tenant.open_session())
    else:
        own = {"type": "authorized_user", "client_id": "g", "client_secret": "x"}
        (site.folder / "adc.json").write_text(json.dumps(own | {"refresh_token": "r"}))
        site.fault = lends
    for file in site.folder.iterdir():
        if file.is_file():
            file.chmod(0o600)


def lends(request: Request) -> Response | None:
    """Google's IAM, which signs for the holder of the right credentials."""
    if request.path == "/token" and request.form().get("grant_type") == "refresh_token":
        return Response(body={"access_token": "ya29.own", "expires_in": 3599})
    if not request.path.endswith(":signJwt"):
        return None
    signed = jwt.encode(json.loads(request.json()["payload"]), _key(), algorithm="RS256")
    return Response(body={"keyId": "1", "signedJwt": signed})


def loads(file: Path, service: str) -> dict[str, Any]:
    """The table of a service, which a command understands."""
    config = read_config(file).config
    registry.check(service, config.connectors[service], file)
    return tomllib.loads(file.read_text(encoding="utf-8"))["connectors"][service]


def held(table: dict[str, Any], service: str, number: int, keys: dict[str, str]) -> bool:
    """Whether a table signs in so, and in no other way."""
    ways = import_module(f"connectors.{service}").SIGN_INS
    wanted = {key: value for key, value in keys.items() if value} | dict(ways[number - 1].fixed)
    every = {k for way in ways for k in (*way.keys, *way.optional, *way.fixed)}
    return {key: value for key, value in table.items() if key in every} == wanted


@pytest.mark.skipif(os.name == "nt", reason="a terminal of POSIX")
@pytest.mark.parametrize(("service", "number", "keys", "works"), WAYS)
def test_the_wizard_writes_each_way_to_sign_in(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, service: str, number: int,
    keys: dict[str, str], works: bool,
) -> None:  # fmt: skip
    with serve(service) as site:
        prepared(site, service, monkeypatch)
        table = site.tables[service]
        asked = [str(table.get(key, "")) for key in GIVEN[service]]
        read_this = ["y" if name == service else "n" for name in services()]
        at = services().index(service) + 1
        answers = ["Example K.K.", "example.co.jp", *read_this[:at]]
        answers += [*asked, str(number), *keys.values(), *read_this[at:], "n"]
        words = [word for pair in HOUSE for word in ("--set", pair)]
        code, shown = typed(
            site.folder, answers, "init", "-c", "mine.toml", "--no-doctor", "--lang", "en", *words
        )
        assert code == 0, shown
        file = site.folder / "mine.toml"
        assert held(loads(file, service), service, number, keys), shown
        for permission in import_module(f"connectors.{service}").PERMISSIONS:
            assert permission.name in shown
        assert shown.count("Without it:") >= 5
        if works:
            gateways(file, service, table)
            done = site.run("doctor", "-c", "mine.toml", "--json")
            assert done.returncode == 0, done.stdout


def gateways(file: Path, service: str, table: dict[str, Any]) -> None:
    """Lead the written file to the tenant on this machine, which nobody is asked about."""
    head = f"[connectors.{service}]\n"
    text = file.read_text(encoding="utf-8")
    lines = [
        f"{key} = {json.dumps(table[key])}\n"
        for key in GATEWAYS
        if key in table and key not in GIVEN[service]
    ]
    file.write_text(text.replace(head, head + "".join(lines)), encoding="utf-8")


@pytest.mark.parametrize(("service", "number", "keys", "works"), WAYS)
def test_flags_write_each_way_without_a_question(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, service: str, number: int,
    keys: dict[str, str], works: bool,
) -> None:  # fmt: skip
    with serve(service) as site:
        prepared(site, service, monkeypatch)
        way = import_module(f"connectors.{service}").SIGN_INS[number - 1]
        table = site.tables[service]
        given = {k: str(table[k]) for k in (*GIVEN[service], *GATEWAYS) if k in table}
        pairs = given | {k: v for k, v in keys.items() if v} | dict(way.fixed)
        words = [f"connectors.{service}.{key}={value}" for key, value in pairs.items()]
        flags = [word for pair in (*HOUSE, *words) for word in ("--set", pair)]
        quiet = () if works else ("--no-doctor",)
        done = site.run("init", "-c", "mine.toml", "--service", service, *quiet, *flags)
        assert done.returncode == 0, done.stderr
        assert held(loads(site.folder / "mine.toml", service), service, number, keys)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "exactly one of certificate and client_secret"),
        (("--set", "connectors.m365.client_secret=abc"), "a reference to a secret"),
        (("--set", "connectors.m365.client_secret=env:A", "--set", "connectors.m365.certificate="
          "file:b"), "exactly one of"),
        (("--set", "connectors.m365.quota_share=7"), "at most 1"),
    ],
)  # fmt: skip
def test_a_file_that_no_command_could_read_is_not_written(
    serve: Serve, words: tuple[str, ...], said: str
) -> None:
    with serve("m365") as site:
        both = ("tenant_id=t", "client_id=c")
        flags = [w for pair in both for w in ("--set", f"connectors.m365.{pair}")]
        done = site.run("init", "-c", "mine.toml", "--service", "m365", *flags, *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert not (site.folder / "mine.toml").exists()


@pytest.mark.skipif(os.name == "nt", reason="a terminal of POSIX")
def test_the_wizard_asks_again_where_the_answer_cannot_be_meant(tmp_path: Path) -> None:
    given = ["", "example.co.jp", "n", "n", "y", "http://plain", "https://x.my.salesforce.com"]
    signed = ["9", "3", "00D-a-token-itself", "env:SF_TOKEN", "n"]
    code, shown = typed(
        tmp_path, [*given, *signed], "init", "-c", "mine.toml", "--no-doctor", "--lang", "ja"
    )
    assert code == 0, shown
    assert "https:// で始めて" in shown
    assert "1, 2, 3 のいずれか" in shown
    assert "その参照を記載して" in shown
    assert "00D-a-token-itself" not in (tmp_path / "mine.toml").read_text(encoding="utf-8")
    assert loads(tmp_path / "mine.toml", "salesforce")["access_token"] == "env:SF_TOKEN"
