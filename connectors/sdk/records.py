"""The facts a connector states. Frozen, flat, without a judgement.

A tri-state field holds a value, `None` (the vendor says: there is none) or `UNKNOWN` (the vendor
did not say, or could not be asked). An unknown thing is never clean, fixed or failing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, StrEnum
from typing import Final, TypeVar, dataclass_transform

from connectors.sdk.message import Message

T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """A slotted dataclass, keyword only and frozen, as far as the type checker sees.

    `dataclass(frozen=True)` would see to it at run time, too, and so take four times as long to
    make one: for a million items with their grants that is more than to judge them.
    """
    return dataclass(slots=True, kw_only=True, unsafe_hash=True)(cls)


class Unknown(Enum):
    """A third state beside a value and `None`: the vendor did not say, or could not be asked."""

    UNKNOWN = "unknown"

    __hash__ = object.__hash__  # an Enum's own is Python, and judging asks for it by the million


UNKNOWN: Final = Unknown.UNKNOWN


class Audience(StrEnum):
    """Who can use a grant, from the narrowest to the widest.

    A connector says `ext_named` for any outside account; the classifier, which knows the
    policy, turns it into `ext_allowlisted` or `ext_consumer`.
    """

    NAMED_INTERNAL = "named_internal"  # one account, or one group, of this tenant
    LARGE_INTERNAL = "large_internal"  # an internal group of several hundred people
    EXT_ALLOWLISTED = "ext_allowlisted"  # an outsider of an approved domain
    EXT_NAMED = "ext_named"  # one outside account
    ORG_LINK = "org_link"  # everybody inside who has the link
    ORG_DISCOVERABLE = "org_discoverable"  # everybody inside, and search finds it
    EXT_CONSUMER = "ext_consumer"  # an outsider with a free mail address
    EXT_UNRESOLVED = "ext_unresolved"  # outsiders whom nobody can list
    UNKNOWN = "unknown"  # a vendor value newer than this build: reported, never dropped
    EXT_AUTHENTICATED_ANY = "ext_authenticated_any"  # any outsider who signs in
    ANYONE_LINK = "anyone_link"  # no sign-in, but the link must be known
    PUBLIC_DISCOVERABLE = "public_discoverable"  # no sign-in and findable; Salesforce guests


class Access(StrEnum):
    """What a grant allows, from the least to the most."""

    VIEW_ONLY = "view_only"  # look, but not download
    VIEW = "view"
    COMMENT = "comment"
    CREATE = "create"  # add something, see nothing: a file request
    EDIT = "edit"
    MANAGE = "manage"  # edit, and pass on
    ALL_RECORDS = "all_records"  # View All / Modify All: no row is left out
    UNKNOWN = "unknown"  # a vendor value newer than this build; judged as `edit`


class PrincipalKind(StrEnum):
    """What a grant was given to."""

    ACCOUNT = "account"
    GUEST = "guest"  # an outside account that the directory knows
    GROUP = "group"
    SITE_GROUP = "site_group"  # a SharePoint group, whose members the API does not tell
    DOMAIN = "domain"  # everybody of one organisation
    LINK = "link"  # whoever holds the link
    EVERYONE = "everyone"  # a claim for all insiders, or for all who can sign in
    SITE_GUEST = "site_guest"  # the Salesforce user as which nobody-in-particular reads a site
    ROLE = "role"  # a Salesforce role, or all portal users
    APPLICATION = "application"
    UNKNOWN = "unknown"


class State(StrEnum):
    """Whether an account can be used."""

    ACTIVE = "active"
    PENDING = "pending"  # invited, not accepted
    DISABLED = "disabled"  # suspended, blocked, departed
    DELETED = "deleted"
    UNKNOWN = "unknown"


class Cause(StrEnum):
    """By what a grant came about, where the vendor's model knows more ways than one."""

    DIRECT = "direct"  # made on the item itself
    RULE = "rule"  # a sharing rule with criteria
    DEFAULT = "default"  # the default for all records of a kind
    OWNERSHIP = "ownership"  # the records belong to the one who reads
    LEFTOVER = "leftover"  # given before the vendor forbade it: by hand, by code, by a queue
    PARENT = "parent"  # implied by a record that they hang on
    RIGHT = "right"  # a right over the whole kind: View All, or a Read that reaches nothing
    CODE = "code"  # a program that runs without asking who calls
    UNEXPLAINED = "unexplained"  # seen from outside, and no way to it was found inside


class Status(StrEnum):
    """How the reading of a scope ended."""

    COMPLETE = "complete"
    PARTIAL = "partial"  # something was read, something was not
    DENIED = "denied"
    SKIPPED = "skipped"
    UNLICENSED = "unlicensed"  # the tenant has not bought what would tell


@record
class Tenant:
    """Whom a connector reads. `id` is the vendor's own and never changes; domains are verified."""

    id: str
    name: str
    domains: tuple[str, ...] = ()


@record
class Scope:
    """A unit that is read, resumed and accounted for on its own; `id` is stable between runs.

    `title` is the vendor's name for it (a site, a mail address) or a product name, so it needs
    no translation. A scope with `last` is read after all others of its tenant have ended: the
    directory, which looks up only the groups and owners that the items mention.
    """

    id: str
    title: str
    url: str = ""
    last: bool = False


@record
class Started:
    """The first record of every scope, and of a reading that must begin again half-way.

    `full` is False for a delta: what is not mentioned has not changed. `resumed` tells a reading
    that goes on from a checkpoint from one that starts over (a refused cursor, a 410): what the
    earlier part saw counts only in the first case.
    """

    full: bool
    resumed: bool


