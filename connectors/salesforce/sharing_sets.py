"""Sharing sets: records shared with the users whose account or contact they refer to.

Salesforce stores no share rows for sharing sets, so only the definitions show them.

Sources:

Source: https://developer.salesforce.com/docs/atlas.en-us.262.0.api_meta.meta/api_meta/meta_sharingset.htm (read 2026-11-29)
Source: https://developer.salesforce.com/docs/marketing/loyalty-api/guide/sforce-api-associated-objects-share.html (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from urllib.parse import unquote

from connectors.salesforce.metadata_api import MetadataApi, child_elements, child_text

_OWN_ACCOUNT_FIELDS = frozenset(
    {"id", "account", "contact", "contact.account", "contact.relatedaccount"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessMapping:
    """One line of a sharing set: records whose `object_field` equals the user's `user_field`.

    Attributes:
        set_name: API name of the sharing set.
        profiles: Names of the profiles it applies to, in lower case.
        object_field: Field of the shared object.
        user_field: Field of the user, such as `Contact.Account`.
    """

    set_name: str
    profiles: frozenset[str]
    object_field: str
    user_field: str

    @property
    def only_own_records(self) -> bool:
        """True if the line shares only records of the user's own account or contact.

        A lookup of the account, such as its region or parent, has one value for many accounts and
        is not
        own. `Contact.RelatedAccount` counts as own here, although a contact can be related to
        several
        accounts.

        Source: https://developer.salesforce.com/docs/atlas.en-us.262.0.api_meta.meta/api_meta/meta_sharingset.htm (read 2026-11-29)
        """  # noqa: E501 -- an address
        return self.user_field.casefold().removesuffix(".id") in _OWN_ACCOUNT_FIELDS


def read_sharing_sets(metadata: MetadataApi) -> dict[str, tuple[AccessMapping, ...]]:
    """Read the sharing sets and return their lines by object.

    Raises:
        AccessDenied: The audit user may not read sharing sets.
        QueryFailed: Salesforce refused the call.
        UnexpectedResponse: A response of unknown form.
    """
    found: defaultdict[str, list[AccessMapping]] = defaultdict(list)
    for sharing_set in metadata.read("SharingSet", metadata.list_names("SharingSet")):
        profiles = frozenset(
            unquote(p.text or "").casefold() for p in child_elements(sharing_set, "profiles")
        )
        for line in child_elements(sharing_set, "accessMappings"):
            found[child_text(line, "object")].append(
                AccessMapping(
                    set_name=child_text(sharing_set, "fullName"),
                    profiles=profiles,
                    object_field=child_text(line, "objectField"),
                    user_field=child_text(line, "userField"),
                )
            )
    return {name: tuple(lines) for name, lines in found.items()}
