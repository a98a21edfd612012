"""A plan as the XML of the Windows Task Scheduler, version 1.3.

After Microsoft's published schema (win32 documentation, `task-scheduler-schema`), which is stricter
than the service: the elements of a trigger stand in its order.
"""

from __future__ import annotations

import subprocess
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from agent.errors import ConfigError
from agent.host.job import SYSTEM, Plan
from connectors.sdk.message import say

_NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
_SYSTEM_SID = "S-1-5-18"
_LONGEST = 260
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


def xml_of(plan: Plan) -> bytes:
    """Return the file for `schtasks /create /xml`, in UTF-16LE with a byte order mark."""
    task = Element("Task", version="1.3", xmlns=_NAMESPACE)
    about = SubElement(task, "RegistrationInfo")
    _leaf(about, "Author", "tojimari")
    _leaf(
        about, "Description", "Reads sharing permissions and reports what stands open. Read-only."
    )
    _trigger(SubElement(task, "Triggers"), plan)
    _principal(SubElement(task, "Principals"), plan)
    settings = SubElement(task, "Settings")
    for name, value in _SETTINGS.items():
        _leaf(settings, name, value)
    again = SubElement(settings, "RestartOnFailure")
    _leaf(again, "Interval", "PT15M")
    _leaf(again, "Count", "3")
    _action(SubElement(task, "Actions", Context="Author"), plan)
    indent(task)
    text = '<?xml version="1.0" encoding="UTF-16"?>\n' + tostring(task, encoding="unicode") + "\n"
    return b"\xff\xfe" + text.replace("\n", "\r\n").encode("utf-16-le")


def _trigger(triggers: Element, plan: Plan) -> None:
    trigger = SubElement(triggers, "CalendarTrigger")
    _leaf(trigger, "Enabled", "true")
    _leaf(trigger, "StartBoundary", plan.first.isoformat(timespec="seconds"))  # no offset: local
    if plan.spread_minutes:
        _leaf(trigger, "RandomDelay", f"PT{plan.spread_minutes}M")
    if not plan.days:
        _leaf(SubElement(trigger, "ScheduleByDay"), "DaysInterval", "1")
        return
    weekly = SubElement(trigger, "ScheduleByWeek")
    _leaf(weekly, "WeeksInterval", "1")
    days = SubElement(weekly, "DaysOfWeek")
    for day in plan.days:
        SubElement(days, day.value)


def _principal(principals: Element, plan: Plan) -> None:
    principal = SubElement(principals, "Principal", id="Author")
    if plan.account.upper() in ("", SYSTEM):
        _leaf(principal, "UserId", _SYSTEM_SID)
    else:
        _leaf(principal, "UserId", plan.account)
        _leaf(principal, "LogonType", "Password")  # also for a gMSA, whose password is not stored
    _leaf(principal, "RunLevel", "LeastPrivilege")


def _action(actions: Element, plan: Plan) -> None:
    program, *words = plan.command
    if len(program) > _LONGEST:
        raise ConfigError(say("schedule.path_too_long", path=program, longest=_LONGEST))
    run = SubElement(actions, "Exec")
    _leaf(run, "Command", subprocess.list2cmdline([program]))
    _leaf(run, "Arguments", subprocess.list2cmdline(words))


def _leaf(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text
