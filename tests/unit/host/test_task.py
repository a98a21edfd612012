"""The task is what the Task Scheduler's schema allows, in the only encoding that it reads."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time
from pathlib import Path
from typing import Any

import pytest
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] -- a part without types

from agent.errors import ConfigError
from agent.host.job import Day, ScheduledJob
from agent.host.windows.task import has_password, to_xml

SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).with_name("task-1.3.xsd")))
NAMES = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
EXE = r"C:\Program Files\tojimari\tojimari.exe"
PLAN = ScheduledJob(
    command=(EXE, "scan", "--scheduled", "--config", r"C:\ProgramData\tojimari\config.toml"),
    at=time(2, 30),
    registered_at=datetime(2026, 11, 21, 12, 0),
)


def read(raw: bytes) -> Any:
    return etree.fromstring(raw)


def one(task: Any, path: str) -> str:
    return task.xpath(f"string(//t:{path})", namespaces=NAMES)


@pytest.mark.parametrize(
    "plan",
    [
        PLAN,
        replace(PLAN, days=(Day.MON, Day.THU), spread_minutes=0),
        replace(PLAN, account=r"EXAMPLE\tojimari$"),
        replace(PLAN, account="EXAMPLE\\山田 <太郎>"),
    ],
    ids=["every night", "two days a week", "a gMSA", "a person"],
)
def test_every_plan_is_a_task_of_version_1_3(plan: ScheduledJob) -> None:
    SCHEMA.assertValid(read(to_xml(plan)))


def test_the_file_begins_with_the_mark_of_utf_16_and_says_so() -> None:
    raw = to_xml(PLAN)
    assert raw.startswith(b"\xff\xfe<\0?\0x\0m\0l\0")
    assert raw.decode("utf-16").splitlines()[0] == '<?xml version="1.0" encoding="UTF-16"?>'


def test_a_missed_night_is_made_up_for_and_no_second_run_begins_beside_the_first() -> None:
    task = read(to_xml(PLAN))
    assert one(task, "StartWhenAvailable") == "true"
    assert one(task, "MultipleInstancesPolicy") == "IgnoreNew"
    assert one(task, "DisallowStartIfOnBatteries") == one(task, "StopIfGoingOnBatteries") == "false"
    assert one(task, "RunOnlyIfNetworkAvailable") == "false"
    assert one(task, "Settings/t:ExecutionTimeLimit") == "PT23H"


def test_the_program_is_quoted_and_its_words_are_not_part_of_its_name() -> None:
    task = read(to_xml(PLAN))
    assert one(task, "Command") == f'"{EXE}"'
    assert one(task, "Arguments").startswith("scan --scheduled --config ")


@pytest.mark.parametrize(
    ("now", "first"),
    [
        (datetime(2026, 11, 21, 2, 29), "2026-11-21T02:30:00"),
        (datetime(2026, 11, 21, 2, 30), "2026-11-22T02:30:00"),
        (datetime(2026, 12, 31, 23, 59), "2027-01-01T02:30:00"),
    ],
)
def test_it_never_begins_in_the_past_nor_in_another_time_zone(now: datetime, first: str) -> None:
    assert one(read(to_xml(replace(PLAN, registered_at=now))), "StartBoundary") == first


@pytest.mark.parametrize(
    ("account", "user", "logon", "password"),
    [
        ("", "S-1-5-18", "", False),
        ("system", "S-1-5-18", "", False),
        (r"EXAMPLE\tojimari$", r"EXAMPLE\tojimari$", "Password", False),
        (r"EXAMPLE\sato", r"EXAMPLE\sato", "Password", True),
    ],
)
def test_only_an_account_of_a_person_needs_a_password(
    account: str, user: str, logon: str, password: bool
) -> None:
    task = read(to_xml(replace(PLAN, account=account)))
    assert (one(task, "UserId"), one(task, "LogonType")) == (user, logon)
    assert has_password(account) is password


def test_a_path_that_the_task_scheduler_would_cut_is_refused() -> None:
    with pytest.raises(ConfigError, match="path_too_long"):
        to_xml(replace(PLAN, command=("C:\\" + "x" * 260, "scan")))


def changed(path: str, text: str) -> Callable[[Any], None]:
    def change(task: Any) -> None:
        task.xpath(f"//t:{path}", namespaces=NAMES)[0].text = text

    return change


def disordered(task: Any) -> None:
    trigger = task.xpath("//t:CalendarTrigger", namespaces=NAMES)[0]
    trigger.append(trigger[0])


MUTATIONS: dict[str, Callable[[Any], None]] = {
    "an invented policy": changed("MultipleInstancesPolicy", "IgnoreOld"),
    "a trigger out of order": disordered,
    "a restart after thirty seconds": changed("Interval", "PT30S"),
    "another context": lambda task: task.find("t:Actions", NAMES).set("Context", "x"),
    "a word for a boolean": changed("WakeToRun", "yes"),
    "a priority of 77": changed("Priority", "77"),
    "version 1.4": lambda task: task.set("version", "1.4"),
}  # fmt: skip


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_the_schema_refuses(mutation: str) -> None:
    task = read(to_xml(PLAN))
    MUTATIONS[mutation](task)
    assert not SCHEMA.validate(etree.fromstring(etree.tostring(task)))
