"""What is missing is named with the line that mends it; nothing that fails to load takes the doctor along."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from toolchain import doctor
from toolchain.doctor import Check


def test_a_missing_package_and_its_line() -> None:
    check = doctor._package("no-such-distribution", "no_such_module")
    assert (check.state, check.mend) == ("broken", "pip install no-such-distribution")


def test_a_missing_system_library_and_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ImportError("libOpenGL.so.0: cannot open shared object file: No such file or directory")

    monkeypatch.setattr("validators.child.call", fails)
    check = doctor._package("numpy", "numpy")
    assert (check.state, check.mend) == ("broken", "apt-get install libopengl0")


def test_a_package_that_crashes_on_import_is_told() -> None:
    check = doctor._package("numpy", "tests.toolchain.crashes_on_import")
    assert check.state == "broken"
    assert "crashed" in check.text or "ended" in check.text


def test_a_foreign_package_of_our_name_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    foreign = tmp_path / "validators_of_others"
    foreign.mkdir()
    (foreign / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    sys.modules.pop("validators_of_others", None)
    assert doctor._own("validators_of_others").state == "broken"
    assert doctor._own("toolchain").state == "good"


def test_the_report_ends_with_the_sum() -> None:
    good, bad = Check("a", "good", "1.0"), Check("b", "broken", "not installed", "pip install b")
    assert doctor.report([good]).endswith("Everything that a build needs is here.")
    assert "mend: pip install b" in doctor.report([good, bad])
    assert doctor.report([good, bad]).endswith("1 of 2 keep builds from working.")


def test_cutouts_and_generators_answer() -> None:
    names = [c.what for c in doctor._cutouts() + doctor._generators()]
    assert "cut-out: grabcut" in names
    assert "generator: embedded" in names
