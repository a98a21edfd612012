from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.m365.normalize import (
    container_of,
    grants_of,
    group_of,
    guest_of,
    item_of,
    memberships_of,
    public_group_of,
    time_of,
)
from connectors.sdk.records import UNKNOWN, Access, Audience, Grant, PrincipalKind, State

OWN = frozenset({"example.co.jp", "example.onmicrosoft.com"})
SECRET = "https://example.sharepoint.com/:x:/s/sales/EaBcSecret"


def link(scope: object = "anonymous", kind: object = "view", **more: Any) -> Any:
    there = {"scope": scope, "type": kind, "webUrl": SECRET, **more.pop("link", {})}
    return {"id": "p1", "roles": ["read"], "link": there, **more}


def one(row: Any) -> Grant:
    (grant,) = grants_of(row, "b!drive", OWN)
    return grant


def user(login: str, **more: Any) -> Any:
    return {"siteUser": {"loginName": login, **more}}


def told(**more: Any) -> Any:
    return {"id": "g", **more}


def member(mail: str) -> Any:
    return user(f"i:0#.f|membership|{mail}", email=mail)


@pytest.mark.parametrize(
    ("scope", "audience"),
    [
        ("anonymous", Audience.ANYONE_LINK),
        ("organization", Audience.ORG_LINK),
        ("everybodyOnMars", Audience.UNKNOWN),
        (None, Audience.UNKNOWN),
    ],
)
def test_the_scope_of_a_link_is_its_audience(scope: object, audience: Audience) -> None:
    grant = one(link(scope))
    assert grant.audience is audience
    assert grant.principal_kind is PrincipalKind.LINK
    assert grant.principal == ""
    assert SECRET not in repr(grant)


@pytest.mark.parametrize(
    ("kind", "access"),
    [
        ("view", Access.VIEW),
        ("edit", Access.EDIT),
        ("review", Access.COMMENT),
        ("embed", Access.VIEW),
        ("createOnly", Access.CREATE),
        ("blocksDownload", Access.VIEW_ONLY),
        ("telepathy", Access.UNKNOWN),
    ],
)
def test_the_type_of_a_link_is_its_access(kind: str, access: Access) -> None:
    assert one(link(kind=kind)).access is access


def test_a_link_without_download_is_view_only_and_an_editing_one_is_not() -> None:
    no_download = {"preventsDownload": True}
    assert one(link(kind="view", link=no_download)).access is Access.VIEW_ONLY
    assert one(link(kind="edit", link=no_download)).access is Access.EDIT


@pytest.mark.parametrize(
    ("kind", "roles", "access"),
    [
        ("view", ["read"], Access.VIEW),
        ("view", ["write"], Access.EDIT),
        ("view", ["read", "owner"], Access.MANAGE),
        ("embed", ["write"], Access.EDIT),
        ("blocksDownload", ["read"], Access.VIEW_ONLY),
        ("blocksDownload", ["write"], Access.EDIT),
        ("edit", ["read"], Access.EDIT),
        ("createOnly", ["write"], Access.CREATE),
        ("review", ["write"], Access.COMMENT),
        ("view", ["levitate"], Access.VIEW),
    ],
)
def test_of_the_type_and_the_roles_of_a_link_the_wider_counts(
    kind: str, roles: list[str], access: Access
) -> None:
    assert one(link(kind=kind, roles=roles)).access is access


def test_a_link_without_a_type_allows_what_its_roles_say() -> None:
    assert one(link(kind=None, roles=["write"])).access is Access.EDIT


@pytest.mark.parametrize(
    ("roles", "access"),
    [
        (["read"], Access.VIEW),
        (["read", "write"], Access.EDIT),
        (["owner"], Access.MANAGE),
        (["sp.full control"], Access.MANAGE),
        (["read", "levitate"], Access.UNKNOWN),
        (["levitate", "owner"], Access.MANAGE),
        (["fullcontrol"], Access.MANAGE),
        (["manage"], Access.MANAGE),
        (["manager"], Access.MANAGE),
        (["principalOwner"], Access.MANAGE),
        (["reader"], Access.VIEW),
        (["read", "sp.limited access"], Access.VIEW),
        (["write", "sp.limited access"], Access.EDIT),
        (["sp.limited access"], Access.VIEW_ONLY),
        ([], Access.UNKNOWN),
        (None, Access.UNKNOWN),
    ],
)
def test_the_widest_role_counts_and_an_unknown_one_is_never_milder(
    roles: list[str] | None, access: Access
) -> None:
    row: Any = {"id": "p", "roles": roles, "grantedToV2": member("a@example.co.jp")}
    assert one(row).access is access


