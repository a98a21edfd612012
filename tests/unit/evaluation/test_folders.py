"""A folder that cannot be read is refused in one sentence with its file and its line."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.evaluation.__main__ import main
from tests.unit.evaluation.given import LINE, folder_of, with_names, write_jsonl

Break = Callable[[Path], object]


def gone(name: str) -> Break:
    return lambda folder: (folder / name).unlink()


def text(name: str, content: str | bytes) -> Break:
    data = content.encode() if isinstance(content, str) else content
    return lambda folder: (folder / name).write_bytes(data)


def fields(**changed: Any) -> Break:
    """The second line with other fields; a field that is `...` is missing."""

    def breaks(folder: Path) -> None:
        second: Mapping[str, Any] = {
            key: value for key, value in {**LINE, "id": "L2", **changed}.items() if value is not ...
        }
        write_jsonl(folder / "exposures.jsonl", [LINE, second])

    return breaks


LABELS = "id,act,why\nL1,fine,\nL2,fine,\n"


@pytest.mark.parametrize(
    ("breaks", "sentence"),
    [
        (gone("config.toml"), "config.toml: there is no such file."),
        (gone("exposures.jsonl"), "exposures.jsonl: there is no such file."),
        (
            text("config.toml", "a = 1\nb ="),
            "config.toml: no TOML: Invalid value (at end of document).",
        ),
        (
            text("config.toml", '[policy]\nlarge_group = "many"'),
            "config.toml: large_group: Input should be a valid integer.",
        ),
        (text("exposures.jsonl", "\n{]\n"), "exposures.jsonl:2: no JSON: Expecting property name "
         "enclosed in double quotes."),
        (text("exposures.jsonl", "[]"), "exposures.jsonl:1: no JSON object."),
        (text("exposures.jsonl", b'{\n\n"\xff"'), "exposures.jsonl:3: no UTF-8."),
        (fields(label=...), "exposures.jsonl:2: there is no label."),
        (fields(id="L1"), "exposures.jsonl:2: L1 is in line 1 already."),
        (fields(id=""), 'exposures.jsonl:2: id is "", not a text that is not empty.'),
        (fields(item_name=None), "exposures.jsonl:2: item_name is null, not a text."),
        (
            fields(owner_state="人"),
            'exposures.jsonl:2: owner_state is "人", not one of active, departed, unknown.',
        ),
        (
            fields(audience="ext_consumer"),
            'exposures.jsonl:2: audience is "ext_consumer", not one of named_internal, '
            "large_internal, ext_named, org_link, org_discoverable, ext_unresolved, "
            "ext_authenticated_any, anyone_link, public_discoverable.",
        ),
        (fields(principals="a"), 'exposures.jsonl:2: principals is "a", not a list of texts.'),
        (fields(principal_count=True), "exposures.jsonl:2: principal_count is true, not a count "
         "or null."),
        (fields(reach=-1), 'exposures.jsonl:2: reach is -1, not a count or "unknown" or null.'),
        (fields(password=0), 'exposures.jsonl:2: password is 0, not true or false or "unknown".'),
        (
            fields(expires_at="2026-02-30"),
            'exposures.jsonl:2: expires_at is "2026-02-30", not a day like 2026-11-29 or "unknown" '
            "or null.",
        ),
        (fields(inherited=None), "exposures.jsonl:2: inherited is null, not true or false."),
        (
            text("labels-1.csv", "id,why\n"),
            "labels-1.csv:1: there is no column act.",
        ),
        (
            text("labels-2.csv", LABELS.replace("L2,fine", "L2,close")),
            'labels-2.csv:3: act is "close", not one of fine, review, fix_soon, shut_now.',
        ),
        (
            text("labels-2.csv", LABELS.replace("L2", "L3")),
            "labels-2.csv:3: L3 is not in exposures.jsonl.",
        ),
        (
            text("labels-2.csv", LABELS + "L1,fine,\n"),
            "labels-2.csv:4: L1 is in line 2 already.",
        ),
        (text("labels-2.csv", "id,act,why\nL1,fine,\n"), "exposures.jsonl:2: L2 is not in "
         "labels-2.csv."),
        (text("labels-2.csv", 'id,act,why\nL1,"fine"x,\n'), "labels-2.csv:2: no CSV: ',' expected "
         "after '\"'."),
        (text("labels-2.csv", 'id,"act"x\n'), "labels-2.csv:1: no CSV: ',' expected after '\"'."),
        (text("labels-2.csv", "id,act,why\nL1\n"), "labels-2.csv:2: act is null, not one of fine, "
         "review, fix_soon, shut_now."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("options", [[], ["--jsonl"], ["--wrong"]], ids=" ".join)
def test_a_broken_folder_of_exposures_ends_in_a_sentence(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    breaks: Break,
    sentence: str,
    options: list[str],
) -> None:
    folder = folder_of(tmp_path, lines=[{}, {}], labels=[["fine", "fine"], ["fine", "fine"]])
    breaks(folder)
    assert main(["exposures", str(folder), *options]) == 2
    assert capsys.readouterr() == ("", f"{folder}/{sentence}\n")


@pytest.mark.parametrize(
    ("breaks", "sentence"),
    [
        (gone("names.jsonl"), "names.jsonl: there is no such file."),
        (
            text("names.jsonl", json.dumps({"id": "N1", "path": "/", "name": "a"})),
            "names.jsonl:1: there is no kind.",
        ),
        (
            text("name-labels-1.csv", "id,level,topic\nN1,s4,health\n"),
            'name-labels-1.csv:2: level is "s4", not one of public, none, s1, s2, s3.',
        ),
        (text("name-labels-2.csv", "id,level,topic\n"), "names.jsonl:1: N1 is not in "
         "name-labels-2.csv."),
    ],
)  # fmt: skip
def test_a_broken_folder_of_names_ends_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], breaks: Break, sentence: str
) -> None:
    folder = with_names(folder_of(tmp_path))
    breaks(folder)
    assert main(["names", str(folder)]) == 2
    assert capsys.readouterr() == ("", f"{folder}/{sentence}\n")


def test_names_without_a_label_cannot_be_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = with_names(folder_of(tmp_path), labels=())
    assert main(["names", str(folder)]) == 2
    assert capsys.readouterr().err == f"{folder}/name-labels-1.csv: there is no such file.\n"


def test_two_folders_of_one_name_are_refused_where_figures_would_mix(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "other").mkdir()
    folders = [folder_of(tmp_path), folder_of(tmp_path / "other")]
    assert main(["exposures", *map(str, folders)]) == 2
    assert "two folders of this name" in capsys.readouterr().err
    assert main(["exposures", "--jsonl", *map(str, folders)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 16


def test_no_part_of_the_output_is_written_before_all_folders_are_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = folder_of(tmp_path, "good"), folder_of(tmp_path, "bad")
    (bad / "exposures.jsonl").unlink()
    assert main(["exposures", "--jsonl", str(good), str(bad)]) == 2
    assert capsys.readouterr().out == ""
