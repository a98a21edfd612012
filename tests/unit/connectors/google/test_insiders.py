"""Who is inside: not everybody whose address ends with an own domain."""

import tomllib
from collections import Counter
from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest

from connectors.google.impersonation import candidate_readers
from connectors.google.normalize import (
    FOLDER,
    FORM,
    SITE,
    InternalDomains,
    account_addresses,
    address_digest,
    external_members,
    folder_container,
    guest_addresses,
    internal_domains,
    is_private,
    map_grants,
)
from connectors.google.single_user import consumer_domains
from connectors.sdk.records import Audience

OWN = "example.co.jp"
SATO, GUEST = f"sato@{OWN}", f"chris.partner-c@{OWN}"
ELSEWHERE = "chris@partner-c.example"
INSIDE = InternalDomains(
    domains=frozenset({OWN, "example.jp"}),
    guests={GUEST: ELSEWHERE, ELSEWHERE: ELSEWHERE, f"anon@{OWN}": ""},
    accounts=frozenset(map(address_digest, (SATO, "sato@example.jp", GUEST, f"anon@{OWN}"))),
    projects=frozenset({"audit-1.iam.gserviceaccount.com"}),
)
DOCUMENT = "application/vnd.google-apps.document"


def grant(permission: Any, mime: str = "", internal: InternalDomains = INSIDE):
    file: Any = {"id": "1", "mimeType": mime} if mime else None
    raw: Any = {"id": "7", **permission}
    (only,) = map_grants([raw], internal, file)
    return only


@pytest.mark.parametrize(
    ("mail", "audience", "kind", "principal"),
    [
        (SATO, "named_internal", "account", SATO),
        ("Sato@Example.jp", "named_internal", "account", "sato@example.jp"),  # an alias
        # a guest is an account of the tenant and an outsider, by either address
        (GUEST, "ext_named", "guest", ELSEWHERE),
        (ELSEWHERE, "ext_named", "guest", ELSEWHERE),
        (f"anon@{OWN}", "ext_unresolved", "guest", f"anon@{OWN}"),
        # nobody's account: a personal Google account on the company's address
        (f"left@{OWN}", "ext_consumer", "account", f"left@{OWN}"),
        ("left@example.jp", "ext_consumer", "account", "left@example.jp"),
        ("lee@partner-b.example", "ext_named", "account", "lee@partner-b.example"),
        (f"a@not{OWN}", "ext_named", "account", f"a@not{OWN}"),
        (f"a@sub.{OWN}", "ext_named", "account", f"a@sub.{OWN}"),
        (
            "x@audit-1.iam.gserviceaccount.com",
            "named_internal",
            "application",
            "x@audit-1.iam.gserviceaccount.com",
        ),
        (
            "x@proj.iam.gserviceaccount.com",
            "ext_named",
            "application",
            "x@proj.iam.gserviceaccount.com",
        ),
        (
            "1@developer.gserviceaccount.com",
            "ext_named",
            "application",
            "1@developer.gserviceaccount.com",
        ),
        (
            "p@appspot.gserviceaccount.com",
            "ext_named",
            "application",
            "p@appspot.gserviceaccount.com",
        ),
        # only like one
        ("a@notgserviceaccount.com.example", "ext_named", "account", None),
    ],
)
def test_whom_an_address_is(mail, audience, kind, principal):
    found = grant({"type": "user", "role": "reader", "emailAddress": mail})
    assert (found.audience, found.principal_kind) == (audience, kind)
    assert found.principal == (principal or mail)


def test_an_address_without_account_is_inside_until_the_accounts_are_listed():
    unlisted = InternalDomains(domains=INSIDE.domains)
    found = grant({"type": "user", "emailAddress": f"left@{OWN}"}, internal=unlisted)
    assert found.audience is Audience.NAMED_INTERNAL


@pytest.mark.parametrize(
    ("mail", "audience"),
    [
        ("sato@alias.example", "named_internal"),
        (f"sato@{OWN}.test-google-a.com", "named_internal"),
        ("left@alias.example", "ext_consumer"),
        ("sato@second.example", "ext_consumer"),  # a domain of its own has its own accounts
    ],
)
def test_an_alias_domain_has_the_accounts_of_its_domain(mail, audience):
    domains: Any = [
        {
            "domainName": OWN,
            "isPrimary": True,
            "domainAliases": [{"domainAliasName": "alias.example"}],
        },
        {"domainName": "second.example"},
    ]
    _, inside = internal_domains(domains)
    inside = replace(inside, accounts=frozenset({address_digest(SATO)}))
    assert grant({"type": "user", "emailAddress": mail}, internal=inside).audience == audience


def test_a_deleted_account_was_one_of_the_tenant():
    left: Any = {"type": "user", "emailAddress": f"left@{OWN}", "deleted": True}
    assert grant(left).audience is Audience.NAMED_INTERNAL
    assert not grant(left).live