def test_a_link_to_existing_access_grants_nothing() -> None:
    row = link("existingAccess", grantedToIdentitiesV2=[member("a@other.example")])
    assert list(grants_of(row, "b!drive", OWN)) == []


def test_several_people_behind_one_link_are_several_grants_with_one_id() -> None:
    people = [member("sato@example.co.jp"), member("Bob@partner.example")]
    grants = list(grants_of(link("users", grantedToIdentitiesV2=people), "b!drive", OWN))
    assert [(g.id, g.principal, g.audience) for g in grants] == [
        ("p1", "sato@example.co.jp", Audience.NAMED_INTERNAL),
        ("p1", "bob@partner.example", Audience.EXT_NAMED),
    ]


def test_a_link_for_people_whom_graph_does_not_name_is_unknown() -> None:
    assert one(link("users", grantedToIdentitiesV2=[])).audience is Audience.UNKNOWN


def test_everyone_except_external_users_is_known_by_its_claim_in_any_language() -> None:
    login = "c:0-.f|rolemanager|spo-grid-all-users/6f1d"
    name = "外部ユーザー以外のすべてのユーザー"
    grant = one({"id": "p", "roles": ["read"], "grantedToV2": user(login, displayName=name)})
    assert (grant.audience, grant.principal) == (Audience.ORG_DISCOVERABLE, name)
    assert (grant.principal_kind, grant.principal_id) == (PrincipalKind.EVERYONE, login)


def test_a_guest_whose_address_is_a_name_of_ours_is_called_by_the_one_at_home() -> None:
    login = "i:0#.f|membership|wata.k_gmail.com#ext#@example.onmicrosoft.com"
    identity = user(login, email="wata.k_gmail.com#EXT#@example.onmicrosoft.com")
    identity["user"] = {"id": "u1", "email": None}
    grant = one({"id": "p", "roles": ["write"], "grantedToV2": identity})
    assert (grant.audience, grant.principal) == (Audience.EXT_NAMED, "wata.k@gmail.com")
    assert (grant.principal_kind, grant.principal_id) == (PrincipalKind.GUEST, "u1")


def test_an_own_account_that_calls_itself_everyone_is_no_more_than_an_account() -> None:
    identity = user("i:0#.f|membership|x@example.co.jp", displayName="Everyone")
    assert one({"id": "p", "roles": ["read"], "grantedToV2": identity}).audience is (
        Audience.NAMED_INTERNAL
    )


def test_a_group_is_known_by_the_id_in_its_claim() -> None:
    identity = user("c:0t.c|tenant|2b1c7c1e-0000-4000-8000-0123456789ab", displayName="開発")
    grant = one({"id": "p", "roles": ["write"], "grantedToV2": identity})
    assert grant.principal_kind is PrincipalKind.GROUP
    assert (grant.principal, grant.principal_id) == ("開発", "2b1c7c1e-0000-4000-8000-0123456789ab")


@pytest.mark.parametrize(
    ("identity", "audience", "kind", "principal"),
    [
        (
            {"siteGroup": {"id": "5", "displayName": "閲覧者"}},
            "named_internal",
            "site_group",
            "閲覧者",
        ),
        (
            {"sharePointGroup": {"id": "5", "title": "訪問者"}},
            "named_internal",
            "site_group",
            "訪問者",
        ),
        ({"group": {"id": "g", "email": "g@x.jp"}}, "named_internal", "group", "g@x.jp"),
        ({"user": {"id": "u", "email": "a@gmail.com"}}, "ext_named", "account", "a@gmail.com"),
        ({"user": {"id": "u", "displayName": "?"}}, "unknown", "unknown", "?"),
        (
            {"application": {"id": "a", "displayName": "App"}},
            "named_internal",
            "application",
            "App",
        ),
        ({"device": {"id": "d"}}, "unknown", "unknown", ""),
    ],
)
def test_an_identity_without_a_login_name_is_judged_by_what_it_has(
    identity: Any, audience: str, kind: str, principal: str
) -> None:
    grant = one({"id": "p", "roles": ["read"], "grantedToV2": identity})
    assert (grant.audience, grant.principal_kind) == (Audience(audience), PrincipalKind(kind))
    assert grant.principal == principal


