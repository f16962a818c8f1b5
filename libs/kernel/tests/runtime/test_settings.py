"""The settings of a service."""

import pytest
from ets_kernel.runtime.settings import ServiceSettings
from pydantic import ValidationError


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name, value in {
        "ETS_DATABASE_URL": "postgresql+asyncpg://x/y",
        "ETS_AUTH_PUBLIC_KEY": "key",
        "ETS_PEER_CCER_BRIDGE": "127.0.0.1:7",
    }.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_settings_come_from_the_environment(environment):
    environment.setenv("ETS_GRPC_PORT", "7001")
    settings = ServiceSettings.load()
    assert (settings.grpc_port, settings.database_url) == (7001, "postgresql+asyncpg://x/y")


def test_settings_are_frozen():
    with pytest.raises(ValidationError):
        ServiceSettings.load().grpc_port = 1


def test_every_setting_says_what_it_is():
    assert [name for name, field in ServiceSettings.model_fields.items() if not field.description] == []


def test_a_missing_setting_is_named(environment):
    environment.delenv("ETS_DATABASE_URL")
    with pytest.raises(ValidationError, match="database_url"):
        ServiceSettings.load()


def test_a_secret_may_be_a_file_and_is_not_printed(environment, tmp_path):
    (tmp_path / "token").write_text("secret-token\n", encoding="utf-8")
    environment.setenv("ETS_SERVICE_TOKEN", f"@{tmp_path / 'token'}")
    settings = ServiceSettings.load()
    assert settings.service_token == "secret-token"
    assert "secret-token" not in repr(settings)


def test_a_simulated_clock_needs_a_start(environment):
    environment.setenv("ETS_CLOCK", "simulated")
    with pytest.raises(ValidationError, match="ETS_CLOCK_START"):
        ServiceSettings.load()
    environment.setenv("ETS_CLOCK_START", "2021-10-26T00:00:00+08:00")
    assert ServiceSettings.load().clock_start.utcoffset().total_seconds() == 8 * 3600


def test_a_clock_start_without_a_zone_is_refused(environment):
    environment.setenv("ETS_CLOCK_START", "2021-10-26T00:00:00")
    with pytest.raises(ValidationError):
        ServiceSettings.load()


def test_a_peer_is_found_by_its_name():
    settings = ServiceSettings.load()
    assert settings.peer("ccer-bridge") == "127.0.0.1:7"
    with pytest.raises(LookupError, match="ETS_PEER_REGISTRY"):
        settings.peer("registry")
