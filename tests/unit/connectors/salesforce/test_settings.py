"""What an administrator may write."""

import pytest
from pydantic import ValidationError

from connectors.salesforce import Settings

SIGNED = {
    "login_url": "https://example.my.salesforce.com/",
    "consumer_key": "3MVG9",
    "username": "audit@example.co.jp",
    "private_key": "file:salesforce.key",
}


def test_a_signed_table_is_enough_and_leaves_a_tenth_to_others():
    settings = Settings.model_validate(SIGNED)
    assert settings.api_reserve == 0.1
    assert settings.login_url == "https://example.my.salesforce.com"


@pytest.mark.parametrize(
    "change",
    [
        {"private_key": ""},
        {"username": ""},
        {"consumer_secret": "env:SECRET"},
        {"login_url": "http://example.my.salesforce.com"},
        {"login_url": ""},
        {"consumer_key": ""},
        {"access_token": "env:TOKEN"},
        {"private_key": "-----BEGIN PRIVATE KEY-----"},
        {"api_reserve": 1.0},
        {"api_reserv": 0.2},
    ],
)
def test_a_table_with_no_way_in_two_ways_in_or_a_slip_is_refused(change):
    with pytest.raises(ValidationError):
        Settings.model_validate(SIGNED | change)


def test_an_access_token_needs_no_app():
    token = {"login_url": SIGNED["login_url"], "access_token": "env:TOKEN"}
    assert Settings.model_validate(token).access_token == "env:TOKEN"
    with pytest.raises(ValidationError):
        Settings.model_validate(token | {"consumer_key": "3MVG9"})


def test_every_key_is_described():
    assert all(field.description for field in Settings.model_fields.values())
