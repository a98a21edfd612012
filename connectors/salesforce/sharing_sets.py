"""Sharing sets: records shared with the users whose account or contact they refer to.

Salesforce stores no share rows for sharing sets, so only the definitions show them.

Sources:

Source: https://developer.salesforce.com/docs/atlas.en-us.262.0.api_meta.meta/api_meta/meta_sharingset.htm (read 2026-11-29)
Source: https://developer.salesforce.com/docs/marketing/loyalty-api/guide/sforce-api-associated-objects-share.html (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from connectors.salesforce.metadata_api import MetadataApi, child_elements, child_text

_OWN_ACCOUNT_FIELDS = frozenset({"id", "account", "contact", "contact.account"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessMapping:
    """One line of a sharing set: records whose `object_field` equals the user's `user_field`.

    Attributes:
        set_name: API name of the sharing set.
        profiles: Names of the profiles it applies to, in lower case. They are those of the
            Metadata API, which never are translated.
        profile_ids: Ids of these profiles (15 characters); None where they could not be listed.
        object_field: Field of the shared object.
        user_field: Field of the user, such as `Contact.Account`.
    """

    set_name: str
    profiles: frozenset[str]
    object_field: str
    user_field: str
    profile_ids: frozenset[str] | None = None

    def applies_to(self, profile_id: str, name: str) -> bool:
        """Return True if the line is for users of this profile.

        The name that a query returns is translated for standard profiles, so that ids are compared
        where they are known.

        Source: https://help.salesforce.com/s/articleView?id=000317298&type=1 (read 2026-11-30)
        """
        if self.profile_ids is not None and profile_id:
            return profile_id[:15] in self.profile_ids
        return name.casefold() in self.profiles

    @property
    def only_own_records(self) -> bool:
        """True if the line shares only records of the user's own account or contact.

        A lookup of the account, such as its region or parent, has one value for many accounts and
        is not own. Neither is `Contact.RelatedAccount`: these are all accounts that the contact is
        related to.

        Source: https://developer.salesforce.com/docs/atlas.en-us.262.0.api_meta.meta/api_meta/meta_sharingset.htm (read 2026-11-29)
        """  # noqa: E501 -- an address
        return self.user_field.casefold().removesuffix(".id") in _OWN_ACCOUNT_FIELDS


def read_profile_ids(metadata: MetadataApi) -> dict[str, str]:
    """Return the ids of all profiles (15 characters), by their metadata names in lower case.

    Raises:
        AccessDenied: The audit user may not list profiles.
        UnexpectedResponse: Salesforce refused the call.
    """
    listed = metadata.list_components("Profile").items()
    return {unquote(name).casefold(): profile_id[:15] for name, profile_id in listed}


def read_sharing_sets(
    metadata: MetadataApi, list_profiles: Callable[[], Mapping[str, str] | None]
) -> dict[str, tuple[AccessMapping, ...]]:
    """Read the sharing sets and return their lines by object.

    Args:
        metadata: The client of the Metadata API.
        list_profiles: Returns the ids of profiles by name; None where they cannot be listed.

    Raises:
        AccessDenied: The audit user may not read sharing sets.
        QueryFailed: Salesforce refused the call.
        UnexpectedResponse: A response of unknown form.
    """
    found: defaultdict[str, list[AccessMapping]] = defaultdict(list)
    sharing_sets = [*metadata.read("SharingSet", metadata.list_names("SharingSet"))]
    ids = list_profiles() if sharing_sets else None
    for sharing_set in sharing_sets:
        profiles = frozenset(
            unquote(p.text or "").casefold() for p in child_elements(sharing_set, "profiles")
        )
        known = None if ids is None else {ids[name] for name in profiles if name in ids}
        for line in child_elements(sharing_set, "accessMappings"):
            found[child_text(line, "object")].append(
                AccessMapping(
                    set_name=child_text(sharing_set, "fullName"),
                    profiles=profiles,
                    profile_ids=None if known is None else frozenset(known),
                    object_field=child_text(line, "objectField"),
                    user_field=child_text(line, "userField"),
                )
            )
    return {name: tuple(lines) for name, lines in found.items()}
