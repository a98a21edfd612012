"""What is asked and answered has the shape that Google publishes in its discovery documents."""

import json
import re
from pathlib import Path
from typing import Any

import googleapiclient
import pytest

from connectors.google.demo.token_endpoint import parse_token
from connectors.google.permissions import SCOPE_PREFIX
from connectors.sdk.testing import ConnectorHarness

_FOLDER = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents"
_TYPES = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": int | float,
    "array": list,
    "object": dict,
}


class Api:
    """One discovery document."""

    def __init__(self, file, base):
        self.document = json.loads((_FOLDER / file).read_text(encoding="utf-8"))
        self.base = base
        self.methods = [
            m for r in self.document["resources"].values() for m in r.get("methods", {}).values()
        ]

    def method(self, verb, path):
        for method in self.methods:
            pattern = re.sub(r"\{\w+\}", "[^/]+", method["path"])
            if method["httpMethod"] == verb and re.fullmatch(self.base + pattern, path):
                return method
        raise AssertionError(f"no such method: {verb} {path}")

    def check(self, value: Any, schema: Any, where: str) -> None:
        if "$ref" in schema:
            schema = self.document["schemas"][schema["$ref"]]
        if schema["type"] == "any":
            return
        kind: Any = _TYPES[schema["type"]]
        assert isinstance(value, kind), f"{where} is no {schema['type']}"
        if kind is dict and "properties" in schema:
            for name, part in value.items():
                assert name in schema["properties"], f"{where}.{name} is not published"
                self.check(part, schema["properties"][name], f"{where}.{name}")
        if kind is list:
            for part in value:
                self.check(part, schema["items"], where)


DRIVE = Api("drive.v3.json", "/drive/v3/")
DIRECTORY = Api("admin.directory_v1.json", "/")
GROUPS = Api("groupssettings.v1.json", "/groups/v1/groups/")
IDENTITY = Api("cloudidentity.v1.json", "/")
APIS = {"drive": DRIVE, "admin": DIRECTORY, "groups": GROUPS, "v1": IDENTITY}


def api_of(path):
    return APIS[path.split("/")[1]]


@pytest.fixture
def exchanged(tmp_path):
    """Every request of a whole reading, with the answer in full and as it was asked for."""
    stage = ConnectorHarness("google", tmp_path, size=300)
    pairs = []
    respond = stage.tenant.respond

    def listening(request):
        answer = respond(request)
        pairs.append((request, answer))
        return answer

    stage.tenant.respond = listening
    with stage.open() as opened:
        opened.scan_all()
    # the parts of a batch were heard on their own
    return [(r, a) for r, a in pairs if r.path not in ("/token", "/batch/drive/v3")]


def test_every_answer_is_published(exchanged):
    pairs = exchanged
    for request, answer in pairs:
        if answer.status == 200:
            api = api_of(request.path)
            schema = api.method(request.method, request.path)["response"]
            api.check(answer.body, schema, request.path)


def test_every_parameter_and_permission_is_published(exchanged):
    pairs = exchanged
    for request, _answer in pairs:
        api = api_of(request.path)
        method = api.method(request.method, request.path)
        assert set(request.query) <= set(method["parameters"]) | set(api.document["parameters"])
        bearer = parse_token(request)
        assert bearer is not None
        assert {SCOPE_PREFIX + p for p in bearer.permissions} & set(method["scopes"])


def test_every_list_asks_for_the_next_page(exchanged):
    pairs = exchanged
    listed = [
        r
        for r, _ in pairs
        if r.path.endswith(("/files", "/permissions", "/drives", "/users", "/members", "/policies"))
        or r.path.endswith("/allowlistedDomains")
    ]
    assert listed
    assert all(r.query["fields"].startswith("nextPageToken,") for r in listed)
