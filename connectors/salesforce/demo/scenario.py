"""The scenario: a company whose inquiry site exposes more than intended. Here: users and sites.

Modelled on Rakuten 2020 and the municipalities served by Ryobi Systems in 2021: guests of a
public site read records through permissions granted before 2021 and never removed.
"""

from __future__ import annotations

from dataclasses import dataclass

from connectors.salesforce.demo.ids import vendor_id

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
        """Record id of the user."""
        return vendor_id("005", self.number)

    @property
    def mail(self) -> str:
        """Mail address, also the user name."""
        return f"{self.login}@{DOMAIN}"


AUDITOR = Person(number=1, name="Audit", login="audit")
SATO = Person(number=2, name="佐藤 葵", login="sato")
TANAKA = Person(number=3, name="田中 一郎", login="tanaka", active=False)  # left in 2023
LOPEZ = Person(number=4, name="Maria López", login="lopez")
OBRIEN = Person(number=5, name="O'Brien, Pat", login="obrien")
PEOPLE = (AUDITOR, SATO, TANAKA, LOPEZ, OBRIEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A public site with its guest user. `twin` says what its second row names as guest."""

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
        """Id of its guest user."""
        return vendor_id("005", 100 + self.number)

    @property
    def profile_set(self) -> str:
        """Permission set that the profile of the guest owns."""
        return vendor_id("0PS", 100 + self.number)


INQUIRY_SITE = Site(
    number=1, label="お問い合わせ窓口", path="contact", twin="guest", nickname="guest4711"
)
PARTNER_SITE = Site(
    number=2,
    label='パートナーポータル, "West"',
    path="partners",
    twin="empty",
    api=True,
    nickname="west",
)
CAMPAIGN_SITE = Site(number=3, label="2019 Campaign", path="campaign2019", status="Inactive")
CAREERS_SITE = Site(number=4, label="採用サイト", path="careers", network="")
CLOSED_SITE = Site(number=5, label="Members (beta)", path="members", network="UnderConstruction")
SITES = (INQUIRY_SITE, PARTNER_SITE, CAMPAIGN_SITE, CAREERS_SITE, CLOSED_SITE)

SEMINAR_SET = vendor_id("0PS", 210)  # assigned in addition to the profile, to two guests
FAQ_SET = vendor_id("0PS", 211)  # the sum of a permission set group, after muting
MUTED_SET = vendor_id("0PS", 212)  # a part of that group; never assigned itself
EXTRA_SETS = {SEMINAR_SET: (PARTNER_SITE, CAREERS_SITE), FAQ_SET: (INQUIRY_SITE,)}
BUNDLED = frozenset({FAQ_SET})

QUEUE = vendor_id("00G", 1)  # contains a group that contains the guest of the inquiry site
LEGACY_GROUP = vendor_id("00G", 2)
ALL_PARTNERS = vendor_id("00G", 10)
ALL_CUSTOMERS = vendor_id("00G", 11)
ALL_INSIDERS = vendor_id("00G", 12)
ALLIANCE = vendor_id("00G", 13)  # a public group that contains all partners through another
INNER_ALLIANCE = vendor_id("00G", 14)
SHOP_ROLE = vendor_id("00G", 15)  # the role of the users of one partner
FIELD_ROLES = vendor_id("00G", 16)  # an internal role and its subordinates
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
    (LEGACY_GROUP, "Web", "Web", "Regular", None),
)
ROLES = (  # id, developer name, parent, kind of portal, account
    (vendor_id("00E", 1), "Sales", None, "None", None),
    (vendor_id("00E", 2), "FieldSales", vendor_id("00E", 1), "None", None),
    (vendor_id("00E", 11), "ShopAPartnerUser", vendor_id("00E", 2), "Partner", vendor_id("001", 1)),
    (vendor_id("00E", 12), "ShopBPartnerUser", vendor_id("00E", 2), "Partner", vendor_id("001", 2)),
)
MEMBERSHIPS = (
    (LEGACY_GROUP, INQUIRY_SITE.guest),
    (QUEUE, LEGACY_GROUP),
    (QUEUE, SATO.id),
    (ALLIANCE, INNER_ALLIANCE),
    (INNER_ALLIANCE, ALL_PARTNERS),
    (STAFF, SATO.id),
    (STAFF, LOPEZ.id),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """External users with one permission set: number of users per account.

    Accounts are numbered from `first` on. A set owned by a profile has an id as its label.
    """

    set_id: str
    label: str
    kind: str
    accounts: tuple[int, ...]
    first: int = 1
    owned: bool = False
    super_user: bool = False
    all_data: bool = False

    @property
    def profile(self) -> str:
        """Id of the profile that owns the set."""
        return vendor_id("00e", int(self.set_id[4:15]))


PARTNER_SET = vendor_id("0PS", 301)  # owned by the partners' profile
REBATE_SET = vendor_id("0PS", 302)  # a permission set group; View All is in none of its parts
CUSTOMER_SET = vendor_id("0PS", 303)
SUPPLIER_SET = vendor_id("0PS", 304)  # the people of one account only
REGISTERED_SET = vendor_id("0PS", 305)  # owned by the profile of registered users; no holder yet
EMPTY_SET = vendor_id("0PS", 306)
BOOKS_SET = vendor_id("0PS", 307)  # View All Data, without object permissions for View All
APPLICANT_SET = vendor_id("0PS", 308)  # held by self-registered users of one account
REGISTRATION_ACCOUNT = 31  # the number of that account
MEMBERS = (
    Members(
        set_id=PARTNER_SET,
        label="Partner Community",
        kind="PowerPartner",
        accounts=(3, 2),
        owned=True,
    ),
    Members(set_id=REBATE_SET, label="Rebates (group)", kind="PowerPartner", accounts=(1, 1)),
    Members(
        set_id=CUSTOMER_SET,
        label="Customer Community",
        kind="CSPLite",
        accounts=(9, 9, 4),
        first=21,
        owned=True,
    ),
    Members(
        set_id=SUPPLIER_SET,
        label="Supplier",
        kind="PowerPartner",
        accounts=(2,),
        first=9,
        super_user=True,
    ),
    Members(
        set_id=BOOKS_SET,
        label="Bookkeeping",
        kind="PowerPartner",
        accounts=(1, 1),
        all_data=True,
    ),
    Members(
        set_id=APPLICANT_SET,
        label="Applicants",
        kind="CSPLite",
        accounts=(5,),
        first=REGISTRATION_ACCOUNT,
        owned=True,
    ),
)
REGISTERED_PROFILE = vendor_id("00e", 305)
EMPTY_PROFILE = vendor_id("00e", 306)
