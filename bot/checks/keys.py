"""The keys by which heartbeats are told: derived from the check's name, so that none has to be kept."""

from bot.core.signer import LENGTH, Signer

_ABOUT = "ping:"


def ping_key(signer: Signer, name: str) -> str:
    """The key of this check's heartbeat; whoever has it can say that it lives."""
    return f"{name}.{signer.signed(_ABOUT + name)[-LENGTH:]}"


def name_of(signer: Signer, key: str) -> str | None:
    """The check that a key belongs to; None for one that was not made here."""
    name, dot, signature = key.rpartition(".")
    return name if dot and signer.holds(_ABOUT + name + signature) else None
