"""The model of names: the same on every system, and able to say what decided."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.classify.model import QUARTERS, SCORED_LEVELS, SensitivityLevel
from agent.classify.name_features import (
    NAME_LENGTHS,
    ReadName,
    name_features,
    normalize,
    path_features,
)
from agent.classify.name_model import (
    FORMAT,
    NameModel,
    load_name_model,
    pack,
    parse_name_model,
    unpack,
)

S3, S2, S1 = SensitivityLevel.S3, SensitivityLevel.S2, SensitivityLevel.S1
PUBLIC, NONE = SensitivityLevel.PUBLIC, SensitivityLevel.NONE


def read(path: str, kind: str = "file") -> tuple[SensitivityLevel, str]:
    folders, _, name = path.rpartition("/")
    reading = load_name_model().read(ReadName.of(name), folders, kind)
    return reading.level, reading.topic


@pytest.mark.parametrize(
    ("path", "level", "topic"),
    [
        ("/sites/it/Shared Documents/deploy/.env.production", S3, "credentials"),
        ("/sites/keiri/Shared Documents/振込/全銀データ_2026-11.txt", S3, None),
        ("/sites/jinji/Shared Documents/採用/面接評価_2027新卒.xlsx", S3, "pay_hr"),
        ("/sites/jinji/Shared Documents/1on1/1on1_録画_田中.mp4", S3, None),
        ("マイドライブ/体験入学_申込(回答)", S3, None),
        ("/sites/hr/Shared Documents/Payroll/payslips_2026_11.zip", S3, "pay_hr"),
        ("/sites/legal/Shared Documents/契約/業務委託契約書_締結済.pdf", S2, "contract"),
        ("/sites/keiei/Shared Documents/取締役会/買収候補_デューデリ.pptx", S2, None),
        ("/sites/dev/Shared Documents/src/billing-service.zip", S2, "source_code"),
        ("/sites/koho/Shared Documents/公開用/プレスリリース_新店舗オープン.pdf", PUBLIC, None),
        ("/sites/hr/Shared Documents/採用/募集要項_2027.pdf", PUBLIC, None),
        ("/sites/somu/Shared Documents/様式/出張申請書_様式.xlsx", S1, "form_public"),
        ("/sites/somu/Shared Documents/会議室/会議室予約の手順.docx", S1, "business"),
        ("マイドライブ/無題のスプレッドシート", NONE, None),
    ],
)
def test_what_people_call_things_is_understood(
    path: str, level: SensitivityLevel, topic: str | None
) -> None:
    said = read(path)
    assert said[0] is level
    assert topic in (None, said[1])


@pytest.mark.parametrize(
    ("data", "form"),
    [
        ("顧客名簿_2026.xlsx", "顧客名簿_様式.xlsx"),
        ("給与明細_11月.pdf", "給与規程.pdf"),
        ("パスワード一覧.xlsx", "パスワードの作り方_研修資料.pptx"),
        ("健康診断結果_全職員.csv", "健康診断のお知らせ.pdf"),
    ],
)
def test_the_thing_is_told_from_what_is_about_it(data: str, form: str) -> None:
    assert read(data)[0] is S3
    assert read(form)[0] < S3


@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from(["file", "form", "group", "?"]))
def test_no_name_is_too_strange(name: str, path: str, kind: str) -> None:
    model = load_name_model()
    said = ReadName.of(name)
    reading = model.read(said, path, kind)
    assert sum(reading.shares) == QUARTERS
    assert reading.shares[SCORED_LEVELS.index(reading.level)] == max(reading.shares)
    assert reading.topic in model.topics
    around = "".join(map(normalize, path.split("/")))
    for word in model.decisive(said, path, kind, reading.level):
        assert word in said.text or word in around


@given(st.text(max_size=40))
def test_digits_width_case_and_separators_make_no_difference(name: str) -> None:
    assert normalize(normalize(name)) == normalize(name)
    assert normalize("ＡＢＣ－１２３") == normalize("abc_9") == " abc 0 "


def test_features_are_what_the_module_says() -> None:
    found = name_features(ReadName.of("Pay_2026.XLSX"), "file")
    assert {"pay", "=pay", "=0", ".xlsx", "@file", " pay ", "y 0 x"} <= set(found)
    assert set(path_features("/sites/hr/人事/評価")) == {
        "人事", "/人事", " 人", "/ 人", "事 ", "/事 ", " 人事", "/ 人事", "人事 ", "/人事 ",
        " 人事 ", "/ 人事 ", "評価", "/評価", " 評", "/ 評", "価 ", "/価 ", " 評価", "/ 評価",
        "評価 ", "/評価 ", " 評価 ", "/ 評価 ",
    }  # fmt: skip


@given(st.lists(st.text("ab給与", min_size=1, max_size=6), min_size=1, max_size=6))
def test_the_words_of_a_name_and_the_rest_have_each_substring_as_often_as_it_occurs(
    words: list[str],
) -> None:
    name = ReadName(f" {' '.join(words)} ", "txt")
    ends = [(start, start + size) for start in range(len(name.text)) for size in NAME_LENGTHS]
    substrings = [name.text[start:end] for start, end in ends if end <= len(name.text)]
    expected = Counter([*substrings, *[f"={word}" for word in words], ".txt", "@file"])
    assert Counter(name_features(name, "file")) == expected


def model_of(body: str) -> NameModel:
    classes = "public none s1 s2 s3 personal other"
    head = f"{FORMAT}\n# made for a test\nclasses {classes}\nscale 0.5\nintercepts 0 1 0 0 0 0 1"
    return parse_name_model(f"{head}\n\n{body}")


def test_a_score_is_intercept_and_weights_over_the_root_of_known_features() -> None:
    model = model_of(
        "給与\t" + encoded(0, 0, 0, 0, 20, 10, 0) + "\n@file\t" + encoded(0, 0, 0, 0, 4)
    )
    scores = model.scores(ReadName.of("給与"), "", "file")
    assert scores == pytest.approx((0, 1, 0, 0, 0.5 * 24 / 2**0.5, 0.5 * 10 / 2**0.5, 1))
    reading = model.read(ReadName.of("給与"), "", "file")
    assert (reading.level, reading.topic, reading.shares) == (S3, "personal", (0, 0, 0, 0, 4))
    assert model.decisive(ReadName.of("給与"), "", "file", S3) == ("給与",)


def encoded(*weights: int) -> str:
    from base64 import b85encode

    return b85encode(bytes(weight + 128 for weight in weights)).decode()


def test_sums_are_unpacked_class_by_class() -> None:
    total = pack(bytes([1, 255, 128])) * 1000
    assert unpack(total, 3) == (1000, 255_000, 128_000)


@pytest.mark.parametrize("text", ["", "tojimari name model 0\n\n", "a\tb"])
def test_a_file_of_another_format_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="tojimari name model 1"):
        parse_name_model(text)


def test_the_file_is_documented_and_at_most_2_mb() -> None:
    from importlib.resources import files

    data = files("agent.classify").joinpath("name_model.txt").read_bytes()
    assert len(data) <= 2_000_000
    head = data.decode().partition("\n\n")[0]
    assert head.startswith(FORMAT)
    assert "python -m tools.train_name_model" in head
