"""What is code, what is only said, and which mode it runs in: a table from the documentation.

Source: https://developer.salesforce.com/docs/platform/apex-dev/references/apex-dev/apex-security-sharing-chapter.html (read 2026-11-30)
"""  # noqa: E501 -- an address

import pytest

from connectors.salesforce.apex_source import ApexSource, page_controllers

AURA = "@AuraEnabled public static void go() {}"
REMOTE = "@RemoteAction public static void go() {}"
REST = (
    "@RestResource(urlMapping='/x') global {0} class A {{ @HttpGet global static void go() {{}} }}"
)
CALLABLE = "public {0} class A implements Callable {{ public Object call(String a, Map<String, Object> b) {{}} }}"  # noqa: E501
OMNI = "global {0} class A implements omnistudio.VlocityOpenInterface2 {{ global Object invokeMethod() {{}} }}"  # noqa: E501


@pytest.mark.parametrize(
    ("source", "version", "by_page", "ignores"),
    [
        ("public without sharing class A { " + AURA + " }", 64, False, True),
        ("public WITHOUT  Sharing class A { @auraenabled static void go() {} }", 64, False, True),
        ("public without\n sharing class A { " + REMOTE + " }", 64, False, True),
        (REST.format("without sharing"), 64, False, True),
        ("global without sharing class A { webservice static void go() {} }", 64, False, True),
        ("public without sharing class A { @InvocableMethod static void g() {} }", 64, False, True),
        ("public class A { without sharing class B {} " + AURA + " }", 64, False, True),
        ("public with sharing class A { " + AURA + " }", 64, False, False),
        ("public inherited sharing class A { " + AURA + " }", 64, False, False),
        # no keyword: from Aura with sharing, else without sharing up to version 66
        ("public class A { " + AURA + " }", 64, False, False),
        ("public class A { " + AURA + " }", 67, False, False),
        (REST.format(""), 30, False, True),
        (REST.format(""), 66, False, True),
        (REST.format(""), 67, False, False),
        (REST.format(""), 68, False, False),
        (REST.format(""), None, False, True),  # a version that nobody told
        (REST.format("with sharing"), 30, False, False),
        (REST.format("inherited sharing"), 30, False, False),
        ("global class A { webservice static void go() {} }", 66, False, True),
        ("global class A { webservice static void go() {} }", 67, False, False),
        ("public class A { " + REMOTE + " }", 66, False, True),
        ("public class A { " + REMOTE + " }", 67, False, False),
        ("public with sharing class A { " + REMOTE + " }", 66, False, False),
        ("public virtual class A { " + REMOTE + " }", 66, False, True),
        ("public with sharing virtual class A { " + REMOTE + " }", 66, False, False),
        # pages
        ("public class A { public List<Case> getCases() { return null; } }", 66, True, True),
        ("public class A { public List<Case> getCases() { return null; } }", 67, True, False),
        ("public class A { public List<Case> getCases() { return null; } }", 66, False, False),
        ("public without sharing class A { public void go() {} }", 66, True, True),
        ("public without sharing class A { public void go() {} }", 67, True, True),
        ("public with sharing class A { public void go() {} }", 30, True, False),
        ("public inherited sharing class A { public void go() {} }", 30, True, False),
        # OmniStudio
        (CALLABLE.format("without sharing"), 64, False, True),
        (CALLABLE.format("with sharing"), 64, False, False),
        (CALLABLE.format(""), 64, False, True),  # the mode of its caller is not known
        (CALLABLE.format(""), 67, False, False),
        (OMNI.format("without sharing"), 64, False, True),
        (OMNI.format("with sharing"), 64, False, False),
        ("without sharing class A implements System.Callable {}", 64, False, True),
        ("without sharing class A implements Comparable, vlocity_cmt.VlocityOpenInterface {}", 64, False, True),  # noqa: E501
        ("without sharing class A implements Comparable { }", 64, False, False),
        ("without sharing class A extends Callable2 { }", 64, False, False),
        # no entry
        ("public without sharing class A { static void go() {} }", 64, False, False),
        ("withoutsharing class A { " + AURA + " }", 64, False, False),
        # words in comments and texts, and modes of a query
        ("// without sharing\npublic class A { " + AURA + " }", 64, False, False),
        ("/* without sharing */ public class A { " + AURA + " }", 64, False, False),
        ("/* open: without sharing @AuraEnabled", 64, False, False),
        ("class A { String s = 'without sharing'; " + AURA + " }", 64, False, False),
        (r"class A { String s = 'it\'s without sharing'; " + AURA + " }", 64, False, False),
        ("class A { String s = '''\nwithout sharing\n'''; " + AURA + " }", 64, False, False),
        ("without sharing class A { String s = '// '; " + AURA + " }", 64, False, True),
        ("without sharing class A { String s = '/*'; " + AURA + " /* */ }", 64, False, True),
        ("without sharing class A { // @AuraEnabled\n void go() {} }", 64, False, False),
        ("/* public class A */ public with sharing class A { " + REMOTE + " }", 60, False, False),
        ("with sharing class A { " + REMOTE + " void q() { [SELECT Id FROM Case WITH SYSTEM_MODE]; } }", 60, False, False),  # noqa: E501
        ("with sharing class A { class B {} " + REMOTE + " }", 60, False, False),
    ],
)  # fmt: skip
def test_a_class_runs_without_sharing_as_the_documentation_says(
    source: str, version: float | None, by_page: bool, ignores: bool
) -> None:
    assert ApexSource(source, version).ignores_sharing(by_page=by_page) is ignores


@pytest.mark.parametrize(
    ("markup", "names"),
    [
        ('<apex:page controller="Members">', ["Members"]),
        ("<apex:page showHeader='false' controller='Members'/>", ["Members"]),
        ('<apex:page standardController="Case" extensions="A,B , C">', ["A", "B", "C"]),
        ('<apex:page\n  standardController="Case"\n>', []),
        ('<APEX:PAGE CONTROLLER = "Members" title="a > b" extensions="D">', ["Members", "D"]),
        ('<apex:page title="a > b" extensions="D">', ["D"]),
        ('<!-- <apex:page controller="Old"> --><apex:page controller="New">', ["New"]),
        ('<apex:page><apex:component controller="Inner"/></apex:page>', []),
        ('<apex:page controller="vendor.Members">', ["vendor.Members"]),
        ("", []),
        ("<html>", []),
    ],
)
def test_a_page_names_its_controller_and_extensions(markup: str, names: list[str]) -> None:
    assert page_controllers(markup) == names


@pytest.mark.parametrize(
    ("source", "used"),
    [
        ("class A { void go() { Helper.all(); } }", {"helper"}),
        ("class A { void go() { new Helper().all(); } }", {"helper"}),
        ("class A { void go() { new Helper.Inner(); } }", {"helper"}),
        ("class A { // Helper.all()\n }", set[str]()),
        ("class A { String s = 'Helper.all()'; }", set[str]()),
        ("class A { void go() { a.Helper.all(); } }", {"a"}),
    ],
)
def test_the_classes_that_a_class_uses_are_those_in_its_code(source: str, used: set[str]) -> None:
    assert ApexSource(source).used_classes() == used
