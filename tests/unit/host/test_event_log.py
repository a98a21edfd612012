"""The few events of a night, for people and for the filters of administrators."""

import io
import string

import pytest

from agent.host import event_log
from agent.text import Text


def test_every_event_has_a_number_of_its_own_and_its_values_fill_its_sentence() -> None:
    numbers = [event.number for event in event_log.EVENTS]
    assert len(set(numbers)) == len(numbers)
    for event in event_log.EVENTS:
        for language in ("en", "ja"):
            sentence = Text(language)._sentences[f"host.event.{event.name}"]
            braces = [name for _, name, _, _ in string.Formatter().parse(sentence) if name]
            assert sorted(braces) == sorted(event.values)


@pytest.mark.parametrize(
    ("event", "identifier"),
    [
        (event_log.FINISHED, 0x40000064),
        (event_log.INCOMPLETE, 0x800000C8),
        (event_log.FAILED, 0xC000012C),
    ],
)
def test_the_identifier_carries_the_severity_as_the_message_file_does(
    event: event_log.HostEvent, identifier: int
) -> None:
    assert event.identifier == identifier


def test_where_there_is_no_event_log_the_sentence_goes_to_the_journal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    journal = io.StringIO()
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("sys.stderr", journal)
    event_log.write_event(event_log.FAILED, Text("en"), code=3, log="/x/tojimari.log")
    assert journal.getvalue() == (
        "The scheduled run failed with exit code 3. Details are in the log: /x/tojimari.log\n"
    )