@record
class Container:
    """A folder and its parent. From these the agent builds paths and finds inherited grants.

    The top of a scope (a library's root, a shared drive) has no parent, and its name is a path of
    its own (`/sites/press/Documents`); below it the agent joins names with a slash. Parents may
    come after their children. An id has the same form as an `Item.id`.
    """

    id: str
    parent_id: str | None
    name: str


@record
class Grant:
    """One permission for one principal on one item, as the vendor reports it.

    Attributes:
        id: The vendor's permission or link id. Several people behind one link are several
            grants with one id.
        principal: A mail address or the vendor's name of a group, domain or claim; empty for a
            link. Never a sharing link: an anonymous link *is* a credential, so its URL must not
            reach a record, a log, a file or the database.
        principal_id: The vendor's stable id of the principal where it has one; for a group it
            is what `Membership.group_id` names.
        inherited_from: The id of the item where the grant was made, only where the vendor says
            so without contradiction; otherwise the agent finds it out from the containers.
        reach: How many records the grant opens, where an item stands for a set of records
            (Salesforce). `None` where the place of the item in the tree tells. 0 is a latent
            right: a finding of its own, not an exposure.
        live: False for a door whose building is closed (a Salesforce site that is not active).
        cause: By what it came about.
        principal_state: Whether the account or group it was given to still exists.
        criteria: Which records a rule opens, in the vendor's words (`Status equals Published`);
            `*` for all of them. Empty where no rule says so, or nobody may read it.
        views: How often a link was opened. `None` where the vendor does not count.
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
    cause: Cause = Cause.DIRECT
    principal_state: State = State.UNKNOWN
    criteria: str = ""
    views: int | Unknown | None = None


@record
class Item:
    """A thing that can be shared, with *all* its grants: a file, a site, a Salesforce object.

    Attributes:
        id: The vendor's own id, in the form that design.md section 7 fixes.
        kind: `file` `folder` `library` `site` `drive` `group` `object` `record_set` `document` ...
        parent_id: The `Container` it lies in; None at the top or where there is no tree.
        owner: A mail address, or UNKNOWN; None where the vendor says that nobody owns it.
        owner_state: Whether the owner can still sign in. Where it is unknown, an account with
            the owner's address that the directory told of has the word.
        trashed: In the bin, and still reachable there.
        data: Kinds of data which the vendor's schema says are readable through it: `person`
            `email` `phone` `birth_date` `address` `payment` `health`. Empty for files.
        labels: Ids or names of the classification labels that somebody, or a rule against data
            loss, has put on it; empty where it carries none.
        grants: All of them, also those that the vendor reports as inherited. Empty means: nothing
            but what its containers give.
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
    def worth_keeping(self) -> bool:
        """Whether anybody beyond named insiders is let in, or a group, which may hold one."""
        return any(
            g.audience is not Audience.NAMED_INTERNAL or g.principal_kind is PrincipalKind.GROUP
            for g in self.grants
        )


@record
class Passed:
    """So many items lie directly in a container that were read and have no grants of their own.

    Stands for as many `Item` records without grants, which need not be made. Never for an item
    whose grants were not read, nor, in a delta, for one that may have had grants before.
    """

    parent_id: str | None
    count: int


@record
class Removed:
    """A delta says: this item, container or principal is gone."""

    item_id: str


@record
class Principal:
    """An account, guest, group or application that can be given something.

    For a group, `members` is how many it has, `owners` how many of its owners can sign in; the
    record itself says that the group was read. `roles` are the vendor's names of directory roles,
    and `owner of <group>` for what it owns.
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


@record
class Membership:
    """An outsider in a group of this tenant, directly or through nested groups.

    Insiders are only counted (`Principal.members`). `audience` is `ext_named` for an account,
    `ext_unresolved` for an outside group or domain. A group that anybody inside may join has a
    member of its own with `org_discoverable`, one that anybody at all may join with
    `public_discoverable`; both with the `member_id` "*".
    """

    group_id: str
    member_id: str
    member: str
    audience: Audience


@record
class Setting:
    """One sharing setting of the tenant or of `subject` (a site, a unit).

    `id` is the vendor's own resource and property with a dot between them:
    `sharepointSettings.sharingCapability`, `drive_and_docs.external_sharing.allowedDomains`,
    `Network.OptionsGuestFileAccessEnabled`. UNKNOWN where this connector may not read it.
    """

    id: str
    value: str | int | bool | Unknown | None
    subject: str = ""


@record
class Checkpoint:
    """Everything yielded before this record may be committed; `cursor` resumes after it.

    The last cursor of a scope is where the next run begins: a delta token, or "" for the start.
    """

    cursor: str


@record
class Coverage:
    """The last record of every scope: how the reading ended and what an administrator can do.

    `standing` marks a blind spot that no configuration of this connector avoids (the vendor's
    API does not tell): it is listed, but a run is not incomplete because of it. `fleeting` asks for
    one more try at the end of the run, where nothing was read at all. `cut_off` says
    that an allowance was spent: the next run goes on from the last checkpoint. It and the counts
    are filled in by the boundary that runs the scan, not by connectors.
    """

    status: Status
    reason: Message | None = None
    hint: Message | None = None
    standing: bool = False
    fleeting: bool = False
    cut_off: bool = False
    items: int = 0
    calls: int = 0
    seconds: float = 0.0


Fact = Container | Item | Passed | Removed | Principal | Membership | Setting
Record = Started | Fact | Checkpoint | Coverage
