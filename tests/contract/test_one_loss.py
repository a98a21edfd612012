"""One bad answer costs what it was asked about: for every request of every service in the table."""

import re
from pathlib import Path

import pytest

from .loss_rows import ROWS
from .one_loss import ANSWERS, LossRow, OneLoss


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.service)
def test_one_answer_costs_what_it_was_asked_about(row: LossRow, tmp_path: Path) -> None:
    lab = OneLoss(row, tmp_path)
    with lab.harness.open() as opened:
        row.prepare(opened)
        calm, questions = lab.questions(opened)
        found = {
            question: breaches
            for question in questions
            if (breaches := list(lab.violations(calm, opened, question)))
        }
    print(f"{row.service}: {len(questions)} questions, {len(ANSWERS)} answers each")
    assert found == {}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.service)
def test_every_pattern_of_the_table_is_asked_for(row: LossRow, tmp_path: Path) -> None:
    lab = OneLoss(row, tmp_path)
    with lab.harness.open() as opened:
        row.prepare(opened)
        _, questions = lab.questions(opened)
    idle = [p for p, _ in row.hangs if not any(re.search(p, question) for question in questions)]
    assert idle == []
