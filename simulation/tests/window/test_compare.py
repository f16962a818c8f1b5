"""A window beside an earlier one: equal, different, or of something else."""

import json
from io import StringIO

import pytest
from rich.console import Console
from simulation.window.compare import NotComparable, read_earlier

REPORT = {
    "scenario": {"plan_digest": "plan", "last_date": "2021-12-31"},
    "digests": {"mrv/roster": "aa", "registry/holdings": "bb"},
}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "report.json"
    path.write_text(json.dumps(REPORT), encoding="utf-8")
    return path


def judge(path, report):
    output = StringIO()
    return read_earlier(path, "plan").is_equal(report, Console(file=output, width=200)), output.getvalue()


def test_the_same_books_are_equal(path):
    is_equal, told = judge(path, REPORT)
    assert is_equal
    assert "All 2 books are equal" in told


@pytest.mark.parametrize(
    "digests",
    [
        {"mrv/roster": "aa", "registry/holdings": "xx"},
        {"mrv/roster": "aa"},
        {"mrv/roster": "aa", "registry/holdings": "bb", "registry/new": "cc"},
    ],
)
def test_a_book_that_differs_or_is_on_one_side_only_is_named(path, digests):
    is_equal, told = judge(path, REPORT | {"digests": digests})
    assert not is_equal
    assert "registry/" in told


def test_the_books_of_another_day_are_not_equal(path):
    is_equal, told = judge(path, REPORT | {"scenario": {"last_date": "2021-11-05"}})
    assert not is_equal
    assert "another day" in told


def test_a_report_that_is_not_there_or_of_another_plan_cannot_be_compared(path, tmp_path):
    with pytest.raises(NotComparable, match="play a window first"):
        read_earlier(tmp_path / "none.json", "plan")
    with pytest.raises(NotComparable, match="another plan"):
        read_earlier(path, "other")


@pytest.mark.parametrize("text", ["", "[]", '{"digests": {}}'])
def test_a_report_of_another_version_cannot_be_compared(path, text):
    path.write_text(text, encoding="utf-8")
    with pytest.raises(NotComparable, match="this version"):
        read_earlier(path, "plan")
