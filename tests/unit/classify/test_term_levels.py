from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.classify.model import Confidence, Sensitivity, SensitivityLevel
from agent.classify.sensitivity import NameReader
from agent.classify.terms import CustomTerms, OwnTerms, compile_lexicon, normalize_name
from connectors.sdk.records import Item

BY_TERMS = NameReader(terms=compile_lexicon(), own=OwnTerms.compile(CustomTerms()), model=None)


def of(name: str, folder: str = "", kind: str = "file", **facts: Any) -> Sensitivity:
    path = f"{folder}/{name}" if folder else name
    return BY_TERMS.read(Item(id="i", kind=kind, name=name, **facts), path)


S3 = """
個人情報 特定個人情報 マイナンバー 個人番号 顧客名簿 会員名簿 名簿 患者 診断書 健康診断 病歴
カルテ一覧 履歴書 職務経歴書 応募者 内定者 給与 賞与 源泉徴収 年末調整 給与明細 口座
カード番号 住民票 戸籍 免許証 パスポート 在留カード 保険証 パスワード一覧 認証情報 秘密鍵
passport payroll salary payslip ssn my_number medical credentials password-list id_rsa
resume.pdf cv.docx CV
"""
S2 = """
契約書 覚書 秘密保持 NDA 機密 極秘 社外秘 部外秘 関係者外秘 取扱注意 関係者限り マル秘 ㊙
【秘】 人事評価 懲戒 退職者 未公開 買収 稟議 原価 confidential restricted internal-only
contract merger term_sheet
"""
S1 = """
見積 請求書 議事録 顧客 取引先 連絡先 提案書 仕様書 quotation invoice minutes customer
employee
"""


@pytest.mark.parametrize(
    ("name", "level"),
    [
        *((name, SensitivityLevel.S3) for name in S3.split()),
        *((name, SensitivityLevel.S2) for name in S2.split()),
        *((name, SensitivityLevel.S1) for name in S1.split()),
    ],
)
def test_every_term_of_the_specification_is_known(name: str, level: SensitivityLevel) -> None:
    assert of(name).level is level


@pytest.mark.parametrize(
    "name",
    ["個人情報保護方針.pdf", "マイナンバーカード申請案内.pdf", "給与規程.docx", "契約書雛形.docx"],
)
def test_what_is_only_about_the_thing_is_softened(name: str) -> None:
    assert of(name).level <= SensitivityLevel.S1


SOFTENERS = """
雛形 ひな形 テンプレート 様式 記入例 サンプル 見本 方針 ポリシー 規程 規則 マニュアル 手順
案内 お知らせ 研修 説明会 公開用 配布用 申請方法 _template _sample _policy _form _guide
_press
"""


@pytest.mark.parametrize("softener", SOFTENERS.split())
def test_every_softener_lowers_by_one_or_two(softener: str) -> None:
    assert of(f"給与{softener}.docx").level in (SensitivityLevel.S1, SensitivityLevel.S2)


@pytest.mark.parametrize(
    "name",
    [
        "agenda.docx",  # nda
        "chronicle.txt",  # hr
        "lessnice.md",  # ssn
        "curriculumcvs2.txt",
        "syntax.py",  # tax
        "opencv.zip",
        "cv.py",
        "resume.ts",
        "unrestrictedly.txt",
        "秋葉原価格.txt",
        "他人事.txt",
        "国内定価.txt",
        "秘書.txt",
        "監査.txt",
        "評価.txt",
        "人事.txt",
        "人口座標.txt",
        "会社案内.pdf",
        "brochure.pdf",
        "",
        ".",
        "/",
    ],
)
def test_chance_says_nothing(name: str) -> None:
    assert of(name) == Sensitivity()


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("社 外 秘.txt", SensitivityLevel.S2),
        ("社　外　秘.txt", SensitivityLevel.S2),
        ("ﾊﾟｽﾜｰﾄﾞ一覧.txt", SensitivityLevel.S3),
        (unicodedata.normalize("NFD", "パスワード一覧.txt"), SensitivityLevel.S3),
        ("⼈事評価.txt", SensitivityLevel.S2),  # U+2F08, a compatibility ideograph
        ("ＰＡＹＲＯＬＬ.txt", SensitivityLevel.S3),
        ("㊙️資料.txt", SensitivityLevel.S2),
        ("（秘）資料.txt", SensitivityLevel.S2),
        ("給\u200b与.txt", SensitivityLevel.S3),
        ("MyNumberList.txt", SensitivityLevel.S3),
        ("2026payroll03.txt", SensitivityLevel.S3),
        ("NDAs.txt", SensitivityLevel.S2),
        ("acmeNDA.txt", SensitivityLevel.S2),
        ("HRPayroll.txt", SensitivityLevel.S3),
        ("acme.nda-final_v2.txt", SensitivityLevel.S2),
    ],
)
def test_what_looks_the_same_is_the_same(name: str, level: SensitivityLevel) -> None:
    assert of(name).level is level


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("顧客一覧.xlsx", SensitivityLevel.S2),
        ("契約書リスト.csv", SensitivityLevel.S3),
        ("customer_export.csv", SensitivityLevel.S2),
        ("名簿.xlsx", SensitivityLevel.S3),
        ("顧客一覧.docx", SensitivityLevel.S1),
        ("一覧.xlsx", SensitivityLevel.NONE),
        ("顧客一覧_サンプル.xlsx", SensitivityLevel.NONE),
        ("議事録.png", SensitivityLevel.NONE),
        ("契約書.mp4", SensitivityLevel.S1),
        ("payroll.py", SensitivityLevel.S2),
        ("免許証.jpg", SensitivityLevel.S3),
        ("passport.jpeg", SensitivityLevel.S3),
        ("患者.jpg", SensitivityLevel.S2),
    ],
)
def test_the_kind_of_file_raises_or_lowers(name: str, level: SensitivityLevel) -> None:
    assert of(name).level is level


