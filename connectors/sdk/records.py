"""The facts that a connector yields. Frozen, flat, without any judgement.

A three-state field is a value, `None` (the vendor says: none) or `UNKNOWN` (the vendor did not say,
or could not be asked). An unknown fact is never clean, fixed or failing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any, Final, ParamSpec, TypeVar, cast, dataclass_transform

from connectors.sdk.message import Message

P = ParamSpec("P")
T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def frozen_record(cls: type[T]) -> type[T]:
    """Return the class as a slotted, keyword-only dataclass that type checkers see as frozen.

    A dataclass that is frozen at run time takes four times as long to create, which for a million
    items costs more than their evaluation.
    """
    return dataclass(slots=True, kw_only=True, unsafe_hash=True)(cls)


def factory_of(cls: Callable[P, T]) -> Callable[P, T]:
    """Return a function that takes the keywords of a record and returns the record.

    It takes a third of the time of the class itself, for records of up to 15 fields: CPython
    passes so many keywords to a function, but not to a class, without a dictionary for each call.
    Use it where records are made for every exposure.
    """
    known: dict[str, object] = {"cls": cls, "new": object.__new__, "MISSING": MISSING}
    parameters: list[str] = []
    lines = ["self = new(cls)"]
    for each in fields(cast(Any, cls)):
        name = value = each.name
        if each.default_factory is not MISSING:
            known[f"make_{name}"] = each.default_factory
            value = f"make_{name}() if {name} is MISSING else {name}"
            parameters.append(f"{name}=MISSING")
        elif each.default is not MISSING:
            known[f"default_{name}"] = each.default
            parameters.append(f"{name}=default_{name}")
        else:
            parameters.append(name)
        lines.append(f"self.{name} = {value}")
    source = f"def made(*, {', '.join(parameters)}):\n " + "\n ".join((*lines, "return self"))
    exec(source, known)  # noqa: S102 -- as `dataclass` does; the names are those of fields
    return cast("Callable[P, T]", known["made"])


class Unknown(Enum):
    """The third state beside a value and `None`: the vendor did not say, or could not be asked."""

    UNKNOWN = "unknown"

    __hash__ = object.__hash__  # that of Enum is slow, and an evaluation hashes millions


UNKNOWN: Final = Unknown.UNKNOWN


class Audience(StrEnum):
    """Who can use a grant, from the narrowest to the widest.

    A connector reports `ext_named` for any external account; the agent, which knows the policy,
    changes it to `ext_allowlisted` or `ext_consumer`.
    """

    NAMED_INTERNAL = "named_internal"  # one account, or one group, of this tenant
    LARGE_INTERNAL = "large_internal"  # an internal group of several hundred people
    EXT_ALLOWLISTED = "ext_allowlisted"  # an external account of an approved domain
    EXT_NAMED = "ext_named"  # one external account
    ORG_LINK = "org_link"  # everyone inside who has the link
    ORG_DISCOVERABLE = "org_discoverable"  # everyone inside, and search finds it
    EXT_CONSUMER = "ext_consumer"  # an external account of a public mail provider
    EXT_UNRESOLVED = "ext_unresolved"  # external accounts that cannot be listed
    UNKNOWN = "unknown"  # a vendor value newer than this build: reported, never dropped
    EXT_AUTHENTICATED_ANY = "ext_authenticated_any"  # any external account that signs in
    ANYONE_LINK = "anyone_link"  # no sign-in, but the link must be known
    PUBLIC_DISCOVERABLE = "public_discoverable"  # no sign-in and findable; Salesforce guests


class Access(StrEnum):
    """What a grant allows, from the least to the most."""

    VIEW_ONLY = "view_only"  # view without download
    VIEW = "view"
    COMMENT = "comment"
    CREATE = "create"  # add only, without reading: a file request
    EDIT = "edit"
    MANAGE = "manage"  # edit and share
    ALL_RECORDS = "all_records"  # View All / Modify All: every record
    UNKNOWN = "unknown"  # a vendor value newer than this build; counts as `edit`


class PrincipalKind(StrEnum):
    """What a grant was given to."""

    ACCOUNT = "account"
    GUEST = "guest"  # an external account in the directory
    GROUP = "group"
    SITE_GROUP = "site_group"  # a SharePoint group, whose members the API does not list
    DOMAIN = "domain"  # everyone of one organization
    LINK = "link"  # everyone who has the link
    EVERYONE = "everyone"  # a claim for everyone inside, or for everyone who can sign in
    SITE_GUEST = "site_guest"  # the Salesforce user of a site's anonymous visitors
    ROLE = "role"  # a Salesforce role, or all portal users
    APPLICATION = "application"
    UNKNOWN = "unknown"


class State(StrEnum):
    """Whether an account can sign in."""

    ACTIVE = "active"
    PENDING = "pending"  # invited, not accepted
    DISABLED = "disabled"  # suspended, blocked, departed
    DELETED = "deleted"
    UNKNOWN = "unknown"


class GrantCause(StrEnum):
    """Why a grant exists, where the vendor's model has several reasons."""

    DIRECT = "direct"  # made on the item itself
    RULE = "rule"  # a sharing rule with criteria
    DEFAULT = "default"  # the default for all records of a kind
    OWNERSHIP = "ownership"  # the reader owns the records
    LEFTOVER = "leftover"  # given before the vendor forbade it: manually, by code, by a queue
    PARENT = "parent"  # implied by a parent record
    RIGHT = "right"  # a permission on the whole object: View All, or a Read without records
    CODE = "code"  # a program that runs without regard to sharing
    UNEXPLAINED = "unexplained"  # visible from outside although no grant was found


