"""The types of the vendor's JSON, as far as it is read; every property may be absent.

The types of Graph follow the metadata of version 1.0, those of SharePoint's REST API recorded
answers.

Sources:
    Source: https://learn.microsoft.com/en-us/graph/api/resources/driveitem (read 2026-08-15)
    Source: https://learn.microsoft.com/en-us/graph/api/resources/permission (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/resources/sharepointidentityset (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/resources/sharinglink (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/resources/user (read 2026-08-15)
    Source: https://learn.microsoft.com/en-us/graph/api/resources/group (read 2026-11-29)
    Source: https://github.com/koltyakov/sp-metadata/blob/HEAD/docs/SP/ComplexTypes/SharingLinkInfo.md (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/sharedwithchannelteaminfo-list (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

from typing import Required, TypedDict


class Identity(TypedDict, total=False):
    """A user, a group or an application: `identity` and `sharePointIdentity`.

    Both are open types: Graph adds properties that its metadata does not list.
    """

    id: str | None
    displayName: str | None
    email: str | None
    loginName: str | None
    userPrincipalName: str | None
    title: str | None


class IdentitySet(TypedDict, total=False):
    """One principal, described by each directory that knows it: `sharePointIdentitySet`."""

    user: Identity | None
    group: Identity | None
    application: Identity | None
    siteUser: Identity | None
    siteGroup: Identity | None
    sharePointGroup: Identity | None


class ItemReference(TypedDict, total=False):
    """The parent of an item: `itemReference`."""

    id: str | None
    driveId: str | None


class SharingLink(TypedDict, total=False):
    """A sharing link: `sharingLink`. Its `webUrl` is left out on purpose: it is a credential."""

    scope: str | None
    type: str | None
    preventsDownload: bool | None


class Invitation(TypedDict, total=False):
    """An address that was invited: `sharingInvitation`."""

    email: str | None


class Permission(TypedDict, total=False):
    """A row of the permission list of an item: `permission`."""

    id: Required[str]
    roles: list[str] | None
    link: SharingLink | None
    grantedTo: IdentitySet | None
    grantedToV2: IdentitySet | None
    grantedToIdentities: list[IdentitySet] | None
    grantedToIdentitiesV2: list[IdentitySet] | None
    invitation: Invitation | None
    inheritedFrom: ItemReference | None
    expirationDateTime: str | None
    hasPassword: bool | None


class DriveItem(TypedDict, total=False):
    """A file, a folder or the root of a library: `driveItem`; its facets say which."""

    id: Required[str]
    name: str | None
    webUrl: str | None
    parentReference: ItemReference | None
    createdBy: IdentitySet | None
    createdDateTime: str | None
    lastModifiedDateTime: str | None
    size: int | None
    folder: object
    file: object
    package: object
    root: object
    shared: object
    deleted: object


class Drive(TypedDict, total=False):
    """A document library: `drive`."""

    id: Required[str]
    name: str | None
    webUrl: str | None
    driveType: str | None
    owner: IdentitySet | None


class ArchivalDetails(TypedDict, total=False):
    """The state of a site in Microsoft 365 Archive: `siteArchivalDetails`."""

    archiveStatus: str | None


class SiteCollection(TypedDict, total=False):
    """The site collection of a site: `siteCollection`."""

    archivalDetails: ArchivalDetails | None


class Site(TypedDict, total=False):
    """A SharePoint site or a OneDrive: `site`."""

    id: Required[str]
    webUrl: str | None
    displayName: str | None
    isPersonalSite: bool | None
    siteCollection: SiteCollection | None


class SignInActivity(TypedDict, total=False):
    """The last sign-ins of an account: `signInActivity`."""

    lastSignInDateTime: str | None
    lastNonInteractiveSignInDateTime: str | None
    lastSuccessfulSignInDateTime: str | None


class RoleDefinition(TypedDict, total=False):
    """A directory role: `unifiedRoleDefinition`."""

    displayName: str | None


class RoleAssignment(TypedDict, total=False):
    """The assignment of a directory role: `unifiedRoleAssignment`."""

    principalId: str | None
    roleDefinitionId: str | None
    roleDefinition: RoleDefinition | None


class ObjectIdentity(TypedDict, total=False):
    """A way for an account to sign in: `objectIdentity`."""

    signInType: str | None
    issuer: str | None


class User(TypedDict, total=False):
    """An account of the directory: `user`."""

    id: Required[str]
    displayName: str | None
    mail: str | None
    userPrincipalName: str | None
    userType: str | None
    creationType: str | None
    identities: list[ObjectIdentity] | None
    accountEnabled: bool | None
    proxyAddresses: list[str] | None
    createdDateTime: str | None
    externalUserState: str | None
    externalUserStateChangeDateTime: str | None
    signInActivity: SignInActivity | None
    sponsors: list[User] | None


class Group(TypedDict, total=False):
    """A group of the directory: `group`."""

    id: Required[str]
    displayName: str | None
    mail: str | None
    visibility: str | None
    groupTypes: list[str] | None
    resourceProvisioningOptions: list[str] | None
    owners: list[User] | None


class Channel(TypedDict, total=False):
    """A channel of a team: `channel`."""

    id: Required[str]
    displayName: str | None
    membershipType: str | None
    webUrl: str | None


class ChannelMember(TypedDict, total=False):
    """A member of a channel: `aadUserConversationMember`. `tenantId` is the person's tenant."""

    id: Required[str]
    roles: list[str] | None
    displayName: str | None
    userId: str | None
    email: str | None
    tenantId: str | None


class SharedTeam(TypedDict, total=False):
    """A team that a channel was shared with: `sharedWithChannelTeamInfo`."""

    id: Required[str]
    displayName: str | None
    tenantId: str | None


class SharepointIds(TypedDict, total=False):
    """The ids that SharePoint's REST API has for an item: `sharepointIds`."""

    siteUrl: str | None
    listId: str | None
    listItemId: str | None


class SharingPrincipal(TypedDict, total=False):
    """The creator or a user of a link: `SP.Sharing.Principal` of SharePoint's REST API."""

    email: str | None
    loginName: str | None
    name: str | None
    isExternal: bool | None


class LinkInvitation(TypedDict, total=False):
    """An invitation to a link that was not accepted yet: `SP.LinkInvitation`."""

    invitee: SharingPrincipal | None


class SharingLinkInfo(TypedDict, total=False):
    """A link in SharePoint's REST API: `SP.SharingLinkInfo`.

    `Url` and `ShareTokenString` are left out on purpose: they are credentials.
    """

    ShareId: str | None
    Created: str | None
    CreatedBy: SharingPrincipal | None
    RequiresPassword: bool | None
    Invitations: list[LinkInvitation] | None
    HasExternalGuestInvitees: bool | None


class LinkInfo(TypedDict, total=False):
    """A link with its users, as `GetSharingInformation` returns it."""

    linkDetails: SharingLinkInfo | None
    linkMembers: list[SharingPrincipal] | None


class SiteUser(TypedDict, total=False):
    """A member of a SharePoint group: `SP.User`."""

    LoginName: str | None
    Email: str | None
    Title: str | None


class LabelAssignment(TypedDict, total=False):
    """A label on a file: `sensitivityLabelAssignment`."""

    sensitivityLabelId: str | None


class SensitivityLabels(TypedDict, total=False):
    """The labels of a file: `extractSensitivityLabelsResult`."""

    labels: list[LabelAssignment] | None
