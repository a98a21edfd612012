"""The scenario's records: who may read which, what shares them, and how many there are."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.salesforce.demo.scenario import (
    ALL_CUSTOMERS,
    ALL_INSIDERS,
    ALL_PARTNERS,
    ALLIANCE,
    APPLICANT_SET,
    BOOKS_SET,
    CAMPAIGN_SITE,
    CAREERS_SITE,
    CLOSED_SITE,
    CUSTOMER_SET,
    FAQ_SET,
    FIELD_ROLES,
    INQUIRY_SITE,
    LEGACY_GROUP,
    LOPEZ,
    MUTED_SET,
    OBRIEN,
    PARTNER_SET,
    PARTNER_SITE,
    QUEUE,
    REBATE_SET,
    REGISTERED_SET,
    SATO,
    SEMINAR_SET,
    SHOP_ROLE,
    STAFF,
    SUPPLIER_SET,
)
from connectors.sdk.records import Access


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """A row of ObjectPermissions with Read."""

    holder: str  # a permission set
    target: str
    access: Access = Access.VIEW


RIGHTS = (
    Right(holder=INQUIRY_SITE.profile_set, target="Case", access=Access.CREATE),
    Right(holder=INQUIRY_SITE.profile_set, target="Contact"),
    Right(holder=INQUIRY_SITE.profile_set, target="Member__c"),
    Right(holder=FAQ_SET, target="Faq__c"),
    Right(holder=MUTED_SET, target="Salary__c"),
    Right(holder=PARTNER_SITE.profile_set, target="Opportunity"),  # latent
    Right(holder=CAMPAIGN_SITE.profile_set, target="Contact"),
    Right(holder=CAMPAIGN_SITE.profile_set, target="Case"),
    Right(holder=CAREERS_SITE.profile_set, target="Lead"),  # latent
    Right(holder=CAREERS_SITE.profile_set, target="JobPosting__c", access=Access.ALL_RECORDS),
    Right(holder=SEMINAR_SET, target="SeminarEntry__c", access=Access.EDIT),
    Right(holder=SEMINAR_SET, target="SeminarGuest__c"),  # hangs on the entry
    Right(holder=CLOSED_SITE.profile_set, target="Contest__c"),
    Right(holder=PARTNER_SET, target="Order__c", access=Access.EDIT),
    Right(holder=PARTNER_SET, target="OrderLine__c"),  # hangs on the order
    Right(holder=PARTNER_SET, target="Price__c"),
    Right(holder=PARTNER_SET, target="Rebate__c"),
    Right(holder=PARTNER_SET, target="Visit__c"),
    Right(holder=PARTNER_SET, target="Ticket__c"),  # each its own: no exposure
    Right(holder=REBATE_SET, target="Quote__c", access=Access.ALL_RECORDS),
    Right(holder=SUPPLIER_SET, target="Delivery__c", access=Access.ALL_RECORDS),
    Right(holder=CUSTOMER_SET, target="Application__c"),
    Right(holder=BOOKS_SET, target="Invoice__c"),
    Right(holder=APPLICANT_SET, target="Survey__c", access=Access.ALL_RECORDS),
    Right(holder=PARTNER_SET, target="Bid__c"),
    Right(holder=REGISTERED_SET, target="Contact"),
)

LABELS = {
    "Account": "取引先",
    "Application__c": "申込書",
    "Bid__c": "入札",
    "Case": "ケース",
    "Contact": "取引先責任者",
    "Contest__c": "コンテスト応募, 2026",
    "Delivery__c": "納品",
    "Faq__c": "よくある質問",
    "Invoice__c": "請求書",
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
    "Survey__c": "アンケート",
    "Ticket__c": "チケット",
    "User": "ユーザー",
    "Visit__c": "訪問記録",
}
OPEN = {"Order__c": "Read", "Salary__c": "ReadWrite"}  # no external user has Read on the second
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
        (INQUIRY_SITE.guest, "Manual", 14),
        (CAMPAIGN_SITE.guest, "Owner", 310),
        (SATO.id, "Owner", 90000),
        (STAFF, "Rule", 400),
    ),
    "Contact": (
        (INQUIRY_SITE.guest, "GuestRule", 12157),
        (CAMPAIGN_SITE.guest, "GuestParentImplicit", 44),
        (LOPEZ.id, "Owner", 200000),
    ),
    "Account": ((SATO.id, "Owner", 1200),),
    "Bid__c": ((SATO.id, "Owner", 50),),
    "Contest__c": ((CLOSED_SITE.guest, "GuestRule", 120),),
    "Delivery__c": (),
    "Faq__c": ((INQUIRY_SITE.guest, "GuestRule", 25),),
    "Invoice__c": ((SATO.id, "Owner", 410),),
    "JobPosting__c": (),
    "Lead": ((SATO.id, "Owner", 6000),),
    "Member__c": ((LEGACY_GROUP, "Rule", 1204),),
    "Opportunity": (
        (OBRIEN.id, "Owner", 800),
        (INQUIRY_SITE.guest, "Manual", 3),
    ),  # a rule without Read
    "Order__c": ((SATO.id, "Owner", 700),),
    "Price__c": ((ALLIANCE, "Rule", 88), (STAFF, "Rule", 88)),
    "Quote__c": ((SATO.id, "Owner", 60),),
    "Rebate__c": ((SHOP_ROLE, "Rule", 9),),
    "Salary__c": ((SATO.id, "Owner", 300), (ALL_PARTNERS, "Rule", 300)),  # without Read
    "SeminarEntry__c": ((PARTNER_SITE.guest, "GuestRule", 96),),
    "Survey__c": (),
    "Ticket__c": ((SATO.id, "Owner", 40),),
    "User": ((ALL_INSIDERS, "Rule", 5),),
    "Visit__c": ((FIELD_ROLES, "Rule", 31), (ALL_CUSTOMERS, "Rule", 8)),  # customers lack Read
}
SIZES = {
    "Case": 93000,
    "Contact": 212000,
    "Delivery__c": 64,
    "Invoice__c": 410,
    "JobPosting__c": 37,
    "Lead": 6000,
    "Order__c": 700,
    "OrderLine__c": 2100,
    "Quote__c": 60,
    "Survey__c": 1483,
}
CHILDREN = {"SeminarGuest__c": (("SeminarEntry__c", 0, 180), ("", 0, 7))}  # parent, its row, rows
FILES = {"Case": ((0, "AllUsers", 12), (0, "InternalUsers", 500), (3, "AllUsers", 900))}
"""By object: index of the share row, visibility and number of the files on its records."""

Condition = tuple[str, str, str]  # field, operation, value
PUBLISHED: Condition = ("Status__c", "equals", "Published")
ANY_NAME: Condition = ("LastName", "notEqual", "")  # no contact is without one
GUEST_RULES: dict[str, tuple[tuple[str, str, str, tuple[Condition, ...]], ...]] = {
    # by object: the rule's name, whom it shares with, and which records
    "Contact": (("Inquiry_contacts", "guestUser", INQUIRY_SITE.nickname, (ANY_NAME,)),),
    "Faq__c": (("Faq_public", "guestUser", INQUIRY_SITE.nickname, (PUBLISHED,)),),
    "Lead": (("Lead_teaser", "guestUser", CAREERS_SITE.label, ()),),  # a nickname is no label
    "Opportunity": (  # no such rows yet
        ("Deals_on_site", "guestUser", PARTNER_SITE.nickname, (PUBLISHED,)),
    ),
}
OTHER_RULES: dict[str, tuple[tuple[str, str, str, tuple[Condition, ...]], ...]] = {
    "Application__c": (
        ("Applicants_see_all", "allCustomerPortalUsers", "", ()),
        ("Staff_sees_all", "allInternalUsers", "", ()),
    ),
    "Price__c": (("Prices_to_alliance", "group", "Alliance", (PUBLISHED,)),),
    "Rebate__c": (("Rebate_of_shop", "portalRole", "ShopAPartnerUser", (PUBLISHED,)),),
}
SHARING_SETS = {  # by name: profiles, and what equals what
    "Own_tickets": ("Partner Community", (("Ticket__c", "Account__c", "Account"),)),
    "Bids_of_region": ("Partner Community", (("Bid__c", "Region__c", "Account.Region__c"),)),
    "Staff_bids": ("System Administrator", (("Bid__c", "Region__c", "Account.Region__c"),)),
}

SHOWN = {  # field-level security, by permission set
    INQUIRY_SITE.profile_set: (
        "Case.SuppliedEmail",
        "Contact.Email",
        "Contact.Birthdate",
        "Member__c.Birthday__c",
        "Member__c.Mail__c",
    ),
    CAMPAIGN_SITE.profile_set: ("Contact.Phone",),
    CAREERS_SITE.profile_set: ("JobPosting__c.Place__c",),
    REGISTERED_SET: ("Contact.Email",),
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
