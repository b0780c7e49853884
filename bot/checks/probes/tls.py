"""Certificates of TLS servers."""

from __future__ import annotations

import asyncio
import ssl
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.checks.evaluation import Seen
from bot.checks.probes.reach import Failed, Surroundings, addresses_of, forbids_for
from bot.config.sections.checks import Check, TlsProbe

if TYPE_CHECKING:
    from cryptography import x509


async def probe(check: Check, around: Surroundings) -> Seen:
    wanted: TlsProbe = check.probe  # type: ignore[assignment]
    name = wanted.server_name or wanted.host
    began = around.clock.monotonic()
    certificate, refused = await _certificate(check, wanted, name)
    latency = (around.clock.monotonic() - began) * 1000
    ends_at = certificate.not_valid_after_utc
    days = (ends_at - around.now) / timedelta(days=1)
    seen = f"it ends on {ends_at:%Y-%m-%d} ({days:.1f} days)"
    expected = f"a certificate that holds for {name}"
    if days < 0:
        return Seen(False, expected, f"it ended on {ends_at:%Y-%m-%d}", latency, days)
    if refused is not None:
        return Seen(False, expected, f"{refused}; {seen}", latency, days)
    return Seen(True, expected, seen, latency, days)


async def _certificate(check: Check, wanted: TlsProbe, name: str) -> tuple[x509.Certificate, str | None]:
    """The certificate, and why it is refused if it is. One that is refused is asked for again, to see its end."""
    refused = None
    if wanted.verify:
        try:
            return await _shown(check, wanted, name, ssl.create_default_context()), None
        except ssl.SSLCertVerificationError as error:
            refused = error.verify_message.rstrip(".")
    careless = ssl.create_default_context()
    careless.check_hostname = False
    careless.verify_mode = ssl.CERT_NONE
    return await _shown(check, wanted, name, careless), refused


async def _shown(check: Check, wanted: TlsProbe, name: str, context: ssl.SSLContext) -> x509.Certificate:
    from cryptography import x509  # 2 MB, and few have such a check

    problem: OSError | None = None
    for family, place in await addresses_of(wanted.host, wanted.port, forbids_for(check)):
        try:
            _, writer = await asyncio.open_connection(
                place, wanted.port, family=family, ssl=context, server_hostname=name
            )
        except ssl.SSLError:
            raise
        except OSError as error:
            problem = error
            continue
        try:
            shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        finally:
            writer.transport.abort()
        if shown is None:
            raise Failed("it shows no certificate")
        return x509.load_der_x509_certificate(shown)
    raise problem or OSError("no address")
