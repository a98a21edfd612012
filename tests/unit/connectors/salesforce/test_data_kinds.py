"""Kinds of personal data by the names, labels and types of fields, in English and Japanese."""

import pytest

from connectors.salesforce.data_kinds import field_data_kind, object_data_kinds
from connectors.salesforce.demo import scenario
from connectors.salesforce.demo.scenario import INQUIRY_SITE
from connectors.sdk.records import Status
from tests.unit.connectors.salesforce.given import Open, reading, rows, tenant_of

KINDS = {
    "id_number": (
        "マイナンバー|個人番号|保険証番号|被保険者番号|運転免許証番号|パスポート番号|在留カード番号|基礎年金番号|"
        "MyNumber__c|My_Number__c|Passport_No__c|Passport_Number__c|SSN__c|Social_Security_Number__c|"
        "DriversLicense__c|Driver_License_Number__c|National_ID__c|Insurance_Number__c|Tax_ID__c"
    ),
    "special_care": (
        "人種|信条|宗教|犯罪歴|前科|障害の有無|障がい者手帳|本籍地|国籍|労働組合加入|支持政党|性自認|生活保護受給|"
        "Religion__c|Ethnicity__c|Race__c|Criminal_Record__c|Disability__c|Disability_Status__c|"
        "Sexual_Orientation__c|Veteran__c|Political_Affiliation__c"
    ),
    "health": (
        "症状|病名|既往歴|診断結果|服薬状況|血液型|アレルギー|通院先|妊娠週数|検査結果|ワクチン接種日|要介護度|"
        "Diagnosis__c|Symptoms__c|Medical_History__c|Allergies__c|Medication__c|Blood_Type__c|"
        "Disease_Name__c|Vaccination_Date__c|Treatment__c"
    ),
    "income": (
        "年収|給与額|月給|世帯所得|賞与|報酬額|Salary__c|Annual_Income__c|Household_Income__c|Wage__c|"
        "Bonus__c|Nenshu__c"
    ),
    "credential": (
        "パスワード|暗証番号|秘密の質問|認証コード|アクセストークン|Password__c|Initial_Password__c|UserPassword__c|"
        "API_Key__c|ApiKey__c|Access_Token__c|Client_Secret__c|Passcode__c|PIN_Code__c|Private_Key__c"
    ),
    "payment": (
        "口座番号|カード番号|クレジットカード有効期限|振込先|引落口座|口座名義人|Credit_Card__c|Card_Number__c|"
        "Bank_Account__c|Account_No__c|IBAN__c|Bank_Name__c|CVV__c|Furikomi_Saki__c|Kouza__c"
    ),
    "phone": (
        "電話番号|携帯電話|携帯番号|緊急連絡先電話|Mobile_Number__c|Mobile__c|Telefonnummer__c|CelularX__c|"
        "Cell_Phone__c|Tel__c|HomeTel__c|Denwa__c|Keitai__c|Phone1__c|ContactPhone__c|Telefon__c"
    ),
    "email": "メールアドレス|連絡用メール|Email__c|E_Mail__c|PersonalEmail__c|mail2__c",
    "birth_date": "生年月日|誕生日|Birthdate__c|Date_of_Birth__c|DOB__c|Birthday__c|Seinengappi__c",
    "address": "住所|郵便番号|現住所|Address__c|Home_Address__c|ZipCode__c|Jusho1__c",
    "person": (
        "氏名|姓|名|お名前|フリガナ|保護者名|患者名|申込者氏名|First_Name__c|LastName__c|Full_Name__c|Surname__c|"
        "Shimei_Kana__c|Guardian_Name__c|Applicant_Name__c|Sei__c|Mei__c"
    ),
}
NO_KIND = (
    "状況|件名|商品名|担当部署|備考|受付番号|注文番号|会社名|学校名|件数|区分|名称|製品名|合計金額|開始日|"
    "Status__c|Hotel__c|Region__c|Subject__c|Product_Name__c|Company_Name__c|Place__c|Category__c|"
    "Amount__c|Start_Date__c|Priority__c|IP_Address__c|Web_Address__c|MAC_Address__c|Mailing_List__c|"
    "Password_Reset_Date__c|Email_Sent__c|Email_Count__c|Account_Health__c|Health_Score__c|"
    "Embrace__c|Trace__c|Brace_Type__c|Secretary__c|Pine__c|Spin__c|Fantastic__c|Cellar__c|Telegram__c|"
    "Intel__c|Seize__c|Meid__c|Basin__c|Bonusless__c|Terrace__c|Assign__c|Passage__c|Streetcar__c|"
    "Handyman__c|Ranking__c|Faxed__c|Bicycle__c|Warehouse__c|Invoice_No__c|Order_Number__c"
)


