"""Kinds of personal data that an object shows, judged by its schema and never by record contents.

Custom fields are recognised by type, name and label in English and Japanese; fields of standard
objects by API name.

Source: https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-fieldpermissions.html (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import TypedDict


class FieldDefinition(TypedDict):
    """A row of FieldDefinition, with Salesforce's field names."""

    QualifiedApiName: str
    Label: str | None
    DataType: str | None
    IsNillable: bool | None


DATA_KINDS = (
    "person",
    "email",
    "phone",
    "birth_date",
    "address",
    "payment",
    "health",
    "id_number",
    "special_care",
    "income",
    "credential",
)

PERSON_OBJECTS = {"Contact": "person", "Lead": "person", "User": "person", "Individual": "person"}
"""Objects whose records are people. Their name field has no field-level security."""

_STANDARD_BY_KIND = {
    "person": "Case.SuppliedName",
    "email": "Contact.Email Lead.Email User.Email Case.SuppliedEmail Account.PersonEmail",
    "phone": (
        "Contact.Phone Contact.MobilePhone Contact.HomePhone Contact.OtherPhone Lead.Phone "
        "Lead.MobilePhone User.Phone User.MobilePhone Case.SuppliedPhone "
        "Account.PersonMobilePhone Account.PersonHomePhone"
    ),
    "birth_date": "Contact.Birthdate Lead.BirthDate Account.PersonBirthdate Individual.BirthDate",
    "address": (
        "Contact.MailingAddress Contact.OtherAddress Lead.Address User.Address "
        "Account.PersonMailingAddress"
    ),
}
STANDARD_FIELDS = {
    field: kind for kind, fields in _STANDARD_BY_KIND.items() for field in fields.split()
}

_CUSTOM_OBJECTS = ("__c", "__kav", "__mdt", "__x")
_KIND_BY_TYPE = {"Email": "email", "Phone": "phone"}
# Words of a name, or of a label, by kind; the first that fits counts. English words are matched as
# whole words of `Mobile_Number__c` or `mobileNumber__c`, Japanese ones anywhere.
# What the privacy law of Japan protects most comes first: numbers of the state, special care.
# Source: https://www.ppc.go.jp/personalinfo/legal/guidelines_tsusoku/ (read 2026-11-30)
_WORDS_BY_KIND = (
    (
        "credential",
        r"pass ?words?|passwd|pwd|pass ?code|secret|api ?keys?|access ?token|refresh ?token|"
        r"auth ?token|session ?id|private ?key|pin ?code|security ?answer|security ?question",
        r"パスワード|暗証番号|合言葉|秘密の質問|認証コード|アクセストークン|シークレット|パスコード",
    ),
    (
        "id_number",
        r"my ?number|individual ?number|passport|social ?security|ssn|tax ?(?:id|payer)|"
        r"national ?id|driver'?s? ?licen[cs]e|licen[cs]e ?(?:no|num|number)|residence ?card|"
        r"insurance ?(?:no|num|number|card)|insured ?(?:no|num|number)|pension ?(?:no|num|number)|"
        r"aadhaar|hoken ?(?:no|bango|bangou|sho)|nin",
        r"マイナンバー|個人番号|旅券|パスポート|運転免許|免許証|在留カード|保険証|保険者番号|"
        r"被保険者|年金番号|住民票|戸籍|身分証|本人確認書類",
    ),
    (
        "special_care",
        r"race|ethnicity|religion|creed|criminal|conviction|political|union ?member\w*|"
        r"sexual ?orientation|gender ?identity|disabilit(?:y|ies)|disabled|handicap\w*|veteran",
        r"人種|民族|信条|宗教|信仰|犯罪|前科|逮捕|思想|支持政党|労働組合|性的指向|性自認|障害|障がい|"
        r"社会的身分|本籍|国籍|生活保護",
    ),
    (
        "health",
        r"medical|diagnos(?:is|es|tic)|disease|illness|symptoms?|allerg(?:y|ies)|medications?|"
        r"prescriptions?|blood ?type|vaccin\w*|health|treatment|pregnan(?:t|cy)|hospital",
        r"病歴|既往|診断|健康|症状|病名|疾患|疾病|アレルギー|服薬|処方|投薬|血液型|妊娠|通院|入院|"
        r"治療|検査結果|接種|要介護|介護度",
    ),
    (
        "income",
        r"salar(?:y|ies)|income|wages?|payroll|bonus|compensation|annual ?pay|nenshu|kyuyo|"
        r"household ?income",
        r"年収|給与|給料|賃金|所得|賞与|月収|月給|報酬|手取り",
    ),
    (
        "payment",
        r"credit ?card|debit ?card|card ?(?:no|num|number)|bank ?account|"
        r"account ?(?:no|num|number)|"
        r"bank ?name|branch ?code|iban|swift|bic|routing ?number|kouza|koza|furikomi|cvv|cvc",
        r"口座|カード番号|クレジットカード|振込先|引落|銀行名|支店名|名義人",
    ),
    ("email", r"e ?mails?|mail|mail ?address", r"メール|Eメール|ｅメール"),
    (
        "phone",
        r"phones?|telephone|tel|mobile(?: ?(?:no|num|number|phone))?|cell(?:ular)?|celular|"
        r"telefon\w*|handy|fax|denwa|keitai",
        r"電話|携帯|ＴＥＬ|ファックス|ＦＡＸ|連絡先番号",
    ),
    (
        "birth_date",
        r"birth ?(?:date|day|place)?|date ?of ?birth|dob|birth|birthdate|birthday|seinen|"
        r"seinengappi|tanjou?bi",
        r"生年月日|誕生日|誕生年",
    ),
    (
        "address",
        r"address|street|postal ?code|zip ?code|zip|jyuu?sho|juu?sho|home ?town",
        r"住所|郵便番号|番地|居住地|現住",
    ),
    (
        "person",
        r"(?:full|first|last|family|given|maiden|middle|nick|contact|customer|patient|guardian|"
        r"applicant|member|student|parent) ?name|surname|shimei|sei|mei|kana|furigana|sur ?name",
        r"氏名|お名前|姓名|フリガナ|ふりがな|(?:^|[\s（(])姓(?:$|[\s（()）])|"
        r"(?:^|[\s（(])名(?:$|[\s（()）])|(?:^|\s)(?:セイ|メイ)(?:$|\s)|保護者名|患者名|会員名|"
        r"申込者|応募者名",
    ),
)
_NAME_PATTERNS = tuple(
    (kind, re.compile(rf"(?<![a-z0-9])(?:{english})(?![a-z])", re.IGNORECASE), re.compile(japanese))
    for kind, english, japanese in _WORDS_BY_KIND
)
# Names that hold one of the words and say something else.
_OTHER_MEANING = re.compile(
    r"(?<![a-z])(?:ip|url|web|mac|site|email ?sent|mail ?sent|mailing ?list|email ?opt ?out|"
    r"email ?count|phone ?count|password ?(?:reset|changed|last|expir\w*|policy)|"
    r"address ?(?:verified|type|count)|race ?(?:day|track|result)|union ?square|health ?check|"
    r"health ?score|account ?health|system ?health|account ?name|nin ?count)(?![a-z])",
    re.IGNORECASE,
)
# Types of fields that hold no data about a person, whatever they are called.
# Source: https://developer.salesforce.com/docs/platform/api-metadata/references/meta-types/metadata-fieldtypes.html (read 2026-11-30)  # noqa: E501 -- an address
_OTHER_TYPES = ("Checkbox", "Roll-Up Summary")
_CUSTOM_SUFFIX = re.compile(r"__(?:c|pc|s)$", re.IGNORECASE)


