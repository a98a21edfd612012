"""The story: a company whose inquiry desk shows more than it knows, and its public links.

After Rakuten 2020 and the municipalities of Ryobi Systems 2021: guests of a public site read
records through rights that were granted before 2021 and never taken back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from connectors.sdk.records import Access
from connectors.sdk.testing import NOW


def vendor_id(prefix: str, number: int) -> str:
    """An id of 18 characters."""
    return f"{prefix}Q{number:011d}{_tail(f'{prefix}Q00000000000')}"  # digits are no capitals


def long_id(short: str) -> str:
    """An id of 15 characters with three more, which tell where its capitals are."""
    return short + _tail(short)


@cache
def _tail(short: str) -> str:
    tail = ""
    for start in (0, 5, 10):
        bits = sum(1 << i for i, c in enumerate(short[start : start + 5]) if c.isupper())
        tail += "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[bits]
    return tail


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
    nickname: str = ""  # what definitions of sharing rules call the guest

    @property
    def guest(self) -> str:
        """The id of its guest user."""
        return vendor_id("005", 100 + self.number)

    @property
    def profile_set(self) -> str:
        """The permission set that the guest's profile owns."""
        return vendor_id("0PS", 100 + self.number)


DESK = Site(number=1, label="お問い合わせ窓口", path="contact", twin="guest", nickname="guest4711")
PARTNERS = Site(
    number=2,
    label='パートナーポータル, "West"',
    path="partners",
    twin="empty",
    api=True,
    nickname="west",
)
CAMPAIGN = Site(number=3, label="2019 Campaign", path="campaign2019", status="Inactive")
CAREERS = Site(number=4, label="採用サイト", path="careers", network="")
CLOSED = Site(number=5, label="Members (beta)", path="members", network="UnderConstruction")
SITES = (DESK, PARTNERS, CAMPAIGN, CAREERS, CLOSED)

SEMINAR_SET = vendor_id("0PS", 210)  # assigned beside the profile, to two guests
FAQ_SET = vendor_id("0PS", 211)  # what a permission set group comes to, after muting
MUTED_SET = vendor_id("0PS", 212)  # a part of that group; nobody holds it by itself
EXTRA_SETS = {SEMINAR_SET: (PARTNERS, CAREERS), FAQ_SET: (DESK,)}
BUNDLED = frozenset({FAQ_SET})

