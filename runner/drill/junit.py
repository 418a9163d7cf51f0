"""A drill's document as JUnit XML: a suite for each case, a case for each expectation."""

import re
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from runner.drill.document import Document
from runner.drill.text_report import finding_text

UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(said: Document) -> str:
    """Return the XML. Failed is a failure, unknown is an error: it was not measured."""
    root = Element("testsuites", name=said["drill"])
    for case in said["cases"]:
        verdicts = [each["verdict"] for each in case["findings"]]
        suite = SubElement(
            root,
            "testsuite",
            name=f"{said['drill']}.{case['name']}",
            tests=str(len(verdicts)),
            failures=str(verdicts.count("failed")),
            errors=str(verdicts.count("unknown")),
            timestamp=said["begun"],
        )
        for each in case["findings"]:
            test = SubElement(suite, "testcase", classname=f"{said['drill']}.{case['name']}", name=each["name"])
            text = UNPRINTABLE.sub("?", finding_text(each))
            if each["verdict"] != "passed":
                kind = "failure" if each["verdict"] == "failed" else "error"
                SubElement(test, kind, message=text).text = text
            else:
                SubElement(test, "system-out").text = text
    indent(root)
    return tostring(root, encoding="unicode", xml_declaration=True) + "\n"
