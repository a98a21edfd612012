"""The parts of Graph v1.0 that are read, as its metadata describes them; anything may be absent."""

from __future__ import annotations

from typing import Required, TypedDict


class Identity(TypedDict, total=False):
    """A person, a group or an application: `identity` and `sharePointIdentity`, which are open."""

    id: str | None
    displayName: str | None
    email: str | None
    loginName: str | None
    userPrincipalName: str | None
    title: str | None


class IdentitySet(TypedDict, total=False):
    """One principal under each name that Graph has for it: `sharePointIdentitySet`."""

    user: Identity | None
    group: Identity | None
    application: Identity | None
    siteUser: Identity | None
    siteGroup: Identity | None
    sharePointGroup: Identity | None


class Reference(TypedDict, total=False):
    """Where an item lies: `itemReference`."""

    id: str | None
    driveId: str | None


class Link(TypedDict, total=False):
    """A sharing link. Its `webUrl` is left out on purpose: it is a credential."""

    scope: str | None
    type: str | None
    preventsDownload: bool | None


class Invitation(TypedDict, total=False):
    """An address that was invited."""

    email: str | None


class Permission(TypedDict, total=False):
    """A row of the permissions of an item."""

    id: Required[str]
    roles: list[str] | None
    link: Link | None
    grantedTo: IdentitySet | None
    grantedToV2: IdentitySet | None
    grantedToIdentities: list[IdentitySet] | None
    grantedToIdentitiesV2: list[IdentitySet] | None
    invitation: Invitation | None
    inheritedFrom: Reference | None
    expirationDateTime: str | None
    hasPassword: bool | None


class DriveItem(TypedDict, total=False):
    """A file, a folder or the root of a library; the facets say which."""

    id: Required[str]
    name: str | None
    webUrl: str | None
    parentReference: Reference | None
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
    """A document library."""

    id: Required[str]
    name: str | None
    webUrl: str | None
    driveType: str | None


class Site(TypedDict, total=False):
    """A SharePoint site or a OneDrive."""

    id: Required[str]
    webUrl: str | None
    displayName: str | None
    isPersonalSite: bool | None


class SignIn(TypedDict, total=False):
    """When somebody last signed in."""

    lastSignInDateTime: str | None
    lastNonInteractiveSignInDateTime: str | None
    lastSuccessfulSignInDateTime: str | None


class RoleDefinition(TypedDict, total=False):
    """A directory role: `unifiedRoleDefinition`."""

    displayName: str | None


class RoleAssignment(TypedDict, total=False):
    """Somebody's directory role: `unifiedRoleAssignment`."""

    principalId: str | None
    roleDefinitionId: str | None
    roleDefinition: RoleDefinition | None


class User(TypedDict, total=False):
    """An account of the directory."""

    id: Required[str]
    displayName: str | None
    mail: str | None
    userPrincipalName: str | None
    userType: str | None
    accountEnabled: bool | None
    proxyAddresses: list[str] | None
    createdDateTime: str | None
    externalUserState: str | None
    externalUserStateChangeDateTime: str | None
    signInActivity: SignIn | None
    sponsors: list[User] | None


class Group(TypedDict, total=False):
    """A group of the directory."""

    id: Required[str]
    displayName: str | None
    mail: str | None
    visibility: str | None
    groupTypes: list[str] | None
    resourceProvisioningOptions: list[str] | None
    owners: list[User] | None


class Channel(TypedDict, total=False):
    """A channel of a team."""

    id: Required[str]
    displayName: str | None
    membershipType: str | None
    webUrl: str | None


class ChannelMember(TypedDict, total=False):
    """Somebody in a channel: `aadUserConversationMember`. The tenant is that of the person."""

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


class Ids(TypedDict, total=False):
    """Where SharePoint itself keeps an item: `sharepointIds`."""

    siteUrl: str | None
    listId: str | None
    listItemId: str | None


class Author(TypedDict, total=False):
    """Who made a link, or may use it: `SP.Sharing.Principal` of SharePoint's REST."""

    email: str | None
    loginName: str | None
    name: str | None
    isExternal: bool | None


class LinkDetails(TypedDict, total=False):
    """A link as SharePoint's REST tells it. `Url` and its tokens are left out on purpose."""

    ShareId: str | None
    Created: str | None
    CreatedBy: Author | None
    RequiresPassword: bool | None


class Sharing(TypedDict, total=False):
    """A link with those who may use it, of `GetSharingInformation`."""

    linkDetails: LinkDetails | None
    linkMembers: list[Author] | None


class SiteUser(TypedDict, total=False):
    """Somebody in a SharePoint group: `SP.User`."""

    LoginName: str | None
    Email: str | None
    Title: str | None


class LabelAssignment(TypedDict, total=False):
    """A label on a file: `sensitivityLabelAssignment`."""

    sensitivityLabelId: str | None


class SensitivityLabels(TypedDict, total=False):
    """The labels of a file: `extractSensitivityLabelsResult`."""

    labels: list[LabelAssignment] | None