QUEUE = vendor_id("00G", 1)  # the desk's guest is in a group that is in this queue
LEFT_OVER = vendor_id("00G", 2)
ALL_PARTNERS = vendor_id("00G", 10)
ALL_CUSTOMERS = vendor_id("00G", 11)
ALL_INSIDERS = vendor_id("00G", 12)
ALLIANCE = vendor_id("00G", 13)  # a public group that holds all partners by way of another
INNER_ALLIANCE = vendor_id("00G", 14)
SHOP_ROLE = vendor_id("00G", 15)  # the role of one partner's people
FIELD_ROLES = vendor_id("00G", 16)  # a role inside, with all that hangs below it
STAFF = vendor_id("00G", 17)  # a public group of insiders
GROUPS = (  # id, name, developer name, type, role
    (ALL_PARTNERS, "All Partner Users", "AllPartnerUsers", "PRMOrganization", None),
    (ALL_CUSTOMERS, None, "AllCustomerPortalUsers", "AllCustomerPortal", None),
    (ALL_INSIDERS, "All Internal Users", "AllInternalUsers", "Organization", None),
    (ALLIANCE, "Alliance", "Alliance", "Regular", None),
    (INNER_ALLIANCE, "Alliance (inner)", "InnerAlliance", "Regular", None),
    (SHOP_ROLE, None, None, "Role", vendor_id("00E", 11)),
    (FIELD_ROLES, None, None, "RoleAndSubordinates", vendor_id("00E", 1)),
    (STAFF, "Staff", "Staff", "Regular", None),
    (QUEUE, "Inquiries", "Inquiries", "Queue", None),
    (LEFT_OVER, "Web", "Web", "Regular", None),
)
ROLES = (  # id, developer name, parent, kind of portal, account
    (vendor_id("00E", 1), "Sales", None, "None", None),
    (vendor_id("00E", 2), "FieldSales", vendor_id("00E", 1), "None", None),
    (vendor_id("00E", 11), "ShopAPartnerUser", vendor_id("00E", 2), "Partner", vendor_id("001", 1)),
    (vendor_id("00E", 12), "ShopBPartnerUser", vendor_id("00E", 2), "Partner", vendor_id("001", 2)),
)
MEMBERSHIPS = (
    (LEFT_OVER, DESK.guest),
    (QUEUE, LEFT_OVER),
    (QUEUE, SATO.id),
    (ALLIANCE, INNER_ALLIANCE),
    (INNER_ALLIANCE, ALL_PARTNERS),
    (STAFF, SATO.id),
    (STAFF, LOPEZ.id),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """Outsiders who sign in, so many people of each account, with one permission set."""

    set_id: str
    label: str
    kind: str
    accounts: tuple[int, ...]
    super_user: bool = False


PARTNER_SET = vendor_id("0PS", 301)  # owned by the partners' profile
REBATE_SET = vendor_id("0PS", 302)  # a permission set group: its parts say nothing of View All
CUSTOMER_SET = vendor_id("0PS", 303)
SUPPLIER_SET = vendor_id("0PS", 304)  # the people of one account only
NEWCOMER_SET = vendor_id("0PS", 305)  # owned by the profile of who registers; nobody has yet
EMPTY_SET = vendor_id("0PS", 306)
MEMBERS = (
    Members(set_id=PARTNER_SET, label="Partner Community", kind="PowerPartner", accounts=(3, 2)),
    Members(set_id=REBATE_SET, label="Rebates (group)", kind="PowerPartner", accounts=(1, 1)),
    Members(set_id=CUSTOMER_SET, label="Customer Community", kind="CSPLite", accounts=(9, 9, 4)),
    Members(
        set_id=SUPPLIER_SET,
        label="Supplier",
        kind="PowerPartner",
        accounts=(2,),
        super_user=True,
    ),
)
NEWCOMER_PROFILE = vendor_id("00e", 305)
EMPTY_PROFILE = vendor_id("00e", 306)


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """A row of ObjectPermissions with Read."""

    holder: str  # a permission set
    target: str
    access: Access = Access.VIEW


RIGHTS = (
    Right(holder=DESK.profile_set, target="Case", access=Access.CREATE),
    Right(holder=DESK.profile_set, target="Contact"),
    Right(holder=DESK.profile_set, target="Member__c"),
    Right(holder=FAQ_SET, target="Faq__c"),
    Right(holder=MUTED_SET, target="Salary__c"),
    Right(holder=PARTNERS.profile_set, target="Opportunity"),  # latent
    Right(holder=CAMPAIGN.profile_set, target="Contact"),
    Right(holder=CAMPAIGN.profile_set, target="Case"),
    Right(holder=CAREERS.profile_set, target="Lead"),  # latent
    Right(holder=CAREERS.profile_set, target="JobPosting__c", access=Access.ALL_RECORDS),
    Right(holder=SEMINAR_SET, target="SeminarEntry__c", access=Access.EDIT),
    Right(holder=SEMINAR_SET, target="SeminarGuest__c"),  # hangs on the entry
    Right(holder=CLOSED.profile_set, target="Contest__c"),
    Right(holder=PARTNER_SET, target="Order__c", access=Access.EDIT),
    Right(holder=PARTNER_SET, target="OrderLine__c"),  # hangs on the order
    Right(holder=PARTNER_SET, target="Price__c"),
    Right(holder=PARTNER_SET, target="Rebate__c"),
    Right(holder=PARTNER_SET, target="Visit__c"),
    Right(holder=PARTNER_SET, target="Ticket__c"),  # each its own: no exposure
    Right(holder=REBATE_SET, target="Quote__c", access=Access.ALL_RECORDS),
    Right(holder=SUPPLIER_SET, target="Delivery__c", access=Access.ALL_RECORDS),
    Right(holder=CUSTOMER_SET, target="Application__c"),
    Right(holder=NEWCOMER_SET, target="Contact"),
)

LABELS = {
    "Application__c": "申込書",
    "Case": "ケース",
    "Contact": "取引先責任者",
    "Contest__c": "コンテスト応募, 2026",
    "Delivery__c": "納品",
    "Faq__c": "よくある質問",
    "JobPosting__c": "求人",
    "Lead": "リード",
    "Member__c": "会員",
    "Opportunity": "商談",
    "Order__c": "受注",
    "OrderLine__c": "受注明細",
    "Price__c": "仕切価格",
    "Quote__c": "見積",
    "Rebate__c": "リベート",
    "Salary__c": "給与",
    "SeminarEntry__c": "セミナー申込",
    "SeminarGuest__c": "同伴者",
    "Ticket__c": "チケット",
    "Visit__c": "訪問記録",
}
OPEN = {"Order__c": "Read", "Salary__c": "ReadWrite"}  # of the second nobody outside has Read
PARENTS = {
    "OrderLine__c": ("Order__c", "Order__c"),
    "SeminarGuest__c": ("Entry__c", "SeminarEntry__c"),
}

SHARES = {  # by object: receiver, cause, rows
    "Application__c": (
        (ALL_CUSTOMERS, "Rule", 1698),
        (ALL_INSIDERS, "Rule", 5000),
        (SATO.id, "Owner", 1698),
    ),
    "Case": (
        (QUEUE, "Owner", 2898),
        (DESK.guest, "Manual", 14),
        (CAMPAIGN.guest, "Owner", 310),
        (SATO.id, "Owner", 90000),
        (STAFF, "Rule", 400),
    ),
    "Contact": (
        (DESK.guest, "GuestRule", 12157),
        (CAMPAIGN.guest, "GuestParentImplicit", 44),
        (LOPEZ.id, "Owner", 200000),
    ),
    "Contest__c": ((CLOSED.guest, "GuestRule", 120),),
    "Delivery__c": (),
    "Faq__c": ((DESK.guest, "GuestRule", 25),),
    "JobPosting__c": (),
    "Lead": ((SATO.id, "Owner", 6000),),
    "Member__c": ((LEFT_OVER, "Rule", 1204),),
    "Opportunity": ((OBRIEN.id, "Owner", 800), (DESK.guest, "Manual", 3)),  # a rule without Read
    "Order__c": ((SATO.id, "Owner", 700),),
    "Price__c": ((ALLIANCE, "Rule", 88), (STAFF, "Rule", 88)),
    "Quote__c": ((SATO.id, "Owner", 60),),
    "Rebate__c": ((SHOP_ROLE, "Rule", 9),),
    "Salary__c": ((SATO.id, "Owner", 300), (ALL_PARTNERS, "Rule", 300)),  # without Read
    "SeminarEntry__c": ((PARTNERS.guest, "GuestRule", 96),),
    "Ticket__c": ((SATO.id, "Owner", 40),),
    "Visit__c": ((FIELD_ROLES, "Rule", 31), (ALL_CUSTOMERS, "Rule", 8)),  # customers lack Read
}
SIZES = {
    "Case": 93000,
    "Contact": 212000,
    "Delivery__c": 64,
    "JobPosting__c": 37,
    "Lead": 6000,
    "Order__c": 700,
    "OrderLine__c": 2100,
    "Quote__c": 60,
}
CHILDREN = {"SeminarGuest__c": (("SeminarEntry__c", 0, 180), ("", 0, 7))}  # parent, its row, rows
FILES = {"Case": ((0, "AllUsers", 12), (0, "InternalUsers", 500), (3, "AllUsers", 900))}
"""By object: on which of its share rows' records, visible to whom, how many files."""

GUEST_RULES = {  # by object: the rule's name and whom it shares with
    "Contact": (("Inquiry_contacts", "guestUser", DESK.nickname),),
    "Faq__c": (("Faq_public", "guestUser", DESK.nickname),),
    "Lead": (("Lead_teaser", "guestUser", CAREERS.label),),  # a nickname is no label
    "Opportunity": (("Deals_on_site", "guestUser", PARTNERS.nickname),),  # no such rows yet
}
OTHER_RULES = {
    "Application__c": (
        ("Applicants_see_all", "allCustomerPortalUsers", ""),
        ("Staff_sees_all", "allInternalUsers", ""),
    ),
    "Price__c": (("Prices_to_alliance", "group", "Alliance"),),
    "Rebate__c": (("Rebate_of_shop", "portalRole", "ShopAPartnerUser"),),
}

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
    NEWCOMER_SET: ("Contact.Email",),
    CUSTOMER_SET: ("Application__c.Denwa__c",),
}
FIELDS = {  # of custom objects: name, label, type, may be empty
    "Application__c": (("Denwa__c", "ご連絡先", "Text(20)", True),),
    "Contest__c": (("Name", "応募番号", "Auto Number", True),),
    "JobPosting__c": (("Place__c", "勤務地", "Text(80)", True),),
    "Member__c": (
        ("Birthday__c", "生年月日", "Date", True),
        ("Mail__c", "連絡先", "Email", True),
        ("Mobile__c", "携帯電話", "Phone", True),  # no guest may read it
    ),
    "SeminarEntry__c": (("FullName__c", "氏名", "Text(80)", False),),
}