@pytest.mark.parametrize(
    "more",
    [
        {"grantedTo": {"user": {"id": "u", "email": "a@gmail.com"}}},
        {"grantedToIdentities": [{"user": {"id": "u", "email": "a@gmail.com"}}]},
    ],
    ids=["grantedTo", "grantedToIdentities"],
)
def test_where_only_the_old_properties_name_somebody_they_are_read(more: Any) -> None:
    grant = one(link("users", **more))
    assert (grant.audience, grant.principal) == (Audience.EXT_NAMED, "a@gmail.com")


def test_a_redeemed_invitation_is_told_by_who_came() -> None:
    row: Any = {"id": "p", "roles": ["read"], "invitation": {"email": "old@gamma.example"}}
    assert one(row | {"grantedToV2": member("new@gamma.example")}).principal == "new@gamma.example"


def test_a_row_that_has_expired_is_kept_with_its_date() -> None:
    grant = one(link(expirationDateTime="2020-01-01T00:00:00Z"))
    assert (grant.audience, grant.expires_at) == (
        Audience.ANYONE_LINK,
        datetime(2020, 1, 1, tzinfo=UTC),
    )


def test_an_invitation_that_was_not_redeemed_is_an_outsider() -> None:
    row: Any = {"id": "p", "roles": ["read"], "invitation": {"email": "New@gamma.example"}}
    grant = one(row)
    assert (grant.audience, grant.principal) == (Audience.EXT_NAMED, "new@gamma.example")


def test_a_row_that_names_nobody_is_unknown() -> None:
    assert one({"id": "p", "roles": ["read"]}).audience is Audience.UNKNOWN


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (None, None),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59Z", None),
        ("9999-12-31T23:59:59-12:00", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("2026-12-15T00:00:00.1234567Z", datetime(2026, 12, 15, 0, 0, 0, 123456, UTC)),
        ("2020-01-01T00:00:00Z", datetime(2020, 1, 1, tzinfo=UTC)),
        ("soon", UNKNOWN),
    ],
)
def test_the_year_one_means_never_and_nonsense_means_unknown(said: object, meant: object) -> None:
    assert time_of(said) == meant


def test_a_password_is_believed_only_when_it_is_claimed() -> None:
    assert one(link(hasPassword=True)).password is True
    assert one(link(hasPassword=False)).password is UNKNOWN
    assert one(link()).password is UNKNOWN


@pytest.mark.parametrize(
    ("inherited", "origin"),
    [
        (None, None),
        ({}, None),
        ({"path": "/drive/root:"}, None),
        ({"id": "01A"}, "b!drive/01A"),
        ({"driveId": "b!other", "id": "01A"}, "b!other/01A"),
    ],
)
def test_only_an_origin_with_an_id_is_believed(inherited: Any, origin: str | None) -> None:
    assert one(link(inheritedFrom=inherited)).inherited_from == origin


def test_a_grant_has_no_date_because_graph_tells_none() -> None:
    assert one(link()).created_at is UNKNOWN
    assert one(link()).created_by is UNKNOWN


def test_a_root_is_named_after_its_library_and_placed_at_its_path() -> None:
    raw: Any = {
        "id": "01R",
        "name": "root",
        "root": {},
        "folder": {},
        "parentReference": {"id": "x"},
    }
    item = item_of(raw, "b!d", (), library="ドキュメント")
    assert (item.kind, item.name, item.parent_id) == ("library", "ドキュメント", None)
    container = container_of(raw, "b!d", "/sites/press/Shared Documents")
    assert container is not None
    assert (container.parent_id, container.name) == (None, "/sites/press/Shared Documents")


def test_a_notebook_is_a_file_that_holds_others() -> None:
    raw: Any = {"id": "01N", "name": "ノート", "package": {}, "parentReference": {"id": "01R"}}
    assert item_of(raw, "b!d", (), library="").kind == "file"
    container = container_of(raw, "b!d", "")
    assert container is not None
    assert container.parent_id == "b!d/01R"


