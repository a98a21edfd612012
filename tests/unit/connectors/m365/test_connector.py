import subprocess
import sys
from typing import get_args

import pytest
from pydantic import ValidationError

from connectors.m365 import Settings
from connectors.m365.demo.errors import error_response
from connectors.m365.not_read import ALWAYS
from connectors.m365.settings import HOSTS, Cloud
from connectors.sdk.errors import AccessDenied
from connectors.sdk.local_server import Request, Response
from connectors.sdk.records import Scope, Status
from connectors.sdk.testing import scan

from .conftest import House, end_of

TABLE: dict[str, object] = {"tenant_id": "t", "client_id": "c", "client_secret": "env:X"}


def test_importing_the_connector_imports_no_vendor_library() -> None:
    code = "import sys, connectors.m365; sys.exit(any(m in sys.modules for m in ('msal', 'jwt')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_tenant_is_known_by_its_verified_domains(house: House) -> None:
    tenant = house.connector.tenant()
    assert tenant.name == "Example K.K."
    assert tenant.domains == ("example.co.jp", "example.onmicrosoft.com")


def test_every_library_is_a_scope_onedrive_included_and_none_twice(house: House) -> None:
    titles = [s.title for s in house.connector.scopes()]
    assert titles == [
        "広報 / ドキュメント",
        "広報 / スタイル ライブラリ",
        "営業部 / ドキュメント",
        "営業部 / 全社共有",
        "営業部 / サイトのリソース ファイル",
        "人事 / ドキュメント",
        "共同企画プロジェクト / 企画書",
        "田中 一郎 / ドキュメント",
        "旧システム移行",
        "削除済みサイト",
        "SharePoint subsites",
        "SharePoint groups",
        "SharePoint site administrators",
        *(scope.title for scope in ALWAYS),
        "SharePoint settings",
        "SharePoint admin center",
        "Microsoft Entra policies",
        "Microsoft Teams",
        "Microsoft Entra ID",
    ]


def test_a_site_that_is_only_listed_below_another_is_read_and_remembered(house: House) -> None:
    hr = next(i for i, place in house.tenant._site_specs.items() if place.name == "人事")
    press = next(i for i, place in house.tenant._site_specs.items() if place.name == "広報")
    house.tenant.subsite_parents = {hr: press}
    house.read("SharePoint subsites")
    found = [s.title for s in house.connector.scopes()]
    assert found.count("人事 / ドキュメント") == 1
    before = house.lent.http.meter.units
    assert [s.title for s in house.connector.scopes()] == found
    walked_again = house.lent.http.meter.units - before > 2 * 3 + 2 * 7
    assert not walked_again


def test_the_directory_is_read_last(house: House) -> None:
    assert [s.id for s in house.connector.scopes() if s.last] == ["directory"]


def test_a_locked_site_is_denied_with_the_way_to_unlock_it(house: House) -> None:
    end = end_of(house.read("旧システム移行"))
    assert (end.status, str(end.reason)) == (Status.DENIED, "m365.locked")
    assert str(end.hint) == "m365.locked_hint"


def test_a_deleted_site_is_named_and_not_passed_over(house: House) -> None:
    end = end_of(house.read("削除済みサイト"))
    assert end.status is Status.PARTIAL
    assert "m365.not_found" in str(end.reason)


def test_a_site_that_opened_meanwhile_is_not_called_complete(house: House) -> None:
    press = next(s for s in house.connector.scopes() if s.title == "広報 / ドキュメント")
    site = next(s for s in house.tenant._site_specs)
    scope = Scope(id=f"site:{site}", title=press.title)
    records = list(house.connector.scan(scope, None))
    assert str(end_of(records).reason) == "m365.site_opened"


def test_what_graph_never_tells_is_a_standing_blind_spot(house: House) -> None:
    end = end_of(house.read("SharePoint groups"))
    assert (end.status, end.standing) == (Status.SKIPPED, True)


def test_without_the_licence_count_the_lowest_pace_is_kept(house: House) -> None:
    house.fail(lambda r: error_response(403, "x") if r.path.endswith("/subscribedSkus") else None)
    house.connector.tenant()
    pace = house.lent.http.transport.rate_limiter
    assert pace is not None
    pace.acquire(125)
    assert pace.acquire(1250) == pytest.approx(60, abs=1)


def test_a_tenant_whose_sites_may_not_be_listed_names_the_permission(house: House) -> None:
    house.fail(lambda r: error_response(403, "accessDenied") if "getAllSites" in r.path else None)
    with pytest.raises(AccessDenied) as error:
        list(house.connector.scopes())
    assert "Sites.Read.All" in str(error.value.hint)


@pytest.mark.parametrize(
    "wrong",
    [
        {"certificate": "file:x"},
        {"client_secret": ""},
        {"client_secret": "plain text"},
        {"sign_in": "device_code"},
        {"sign_in": "password", "client_secret": ""},
        {"sharepoint_details": True},
        {"sites": ["http://example.sharepoint.com/sites/press"]},
        {"certificate_password": "plain text"},
        {"cloud": "moon"},
        {"quota_share": 0.0},
        {"quota_share": 1.5},
        {"graph_url": "http://graph.example"},
        {"tennant_id": "t"},
    ],
)
def test_a_wrong_table_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate(TABLE | wrong)


@pytest.mark.parametrize("cloud", get_args(Cloud))
def test_every_cloud_has_its_own_hosts_and_audience(cloud: Cloud) -> None:
    settings = Settings.model_validate(TABLE | {"cloud": cloud})
    login, graph = HOSTS[cloud]
    assert settings.authority == f"{login}/t"
    assert settings.graph_root == graph
    assert settings.audience == graph.replace("/v1.0", "/.default")


def test_a_gateway_changes_the_way_and_not_the_audience() -> None:
    gateway = {"graph_url": "https://gateway.example/graph/v1.0/", "login_url": "https://l.example"}
    settings = Settings.model_validate(TABLE | gateway)
    assert settings.graph_root == "https://gateway.example/graph/v1.0"
    assert settings.audience == "https://graph.microsoft.com/.default"
    assert settings.authority == "https://l.example/t"


def test_every_setting_is_described() -> None:
    assert all(field.description for field in Settings.model_fields.values())


@pytest.mark.parametrize("status", ["recentlyArchived", "fullyArchived", "reactivating"])
def test_an_archived_site_is_a_standing_row_and_no_failure(house: House, status: str) -> None:
    def fault(request: Request) -> Response | None:
        if not request.path.endswith("/getAllSites"):
            return None
        answer = house.tenant.respond(request)
        assert isinstance(answer.body, dict)
        for site in answer.body["value"]:
            if site["displayName"] == "旧システム移行":
                site["siteCollection"] = {"archivalDetails": {"archiveStatus": status}}
        return answer

    house.fail(fault)
    end = end_of(house.read("旧システム移行"))
    assert (end.status, end.standing, str(end.reason)) == (Status.SKIPPED, True, "m365.archived")


def test_a_site_that_alone_is_forbidden_is_not_told_to_grant_what_was_granted(
    house: House,
) -> None:
    scope = house.scope("旧システム移行")
    denied = error_response(403, "accessDenied")
    house.fail(lambda r: denied if r.path.endswith("/drives") else None)
    end = end_of(scan(house.connector, house.lent, scope))
    assert (end.status, str(end.hint)) == (Status.DENIED, "m365.site_denied_hint")
