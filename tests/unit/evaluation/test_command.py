"""`python -m tests.evaluation` prints what other programs and people read."""

from pathlib import Path

import pytest

from tests.evaluation.__main__ import main
from tests.unit.evaluation.given import FIRST, LINES, SECOND, folder_of, with_names


def printed(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    assert main([str(word) for word in words]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


JSONL = """\
{"id": "L1", "severity": "critical", "score": 10, "rules": ["X-001"], "sensitivity": "s3", \
"topic": "health"}
{"id": "L2", "severity": "critical", "score": 5, "rules": ["X-001"], "sensitivity": "s3", \
"topic": "health"}
{"id": "L3", "severity": "high", "score": 10, "rules": ["X-002"], "sensitivity": "s3", \
"topic": "health"}
{"id": "L4", "severity": "high", "score": 10, "rules": ["X-002"], "sensitivity": "s3", \
"topic": "health"}
{"id": "L5", "severity": "medium", "score": 5, "rules": ["X-003"], "sensitivity": "s3", \
"topic": "health"}
{"id": "L6", "severity": "info", "score": 5, "rules": [], "sensitivity": "s3", "topic": "health"}
{"id": "L7", "severity": "info", "score": 10, "rules": [], "sensitivity": "s3", "topic": "health"}
{"id": "L8", "severity": "info", "score": 5, "rules": [], "sensitivity": "s3", "topic": "health"}
"""


@pytest.mark.parametrize("labels", [(), (FIRST,), (FIRST, SECOND)], ids=["no", "one", "two"])
def test_a_line_an_exposure_in_the_order_of_the_file_with_labels_or_without(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], labels: tuple[list[str], ...]
) -> None:
    assert printed(capsys, "exposures", "--jsonl", folder_of(tmp_path, labels=labels)) == JSONL


def test_ids_stay_as_they_are_and_in_their_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [{"id": "乙"}, {"id": "甲"}]
    out = printed(capsys, "exposures", "--jsonl", folder_of(tmp_path, lines=lines, labels=()))
    assert [line.split('"')[3] for line in out.splitlines()] == ["乙", "甲"]


def test_without_labels_the_bands_are_counted_and_nothing_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert printed(capsys, "exposures", folder_of(tmp_path, labels=())) == (
        "8 exposures without labels: nothing is measured.\n"
        "severity  exposures\n"
        "critical          2\n"
        "high              2\n"
        "medium            1\n"
        "low               0\n"
        "info              3\n"
    )


def test_the_figures_are_printed_with_their_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = printed(capsys, "exposures", folder_of(tmp_path, "x"), folder_of(tmp_path, "y"))
    assert out.startswith(
        "16 exposures, 16 with labels. Both would act on 10 of the 14 on which they agree.\n"
        "\n"
        "High or critical against acting this week, the score against the same\n"
        "     agreed  precision       recall         AUC\n"
        "all      14       0.75  6/8    0.60  6/10  0.45\n"
        "x         7       0.75  3/4    0.60   3/5  0.45\n"
        "y         7       0.75  3/4    0.60   3/5  0.45\n"
        "\n"
        "Critical against closing it today\n"
        "     precision       recall       below medium\n"
        "all       1.00  2/2    0.33  2/6             2\n"
    )
    for part in (
        "recall  score  precision\n0.50        5       0.71  10/14\n",
        "severity  share              95 %\n"
        "critical   1.00  4/4  0.51 - 1.00\n"
        "high       0.50  2/4  0.15 - 0.85\n"
        "medium     1.00  2/2  0.34 - 1.00\n"
        "low           -  0/0  0.00 - 1.00\n"
        "info       0.50  2/4  0.15 - 0.85\n",
        "severity  fine  review  fix_soon  shut_now\ncritical   0.0     0.0       1.0       3.0\n",
        "By audience\n"
        "                 agreed  precision       recall\n"
        "ext_allowlisted       2          -  0/0    0.00  0/2\n"
        "org_link              6       1.00  2/2    0.50  2/4\n"
        "anyone_link           6       0.67  4/6    1.00  4/4\n",
        "By topic\n        agreed  precision       recall\nhealth      14       0.75  6/8",
        "By rule\n       precision       recall\nX-001       1.00  4/4    0.40  4/10\n",
    ):
        assert part in out


def test_a_folder_without_labels_adds_nothing_to_the_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = folder_of(tmp_path, "x"), folder_of(tmp_path, "y", labels=())
    out = printed(capsys, "exposures", *folders)
    assert out.startswith(
        "16 exposures, 8 with labels. Both would act on 5 of the 7 on which they agree.\n"
    )
    assert "\ny " not in out


def test_the_wrong_lines_are_listed_the_missed_ones_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert printed(capsys, "exposures", "--wrong", folder_of(tmp_path)) == (
        "missed\tL5\tmedium\t5\ts3\tX-003\tC5\n"
        "missed\tL8\tinfo\t5\ts3\t\tD8\n"
        "false\tL4\thigh\t10\ts3\tX-002\tB4\n"
    )


def test_names_are_read_with_the_folders_own_policy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = printed(capsys, "names", with_names(folder_of(tmp_path)))
    assert out.splitlines() == [
        "     names  within one step       level       S3 precision       S3 recall       topic",
        "all      5             0.75  3/4   0.25  1/4          0.50  1/2       0.50  1/2"
        "   0.00  0/5",
        "x        5             0.75  3/4   0.25  1/4          0.50  1/2       0.50  1/2"
        "   0.00  0/5",
    ]


def test_a_folder_may_be_the_current_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder_of(tmp_path))
    assert "\nx         7 " in printed(capsys, "exposures", ".")


@pytest.mark.parametrize("words", [[], ["exposures"], ["page"], ["page", "fr"], ["other"]])
def test_a_wrong_command_line_exits_with_2(words: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 2


def test_the_lines_of_this_test_hold_every_severity_but_one() -> None:
    assert [str(line["item_name"])[0] for line in LINES] == list("AABBCDDD")
