from simulation.window.progress import Progress


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
