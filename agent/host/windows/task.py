"""A plan as the XML of the Windows Task Scheduler, version 1.3.

After Microsoft's published schema (win32 documentation, `task-scheduler-schema`), which is stricter
than the service: the elements of a trigger stand in its order.
"""

from __future__ import annotations

import subprocess
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from agent.errors import ConfigError
from agent.host.job import SYSTEM, ScheduledJob
from connectors.sdk.message import say

_NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
_SYSTEM_SID = "S-1-5-18"
_MAX_PATH = 260
_SETTINGS = {
    "MultipleInstancesPolicy": "IgnoreNew",
    "DisallowStartIfOnBatteries": "false",
    "StopIfGoingOnBatteries": "false",
    "AllowHardTerminate": "true",  # every write is atomic
    "StartWhenAvailable": "true",
    "RunOnlyIfNetworkAvailable": "false",  # servers without NLA status would never run
    "WakeToRun": "false",
    "ExecutionTimeLimit": "PT23H",  # the next scan resumes at the last checkpoint
    "Priority": "7",
    "Hidden": "false",
    "Enabled": "true",
}


def is_managed(account: str) -> bool:
    """Return True for a gMSA, whose password Windows manages."""
    return account.endswith("$")


def has_password(account: str) -> bool:
    """Return True if Windows needs a password to run as this account."""
    return account.upper() not in ("", SYSTEM) and not is_managed(account)


def to_xml(job: ScheduledJob) -> bytes:
    """Return the file for `schtasks /create /xml`, in UTF-16LE with a byte order mark."""
    task = Element("Task", version="1.3", xmlns=_NAMESPACE)
    about = SubElement(task, "RegistrationInfo")
    _text_element(about, "Author", "tojimari")
    _text_element(
        about, "Description", "Reads sharing permissions and reports what stands open. Read-only."
    )
    _trigger(SubElement(task, "Triggers"), job)
    _principal(SubElement(task, "Principals"), job)
    settings = SubElement(task, "Settings")
    for name, value in _SETTINGS.items():
        _text_element(settings, name, value)
    again = SubElement(settings, "RestartOnFailure")
    _text_element(again, "Interval", "PT15M")
    _text_element(again, "Count", "3")
    _action(SubElement(task, "Actions", Context="Author"), job)
    indent(task)
    text = '<?xml version="1.0" encoding="UTF-16"?>\n' + tostring(task, encoding="unicode") + "\n"
    return b"\xff\xfe" + text.replace("\n", "\r\n").encode("utf-16-le")


def _trigger(triggers: Element, job: ScheduledJob) -> None:
    trigger = SubElement(triggers, "CalendarTrigger")
    _text_element(trigger, "Enabled", "true")
    _text_element(
        trigger, "StartBoundary", job.first_run.isoformat(timespec="seconds")
    )  # no offset: local
    if job.spread_minutes:
        _text_element(trigger, "RandomDelay", f"PT{job.spread_minutes}M")
    if not job.days:
        _text_element(SubElement(trigger, "ScheduleByDay"), "DaysInterval", "1")
        return
    weekly = SubElement(trigger, "ScheduleByWeek")
    _text_element(weekly, "WeeksInterval", "1")
    days = SubElement(weekly, "DaysOfWeek")
    for day in job.days:
        SubElement(days, day.value)


def _principal(principals: Element, job: ScheduledJob) -> None:
    principal = SubElement(principals, "Principal", id="Author")
    if job.account.upper() in ("", SYSTEM):
        _text_element(principal, "UserId", _SYSTEM_SID)
    else:
        _text_element(principal, "UserId", job.account)
        _text_element(
            principal, "LogonType", "Password"
        )  # also for a gMSA, whose password is not stored
    _text_element(principal, "RunLevel", "LeastPrivilege")


def _action(actions: Element, job: ScheduledJob) -> None:
    program, *words = job.command
    if len(program) > _MAX_PATH:
        raise ConfigError(say("schedule.path_too_long", path=program, longest=_MAX_PATH))
    run = SubElement(actions, "Exec")
    _text_element(run, "Command", subprocess.list2cmdline([program]))
    _text_element(run, "Arguments", subprocess.list2cmdline(words))


def _text_element(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text