@pytest.mark.parametrize(
    ("folder", "name", "level", "source"),
    [
        ("/sites/x/契約書", "a.docx", SensitivityLevel.S1, "folder"),
        ("/sites/x/個人情報", "a.docx", SensitivityLevel.S3, "folder"),
        ("/sites/x/人事/給与", "a.docx", SensitivityLevel.S3, "folder"),
        ("/sites/x/給与規程", "a.docx", SensitivityLevel.S1, "folder"),
        ("/sites/x/個人情報", "個人情報保護方針.pdf", SensitivityLevel.S1, "name"),
        ("/sites/x/給与", "様式.docx", SensitivityLevel.S1, "folder"),
        ("/sites/x/顧客", "契約書.docx", SensitivityLevel.S2, "name"),
        ("/sites/x/給与", "議事録.docx", SensitivityLevel.S3, "folder"),
        ("/sites/x/cv", "a.docx", SensitivityLevel.NONE, ""),
    ],
)
def test_a_folder_says_less_than_a_name(
    folder: str, name: str, level: SensitivityLevel, source: str
) -> None:
    found = of(name, folder)
    assert (found.level, found.source) == (level, source)


@pytest.mark.parametrize("kind", ["folder", "library", "site", "drive", "group"])
def test_a_container_says_what_a_folder_says(kind: str) -> None:
    assert of("契約書", kind=kind).level is SensitivityLevel.S1
    assert of("顧客名簿", kind=kind).level is SensitivityLevel.S3


def test_kinds_of_data_outrank_the_name() -> None:
    found = of("brochure_template", kind="object", data=("person", "email"))
    assert found == Sensitivity(
        level=SensitivityLevel.S3,
        source="object_type",
        terms=("person", "email"),
        confidence=Confidence.HIGH,
        shares=(0, 0, 0, 0, 4),
        topic="customer",
    )


def test_the_terms_are_named_once_and_only_those_that_count() -> None:
    assert of("給与と給与と賞与と契約書.docx").terms == ("給与", "賞与")
    assert of("給与.docx").confidence is Confidence.MEDIUM


@given(st.text(), st.text(), st.sampled_from(["file", "folder", "object", "?"]))
def test_no_name_is_too_strange(name: str, folder: str, kind: str) -> None:
    found = of(name, folder, kind)
    assert SensitivityLevel.NONE <= found.level <= SensitivityLevel.S3
    assert (found.level is SensitivityLevel.NONE) == (not found.terms)


@given(st.text())
def test_a_normal_name_is_normal(name: str) -> None:
    once = normalize_name(name).text
    assert normalize_name(once).text == normalize_name(normalize_name(once).text).text


def test_names_that_differ_in_numbers_are_told_apart_where_a_term_has_a_number() -> None:
    own = NameReader(
        terms=compile_lexicon(CustomTerms(s3=("第2次再編",))),
        own=OwnTerms.compile(CustomTerms()),
        model=None,
    )
    said = [
        own.read(Item(id="i", kind="file", name=name), name).level
        for name in ("第1次再編.docx", "第2次再編.docx", "第3次再編.docx")
    ]
    assert said == [SensitivityLevel.NONE, SensitivityLevel.S3, SensitivityLevel.NONE]


PIECES = [
    *S3.split(),
    *S2.split(),
    *[
        "様式",
        "雛形",
        "sample",
        "template",
        "議事録",
        "見積書",
        "mou",
        "第2次再編",
        "project",
        "lynx",
    ],
    *(
        "山田",
        "Kita",
        "2026",
        "_",
        "-",
        " ",
        ".",
        "(1)",
        "[",
        "\\",
        "^",
        "]",
        "ｶﾞ",
        "\0",
        "😀",
        "IDs",
    ),
]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=8).map("".join))
def test_the_gist_of_a_name_says_what_the_name_says(name: str) -> None:
    for known in (
        compile_lexicon(),
        compile_lexicon(CustomTerms(s3=("第2次再編",), s2=("project lynx",))),
    ):
        said = normalize_name(name)
        gist = known.relevant_part(said)
        alone = (known.any_term, known.office_only, known.lists)
        for terms in (*alone, *(t for _, t in (*known.levels, *known.softeners))):
            assert terms.found(gist) == terms.found(said)
        assert known.collisions.findall(gist.text) == known.collisions.findall(said.text)


def test_the_ending_keeps_its_digits() -> None:
    assert of("顧客名簿1.mp4").level < of("顧客名簿2.mp9").level
