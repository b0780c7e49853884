"""What tells what Tocsin sends from anybody else's: the secrets of webhooks, which stand in the environment."""

from __future__ import annotations

from bot.config.environment import WEBHOOK, Settings
from bot.config.schema import Config

# Standard Webhooks asks for at least 24 bytes.
SHORTEST = 24
MAKE_ONE = "`echo whsec_$(openssl rand -base64 32)` prints one."


def webhook_variable(webhook: str) -> str:
    """The environment variable of a webhook's secrets."""
    return WEBHOOK + webhook.upper().replace("-", "_")


def webhook_secrets_of(settings: Settings, config: Config) -> dict[str, tuple[str, ...]]:
    """The secrets of each webhook that has any, by its name."""
    found = settings.secrets_that_begin(WEBHOOK)
    named = {one.name: webhook_variable(one.name) for one in config.webhooks}
    return {name: found[variable] for name, variable in named.items() if variable in found}


def webhook_troubles(settings: Settings, config: Config) -> dict[str, str]:
    """What keeps webhooks from being sent, or from being believed, by their names; never with the secret in it."""
    secrets = webhook_secrets_of(settings, config)
    troubles = {}
    for one in config.webhooks:
        variable = webhook_variable(one.name)
        if one.name not in secrets:
            troubles[one.name] = f"has no secret: nothing is sent → Set {variable}; {MAKE_ONE}"
        elif any(len(secret) < SHORTEST for secret in secrets[one.name]):
            troubles[one.name] = (
                f"has a secret of fewer than {SHORTEST} characters, which can be guessed → {MAKE_ONE}"
            )
    return troubles
