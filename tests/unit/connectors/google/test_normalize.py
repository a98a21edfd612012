"""Google's words in ours, on literal JSON."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.google.normalize import (
    InternalDomains,
    account_state,
    external_members,
    file_item,
    folder_container,
    internal_domains,
    map_grants,
    unknown_grants,
)
from connectors.sdk.records import UNKNOWN, Access, Audience, PrincipalKind, State

INSIDE = InternalDomains(domains=frozenset({"example.co.jp", "example.jp"}))


def grant(**permission: Any):
    raw: Any = {"id": "7", **permission}
    (only,) = map_grants([raw], INSIDE)
    return only


@pytest.mark.parametrize(
    ("permission", "audience", "kind", "principal"),
    [
        ({"type": "anyone"}, "anyone_link", "link", ""),
        ({"type": "anyone", "allowFileDiscovery": False}, "anyone_link", "link", ""),
        ({"type": "anyone", "allowFileDiscovery": True}, "public_discoverable", "link", ""),
        ({"type": "anyone", "view": "published"}, "public_discoverable", "link", ""),
        ({"type": "domain", "domain": "example.co.jp"}, "org_link", "domain", "example.co.jp"),
        (
            {"type": "domain", "domain": "EXAMPLE.JP", "allowFileDiscovery": True},
            "org_discoverable",
            "domain",
            "example.jp",
        ),
        ({"type": "domain", "domain": "a.example"}, "ext_unresolved", "domain", "a.example"),
        (
            {"type": "domain", "domain": "x1.audience.googledomains.com"},
            "org_link",
            "everyone",
            "x1.audience.googledomains.com",
        ),
        (
            {"type": "user", "emailAddress": "Sato@Example.jp"},
            "named_internal",
            "account",
            "sato@example.jp",
        ),
        ({"type": "user", "emailAddress": "a@gmail.com"}, "ext_named", "account", "a@gmail.com"),
        # a domain that only ends like ours is not ours
        (
            {"type": "user", "emailAddress": "a@notexample.jp"},
            "ext_named",
            "account",
            "a@notexample.jp",
        ),
        (
            {"type": "group", "emailAddress": "g@example.jp"},
            "named_internal",
            "group",
            "g@example.jp",
        ),
        (
            {"type": "group", "emailAddress": "g@b.example"},
            "ext_unresolved",
            "group",
            "g@b.example",
        ),
        ({"type": "user"}, "unknown", "unknown", ""),
        ({"type": "domain"}, "unknown", "unknown", ""),
        ({"type": "agent", "emailAddress": "bot@b.example"}, "unknown", "unknown", "bot@b.example"),
        ({}, "unknown", "unknown", ""),
    ],
)
def test_whom_a_permission_reaches(permission, audience, kind, principal):
    found = grant(role="reader", **permission)
    assert (found.audience, found.principal_kind, found.principal) == (audience, kind, principal)


@pytest.mark.parametrize(
    ("role", "access"),
    [
        ("reader", "view"),
        ("publishedReader", "view"),
        ("commenter", "comment"),
        ("writer", "edit"),
        ("fileOrganizer", "manage"),
        ("organizer", "manage"),
        ("owner", "manage"),
        ("approver", "unknown"),
    ],
)
def test_what_a_role_allows(role, access):
    assert grant(type="anyone", role=role).access == access


def test_a_limited_folder_is_only_seen_from_outside_in_the_metadata_view():
    found = grant(type="user", emailAddress="a@example.jp", role="reader", view="metadata")
    assert found.access is Access.VIEW_ONLY


def test_a_link_never_ends_by_itself_and_has_no_password_and_no_known_age():
    link = grant(type="anyone", role="reader")
    assert link.expires_at is None
    assert link.password is False
    assert link.created_at is UNKNOWN


def test_an_account_may_have_an_end():
    mail = {"type": "user", "emailAddress": "a@b.example", "role": "reader"}
    assert grant(**mail).expires_at is None
    assert grant(**mail, expirationTime="2026-12-15T00:00:00.000Z").expires_at == datetime(
        2026, 12, 15, tzinfo=UTC
    )
    assert grant(**mail, expirationTime="next week").expires_at is UNKNOWN
    assert grant(type="agent").expires_at is UNKNOWN


def test_a_deleted_accounts_right_is_left_over_and_opens_nothing():
    left = grant(type="user", emailAddress="a@b.example", role="writer", deleted=True)
    assert (left.audience, left.principal_state, left.live) == ("ext_named", State.DELETED, False)


def test_who_was_asked_to_own_a_file_can_have_it_at_will():
    asked = grant(type="user", emailAddress="a@b.example", role="writer", pendingOwner=True)
    assert (asked.access, asked.principal_state) == (Access.MANAGE, State.PENDING)


@pytest.mark.parametrize(
    ("share", "cause"),
    [
        ({}, "direct"),
        ({"securityUpdateEligible": False, "securityUpdateEnabled": False}, "direct"),
        ({"securityUpdateEligible": True, "securityUpdateEnabled": True}, "direct"),
        ({"securityUpdateEligible": True, "securityUpdateEnabled": False}, "leftover"),
    ],
)
def test_an_old_link_that_needs_no_key_is_a_leftover(share, cause):
    file: Any = {"id": "1", "linkShareMetadata": share}
    permissions: Any = [
        {"id": "anyoneWithLink", "type": "anyone", "role": "reader"},
        {"id": "2", "type": "user", "emailAddress": "a@b.example", "role": "reader"},
    ]
    link, account = map_grants(permissions, INSIDE, file)
    assert (link.cause, account.cause) == (cause, "direct")


def test_a_group_is_named_by_its_address_so_that_its_members_find_it():
    found = grant(type="group", emailAddress="Project-X@example.jp", role="writer")
    assert found.principal_id == found.principal == "project-x@example.jp"


def test_a_grant_is_inherited_only_where_all_of_it_is():
    here = {"inherited": False, "permissionType": "file"}
    above = {"inherited": True, "permissionType": "member", "inheritedFrom": "0AX"}
    base = {"type": "user", "emailAddress": "a@b.example", "role": "writer"}
    assert grant(**base, permissionDetails=[above]).inherited_from == "0AX"
    assert grant(**base, permissionDetails=[above, here]).inherited_from is None
    assert grant(**base, permissionDetails=[{"inherited": True}]).inherited_from is None
    assert grant(**base).inherited_from is None


def test_a_link_and_a_publication_with_one_id_stay_two_grants():
    link: Any = {"id": "anyoneWithLink", "type": "anyone", "role": "writer"}
    published: Any = {**link, "role": "publishedReader", "view": "published"}
    ids = [g.id for g in map_grants([link, published], INSIDE)]
    assert ids == ["anyoneWithLink", "anyoneWithLink/published"]


def test_a_file_keeps_no_address_that_opens_it_for_strangers():
    file: Any = {
        "id": "1abc",
        "name": '=顧客, "名簿"\'.xlsx',
        "mimeType": "application/pdf",
        "webViewLink": "https://drive.google.com/file/d/1abc/view?resourcekey=0-secret",
        "resourceKey": "0-secret",
        "createdTime": "2020-10-05T02:00:00.000Z",
        "modifiedTime": "broken",
        "parents": ["0AX"],
        "trashed": True,
    }
    item = file_item(file, owner="a@example.jp", owner_state=State.ACTIVE, grants=())
    assert "secret" not in repr(item)
    assert (item.kind, item.parent_id, item.trashed) == ("file", "0AX", True)
    assert item.created_at == datetime(2020, 10, 5, 2, tzinfo=UTC)
    assert item.modified_at is UNKNOWN


def test_a_folder_at_the_top_has_no_parent():
    folder: Any = {"id": "1f", "name": "図面", "mimeType": "application/vnd.google-apps.folder"}
    assert folder_container(folder).parent_id is None
    assert file_item(folder, owner=None, owner_state=State.UNKNOWN, grants=()).kind == "folder"


def test_an_acl_that_nobody_could_read_is_unknown_and_never_empty():
    (only,) = unknown_grants(["42"])
    assert (only.id, only.audience, only.access) == ("42", Audience.UNKNOWN, Access.UNKNOWN)
    assert only.principal_kind is PrincipalKind.UNKNOWN


def test_aliases_and_the_test_domain_are_inside():
    primary, inside = internal_domains(
        [
            {"domainName": "Kenkyu.example.co.jp"},
            {
                "domainName": "example.co.jp",
                "isPrimary": True,
                "domainAliases": [{"domainAliasName": "example.jp"}],
            },
        ]
    )
    assert primary == "example.co.jp"
    assert inside.domains == {
        "kenkyu.example.co.jp",
        "example.co.jp",
        "example.jp",
        "example.co.jp.test-google-a.com",
    }


@pytest.mark.parametrize(
    ("member", "audience"),
    [
        ({"type": "USER", "email": "a@example.jp"}, None),
        ({"type": "USER", "email": "a@b.example"}, "ext_named"),
        ({"type": "EXTERNAL", "email": "a@b.example"}, "ext_named"),
        ({"type": "GROUP", "email": "g@b.example"}, "ext_unresolved"),
        ({"type": "CUSTOMER", "id": "C0"}, "org_discoverable"),
        ({"type": "ROBOT", "email": "a@example.jp"}, "unknown"),
        ({"type": "USER"}, "unknown"),
    ],
)
def test_who_in_a_group_is_an_outsider(member, audience):
    raw: Any = {"id": "1", **member}
    (found,) = external_members("g@example.jp", [raw], INSIDE)
    assert (found and found.audience) == audience


def test_a_nested_group_of_ours_is_opened_by_google_and_not_counted():
    nested: Any = {"id": "1", "type": "GROUP", "email": "h@example.jp"}
    assert list(external_members("g@example.jp", [nested], INSIDE)) == []


def test_an_archived_account_cannot_sign_in_any_more():
    assert account_state({"id": "1", "primaryEmail": "a@b", "archived": True}) is State.DISABLED
    assert account_state({"id": "1", "primaryEmail": "a@b", "suspended": True}) is State.DISABLED
    assert account_state({"id": "1", "primaryEmail": "a@b"}) is State.ACTIVE


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2026-12-15T00:00:00.000Z", datetime(2026, 12, 15, tzinfo=UTC)),
        ("2026-12-15T09:00:00+09:00", datetime(2026, 12, 15, tzinfo=UTC)),
        ("9999-12-31T23:59:59-12:00", UNKNOWN),  # beyond the calendar
        ("0001-01-01T00:00:00+14:00", UNKNOWN),
        ("2026-12-15T00:00:00", UNKNOWN),
        ("", UNKNOWN),
        (None, UNKNOWN),
        (7, UNKNOWN),
        (["2026-12-15T00:00:00.000Z"], UNKNOWN),
        ({}, UNKNOWN),
    ],
)
def test_a_time_that_no_calendar_has_is_unknown(text, when):
    file: Any = {"id": "1", "createdTime": text, "modifiedTime": text}
    item = file_item(file, owner=None, owner_state=State.UNKNOWN, grants=())
    assert item.created_at == item.modified_at == when


@pytest.mark.parametrize("value", [None, 7, ["x"], {"x": 1}, True])
def test_what_is_no_text_never_reaches_a_record(value):
    file: Any = {"id": "1", "name": value, "mimeType": value, "parents": [value], "trashed": "x"}
    item = file_item(file, owner=None, owner_state=State.UNKNOWN, grants=())
    assert (item.name, item.kind, item.parent_id, item.trashed) == ("", "file", None, False)
    assert folder_container(file).name == ""
    odd: Any = {"type": "user", "role": value, "emailAddress": value, "view": value}
    found = grant(**odd)
    assert (found.audience, found.access, found.principal) == (
        Audience.UNKNOWN,
        Access.UNKNOWN,
        "",
    )
    assert grant(type="domain", domain=value, role="reader").audience is Audience.UNKNOWN
    assert grant(type=value, role="reader").audience is Audience.UNKNOWN
