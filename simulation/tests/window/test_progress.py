import pytest
from simulation.window.progress import Progress, ProgressFile, ProgressUnreadable


def test_progress_comes_back_as_it_was_written(tmp_path):
    path = tmp_path / "window" / "progress.json"
    progress = Progress(cycle="2019-2020", seed=1, plan_digest="abc", references={"A": "B"}, wall_seconds=1.5)
    progress.daily.append({"date": "2021-10-26", "completed_entities": 3})
    progress.write(path)
    assert Progress.read(path) == progress


def test_a_later_write_replaces_the_file_as_a_whole(tmp_path):
    path = tmp_path / "progress.json"
    Progress(cycle="2019-2020", seed=1, plan_digest="abc", references={"A": "B" * 1000}).write(path)
    later = Progress(cycle="2019-2020", seed=1, plan_digest="abc", last_date="2021-10-26")
    later.write(path)
    assert Progress.read(path) == later
    assert [one.name for one in tmp_path.iterdir()] == ["progress.json"]


def test_no_file_is_no_progress(tmp_path):
    assert Progress.read(tmp_path / "progress.json") is None


@pytest.mark.parametrize("text", ['{"cycle": "2019-2020"}', '{"unknown": 1}', "[1]", "{"])
def test_a_file_of_another_version_is_named(tmp_path, text):
    path = tmp_path / "progress.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ProgressUnreadable, match=r"progress\.json"):
        Progress.read(path)


def test_the_time_of_all_parts_is_counted_up_to_the_last_write(tmp_path, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr("simulation.window.progress.time.monotonic", lambda: now[0])
    path = tmp_path / "progress.json"
    first = ProgressFile(path, Progress(cycle="2019-2020", seed=1, plan_digest="abc"))
    for now[0] in (1004.0, 1010.0):
        first.write()
    now[0] = 1012.5  # Killed: these seconds nobody wrote down.
    found = Progress.read(path)
    assert found is not None
    now[0] = 2001.0
    second = ProgressFile(path, found, started=2000.0)
    now[0] = 2005.0
    second.write()
    second.write()
    assert Progress.read(path).wall_seconds == 15.0
