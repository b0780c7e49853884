"""Which network addresses are asked on behalf of people: a link that somebody wrote must not reach what only we can."""

import ipaddress
import socket
from collections.abc import Callable, Sequence

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

# Where clouds answer with secrets, beside the link-local addresses.
METADATA = {ipaddress.ip_address("fd00:ec2::254"), ipaddress.ip_address("100.100.100.200")}
NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Forbids = Callable[[Address], bool]


class Forbidden(OSError):
    """An address that is never asked."""


class CarefulResolver(AbstractResolver):
    """Looks names up and refuses forbidden addresses; the connection goes to what was checked, not to a second answer."""

    def __init__(self, forbids: Forbids) -> None:
        self._inner = aiohttp.ThreadedResolver()
        self._forbids = forbids

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        for result in found:
            refuse_literal(result["host"], self._forbids)
        return found

    async def close(self) -> None:
        await self._inner.close()


def refuse_literal(host: str, forbids: Forbids) -> None:
    """Raises Forbidden for an address, written as such, that is never asked."""
    try:
        address: Address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return  # a name: its addresses are looked at when it is resolved
    if forbids(address):
        raise Forbidden(host)


def is_forbidden(address: Address) -> bool:
    """Link-local, a cloud's metadata, or one of these in IPv6's clothes."""
    inner = _unwrapped(address)
    return inner.is_link_local or inner.is_multicast or inner.is_unspecified or inner in METADATA


def none_forbidden_but(allowed: Sequence[Network]) -> Forbids:
    """Forbids what nobody may ask, unless a network of `allowed` has it."""

    def forbids(address: Address) -> bool:
        return is_forbidden(address) and not any(_unwrapped(address) in network for network in allowed)

    return forbids


def only_public(allowed: Sequence[Network]) -> Forbids:
    """Forbids also what is no public address, such as loopback and private ones, unless a network of `allowed` has it."""

    def forbids(address: Address) -> bool:
        inner = _unwrapped(address)
        if is_forbidden(inner):
            return True
        return not inner.is_global and not any(inner in network for network in allowed)

    return forbids


def only_public_or_in(allowed: Sequence[Network]) -> Forbids:
    """Forbids what is no public address, whatever it is, unless a network of `allowed` has it."""

    def forbids(address: Address) -> bool:
        return not is_public(address) and not any(_unwrapped(address) in network for network in allowed)

    return forbids


def is_public(address: Address) -> bool:
    """Whether anybody on the Internet may have it."""
    inner = _unwrapped(address)
    return inner.is_global and not is_forbidden(inner)


def _unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 one leads to."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    inner = address.ipv4_mapped or address.sixtofour
    if inner is None and address in NAT64:
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address if inner is None else inner