@pytest.mark.parametrize(
    ("member", "audience", "name"),
    [
        ({"type": "USER", "email": SATO}, None, ""),
        ({"type": "USER", "email": GUEST}, "ext_named", ELSEWHERE),
        ({"type": "USER", "email": ELSEWHERE}, "ext_named", ELSEWHERE),
        ({"type": "USER", "email": f"left@{OWN}"}, "ext_consumer", f"left@{OWN}"),
        ({"type": "EXTERNAL", "email": "a@b.example"}, "ext_named", "a@b.example"),
        ({"type": "USER", "email": "x@audit-1.iam.gserviceaccount.com"}, None, ""),
        ({"type": "GROUP", "email": f"team@{OWN}"}, "nested", ""),
        ({"type": "GROUP", "email": "g@b.example"}, "ext_unresolved", "g@b.example"),
    ],
)
def test_whom_a_member_is(member, audience, name):
    raw: Any = {"id": "1", **member}
    found = list(external_members(f"g@{OWN}", [raw], INSIDE))
    if audience == "nested":
        assert found == []
    else:
        assert [(m and m.audience, m.member if m else "") for m in found] == [(audience, name)]


@pytest.mark.parametrize(
    ("domains", "inside"),
    [
        ([{"domainName": OWN, "isPrimary": True, "verified": True}], {OWN}),
        (
            [
                {"domainName": OWN, "isPrimary": True, "verified": True},
                {"domainName": "victim.example", "verified": False},
            ],
            {OWN},
        ),
        (
            [
                {
                    "domainName": OWN,
                    "isPrimary": True,
                    "verified": True,
                    "domainAliases": [
                        {"domainAliasName": "example.jp", "verified": True},
                        {"domainAliasName": "victim.example", "verified": False},
                    ],
                },
            ],
            {OWN, "example.jp"},
        ),
        # the aliases of an unverified domain are none either
        (
            [
                {"domainName": OWN, "isPrimary": True, "verified": True},
                {
                    "domainName": "victim.example",
                    "verified": False,
                    "domainAliases": [{"domainAliasName": "v.example", "verified": True}],
                },
            ],
            {OWN},
        ),
        ([{"domainName": OWN, "isPrimary": True}], {OWN}),
    ],
)
def test_only_verified_domains_are_inside(domains, inside):
    primary, found = internal_domains(domains)
    assert primary == OWN
    assert found.domains == inside | {f"{OWN}.test-google-a.com"}


def test_the_addresses_of_an_account_are_all_of_its_names():
    user: Any = {
        "id": "1",
        "primaryEmail": "Sato@Example.co.jp",
        "aliases": ["ken@example.co.jp"],
        "nonEditableAliases": ["sato@example.jp", "sato@example.co.jp.test-google-a.com"],
    }
    assert list(account_addresses(user)) == [
        "sato@example.co.jp",
        "ken@example.co.jp",
        "sato@example.jp",
        "sato@example.co.jp.test-google-a.com",
    ]
    assert list(guest_addresses(user)) == []


@pytest.mark.parametrize(
    ("info", "addresses"),
    [
        (
            {"guestAccountInfo": {"primaryGuestEmail": "Chris@Partner-C.example"}},
            [(GUEST, ELSEWHERE), (ELSEWHERE, ELSEWHERE)],
        ),
        ({"guestAccountInfo": {}}, [(GUEST, "")]),
        ({}, [(GUEST, "")]),
    ],
)
def test_a_guest_is_known_by_both_addresses(info, addresses):
    user: Any = {"id": "1", "primaryEmail": GUEST, "isGuestUser": True, **info}
    assert list(guest_addresses(user)) == addresses


def owner(mail, **more):
    return {"id": mail, "type": "user", "role": "owner", "emailAddress": mail, **more}


@pytest.mark.parametrize(
    ("permissions", "private"),
    [
        ([owner(SATO)], True),
        ([owner("SATO@example.jp")], True),
        ([owner(SATO), owner("lee@partner-b.example")], False),  # a legacy file
        ([owner(SATO), owner("sato@example.jp")], False),
        ([owner("lee@partner-b.example")], False),
        ([owner(f"left@{OWN}")], False),
        ([owner(GUEST)], False),
        ([owner("")], False),
        ([{"id": "1", "role": "owner"}], False),
        ([owner(SATO), {"id": "2", "type": "anyone", "role": "reader"}], False),
        ([], False),
        (None, False),
    ],
)
def test_private_is_what_one_insider_owns_and_nobody_else_has(permissions, private):
    assert is_private(permissions, INSIDE) is private