_HIDING = """public without sharing class InquiryController {
    @AuraEnabled public static List<Case> mine() { return [SELECT Id FROM Case]; }
}"""
_ASKING = """// was: without sharing
public with sharing class FormController {
    /* never `without sharing` again */
    static String note = 'it\\'s not without sharing';
    @AuraEnabled public static void send() { }
}"""
_INNER = "public without sharing class Numbers { static Integer next() { return 1; } }"
CLASSES = (  # number, name, namespace, source
    (1, "InquiryController", None, _HIDING),
    (2, "FormController", None, _ASKING),
    (3, "Numbers", None, _INNER),  # nothing outside can call it
    (4, "Packaged", "vendor", "(hidden)"),
)
CALLABLE = {DESK.profile_set: (1, 2, 3, 4), PARTNER_SET: (1,)}

DOCUMENTS = (  # number, name, kind, public
    (1, "会社ロゴ", "png", True),
    (2, "就業規則", "pdf", False),
)
FOLDERS = (  # number, name, kind, access
    (1, "Partner sheets", "Document", "Public"),
    (2, "営業資料", "Document", "PublicInternal"),
    (3, "Sales reports", "Report", "Public"),
    (4, "Secret", "Report", "Hidden"),
    (5, "Templates", "EmailTemplate", "Public"),
)
ASSETS = ((1, "Banner", True), (2, "Floor plan", False))  # number, name, visible outside


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
