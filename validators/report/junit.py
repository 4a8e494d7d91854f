"""Verdicts as JUnit XML for build servers: a suite a verdict, a case a file, a failure an error."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from validators.finding import Finding
from validators.judge import Verdict
from validators.report.words import TOOL, visible


def render(verdicts: Sequence[Verdict]) -> str:
    """An XML document. A file's errors are one failure, one line each; what is less grave stands in its system-out."""
    root = ET.Element("testsuites", name=TOOL)
    tests = failures = 0
    for verdict in verdicts:
        suite = ET.SubElement(root, "testsuite", name=visible(f"{verdict.subject} ({verdict.profile}, {verdict.tier})"))
        named = dict.fromkeys((*verdict.files, *(f.where.file for f in verdict.findings)))
        failed = sum(_case(suite, file, verdict) for file in named)
        for element, number in (("tests", len(named)), ("failures", failed), ("errors", 0), ("skipped", 0)):
            suite.set(element, str(number))
        tests, failures = tests + len(named), failures + failed
    root.set("tests", str(tests))
    root.set("failures", str(failures))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(suite: ET.Element, file: str, verdict: Verdict) -> int:
    """Add the case of one file; 1 when it failed."""
    case = ET.SubElement(suite, "testcase", classname=f"{TOOL}.{verdict.profile}", name=visible(file or "(delivery)"))
    findings = [f for f in verdict.findings if f.where.file == file]
    errors = [f for f in findings if f.severity == "error"]
    if errors:
        failure = ET.SubElement(case, "failure", type=errors[0].code, message=visible(errors[0].message))
        failure.text = "\n".join(map(_line, errors))
    if rest := [f for f in findings if f.severity != "error"]:
        ET.SubElement(case, "system-out").text = "\n".join(map(_line, rest))
    return 1 if errors else 0


def _line(finding: Finding) -> str:
    place = f"({finding.where.text()})" if finding.where.text() else ""
    said = (f"{finding.severity}: {finding.code}: {finding.message}", place, finding.fix)
    return visible(" ".join(filter(None, said)))