@pytest.mark.parametrize(
    ("mime", "permission", "audience", "access"),
    [
        # a form that is published takes answers from whoever has its link
        (FORM, {"type": "anyone", "view": "published"}, "anyone_link", "create"),
        (
            FORM,
            {"type": "anyone", "view": "published", "allowFileDiscovery": True},
            "public_discoverable",
            "create",
        ),
        (
            FORM,
            {"type": "domain", "domain": OWN, "view": "published"},
            "org_link",
            "create",
        ),
        (
            FORM,
            {"type": "domain", "domain": "b.example", "view": "published"},
            "ext_unresolved",
            "create",
        ),
        (
            FORM,
            {"type": "user", "emailAddress": "a@b.example", "view": "published"},
            "ext_named",
            "create",
        ),
        (
            FORM,
            {"type": "group", "emailAddress": f"all@{OWN}", "view": "published"},
            "named_internal",
            "create",
        ),
        # its editors are no respondents
        (FORM, {"type": "anyone", "role": "writer"}, "anyone_link", "edit"),
        (
            FORM,
            {"type": "user", "emailAddress": "a@b.example", "role": "writer"},
            "ext_named",
            "edit",
        ),
        # a site that is published is read, and found
        (SITE, {"type": "anyone", "view": "published"}, "public_discoverable", "view"),
        (SITE, {"type": "domain", "domain": OWN, "view": "published"}, "org_link", "view"),
        (
            SITE,
            {"type": "domain", "domain": OWN, "view": "published", "allowFileDiscovery": True},
            "org_discoverable",
            "view",
        ),
        (SITE, {"type": "anyone", "role": "writer"}, "anyone_link", "edit"),
        (DOCUMENT, {"type": "anyone", "view": "published"}, "public_discoverable", "view"),
        (DOCUMENT, {"type": "anyone", "role": "reader"}, "anyone_link", "view"),
        # seen from outside a folder with limited access
        (
            FOLDER,
            {"type": "user", "emailAddress": SATO, "role": "reader", "view": "metadata"},
            "named_internal",
            "view_only",
        ),
        (
            FOLDER,
            {"type": "anyone", "role": "reader", "view": "metadata"},
            "anyone_link",
            "view_only",
        ),
    ],
)
def test_what_a_view_means_is_told_by_the_type_of_the_file(mime, permission, audience, access):
    role = {"role": "publishedReader"} if permission.get("view") == "published" else {}
    found = grant({**role, **permission}, mime)
    assert (found.audience, found.access) == (audience, access)


@pytest.mark.parametrize(
    ("discovery", "audience"),
    [
        ({}, "org_link"),
        ({"allowFileDiscovery": False}, "org_link"),
        ({"allowFileDiscovery": True}, "org_discoverable"),
        ({"allowFileDiscovery": None}, "org_discoverable"),  # not said: the wider one
    ],
)
@pytest.mark.parametrize("domain", [OWN, "3kfh7.audience.googledomains.com"])
def test_a_company_or_a_target_audience_finds_only_what_may_be_found(domain, discovery, audience):
    assert grant({"type": "domain", "domain": domain, **discovery}).audience == audience


def test_the_providers_are_those_that_the_agent_knows():
    known = tomllib.loads(
        files("agent.classify").joinpath("consumer_domains.toml").read_text(encoding="utf-8")
    )
    assert consumer_domains() == set(known["domains"])


@pytest.mark.parametrize(
    ("flag", "inherits"),
    [
        ({}, True),
        ({"inheritedPermissionsDisabled": False}, True),
        ({"inheritedPermissionsDisabled": True}, False),
        ({"inheritedPermissionsDisabled": None}, False),  # not a no
    ],
)
def test_a_folder_with_limited_access_is_a_boundary(flag, inherits):
    file: Any = {"id": "1", "name": "x", "mimeType": FOLDER, **flag}
    assert folder_container(file).inherits is inherits


def test_who_only_sees_that_a_limited_folder_exists_has_nothing_by_that():
    seen: Any = {"type": "anyone", "role": "reader", "view": "metadata"}
    assert not grant(seen, FOLDER).live
    assert grant({"type": "anyone", "role": "reader"}, FOLDER).live


def manager(mail, role="organizer"):
    return {"id": mail, "type": "user", "role": role, "emailAddress": mail}


def test_the_managers_of_all_drives_share_them():
    members: Any = [manager(f"m{n}@{OWN}") for n in range(4)]
    first = [
        next(candidate_readers(members, INSIDE, lambda _: (), drive=f"0A{n}")).mail
        for n in range(400)
    ]
    counted = Counter(first)
    assert len(counted) == 4
    assert max(counted.values()) < 200
    again = next(candidate_readers(members, INSIDE, lambda _: (), drive="0A7")).mail
    assert again == first[7]  # always the same for one drive


def test_a_manager_comes_before_everybody_else_whichever_the_drive():
    members: Any = [manager(f"w{n}@{OWN}", "writer") for n in range(5)]
    members.insert(3, manager(SATO))
    for n in range(50):
        readers = list(candidate_readers(members, INSIDE, lambda _: (), drive=f"0A{n}"))
        assert readers[0].mail == SATO
        assert {r.mail for r in readers} == {m["emailAddress"] for m in members}
