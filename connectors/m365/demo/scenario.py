"""The scenario of Example K.K.: sharing incidents, and shares that only look like incidents."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.m365.demo.people import (
    AFFILIATES,
    ALPHA,
    BETA,
    CODE,
    DELETED_TEAM,
    EMPLOYEES,
    ENGINEERS,
    FORMER_EMPLOYEE,
    GMAIL,
    LISTED,
    OFFICE,
    PLAZA,
    SALES_TEAM,
    SATO,
    SMITH,
    SUZUKI,
    SYNCED,
    TANAKA,
    Person,
    Team,
    guid,
)
from connectors.m365.demo.permission_rows import (
    PermissionRow,
    anonymous,
    direct,
    everyone,
    everyone_except_external,
    existing_access,
    in_days,
    invitation,
    organization,
    owners_of,
    people,
    site_group,
    team,
)

HOST = "https://example.sharepoint.com"
CONFIDENTIAL = "2f0c6a1e-77b1-4d6c-9a52-1f9de3c8b0aa"
"""The id of a sensitivity label."""


@dataclass(frozen=True, slots=True)
class Node:
    """A file or folder. `parent` is the name of a folder of the same library; empty is the top.

    `label` is the id of its sensitivity label.
    """

    name: str
    rows: tuple[PermissionRow, ...] = ()
    parent: str = ""
    kind: str = "file"  # file, folder, package
    owner: Person = SATO
    created: str = "2025-05-12T01:30:00Z"
    label: str = ""


@dataclass(frozen=True, slots=True)
class LibrarySpec:
    """The specification of a document library.

    A `system` one was made by SharePoint: Graph lists it only where the facet is selected.
    """

    name: str
    folder: str
    rows: tuple[PermissionRow, ...] = ()
    nodes: tuple[Node, ...] = ()
    plain: int = 0
    system: bool = False

    @property
    def hold(self) -> bool:
        """Whether it keeps what a retention policy protects."""
        return self.folder == "PreservationHoldLibrary"


@dataclass(frozen=True, slots=True)
class SiteSpec:
    """The specification of a site.

    `error_status` is the status with which it refuses to list its libraries; 0 for none. `group` is
    the Microsoft 365 group behind it.
    """

    name: str
    path: str
    libraries: tuple[LibrarySpec, ...] = ()
    personal: bool = False
    error_status: int = 0
    group: Team | None = None

    @property
    def url(self) -> str:
        """Where a browser finds it."""
        host = HOST.replace(".share", "-my.share") if self.personal else HOST
        return f"{host}{self.path}"

    @property
    def id(self) -> str:
        """Host, site collection and web, as Graph joins them."""
        host = self.url.split("/")[2]
        return f"{host},{guid('collection', self.path)},{guid('web', self.path)}"


DEFAULT_ROWS = (
    site_group("所有者", 3, "owner"),
    site_group("メンバー", 5, "write"),
    site_group("閲覧者", 4, "read"),
)
"""What every team site grants at the top of its libraries."""

ATTENDEES = tuple(direct(Person(f"参加者 {n}", f"attendee{n}@example.co.jp")) for n in range(23))

PRESS = LibrarySpec("ドキュメント", "Shared Documents", DEFAULT_ROWS, (
    Node("配布物", kind="folder"),
    Node("会社案内2026.pdf", (anonymous("brochure", expires=in_days(24)),), "配布物",
         created=in_days(-11)),
    Node("個人情報保護方針.pdf", (anonymous("privacy policy"),), "配布物"),
    Node("ロゴ, \"新\"; 'final'\u3000＝版.png", parent="配布物"),
    Node("=HYPERLINK(\"https://evil.example\",\"見積, 社外\").xlsx",
         (anonymous("hyperlink", "edit"),), owner=SMITH),
    Node("報道発表_下書き.docx", (people("draft", "review", SATO, SMITH),)),
))  # fmt: skip

SALES = LibrarySpec("ドキュメント", "Shared Documents", (*DEFAULT_ROWS, owners_of(SALES_TEAM)), (
    Node("顧客", kind="folder"),
    Node("顧客名簿_2020.xlsx", (anonymous("customers 2020"),), "顧客", owner=FORMER_EMPLOYEE,
         created="2020-09-30T08:00:00Z"),
    Node("顧客名簿_2026.xlsx", parent="顧客"),
    Node("代理店共有", (people("agencies", "edit", ALPHA, BETA),), kind="folder",
         created="2024-04-10T00:00:00Z"),
    Node("価格表_2026.xlsx", parent="代理店共有"),
    Node("契約書_アルファ商事.docx", (direct(GMAIL, "write"),), "代理店共有", label=CONFIDENTIAL),
    Node("営業会議", (team(SALES_TEAM, "write"),), kind="folder"),
    Node("議事録_2026-10.docx", (existing_access("minutes"),), "営業会議"),
    Node("見積テンプレート.xltx", (direct(SUZUKI, "write"), direct(TANAKA)), "営業会議"),
))  # fmt: skip

NOTICES = LibrarySpec("全社共有", "AllCompany", (*DEFAULT_ROWS, everyone_except_external()), (
    Node("座席表.xlsx"),
    Node("忘年会, 出欠.xlsx", (organization("party", "edit"),)),
))  # fmt: skip

PERSONNEL = LibrarySpec("ドキュメント", "Shared Documents", DEFAULT_ROWS, (
    Node("給与一覧_2026.xlsx", (organization("payroll"),), owner=SUZUKI),
    Node("給与_社内限定.xlsx", (direct(SUZUKI), direct(SATO, "owner")), owner=SUZUKI),
    Node("人事評価", (team(ENGINEERS),), kind="folder"),
    Node("評価シート_2026上期.xlsx", parent="人事評価"),
    Node("就業規則.pdf", (everyone(),)),
    Node("内定者一覧.xlsx", (invitation("naitei@zeta.example"),)),
    Node("健康診断の案内.pdf", (organization("health check", download=False),)),
    Node("説明会_参加者.xlsx", (*ATTENDEES, direct(ALPHA))),
))  # fmt: skip

PROJECT = LibrarySpec("企画書", "Plans", (*DEFAULT_ROWS, team(OFFICE, "write")), (
    Node("共同企画", (team(PLAZA), team(DELETED_TEAM)), kind="folder"),
    Node("仕様書_v3.docx", (direct(CODE, "write"),), "共同企画"),
    Node("Roadmap (internal).pptx", (people("roadmap", "view", *EMPLOYEES),), "共同企画"),
    Node("打合せノート", parent="共同企画", kind="package"),
    Node("共同開発契約_案.docx", (direct(LISTED),)),
    Node("出向者名簿.xlsx", (direct(SYNCED, "write"), direct(SMITH)), owner=TANAKA),
    Node("グループ会社", (team(AFFILIATES),), kind="folder"),
))  # fmt: skip

ONEDRIVE = LibrarySpec("ドキュメント", "Documents", (direct(TANAKA, "owner"),), (
    Node("引継ぎ", kind="folder", owner=TANAKA),
    Node("パスワード一覧（一時）.txt", (anonymous("passwords", "edit"),), "引継ぎ", owner=TANAKA,
         created="2022-03-31T09:00:00Z"),
    Node("メモ.txt", parent="引継ぎ", owner=TANAKA),
))  # fmt: skip

ASSETS = LibrarySpec("サイトのリソース ファイル", "SiteAssets", DEFAULT_ROWS, (
    Node("営業部 ノートブック", kind="package"),
    Node("顧客訪問メモ.one", (anonymous("notebook", "edit"),), "営業部 ノートブック"),
    Node("ロゴ.png"),
), system=True)  # fmt: skip

STYLES = LibrarySpec("スタイル ライブラリ", "Style Library", DEFAULT_ROWS, (
    Node("theme.css"),
), system=True)  # fmt: skip

HOLD = LibrarySpec("アイテム保管ライブラリ", "PreservationHoldLibrary", (), (
    Node("給与一覧_2024_保持.xlsx", (anonymous("held"),)),
), system=True)  # fmt: skip

SITE_SPECS = (
    SiteSpec("広報", "/sites/press", (PRESS, STYLES)),
    SiteSpec("営業部", "/sites/sales", (SALES, NOTICES, ASSETS), group=SALES_TEAM),
    SiteSpec("人事", "/sites/hr", (PERSONNEL, HOLD), group=OFFICE),
    SiteSpec("共同企画プロジェクト", "/sites/project", (PROJECT,)),
    SiteSpec("田中 一郎", "/personal/ichiro_tanaka_example_co_jp", (ONEDRIVE,), personal=True),
    SiteSpec("旧システム移行", "/sites/old-system", error_status=423),
    SiteSpec("削除済みサイト", "/sites/deleted", error_status=404),
)


def site_specs(size: int) -> tuple[SiteSpec, ...]:
    """Return the sites of the scenario, and as many plain ones as `size` items need."""
    count = min(40, max(2, size // 5000)) if size else 0
    shares = [size // (2 * count) + (n < size % (2 * count)) for n in range(2 * count)]
    return SITE_SPECS + tuple(
        SiteSpec(
            f"Department {n:02d}",
            f"/sites/dept{n:02d}",
            (
                LibrarySpec("ドキュメント", "Shared Documents", DEFAULT_ROWS, plain=shares[2 * n]),
                LibrarySpec("保管庫", "Archive", DEFAULT_ROWS, plain=shares[2 * n + 1]),
            ),
        )
        for n in range(count)
    )
