"""One word for one thing, and words of the field: retired words do not come back."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CATALOGUES = [*ROOT.glob("agent/text/**/??.toml"), *ROOT.glob("connectors/*/??.toml")]
COLUMNS = ROOT / "agent/report/columns.json"

# pattern -> (the word to use, why)
JAPANESE = {
    "許容期限|受け入れ|許容(?!量)": ("容認、容認期限", "one word for a waiver"),
    "(?:有効な|失効した|の)例外": ("容認（リスク受容）", "one word for a waiver"),
    "控え|起点": ("ベースライン", "one word for a baseline"),
    "到達件数|届く件数|届く項目": ("影響件数", "one word for reach"),
    "届く|届き": ("アクセスできる", "'reach' taken literally"),
    "秘密(?!鍵|キー|度)": ("シークレット", "the vendors' word for a secret"),
    "コネクタ(?!ー)": ("コネクター", "one spelling"),
    "フォルダ(?!ー)": ("フォルダー", "one spelling, as Microsoft writes it"),
    "ブラウザ(?!ー)": ("ブラウザー", "one spelling, as Microsoft writes it"),
    "走査": ("スキャン", "one word for a scan"),
    "方針": ("ポリシー", "one word for a policy"),
    "(?<!出)版": ("バージョン", "one word for a version"),
    "点数": ("スコア", "one word for a score"),
    "配信先|送り先|(?<!コンテンツ)(?<!コンテンツの)配信": ("送信先、送信", "one word for a sink"),
    "端末|マシン|コンピューター": ("この PC、ターミナル", "端末 means a machine and a terminal"),
    "空実行": ("ドライラン", "no Japanese word"),
    "扉|閉め|戸締まり": ("公開、対処", "a picture that says nothing of what to do"),
    "次の一手": ("次の操作", "an idiom of shogi"),
    "名指し": ("個別に権限を持つ", "'by name' taken literally"),
    "漏れて": ("含まれていない", "in an audit of leaks it reads as 'is leaking'"),
    "死角": ("確認できない", "a picture"),
    "監査ユーザー": ("監査用ユーザー", "one spelling"),
    "クライアント認証情報": ("クライアントログイン情報フロー", "Salesforce's own word"),
    "機微": ("機密性の高い", "one word for sensitive"),
    "分かる範囲|読み取り範囲|対象範囲|未走査": ("スキャン対象", "範囲 has four meanings"),
    r"\} ?範囲": ("件", "範囲 is no counter"),
    r"\} ?(?:つ|か所|個)": ("件", "つ is wrong from 10 on"),
    "(?:[ぁ-んァ-ヶー一-龠）」］]|(?<!kind)\\}):(?= |$)": ("：", "full width after Japanese"),
    "(?:[ぁ-んァ-ヶー一-龠）」])\\?": ("？", "full width after Japanese"),
    "わか[らりるっ]": ("分か", "one spelling"),
}  # fmt: skip

ENGLISH = {
    r"whoever|nobody|somebody|anybody|everybody": ("anyone, or the person meant", "no agent"),
    r"anew|in vain|for ever|of late|for good": ("again, failed, permanently", "no plain English"),
    r"doors?|house": ("exposure, tenant", "a picture"),
    r"shut(?! tonight)": ("remove, restrict, disable, resolve", "say what is done"),
    r"what waits|waits": ("pending", "one word for the outbox"),
    r"tells?|told|untold": ("return, report, provide", "software returns data"),
    r"lies|lie": ("is stored", "a picture"),
    r"lets? in|let in": ("grant access to", "a picture"),
    r"foretell|foretold": ("estimate", "one word for the plan"),
    r"(?:were|was) not read": ("not scanned", "one word for coverage"),
    r"the reading": ("the scan", "one word for a scan"),
    r"false alarm": ("false positive", "the word of the field"),
    r"organis\w+|licence\w*": ("organiz-, license", "one spelling"),
}
TONIGHT = {"report.verdict.tonight_one", "report.verdict.tonight_many"}  # the headline's picture


def sentences(table: dict[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict):
            yield from sentences(value, f"{key}.")
        else:
            yield key, str(value)


def catalogue(path: Path) -> list[tuple[str, str]]:
    return list(sentences(tomllib.loads(path.read_text(encoding="utf-8"))))


def retired(sentence: str, language: str) -> list[str]:
    """What is retired in this sentence, what to write instead, and why."""
    plain = re.sub(r"\{\{?[a-z0-9_]+\}?\}", "{}" if language == "en" else r"\g<0>", sentence)
    table = JAPANESE if language == "ja" else ENGLISH
    edge = "" if language == "ja" else r"\b"
    return [
        f"{found[0]!r}: write {word} ({why})"
        for pattern, (word, why) in table.items()
        if (found := re.search(f"{edge}(?:{pattern}){edge}", plain, re.IGNORECASE))
    ]


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_sentence_uses_a_retired_word(path: Path) -> None:
    language = path.stem
    wrong = {
        key: found for key, sentence in catalogue(path) if (found := retired(sentence, language))
    }
    assert wrong == {}


def test_the_headers_of_the_files_use_no_retired_word() -> None:
    tables = json.loads(COLUMNS.read_text(encoding="utf-8"))["tables"]
    wrong = {
        (table, column["name"], language): found
        for table, columns in tables.items()
        for column in columns
        for language in ("en", "ja")
        if (found := retired(column[language], language))
    }
    assert wrong == {}


def test_the_picture_of_the_shut_door_stands_in_the_headline_only() -> None:
    picture = re.compile(r"shut|tonight(?!\})")
    found = {key for key, said in catalogue(ROOT / "agent/text/en.toml") if picture.search(said)}
    assert found == TONIGHT


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("ja", "許容期限が過ぎました。"),
        ("ja", "秘密を保管します。"),
        ("ja", "フォルダがありません。"),
        ("ja", "{scopes} 範囲中 {complete} 範囲"),
        ("ja", "{count} つあります。"),
        ("ja", "{path}: 所有者 3 人"),
        ("ja", "次のホスト: {hosts}"),
        ("en", "Nobody could tell."),
        ("en", "It works for ever."),
        ("en", "Shut it now."),
        ("en", "Two scopes were not read."),
    ],
)
def test_the_search_sees_a_retired_word(language: str, sentence: str) -> None:
    assert retired(sentence, language)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("ja", "秘密鍵と秘密度ラベル、{kind}: の参照、http://名前:パスワード@プロキシ:ポート"),
        ("ja", "フォルダー、コネクター、コンテンツ配信"),
        ("en", "{nobody} exposures; {told} must be shut tonight"),
    ],
)
def test_the_search_leaves_the_vendors_words_and_the_braces_alone(
    language: str, sentence: str
) -> None:
    assert retired(sentence, language) == []
