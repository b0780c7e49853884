"""What tells a monitoring tool from anybody else: the secrets of integrations, which stand in the environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.config.environment import INTEGRATION, Settings
from bot.config.schema import Config

# Shorter ones can be guessed. PagerDuty's keys have 32 characters.
SHORTEST = 16
MAKE_ONE = "`openssl rand -hex 16` prints one."


@dataclass(frozen=True)
class Trouble:
    """Something about an integration's secret that keeps its alerts out, or lets others in."""

    integration: str
    says: str
    mend: str
    is_lack: bool = False  # it has none yet, and nothing is wrong but that

    def __str__(self) -> str:
        return f"integration {self.integration} {self.says} → {self.mend}"


def variable_of(integration: str) -> str:
    """The environment variable of an integration's secrets."""
    return INTEGRATION + integration.upper().replace("-", "_")


def secrets_of(settings: Settings, config: Config) -> dict[str, tuple[str, ...]]:
    """The secrets of each integration that has any, by its name."""
    found = settings.integration_secrets()
    return {
        one.name: found[variable_of(one.name)]
        for one in config.integrations
        if variable_of(one.name) in found
    }


def secret_troubles(settings: Settings, config: Config) -> list[Trouble]:
    """What is wrong with them, an entry each; never with the secret in it."""
    secrets = secrets_of(settings, config)
    known = {variable_of(one.name) for one in config.integrations}
    strays = sorted(set(settings.integration_secrets()) - known)
    return [
        *_missing(config, secrets),
        *_weak(secrets),
        *_shared(config, secrets),
        *(
            Trouble(
                name.removeprefix(INTEGRATION).lower(),
                f"has a secret in {name}, but does not stand in app.yaml",
                "Add it to `integrations`, or take the variable out.",
            )
            for name in strays
        ),
    ]


def _missing(config: Config, secrets: Mapping[str, tuple[str, ...]]) -> Iterator[Trouble]:
    for one in config.integrations:
        if one.name not in secrets:
            yield Trouble(
                one.name,
                "has no secret: everything that it sends is refused",
                f"Set {variable_of(one.name)}; {MAKE_ONE}",
                is_lack=True,
            )


def _weak(secrets: Mapping[str, tuple[str, ...]]) -> Iterator[Trouble]:
    for name, some in secrets.items():
        if any(len(secret) < SHORTEST for secret in some):
            yield Trouble(
                name, f"has a secret of fewer than {SHORTEST} characters, which can be guessed", MAKE_ONE
            )


def _shared(config: Config, secrets: Mapping[str, tuple[str, ...]]) -> Iterator[Trouble]:
    """Of kind events_v2, where the secret alone tells one from another."""
    owners: dict[str, str] = {}
    for one in config.integrations:
        if one.kind == "events_v2":
            for secret in secrets.get(one.name, ()):
                owner = owners.setdefault(secret, one.name)
                if owner != one.name:
                    yield Trouble(
                        one.name,
                        f"has a secret of {owner}'s, and its alerts count as that one's",
                        f"Give each one of its own; {MAKE_ONE}",
                    )
