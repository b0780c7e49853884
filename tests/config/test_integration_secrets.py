"""The secrets of integrations: where they come from, and what is wrong with them."""

from pathlib import Path

import pytest

from bot.config import Config, Settings
from bot.config.integration_secrets import secret_troubles, secrets_of, variable_of


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def config(**kinds: str) -> Config:
    return Config.model_validate(
        {
            "organization": "Acme",
            "integrations": [{"name": name.replace("_", "-"), "kind": kind} for name, kind in kinds.items()],
        }
    )


def test_they_come_from_the_environment_or_env_file_and_may_be_several(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path(".env").write_text(f"TOCSIN_INTEGRATION_MY_PROM={'a' * 32}\nTOCSIN_INTEGRATION_SET={'b' * 32}\n")
    monkeypatch.setenv("TOCSIN_INTEGRATION_SET", f" {'c' * 32} ,, {'d' * 32},")
    monkeypatch.setenv("TOCSIN_INTEGRATION_EMPTY", " , ")
    settings = Settings()
    ours = config(my_prom="alertmanager", set="grafana", empty="sentry")
    assert secrets_of(settings, ours) == {"my-prom": ("a" * 32,), "set": ("c" * 32, "d" * 32)}
    assert "aaa" not in repr(settings)
    assert variable_of("my-prom") == "TOCSIN_INTEGRATION_MY_PROM"
    assert [str(trouble) for trouble in secret_troubles(settings, ours)] == [
        "integration empty has no secret: everything that it sends is refused → Set TOCSIN_INTEGRATION_EMPTY; `openssl rand -hex 16` prints one."
    ]


def test_one_that_can_be_guessed_and_one_of_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_INTEGRATION_PROM", f"{'a' * 32},short")
    monkeypatch.setenv("TOCSIN_INTEGRATION_PRON", "b" * 32)
    weak, stray = secret_troubles(Settings(), config(prom="alertmanager"))
    assert (weak.integration, "fewer than 16" in weak.says) == ("prom", True)
    assert "TOCSIN_INTEGRATION_PRON" in stray.says
    assert "short" not in str(weak)


def test_of_the_events_api_each_needs_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ONE", "TWO", "HOOK"):
        monkeypatch.setenv(f"TOCSIN_INTEGRATION_{name}", "a" * 32)
    (trouble,) = secret_troubles(Settings(), config(one="events_v2", two="events_v2", hook="grafana"))
    assert trouble.integration == "two"
    assert "one's" in trouble.says