class Status(StrEnum):
    """How the scan of a scope ended."""

    COMPLETE = "complete"
    PARTIAL = "partial"  # something was read, something was not
    DENIED = "denied"
    SKIPPED = "skipped"
    UNLICENSED = "unlicensed"  # the tenant lacks the license that this needs


@frozen_record
class Tenant:
    """The tenant of a connector; `id` is the vendor's and never changes, `domains` are verified."""

    id: str
    name: str
    domains: tuple[str, ...] = ()


@frozen_record
class Scope:
    """A unit that is scanned, resumed and reported on its own.

    Attributes:
        id: Stable between runs.
        title: The vendor's name of it (a site, a mail address), or the name of a product.
        last: True if it is read after all others of its tenant: the directory, which reads only
            groups and owners that the items mention.
        stands_for: The beginning of the ids or URLs of scopes that could not be listed now: those
            of them that an earlier run listed are not compared, and never count as gone. Empty for
            a scope that stands for itself.
    """

    id: str
    title: str
    url: str = ""
    last: bool = False
    stands_for: str = ""


@frozen_record
class Started:
    """The first record of every scope, and of a scan that begins again.

    Attributes:
        full: False for a delta: what is not mentioned has not changed.
        resumed: True if the scan continues from a checkpoint; then facts of the earlier part count
            as seen. False if it starts over (a refused cursor, a 410).
    """

    full: bool
    resumed: bool


@frozen_record
class Container:
    """A folder and its parent, for paths and inherited grants.

    The top of a scope (the root of a library, a shared drive) has no parent, and its name is a path
    (`/sites/press/Documents`); names below are joined by slashes. Parents may come after children.
    Ids have the form of `Item.id`.

    Attributes:
        inherits: False if what is granted above does not hold here and below: a folder with
            limited access. What is granted again below stands for itself.
    """

    id: str
    parent_id: str | None
    name: str
    inherits: bool = True


@frozen_record
class Grant:
    """A permission of one principal on one item, as the vendor reports it.

    Attributes:
        id: The vendor's id of the permission or link. Several people of one link are several grants
            with one id.
        principal: A mail address or the vendor's name of a group, domain or claim; empty for a
            link. Never the URL of a sharing link: an anonymous link is a credential and must not
            reach a record, a log, a file or the database.
        principal_id: The vendor's stable id of the principal, if there is one; for a group it is
            `Membership.group_id`.
        inherited_from: The id of the item where the grant was made, if the vendor reports it
            consistently; otherwise the agent finds it by the containers.
        expires_at: None for never.
        password: Whether a password is required.
        reach: The number of records that the grant opens, where an item is a set of records
            (Salesforce); None where the tree of items tells. 0 is a right without effect today.
        live: False if the grant has no effect now: a Salesforce site that is not active.
        cause: Why the grant exists.
        principal_state: Whether the principal still exists.
        criteria: The records that a sharing rule opens, in the vendor's words (`Status equals
            Published`); `*` for all. Empty if no rule says so or it cannot be read.
        views: How often a link was opened; None if the vendor does not count.
    """

    id: str
    audience: Audience
    access: Access
    principal: str
    principal_kind: PrincipalKind
    principal_id: str = ""
    inherited_from: str | None = None
    created_at: datetime | Unknown = UNKNOWN
    created_by: str | Unknown = UNKNOWN
    expires_at: datetime | Unknown | None = UNKNOWN
    password: bool | Unknown = UNKNOWN
    reach: int | Unknown | None = None
    live: bool = True
    cause: GrantCause = GrantCause.DIRECT
    principal_state: State = State.UNKNOWN
    criteria: str = ""
    views: int | Unknown | None = None