def object_data_kinds(
    name: str, readable: Collection[str] | None, fields: Iterable[FieldDefinition] = ()
) -> tuple[str, ...]:
    """Return the kinds of data of an object, in the order of `DATA_KINDS`.

    Args:
        name: API name of the object.
        readable: Readable fields such as `Contact.Email`; None where they could not be read, then
            every
            known field counts.
        fields: Field definitions of a custom object, where they were read.
    """
    found = {PERSON_OBJECTS[name]} if name in PERSON_OBJECTS else set[str]()
    own = (
        [f for f in STANDARD_FIELDS if f.partition(".")[0] == name]
        if readable is None
        else readable
    )
    for field in own:
        found.add(
            STANDARD_FIELDS.get(field) or (field_data_kind(field) if is_custom_field(field) else "")
        )
    for field in fields:
        own_name = field["QualifiedApiName"]
        # Required fields and the name have no field-level security, so no FieldPermissions row.
        # Source: https://docs.zuora.com/zuora-cpq/manage-subscriptions/advanced-cpq-x-functionalities/opportunity-product-sync/permissions-and-security-updates/field-level-security--zqu__oppprodsyncgroupingkey__c (read 2026-11-29)  # noqa: E501 -- an address
        always = field["IsNillable"] is False or own_name == "Name"
        if readable is None or always or f"{name}.{own_name}" in readable:
            found.add(field_data_kind(own_name, field["Label"], field["DataType"]))
    if any(field.startswith("Account.Person") for field in own):
        found.add("person")
    return tuple(k for k in DATA_KINDS if k in found)


def field_data_kind(name: str, label: str | None = None, data_type: str | None = None) -> str:
    """Return the kind of data in a custom field, or "".

    The data type outranks name and label; a checkbox says only that there is something.
    """
    kind = (data_type or "").partition("(")[0].strip()
    if kind in _KIND_BY_TYPE:
        return _KIND_BY_TYPE[kind]
    if kind in _OTHER_TYPES:
        return ""
    words = _words(name.partition(".")[2] or name)
    text = f"{words} {label or ''}"
    if _OTHER_MEANING.search(words):
        text = label or ""
    return next(
        (
            kind
            for kind, english, japanese in _NAME_PATTERNS
            if english.search(text) or japanese.search(text)
        ),
        "",
    )


def _words(name: str) -> str:
    """Return an API name as words: `vendor__MobileNumber1__c` as `vendor mobile number 1`."""
    bare = _CUSTOM_SUFFIX.sub("", name).replace("_", " ")
    split = re.sub(r"(?<=[a-z])(?=[A-Z0-9])|(?<=[A-Z])(?=[A-Z][a-z])", " ", bare)
    return " ".join(split.split())


def described_object_ids(
    names: Iterable[str], durable_ids: Mapping[str, str], readable: Collection[str] | None
) -> dict[str, str]:
    """Return the objects whose field definitions are needed, with the durable id to query them by.

    Those of custom objects, and of standard objects of which a custom field is readable.

    Args:
        names: API names of objects.
        durable_ids: Durable ids by name.
        readable: Standard objects with readable custom fields; None where that is not known.
    """
    return {
        name: durable_ids[name]
        for name in names
        if name in durable_ids
        and (name.endswith(_CUSTOM_OBJECTS) or readable is None or name in readable)
    }


def is_custom_field(field: str) -> bool:
    """Return True for the name of a custom field, of a person account, or of a part of one."""
    return _CUSTOM_SUFFIX.search(field) is not None
