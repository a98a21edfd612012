"""The exposures that a scan must find in the scenario: item, grant, principal, audience, access."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.salesforce.demo import scenario
from connectors.salesforce.demo.ids import vendor_id
from connectors.salesforce.demo.links import Links
from connectors.salesforce.demo.scenario import (
    CAMPAIGN_SITE,
    CAREERS_SITE,
    CLOSED_SITE,
    INQUIRY_SITE,
    PARTNER_SITE,
)
from connectors.sdk.demo import ExpectedExposure
from connectors.sdk.records import Access, Audience

_GUEST, _MANY, _ONE = (
    Audience.PUBLIC_DISCOVERABLE,
    Audience.EXT_AUTHENTICATED_ANY,
    Audience.EXT_NAMED,
)
_LINK, _VIEW, _ALL = Audience.ANYONE_LINK, Access.VIEW, Access.ALL_RECORDS

GUEST_EXPOSURES = (  # object, grant, site, access
    ("Case", f"Owner/{scenario.QUEUE}", INQUIRY_SITE, Access.CREATE),
    ("Case", f"Manual/{INQUIRY_SITE.guest}", INQUIRY_SITE, Access.CREATE),
    ("Case", f"Owner/{CAMPAIGN_SITE.guest}", CAMPAIGN_SITE, _VIEW),
    ("Contact", f"GuestRule/{INQUIRY_SITE.guest}", INQUIRY_SITE, _VIEW),
    ("Contact", f"GuestParentImplicit/{CAMPAIGN_SITE.guest}", CAMPAIGN_SITE, _VIEW),
    ("Contest__c", f"GuestRule/{CLOSED_SITE.guest}", CLOSED_SITE, _VIEW),
    ("Faq__c", f"GuestRule/{INQUIRY_SITE.guest}", INQUIRY_SITE, _VIEW),
    ("JobPosting__c", CAREERS_SITE.profile_set, CAREERS_SITE, _ALL),
    ("Member__c", f"Rule/{scenario.LEGACY_GROUP}", INQUIRY_SITE, _VIEW),
    ("SeminarEntry__c", f"GuestRule/{PARTNER_SITE.guest}", PARTNER_SITE, Access.EDIT),
    ("SeminarGuest__c", "ControlledByParent", PARTNER_SITE, _VIEW),
    ("Case.ContentDocumentLinks", f"ContentDocumentLink/{INQUIRY_SITE.guest}", INQUIRY_SITE, _VIEW),
    (vendor_id("01p", 1), INQUIRY_SITE.profile_set, INQUIRY_SITE, Access.UNKNOWN),
)
OTHER_EXPOSURES = (  # item, grant, principal, audience, access
    ("Application__c", f"Rule/{scenario.ALL_CUSTOMERS}", "AllCustomerPortalUsers", _MANY, _VIEW),
    ("Delivery__c", scenario.SUPPLIER_SET, "Supplier", _ONE, _ALL),
    ("Order__c", "ExternalSharingModel", "Partner Community", _MANY, Access.EDIT),
    ("Invoice__c", scenario.BOOKS_SET, "Bookkeeping", _MANY, _ALL),
    ("OrderLine__c", "ExternalSharingModel", "Partner Community", _MANY, _VIEW),
    ("Price__c", f"Rule/{scenario.ALLIANCE}", "Alliance", _MANY, _VIEW),
    ("Quote__c", scenario.REBATE_SET, "Rebates (group)", _MANY, _ALL),
    ("Rebate__c", f"Rule/{scenario.SHOP_ROLE}", "ShopAPartnerUser", _ONE, _VIEW),
    ("Survey__c", scenario.APPLICANT_SET, "Applicants", _MANY, _ALL),
    ("Visit__c", f"Rule/{scenario.FIELD_ROLES}", "Sales", _MANY, _VIEW),
    (vendor_id("0DB", 1), "OptionsSelfRegistrationEnabled", INQUIRY_SITE.label, _MANY, _VIEW),
    (vendor_id("0DB", 5), "OptionsSelfRegistrationEnabled", CLOSED_SITE.label, _MANY, _VIEW),
    (vendor_id("015", 1), "IsPublic", "", _LINK, _VIEW),
    (vendor_id("03S", 1), "IsVisibleByExternalUsers", "", _LINK, _VIEW),
    (vendor_id("00l", 1), "AccessType", "", _MANY, _VIEW),
    (vendor_id("00l", 3), "AccessType", "", _MANY, _VIEW),
)
LATENT = {"Lead", "Opportunity"}
"""Objects with Read for a guest, of which no record reaches it today."""


def expected_exposures(links: Links) -> Iterator[ExpectedExposure]:
    """Yield every grant that reaches a record, and every active link."""
    for item, grant, site, access in GUEST_EXPOSURES:
        yield ExpectedExposure(
            item_id=item, grant_id=grant, principal=site.label, audience=_GUEST, access=access
        )
    for item, grant, principal, audience, access in OTHER_EXPOSURES:
        yield ExpectedExposure(
            item_id=item, grant_id=grant, principal=principal, audience=audience, access=access
        )
    for document, number, link in links.working():
        yield ExpectedExposure(
            item_id=document,
            grant_id=number,
            principal="",
            audience=_LINK,
            access=_VIEW if link.download else Access.VIEW_ONLY,
        )


def count_other_items() -> int:
    """Return the number of items that a scan yields besides linked files."""
    return len({item for item, *_ in (*GUEST_EXPOSURES, *OTHER_EXPOSURES)} | LATENT)
