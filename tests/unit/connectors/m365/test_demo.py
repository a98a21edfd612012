import json
import re
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from connectors.m365.demo import Tenant
from connectors.m365.demo.people import SALES_TEAM
from connectors.sdk.demo import LINK_CANARY
from connectors.sdk.local_server import Request, Response
from connectors.sdk.testing import ConnectorHarness

SHAPES: dict[str, Any] = json.loads(
    Path(__file__).with_name("graph_types.json").read_text(encoding="utf-8")
)
KINDS = (
    (r"/organization", "organization"),
    (r"/subscribedSkus", "subscribedSku"),
    (r"/sites/getAllSites", "site"),
    (r"/sites/[^/]+/drives", "drive"),
    (r"/sites/[^/]+/sites", "site"),
    (r"/drives/[^/]+/root/delta", "driveItem"),
    (r"/sites/[^/]+", "site"),
    (r"/drives/[^/]+/items/[^/]+/permissions", "permission"),
    (r"/users(/[^/]+)?", "user"),
    (r"/groups/[^/]+/(transitiveMembers|owners)/microsoft.graph.user", "user"),
    (r"/groups(/[^/]+)?", "group"),
    (r"/teams/[^/]+/channels", "channel"),
    (r"/teams/[^/]+/channels/[^/]+/members", "aadUserConversationMember"),
    (r"/teams/[^/]+/channels/[^/]+/sharedWithTeams", "sharedWithChannelTeamInfo"),
    (r"/admin/sharepoint/settings", "sharepointSettings"),
    (r"/policies/authorizationPolicy", "authorizationPolicy"),
    (
        r"/policies/crossTenantAccessPolicy/default",
        "crossTenantAccessPolicyConfigurationDefault",
    ),
    (
        r"/policies/crossTenantAccessPolicy/partners",
        "crossTenantAccessPolicyConfigurationPartner",
    ),
    (
        r"/policies/crossTenantAccessPolicy/partners/[^/]+/identitySynchronization",
        "crossTenantIdentitySyncPolicyPartner",
    ),
)
# not in the metadata at hand
UNPUBLISHED = r"/roleManagement/directory/roleAssignments|/directoryRole(s|Templates).*"
JSON = {"Edm.Int32": int, "Edm.Int64": int, "Edm.Boolean": bool}


def problems(value: Any, kind: str, where: str) -> list[str]:
    """What of a value is not as Graph's metadata says."""
    if kind.startswith("Collection("):
        if not isinstance(value, list):
            return [f"{where}: is no collection"]
        return [p for v in value for p in problems(v, kind[11:-1], where)]
    if kind.startswith("Edm.") or kind in SHAPES["enums"]:
        return [] if plain(value, kind) else [f"{where}: {value!r} is no {kind}"]
    if not isinstance(value, dict):
        return [f"{where}: is no object"]
    known = properties(kind)
    found: list[str] = []
    for name, inner in value.items():
        if name.startswith(("@odata.", "@microsoft.graph.")):
            continue
        if name not in known:
            if not SHAPES["types"][kind]["open"]:
                found.append(f"{where}.{name}: unknown property of {kind}")
            continue
        inner_kind, nullable = known[name]
        if inner is None:
            found += [] if nullable else [f"{where}.{name}: null"]
        else:
            found += problems(inner, inner_kind, f"{where}.{name}")
    return found


def plain(value: Any, kind: str) -> bool:
    if kind in SHAPES["enums"]:
        return value in SHAPES["enums"][kind]
    return type(value) is JSON.get(kind, str)


def properties(kind: str) -> dict[str, Any]:
    shape = SHAPES["types"][kind]
    return (properties(shape["base"]) if shape["base"] else {}) | shape["p"]


def objects_of(path: str, body: Any) -> list[tuple[str, Any]]:
    if not isinstance(body, dict) or "error" in body or re.fullmatch(UNPUBLISHED, path):
        return []
    kind = next(kind for pattern, kind in KINDS if re.fullmatch(pattern, path))
    return [(f"microsoft.graph.{kind}", value) for value in body.get("value", [body])]