@pytest.mark.parametrize(
    ("field", "kind"),
    [(f, kind) for kind, names in KINDS.items() for f in names.split("|")]
    + [(f, "") for f in NO_KIND.split("|")],
)
def test_a_name_or_a_label_says_what_a_field_holds(field: str, kind: str) -> None:
    if field.endswith("__c"):
        assert field_data_kind(field, None, "Text(80)") == kind
    else:
        assert field_data_kind("Field1__c", field, "Text(80)") == kind


@pytest.mark.parametrize(
    ("name", "label", "data_type", "kind"),
    [
        ("X1__c", "連絡先", "Email", "email"),
        ("X1__c", "Contact", "Phone", "phone"),
        ("Allergies__c", "アレルギーの有無", "Checkbox", ""),  # yes or no
        ("Mobile_Number__pc", None, "Text(20)", "phone"),
        ("vendor__MobileNumber__c", None, "Text(20)", "phone"),
        ("Geo__Street__s", None, "Text(80)", "address"),
    ],
)
def test_the_type_of_a_field_outranks_its_name(name, label, data_type, kind) -> None:
    assert field_data_kind(name, label, data_type) == kind


def test_a_password_that_guests_read_is_a_kind(open_tenant: Open) -> None:
    """A real organization publishes an object with a number and a password."""
    readable = {"Password__c.User_Number__c", "Password__c.Password__c"}
    assert object_data_kinds("Password__c", readable) == ("credential",)


def shown(opened, holder: str, *fields: str) -> None:
    template = rows(opened, "FieldPermissions")[0]
    rows(opened, "FieldPermissions").extend(
        template | {"ParentId": holder, "SobjectType": f.partition(".")[0], "Field": f}
        for f in fields
    )


def defined(opened, name: str, field: str, label: str, data_type: str) -> None:
    (durable,) = (
        r["DurableId"] for r in rows(opened, "EntityDefinition") if r["QualifiedApiName"] == name
    )
    template = rows(opened, "FieldDefinition")[0]
    rows(opened, "FieldDefinition").append(
        template
        | {"EntityDefinitionId": durable, "QualifiedApiName": field}
        | {"Label": label, "DataType": data_type, "IsNillable": True}
    )


@pytest.mark.parametrize(
    ("field", "label", "data_type", "kind"),
    [
        ("X1__c", "連絡", "Email", "email"),
        ("X2__c", "年収", "Number(16, 2)", "income"),
        ("X3__c", "内容", "Text(80)", ""),
    ],
)
def test_custom_fields_of_standard_objects_are_judged_by_type_and_label(
    open_tenant: Open, field: str, label: str, data_type: str, kind: str
) -> None:
    opened = open_tenant()
    for row in [*rows(opened, "FieldPermissions")]:
        if row["SobjectType"] == "Case":
            rows(opened, "FieldPermissions").remove(row)
    shown(opened, INQUIRY_SITE.profile_set, f"Case.{field}")
    defined(opened, "Case", field, label, data_type)
    items, coverage, _ = reading(opened)
    assert items["Case"].data == ((kind,) if kind else ())
    assert coverage.status is Status.COMPLETE


def test_view_all_fields_shows_every_field(open_tenant: Open) -> None:
    """A set with it has no rows of FieldPermissions."""
    opened = open_tenant()
    for row in [*rows(opened, "FieldPermissions")]:
        if row["SobjectType"] == "Member__c":
            rows(opened, "FieldPermissions").remove(row)
    assert reading(opened)[0]["Member__c"].data == ()
    for row in rows(opened, "ObjectPermissions"):
        if row["SobjectType"] == "Member__c":
            row["PermissionsViewAllFields"] = True
    items, coverage, _ = reading(opened)
    assert items["Member__c"].data == ("email", "phone", "birth_date")
    assert coverage.status is Status.COMPLETE


def test_an_api_version_without_view_all_fields_is_no_gap(open_tenant: Open) -> None:
    opened = open_tenant()
    table = tenant_of(opened).tables["ObjectPermissions"]
    tenant_of(opened).tables["ObjectPermissions"] = type(table)(
        fields=table.fields - {"PermissionsViewAllFields"}, rows=table.rows
    )
    items, coverage, _ = reading(opened)
    assert items["Member__c"].data == ("email", "birth_date")
    assert coverage.status is Status.COMPLETE


def test_view_all_fields_of_members_counts_for_members(open_tenant: Open) -> None:
    opened = open_tenant()
    for row in rows(opened, "ObjectPermissions"):
        if row["ParentId"] == scenario.CUSTOMER_SET:
            row["PermissionsViewAllFields"] = True
    assert reading(opened)[0]["Application__c"].data == ("phone",)
