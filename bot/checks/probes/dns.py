"""Questions to the DNS."""

from __future__ import annotations

from bot.checks.evaluation import Seen
from bot.checks.probes.reach import Surroundings, addresses_of, forbids_for
from bot.config.sections.checks import Check, DnsProbe


async def probe(check: Check, around: Surroundings) -> Seen:
    import dns.asyncresolver  # 2 MB, and few have such a check
    import dns.exception  # the same

    wanted: DnsProbe = check.probe  # type: ignore[assignment]
    resolver = dns.asyncresolver.Resolver(configure=wanted.server is None)
    if wanted.server is not None:
        places = await addresses_of(wanted.server, wanted.port, forbids_for(check))
        resolver.nameservers = [place for _, place in places[:1]]
        resolver.port = wanted.port
    parts = ", ".join(wanted.contains) or "any"
    expected = f"{wanted.type} of {wanted.name}: {parts}"
    began = around.clock.monotonic()
    try:
        answer = await resolver.resolve(
            wanted.name, wanted.type, search=False, lifetime=check.timeout.total_seconds()
        )
    except dns.resolver.NXDOMAIN:
        return Seen(False, expected, "no such name", (around.clock.monotonic() - began) * 1000)
    except dns.resolver.NoAnswer:
        return Seen(False, expected, "no record of this type", (around.clock.monotonic() - began) * 1000)
    except dns.exception.DNSException as error:
        return Seen(
            False, expected, f"no answer ({type(error).__name__})", (around.clock.monotonic() - began) * 1000
        )
    latency = (around.clock.monotonic() - began) * 1000
    records = sorted(record.to_text().strip('"') for record in answer)
    fits = all(any(_alike(part, record) for record in records) for part in wanted.contains)
    return Seen(fits, expected, ", ".join(records)[:200], latency, latency)


def _alike(wanted: str, record: str) -> bool:
    return wanted.rstrip(".").lower() in record.lower()