def test_every_object_that_the_demo_answers_has_the_published_shape(tmp_path: Path) -> None:
    seen: list[tuple[str, Any]] = []
    stage = ConnectorHarness("m365", tmp_path, size=600)

    def listen(request: Request, _times: int) -> Response:
        answer = stage.tenant.respond(request)
        path = request.path.removeprefix("/v1.0")
        if path == "/$batch":
            urls = {part["id"]: part["url"] for part in request.json()["requests"]}
            assert isinstance(answer.body, dict)
            for part in answer.body["responses"]:
                seen.extend(objects_of(urlsplit(urls[part["id"]]).path, part["body"]))
        elif request.path.startswith("/v1.0"):
            seen.extend(objects_of(path, answer.body))
        return answer

    stage.inject_fault(listen)
    with stage.open() as opened:
        opened.scan_all()
    assert {kind for kind, _ in seen} == {f"microsoft.graph.{kind}" for _, kind in KINDS}
    assert [p for kind, value in seen for p in problems(value, kind, kind)] == []


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"id": None}, "site"),
        ({"id": "x", "isPersonalSite": "no"}, "site"),
        ({"id": "x", "invented": 1}, "site"),
        ({"link": {"scope": 1}}, "permission"),
        ({"roles": "read"}, "permission"),
    ],
)
def test_the_check_of_shapes_finds_what_is_wrong(value: Any, kind: str) -> None:
    assert problems(value, f"microsoft.graph.{kind}", kind)


def get(tenant: Tenant, path: str, **headers: str) -> Response:
    parts = urlsplit(path)
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if pair)
    sent = {"authorization": f"Bearer {tenant.token_endpoint.token}", **headers}
    return tenant.respond(
        Request(
            method="GET",
            path=f"/v1.0{parts.path}",
            query=query,
            headers=sent,
            body=b"",
            base="https://x",
        )
    )


def facets(tenant: Tenant, **headers: str) -> Counter[str]:
    """How often each facet occurs in all libraries."""
    found: Counter[str] = Counter()
    for drive in tenant._libraries:
        path = f"/drives/{drive}/root/delta?$top=1000"
        while path:
            body: Any = get(tenant, path, **headers).body
            found.update(
                str(item.get("shared", {}).get("scope"))
                for item in body["value"]
                if "shared" in item
            )
            path = body.get("@odata.nextLink", "").removeprefix("https://x/v1.0")
    return found


def test_without_the_preference_the_facet_spreads_and_the_empty_one_is_missing() -> None:
    tenant = Tenant(5000)
    with_it = facets(tenant, prefer="hierarchicalsharing")
    without = facets(tenant)
    assert with_it["None"] > 0
    assert without["None"] == 0
    assert without["users"] > with_it["users"]


def test_a_wrong_token_is_refused_as_graph_does() -> None:
    answer = get(Tenant(), "/organization", authorization="Bearer nonsense")
    assert answer.status == 401


def test_a_filter_on_members_needs_the_consistency_level() -> None:
    tenant = Tenant()
    people = f"/groups/{SALES_TEAM.id}/transitiveMembers/microsoft.graph.user"
    path = f"{people}?$filter=userType eq 'Guest'"
    assert get(tenant, path).status == 400
    assert get(tenant, path + "&$count=true", consistencylevel="eventual").status == 200


def test_the_tenant_is_the_same_every_time_and_as_large_as_asked() -> None:
    assert list(Tenant(3000).expected_exposures()) == list(Tenant(3000).expected_exposures())
    assert 0 <= Tenant(3000).items - Tenant().items - 3000 <= 10
    assert sum(1 for _ in Tenant(3000).expected_exposures()) > 40


def test_every_anonymous_link_carries_the_canary() -> None:
    tenant, open_ = Tenant(600), 0
    for library in tenant._libraries.values():
        for number in range(len(library)):
            for row in library.node(number).rows:
                link = row.json.get("link", {})
                anonymous = link.get("scope") == "anonymous"
                open_ += anonymous
                assert (LINK_CANARY in link.get("webUrl", "")) == anonymous
    assert open_ > 4


def test_a_large_tenant_costs_the_server_no_memory() -> None:
    tenant = Tenant(200_000)
    assert tenant.items > 200_000
    drive = next(d for d, lib in tenant._libraries.items() if lib.spec.plain)
    body: Any = get(tenant, f"/drives/{drive}/root/delta?$top=1000", prefer="x").body
    assert len(body["value"]) == 1001  # one is named twice
