"""What no scan of this connector reads: rows of the coverage that stand in every run.

Each names a place where things are shared that no permission of the app, or no interface of
Microsoft, lets this version read, and where an administrator looks instead.

Sources:
    Source: https://learn.microsoft.com/en-us/graph/api/resources/filestoragecontainer (read 2026-11-30)
    Source: https://learn.microsoft.com/en-us/fabric/admin/service-admin-portal-export-sharing (read 2026-11-30)
    Source: https://learn.microsoft.com/en-us/power-pages/security/power-pages-security (read 2026-11-30)
    Source: https://learn.microsoft.com/en-us/microsoft-365/admin/manage/share-calendars-with-external-users (read 2026-11-30)
    Source: https://learn.microsoft.com/en-us/purview/retention-policies-sharepoint (read 2026-11-30)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections.abc import Iterator

from connectors.sdk.message import Message, say
from connectors.sdk.records import Coverage, Record, Scope, Started, Status

SITE_GROUPS = Scope(id="site-groups", title="SharePoint groups")
SITE_ADMINS = Scope(id="site-admins", title="SharePoint site administrators")
OTHER_SITES = Scope(id="other-sites", title="SharePoint sites")
REST_OF_TENANT = Scope(id="the-rest", title="Microsoft 365")
LINK_RECIPIENTS = Scope(id="link-recipients", title="Recipients added to links")
HOLD_LIBRARIES = Scope(id="hold-libraries", title="SharePoint retention libraries")
LISTS = Scope(id="lists", title="SharePoint lists and pages")
CONTAINERS = Scope(id="containers", title="Loop and SharePoint Embedded")
POWER_BI = Scope(id="power-bi", title="Power BI")
POWER_PAGES = Scope(id="power-pages", title="Power Pages")
FORMS = Scope(id="forms", title="Microsoft Forms")
CALENDARS = Scope(id="calendars", title="Published calendars")
BOOKINGS = Scope(id="bookings", title="Microsoft Bookings")

ALWAYS = (
    LINK_RECIPIENTS,
    HOLD_LIBRARIES,
    LISTS,
    CONTAINERS,
    POWER_BI,
    POWER_PAGES,
    FORMS,
    CALENDARS,
    BOOKINGS,
)
"""The rows of every scan of a whole tenant."""

_SAYS: dict[str, tuple[Message, Message]] = {
    SITE_GROUPS.id: (say("m365.site_groups"), say("m365.site_groups_hint")),
    SITE_ADMINS.id: (say("m365.site_admins"), say("m365.site_admins_hint")),
    OTHER_SITES.id: (say("m365.other_sites"), say("m365.other_sites_hint")),
    REST_OF_TENANT.id: (say("m365.one_person"), say("m365.one_person_hint")),
    HOLD_LIBRARIES.id: (say("m365.hold_libraries"), say("m365.hold_libraries_hint")),
    LISTS.id: (say("m365.lists"), say("m365.lists_hint")),
    CONTAINERS.id: (say("m365.containers"), say("m365.containers_hint")),
    POWER_BI.id: (say("m365.power_bi"), say("m365.power_bi_hint")),
    POWER_PAGES.id: (say("m365.power_pages"), say("m365.power_pages_hint")),
    FORMS.id: (say("m365.forms"), say("m365.forms_hint")),
    CALENDARS.id: (say("m365.calendars"), say("m365.calendars_hint")),
    BOOKINGS.id: (say("m365.bookings"), say("m365.bookings_hint")),
}


def is_not_read(scope: Scope) -> bool:
    """Whether a scope is one that is never read."""
    return scope.id in _SAYS or scope.id == LINK_RECIPIENTS.id


def not_read(scope: Scope, *, days: int) -> Iterator[Record]:
    """Yield the coverage of a scope that is never read.

    Args:
        scope: The scope.
        days: The days between two full scans.
    """
    late = say("m365.link_recipients", days=days), say("m365.link_recipients_hint")
    reason, hint = _SAYS.get(scope.id, late)
    yield Started(full=True, resumed=False)
    yield Coverage(status=Status.SKIPPED, standing=True, reason=reason, hint=hint)
