from simulation.platform.layout import Layout, PlatformState, ServiceAddress


def make_state() -> PlatformState:
    return PlatformState(
        supervisor_pid=1,
        supervisor_started=2,
        database_url="",
        kafka="@broker.address",
        broker_pid=3,
        postgres_pid=4,
        services={"mrv": ServiceAddress(pid=5, grpc="127.0.0.1:1", http="127.0.0.1:2", database_url="")},
    )


def test_the_state_comes_back_as_it_was_written(tmp_path):
    layout = Layout(root=tmp_path)
    make_state().write(layout.state)
    assert PlatformState.read(layout.state) == make_state()
    assert [one.name for one in tmp_path.iterdir()] == ["platform.json"]


def test_nothing_runs_without_a_file(tmp_path):
    assert PlatformState.read(Layout(root=tmp_path).state) is None


def test_targets_are_the_grpc_addresses():
    assert make_state().targets() == {"mrv": "127.0.0.1:1"}


def test_everything_of_a_platform_lies_in_its_root(tmp_path):
    layout = Layout(root=tmp_path)
    places = [
        layout.database,
        layout.secrets,
        layout.logs,
        layout.broker_address,
        layout.state,
        layout.window,
    ]
    assert all(place.parent == tmp_path for place in places)
    assert len(set(places)) == len(places)
