"""Scenario: exposures as they happen in real tenants, between harmless look-alikes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from connectors.google.demo.model import (
    DOCUMENT,
    DOMAIN,
    FOLDER,
    FORM,
    PDF,
    SHEET,
    SITE,
    SLIDES,
    Node,
    ScenarioDrive,
    Share,
    anyone,
    domain,
    group,
    identifier,
    published,
    user,
)
from connectors.google.demo.people import BRAND, GUEST, GUEST_ELSEWHERE, HR, PROJECT, STAFF
from connectors.sdk.demo import NOW
from connectors.sdk.records import Audience

AUDIENCE = "3kfh7.audience.googledomains.com"  # "Sales and partners managers", a target audience

BI_TOOL = "export@bi-tool.iam.gserviceaccount.com"  # a service account of somebody else's project
AUDITOR = "report@example-audit.iam.gserviceaccount.com"  # and of the own one

CONFIDENTIAL = "kFq3labelzDb/8Cchoice12"  # a label of Drive, and what is chosen in it


def _file(name: str, *shares: Share, parent: str = "", **more: Any) -> Node:
    return Node(
        id=identifier(name), name=name, shares=shares, parent=parent and identifier(parent), **more
    )


def _mail(local: str) -> str:
    return f"{local}@{DOMAIN}"


_MY_DRIVES: Mapping[str, tuple[Node, ...]] = {
    "sato": (
        _file("顧客名簿.xlsx", anyone("reader"), created="2020-10-05T02:00:00.000Z"),
        _file("会社案内 2026 brochure.pdf", anyone("reader"), mime=PDF, old_link=True),
        _file("議事録 2026-09", domain(DOMAIN, "commenter"), mime=DOCUMENT),
        _file("Project X", user("lee@partner-b.example", "writer"), mime=FOLDER),
        _file("見積, \"特価\" 'A社'.xlsx", parent="Project X"),
        _file("納期一覧.xlsx", anyone("writer"), parent="Project X", label=CONFIDENTIAL),
        _file("図面", parent="Project X", mime=FOLDER),
        _file("図面 1.pdf", parent="図面", mime=PDF),
        _file("下書き", user(_mail("suzuki"), "writer"), mime=DOCUMENT),
        _file(
            "役員のみ",
            user(_mail("suzuki"), "writer"),
            parent="Project X",
            mime=FOLDER,
            limited=True,
        ),
        _file("役員報酬.xlsx", parent="役員のみ"),
        _file(
            "共同見積.xlsx",
            user(GUEST, "writer", audience=Audience.EXT_NAMED, elsewhere=GUEST_ELSEWHERE),
        ),
        _file(
            "引継ぎメモ",
            user(_mail("nakagawa"), "reader", audience=Audience.EXT_CONSUMER),  # nobody's account
            mime=DOCUMENT,
        ),
        _file("売上集計", user(BI_TOOL, "reader"), mime=SHEET),
        _file("監査ログ", user(AUDITOR, "reader", audience=Audience.NAMED_INTERNAL), mime=SHEET),
    ),
    "suzuki": (
        _file("給与台帳.xlsx", domain(DOMAIN, "reader", found=True)),
        _file("給与台帳 (人事のみ).xlsx", group(HR, "writer")),
        _file("個人情報保護方針.pdf", anyone("reader", found=True), mime=PDF),
        _file("採用候補者一覧", user("suzuki.hanako@gmail.com", "writer"), mime=SHEET),
        _file(
            "健康診断 2025", domain("clinic.example", "reader", audience=Audience.EXT_UNRESOLVED)
        ),
        _file(
            "退職者",
            user(_mail("nakamura"), "reader", deleted=True),
            user("temp@agency.example", "writer", deleted=True),
            mime=DOCUMENT,
        ),
        _file("異動 引継ぎ", user("yuki.abe@gmail.com", "writer", pending=True), mime=SHEET),
    ),
    "john.smith": (
        _file("Price list", mime=SHEET, published="web"),
        _file("社内規程", mime=DOCUMENT, published="domain"),
        _file("申込フォーム", published(form=True), mime=FORM),
        _file(
            "Sales playbook",
            domain(AUDIENCE, "reader"),
            mime=DOCUMENT,
        ),
        _file('=HYPERLINK("https://evil.example","click, \'me\'")', anyone("writer")),
        _file("Old contract (bin).docx", anyone("reader"), trashed=True),
        _file(
            "Quarterly review",
            user(
                "auditor@audit-firm.example",
                "reader",
                expires=f"{NOW + timedelta(days=24):%Y-%m-%dT%H:%M:%S.000Z}",
            ),
            group("board@investor.example", "reader", Audience.EXT_UNRESOLVED),
            mime=DOCUMENT,
        ),
        _file("Lunch", user("kobayashi@example.jp", "writer")),  # an alias domain is inside
    ),
    "tanaka": (
        _file("引継ぎ資料", anyone("reader"), mime=FOLDER, created="2019-03-29T08:00:00.000Z"),
        _file("取引先パスワード一覧.xlsx", parent="引継ぎ資料", created="2019-03-29T08:05:00.000Z"),
    ),
}

SALES, BRANDS, AUDIT, ABANDONED = (
    f"0A{identifier(name)[:15]}PVA" for name in ("sales", "brands", "audit", "abandoned")
)

DRIVES: tuple[tuple[str, ScenarioDrive], ...] = (
    (
        "営業部 Sales",
        ScenarioDrive(
            id=SALES,
            root_shares=(
                user(_mail("yamamoto"), "organizer"),  # suspended: the next one must do
                user(_mail("sato"), "organizer"),
                group(PROJECT, "writer", Audience.EXT_NAMED),
            ),
            nodes=(
                _file(
                    "共同提案",
                    user("kim@partner-a.example", "writer"),
                    user("lee@partner-b.example", "reader"),
                    mime=FOLDER,
                ),
                _file("提案書 最終版(3).docx", parent="共同提案"),
                _file("Cost breakdown, final.xlsx", parent="共同提案"),
                _file("人事評価", user(_mail("suzuki"), "writer"), mime=FOLDER, limited=True),
                _file("評価 2026.xlsx", parent="人事評価"),
                _file(
                    "評価 田中.docx", user("coach@hr-partner.example", "reader"), parent="人事評価"
                ),
                _file(
                    "+81 電話帳.csv",
                    anyone("reader"),
                    created="2021-01-15T00:00:00.000Z",
                    label=CONFIDENTIAL,
                ),
                _file(
                    "ひそかな共有.xlsx",
                    user("taro.yamada@gmail.com", "reader"),
                    augmented_flag_missing=True,
                ),
                _file("在庫.xlsx"),
                _file("製品サイト", published(), mime=SITE, augmented_flag_missing=True),
                _file("社内ポータル", mime=SITE),
                _file("来場者アンケート", published(form=True), mime=FORM),
                _file("新製品 発表資料", mime=SLIDES, published="web"),
            ),
        ),
    ),
    (
        "Brand assets",
        ScenarioDrive(
            id=BRANDS,
            root_shares=(group(BRAND, "organizer"), user(_mail("kobayashi"), "reader")),
            nodes=(
                _file("Logos", mime=FOLDER),
                _file("Logos 2026", parent="Logos", mime=FOLDER),
                _file(
                    "Campaign 秋",
                    user("studio@design.example", "writer"),
                    parent="Logos",
                    mime=FOLDER,
                ),
                _file("logo.svg", parent="Logos 2026"),
                _file("press kit.pdf", anyone("reader", found=True), parent="Logos 2026", mime=PDF),
                _file("poster.psd", parent="Campaign 秋"),
                _file("poster-copy.docx", parent="Campaign 秋"),
            ),
            empty_first_page=True,
            honours_order=False,
        ),
    ),
    (
        "監査 Audit 2019",
        ScenarioDrive(
            id=AUDIT,
            root_shares=(
                user(_mail("yamamoto"), "organizer"),
                user(_mail("john.smith"), "writer"),
                user("auditor@audit-firm.example", "reader"),
            ),
            nodes=(
                _file("監査調書", mime=FOLDER),
                _file("調書 1.pdf", parent="監査調書", mime=PDF),
            ),
        ),
    ),
    (
        "Abandoned 放置",
        ScenarioDrive(
            id=ABANDONED,
            root_shares=(
                user(_mail("nakamura"), "organizer", deleted=True),
                user("boss@partner-a.example", "fileOrganizer"),
            ),
            nodes=(_file("nobody inside can list this.txt"),),
        ),
    ),
)


def my_drives() -> dict[str, ScenarioDrive]:
    """Return the My Drives of the staff by address."""
    return {
        person.mail: ScenarioDrive(
            id=f"0A{identifier('root ' + person.mail)[:15]}PVA",
            root_shares=(user(person.mail, "owner"),),
            nodes=_MY_DRIVES.get(person.mail.partition("@")[0], ()),
        )
        for person in STAFF
    }
