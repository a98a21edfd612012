"""The scenario's Apex classes, and the permission sets that grant them."""

from __future__ import annotations

from connectors.salesforce.demo.scenario import INQUIRY_SITE, PARTNER_SET

_HIDING = """public without sharing class InquiryController {
    @AuraEnabled public static List<Case> mine() { return [SELECT Id FROM Case]; }
}"""
_ASKING = """// was: without sharing
public with sharing class FormController {
    /* never `without sharing` again */
    static String note = 'it\\'s not without sharing';
    @AuraEnabled public static void send() { }
}"""
_INNER = "public without sharing class Numbers { static Integer next() { return 1; } }"
CLASSES = (  # number, name, namespace, source
    (1, "InquiryController", None, _HIDING),
    (2, "FormController", None, _ASKING),
    (3, "Numbers", None, _INNER),  # has no entry point
    (4, "Packaged", "vendor", "(hidden)"),
)
CALLABLE = {INQUIRY_SITE.profile_set: (1, 2, 3, 4), PARTNER_SET: (1,)}
