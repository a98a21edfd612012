"""The exposures that a scan must find in the scenario: item, grant, principal, audience, access."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.salesforce.demo import story
from connectors.salesforce.demo.ids import vendor_id
from connectors.salesforce.demo.links import Links
from connectors.salesforce.demo.story import CAMPAIGN, CAREERS, CLOSED, DESK, PARTNERS
from connectors.sdk.demo import Door
from connectors.sdk.records import Access, Audience

_GUEST, _MANY, _ONE = (
    Audience.PUBLIC_DISCOVERABLE,
    Audience.EXT_AUTHENTICATED_ANY,
    Audience.EXT_NAMED,
)
_LINK, _VIEW, _ALL = Audience.ANYONE_LINK, Access.VIEW, Access.ALL_RECORDS

TO_GUESTS = (  # object, grant, site, access
    ("Case", f"Owner/{story.QUEUE}", DESK, Access.CREATE),
    ("Case", f"Manual/{DESK.guest}", DESK, Access.CREATE),
    ("Case", f"Owner/{CAMPAIGN.guest}", CAMPAIGN, _VIEW),
    ("Contact", f"GuestRule/{DESK.guest}", DESK, _VIEW),
    ("Contact", f"GuestParentImplicit/{CAMPAIGN.guest}", CAMPAIGN, _VIEW),
    ("Contest__c", f"GuestRule/{CLOSED.guest}", CLOSED, _VIEW),
    ("Faq__c", f"GuestRule/{DESK.guest}", DESK, _VIEW),
    ("JobPosting__c", CAREERS.profile_set, CAREERS, _ALL),
    ("Member__c", f"Rule/{story.LEFT_OVER}", DESK, _VIEW),
    ("SeminarEntry__c", f"GuestRule/{PARTNERS.guest}", PARTNERS, Access.EDIT),
    ("SeminarGuest__c", "ControlledByParent", PARTNERS, _VIEW),
    ("Case.ContentDocumentLinks", f"ContentDocumentLink/{DESK.guest}", DESK, _VIEW),
    (vendor_id("01p", 1), DESK.profile_set, DESK, Access.UNKNOWN),
)
OTHERS = (  # item, grant, principal, audience, access
    ("Application__c", f"Rule/{story.ALL_CUSTOMERS}", "AllCustomerPortalUsers", _MANY, _VIEW),
    ("Delivery__c", story.SUPPLIER_SET, "Supplier", _ONE, _ALL),
    ("Order__c", "ExternalSharingModel", "Partner Community", _MANY, Access.EDIT),
    ("Invoice__c", story.BOOKS_SET, "Bookkeeping", _MANY, _ALL),
    ("OrderLine__c", "ExternalSharingModel", "Partner Community", _MANY, _VIEW),
    ("Price__c", f"Rule/{story.ALLIANCE}", "Alliance", _MANY, _VIEW),
    ("Quote__c", story.REBATE_SET, "Rebates (group)", _MANY, _ALL),
    ("Rebate__c", f"Rule/{story.SHOP_ROLE}", "ShopAPartnerUser", _ONE, _VIEW),
    ("Survey__c", story.APPLICANT_SET, "Applicants", _MANY, _ALL),
    ("Visit__c", f"Rule/{story.FIELD_ROLES}", "Sales", _MANY, _VIEW),
    (vendor_id("0DB", 1), "OptionsSelfRegistrationEnabled", DESK.label, _MANY, _VIEW),
    (vendor_id("0DB", 5), "OptionsSelfRegistrationEnabled", CLOSED.label, _MANY, _VIEW),
    (vendor_id("015", 1), "IsPublic", "", _LINK, _VIEW),
    (vendor_id("03S", 1), "IsVisibleByExternalUsers", "", _LINK, _VIEW),
    (vendor_id("00l", 1), "AccessType", "", _MANY, _VIEW),
    (vendor_id("00l", 3), "AccessType", "", _MANY, _VIEW),
)
LATENT = {"Lead", "Opportunity"}
"""Objects with Read for a guest, of which no record reaches it today."""


def doors_of(links: Links) -> Iterator[Door]:
    """Yield every grant that reaches a record, and every active link."""
    for item, grant, site, access in TO_GUESTS:
        yield Door(
            item_id=item, grant_id=grant, principal=site.label, audience=_GUEST, access=access
        )
    for item, grant, principal, audience, access in OTHERS:
        yield Door(
            item_id=item, grant_id=grant, principal=principal, audience=audience, access=access
        )
    for document, number, link in links.working():
        yield Door(
            item_id=document,
            grant_id=number,
            principal="",
            audience=_LINK,
            access=_VIEW if link.download else Access.VIEW_ONLY,
        )


def items_beside_links() -> int:
    """Return the number of items that a scan yields besides linked files."""
    return len({item for item, *_ in (*TO_GUESTS, *OTHERS)} | LATENT)