def test_an_item_without_a_known_maker_or_date_says_so() -> None:
    item = item_of({"id": "01F"}, "b!d", (), library="")
    assert (item.owner, item.created_at, item.modified_at) == (UNKNOWN, UNKNOWN, UNKNOWN)


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({"externalUserState": "PendingAcceptance", "accountEnabled": True}, State.PENDING),
        ({"externalUserState": "Accepted", "accountEnabled": True}, State.ACTIVE),
        ({"externalUserState": None, "accountEnabled": True}, State.ACTIVE),
        ({"externalUserState": "Accepted", "accountEnabled": False}, State.DISABLED),
        ({"externalUserState": "Abducted", "accountEnabled": True}, State.UNKNOWN),
    ],
)
def test_the_state_of_a_guest(facts: Any, state: State) -> None:
    assert guest_of(told(**facts), OWN, sign_in_known=True).state is state


def test_the_day_of_an_invitation_is_known_while_it_is_open() -> None:
    raw = told(createdDateTime="2026-07-15T00:00:00Z", externalUserState="PendingAcceptance")
    assert guest_of(raw, OWN, sign_in_known=True).invited_at == datetime(2026, 7, 15, tzinfo=UTC)
    raw |= {"externalUserState": "Accepted", "externalUserStateChangeDateTime": "2026-08-01"}
    assert guest_of(raw, OWN, sign_in_known=True).invited_at is UNKNOWN


def test_a_sign_in_that_graph_does_not_tell_is_not_one_that_never_was() -> None:
    raw: Any = {"id": "g", "signInActivity": None}
    assert guest_of(raw, OWN, sign_in_known=True).last_sign_in is None
    assert guest_of(raw, OWN, sign_in_known=False).last_sign_in is UNKNOWN
    raw["signInActivity"] = {
        "lastSignInDateTime": "2026-01-01T00:00:00Z",
        "lastNonInteractiveSignInDateTime": "2026-02-01T00:00:00Z",
    }
    assert guest_of(raw, OWN, sign_in_known=True).last_sign_in == datetime(2026, 2, 1, tzinfo=UTC)


def test_a_guest_without_mail_is_called_by_the_address_at_home() -> None:
    raw: Any = {
        "id": "g",
        "mail": None,
        "userPrincipalName": "a_b_c.example#EXT#@x.onmicrosoft.com",
    }
    assert guest_of(raw, OWN, sign_in_known=True).mail == "a_b@c.example"


def test_anybody_inside_may_join_a_public_team_but_not_a_public_looking_security_group() -> None:
    team = told(visibility="Public", groupTypes=["Unified"])
    (open_door,) = memberships_of("g", team, [], OWN)
    assert (open_door.member_id, open_door.audience) == ("*", Audience.ORG_DISCOVERABLE)
    assert list(memberships_of("g", told(visibility="Public", groupTypes=[]), [], OWN)) == []


@pytest.mark.parametrize(
    ("visibility", "types", "audience"),
    [
        ("Public", ["Unified"], Audience.ORG_DISCOVERABLE),
        ("public", ["Unified", "DynamicMembership"], Audience.ORG_DISCOVERABLE),
        ("Private", ["Unified"], None),
        ("HiddenMembership", ["Unified"], None),
        (None, ["Unified"], None),
        ("Public", [], None),
        ("Public", ["DynamicMembership"], None),
        ("Organization", ["Unified"], Audience.UNKNOWN),
        ("Public", ["Unified", "Federated"], Audience.UNKNOWN),
        ("Public", ["Federated"], Audience.UNKNOWN),
        ("Organization", [], None),
        (None, ["Federated"], None),
    ],
)
def test_a_group_whose_openness_nobody_knows_is_unknown_and_not_closed(
    visibility: str | None, types: list[str], audience: Audience | None
) -> None:
    group = told(visibility=visibility, groupTypes=types)
    item = public_group_of(group)
    assert (item.grants[0].audience if item else None) is audience
    assert [m.audience for m in memberships_of("g", group, [], OWN)] == (
        [audience] if audience else []
    )


def test_a_deleted_group_has_no_members() -> None:
    gone = group_of("g", None, 0, UNKNOWN)
    assert (gone.state, gone.members) == (State.DELETED, 0)
