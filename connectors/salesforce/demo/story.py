"""The story: a company whose inquiry desk shows more than it knows, and its public links.

After Rakuten 2020 and the municipalities of Ryobi Systems 2021: guests of a public site read
records through rights that were granted before 2021 and never taken back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.sdk.records import Access
from connectors.sdk.testing import NOW


def vendor_id(prefix: str, number: int) -> str:
    """An id of 18 characters."""
    return long_id(f"{prefix}Q{number:011d}")


def long_id(short: str) -> str:
    """An id of 15 characters with three more, which tell where its capitals are."""
    tail = ""
    for start in (0, 5, 10):
        bits = sum(1 << i for i, c in enumerate(short[start : start + 5]) if c.isupper())
        tail += "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[bits]
    return short + tail


ORGANIZATION = (vendor_id("00D", 1), "Example K.K.")
DOMAIN = "example.co.jp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An internal user."""

    number: int
    name: str
    login: str
    active: bool = True

    @property
    def id(self) -> str:
        """The vendor's id."""
        return vendor_id("005", self.number)

    @property
    def mail(self) -> str:
        """The address, which is the user name, too."""
        return f"{self.login}@{DOMAIN}"


AUDITOR = Person(number=1, name="Audit", login="audit")
SATO = Person(number=2, name="佐藤 葵", login="sato")
TANAKA = Person(number=3, name="田中 一郎", login="tanaka", active=False)  # left in 2023
LOPEZ = Person(number=4, name="Maria López", login="lopez")
OBRIEN = Person(number=5, name="O'Brien, Pat", login="obrien")
PEOPLE = (AUDITOR, SATO, TANAKA, LOPEZ, OBRIEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A public site with a guest of its own; `twin` is what its second row says of the guest."""

    number: int
    label: str
    path: str
    status: str = "Active"
    network: str = "Live"  # empty: a plain site without Experience Cloud
    twin: str = ""  # "guest": the same guest again; "empty": none
    api: bool = False

    @property
    def guest(self) -> str:
        """The id of its guest user."""
        return vendor_id("005", 100 + self.number)

    @property
    def profile_set(self) -> str:
        """The permission set that the guest's profile owns."""
        return vendor_id("0PS", 100 + self.number)


DESK = Site(number=1, label="お問い合わせ窓口", path="contact", twin="guest")
PARTNERS = Site(
    number=2, label='パートナーポータル, "West"', path="partners", twin="empty", api=True
)
CAMPAIGN = Site(number=3, label="2019 Campaign", path="campaign2019", status="Inactive")
CAREERS = Site(number=4, label="採用サイト", path="careers", network="")
CLOSED = Site(number=5, label="Members (beta)", path="members", network="UnderConstruction")
SITES = (DESK, PARTNERS, CAMPAIGN, CAREERS, CLOSED)

SEMINAR_SET = vendor_id("0PS", 210)  # assigned beside the profile, to two guests
EXTRA_SETS = {SEMINAR_SET: (PARTNERS, CAREERS)}

QUEUE = vendor_id("00G", 1)  # the desk's guest is in a group that is in this queue
LEFT_OVER = vendor_id("00G", 2)
MEMBERSHIPS = ((LEFT_OVER, DESK.guest), (QUEUE, LEFT_OVER), (QUEUE, SATO.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """A row of ObjectPermissions with Read."""

    holder: str  # a permission set
    sites: tuple[Site, ...]
    target: str
    access: Access = Access.VIEW


RIGHTS = (
    Right(holder=DESK.profile_set, sites=(DESK,), target="Case", access=Access.CREATE),
    Right(holder=DESK.profile_set, sites=(DESK,), target="Contact"),
    Right(holder=DESK.profile_set, sites=(DESK,), target="Member__c"),
    Right(holder=PARTNERS.profile_set, sites=(PARTNERS,), target="Opportunity"),  # latent
    Right(holder=CAMPAIGN.profile_set, sites=(CAMPAIGN,), target="Contact"),
    Right(holder=CAMPAIGN.profile_set, sites=(CAMPAIGN,), target="Case"),
    Right(holder=CAREERS.profile_set, sites=(CAREERS,), target="Lead"),  # latent
    Right(
        holder=CAREERS.profile_set,
        sites=(CAREERS,),
        target="JobPosting__c",
        access=Access.ALL_RECORDS,
    ),
    Right(
        holder=SEMINAR_SET, sites=(PARTNERS, CAREERS), target="SeminarEntry__c", access=Access.EDIT
    ),
    Right(holder=CLOSED.profile_set, sites=(CLOSED,), target="Contest__c"),
)

LABELS = {
    "Case": "ケース",
    "Contact": "取引先責任者",
    "Contest__c": "コンテスト応募, 2026",
    "JobPosting__c": "求人",
    "Lead": "リード",
    "Member__c": "会員",
    "Opportunity": "商談",
    "SeminarEntry__c": "セミナー申込",
}

SHARES = {  # by object: receiver, cause, rows
    "Case": (
        (QUEUE, "Owner", 2898),
        (DESK.guest, "Manual", 14),
        (CAMPAIGN.guest, "Owner", 310),
        (SATO.id, "Owner", 90000),
    ),
    "Contact": (
        (DESK.guest, "GuestRule", 12157),
        (CAMPAIGN.guest, "GuestParentImplicit", 44),
        (LOPEZ.id, "Owner", 200000),
    ),
    "Contest__c": ((CLOSED.guest, "GuestRule", 120),),
    "JobPosting__c": (),
    "Lead": ((SATO.id, "Owner", 6000),),
    "Member__c": ((LEFT_OVER, "Rule", 1204),),
    "Opportunity": ((OBRIEN.id, "Owner", 800), (DESK.guest, "Manual", 3)),  # a rule without Read
    "SeminarEntry__c": ((PARTNERS.guest, "GuestRule", 96),),
}
SIZES = {"JobPosting__c": 37}

SHOWN = {  # field-level security, by permission set
    DESK.profile_set: (
        "Case.SuppliedEmail",
        "Contact.Email",
        "Contact.Birthdate",
        "Member__c.Birthday__c",
        "Member__c.Mail__c",
    ),
    CAMPAIGN.profile_set: ("Contact.Phone",),
    CAREERS.profile_set: ("JobPosting__c.Place__c",),
}
FIELDS = {  # of custom objects: name, label, type, may be empty
    "Contest__c": (("Name", "応募番号", "Auto Number", True),),
    "JobPosting__c": (("Place__c", "勤務地", "Text(80)", True),),
    "Member__c": (
        ("Birthday__c", "生年月日", "Date", True),
        ("Mail__c", "連絡先", "Email", True),
        ("Mobile__c", "携帯電話", "Phone", True),  # no guest may read it
    ),
    "SeminarEntry__c": (("FullName__c", "氏名", "Text(80)", False),),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A public link to a file."""

    title: str
    kind: str
    owner: Person
    created: datetime
    document: int  # links with one number lead to one file
    viewed: datetime | None = None
    expires: datetime | None = None
    password: bool = False
    download: bool = True

    @property
    def works(self) -> bool:
        """Whether it opens today."""
        return self.expires is None or self.expires > NOW


def days(number: float) -> datetime:
    """So many days ago."""
    return NOW - timedelta(days=number)


LINKS = (  # in the order of their documents
    Link(
        title="顧客一覧",
        kind="xlsx",
        owner=SATO,
        created=datetime.fromisoformat("2020-11-24T01:02:03+00:00"),
        document=1,
        viewed=days(2),
    ),
    Link(
        title='見積書 "Acme, Inc."',
        kind="pdf",
        owner=LOPEZ,
        created=days(20),
        document=2,
        expires=days(-10),
        password=True,
        viewed=days(12),
    ),
    Link(
        title="旧価格表", kind="pdf", owner=LOPEZ, created=days(700), document=3, expires=days(90)
    ),
    Link(
        title='=HYPERLINK("引継ぎ"),退職者',
        kind="csv",
        owner=TANAKA,
        created=days(1400),
        document=4,
        viewed=days(900),
    ),
    Link(title="会社案内 2026", kind="pdf", owner=OBRIEN, created=days(40), document=5),
    Link(
        title="会社案内 2026",
        kind="pdf",
        owner=LOPEZ,
        created=days(30),
        document=5,
        download=False,
        viewed=days(1),
    ),
    Link(title="個人情報保護方針", kind="pdf", owner=OBRIEN, created=days(1200), document=6),
    Link(
        title="入札結果 (today only)",
        kind="pdf",
        owner=SATO,
        created=days(1),
        document=7,
        expires=days(-0.25),  # this afternoon: still open
    ),
    Link(title="商談資料", kind="pptx", owner=SATO, created=days(300), document=8, expires=days(8)),
    Link(title="商談資料", kind="pptx", owner=SATO, created=days(60), document=8, password=True),
)