@frozen_record
class Item:
    """A thing that can be shared, with *all* its grants: a file, a site, a Salesforce object.

    Attributes:
        id: The vendor's id, in a form that is unique within the service.
        kind: `file` `folder` `library` `site` `drive` `group` `object` `record_set` `document` ...
        parent_id: The `Container` that it lies in; None at the top or without a tree.
        owner: A mail address, or UNKNOWN; None if the vendor says that there is no owner.
        owner_state: Whether the owner can still sign in; if unknown, the state of an account with
            the owner's address is used.
        trashed: True if it is in the recycle bin, and still reachable there.
        data: Kinds of data that the schema declares: `person` `email` `phone` `birth_date`
            `address` `payment` `health` `id_number` `special_care` `income` `credential`. Empty
            for files.
        labels: Ids or names of classification labels; empty if there is none.
        grants: All grants, those that the vendor reports as inherited included. Empty: only those
            of the containers.
    """

    id: str
    kind: str
    name: str
    url: str = ""
    parent_id: str | None = None
    owner: str | Unknown | None = UNKNOWN
    owner_state: State = State.UNKNOWN
    created_at: datetime | Unknown = UNKNOWN
    modified_at: datetime | Unknown = UNKNOWN
    last_activity: datetime | Unknown | None = UNKNOWN
    trashed: bool = False
    data: tuple[str, ...] = ()
    labels: tuple[str, ...] | Unknown = UNKNOWN
    grants: tuple[Grant, ...] = ()

    @property
    def may_be_exposed(self) -> bool:
        """Return True if any grant is not for a named insider, or is for a group."""
        return any(
            g.audience is not Audience.NAMED_INTERNAL or g.principal_kind is PrincipalKind.GROUP
            for g in self.grants
        )


@frozen_record
class CountedItems:
    """The number of items in a container that were read and have no grants of their own.

    Replaces as many `Item` records without grants. Never counts an item whose grants were not read,
    nor, in a delta, one that may have had grants before.
    """

    parent_id: str | None
    count: int


@frozen_record
class Removed:
    """An item, container or principal that a delta reports as deleted."""

    item_id: str


@frozen_record
class Principal:
    """An account, guest, group or application that can have grants.

    Attributes:
        external: Whether it belongs to another organization.
        sponsor: Who is responsible for a guest; None if the vendor says that there is no one.
        roles: The vendor's names of directory roles, and `owner of <group>`.
        members: For a group, the number of its members.
        owners: For a group, the number of its owners who can sign in.
    """

    id: str
    kind: PrincipalKind
    name: str
    mail: str = ""
    state: State = State.UNKNOWN
    external: bool | Unknown = UNKNOWN
    created_at: datetime | Unknown = UNKNOWN
    invited_at: datetime | Unknown | None = UNKNOWN
    last_sign_in: datetime | Unknown | None = UNKNOWN
    sponsor: str | Unknown | None = UNKNOWN
    roles: tuple[str, ...] = ()
    members: int | Unknown = UNKNOWN
    owners: int | Unknown = UNKNOWN


@frozen_record
class Membership:
    """An external member of a group of this tenant, direct or through nested groups.

    Internal members are only counted (`Principal.members`). A group that everyone inside may join
    has a member "*" with `org_discoverable`, one that anyone may join with `public_discoverable`.

    Attributes:
        audience: `ext_named` for an account, `ext_unresolved` for an external group or domain.
    """

    group_id: str
    member_id: str
    member: str
    audience: Audience


@frozen_record
class Setting:
    """A sharing setting of the tenant, or of `subject` (a site, an organizational unit).

    Attributes:
        id: The vendor's resource and property with a dot between them:
            `sharepointSettings.sharingCapability`, `Network.OptionsGuestFileAccessEnabled`.
        value: UNKNOWN if this connector must not read it.
    """

    id: str
    value: str | int | bool | Unknown | None
    subject: str = ""


@frozen_record
class Checkpoint:
    """Everything before this record may be committed; `cursor` resumes after it.

    The last cursor of a scope is where the next run begins: a delta token, or "" for the beginning.
    """

    cursor: str


@frozen_record
class Coverage:
    """The last record of every scope: how the scan ended and what an administrator can do.

    The agent fills in `cut_off` and the counts, not the connector.

    Attributes:
        standing: True for a permanent blind spot of the vendor's API that no configuration avoids:
            it is listed, but does not make a run incomplete.
        transient: True for a transient failure: if nothing was read, the scope is tried once more.
        cut_off: True if a quota was used up: the next run resumes from the last checkpoint.
        items: Items that were read.
        calls: HTTP requests.
        seconds: The duration.
    """

    status: Status
    reason: Message | None = None
    hint: Message | None = None
    standing: bool = False
    transient: bool = False
    cut_off: bool = False
    items: int = 0
    calls: int = 0
    seconds: float = 0.0


Fact = Container | Item | CountedItems | Removed | Principal | Membership | Setting
Record = Started | Fact | Checkpoint | Coverage
