"""Pings, by the sockets that Linux gives to everybody whose group stands in net.ipv4.ping_group_range."""

from __future__ import annotations

import asyncio
import os
import socket
import struct

from bot.checks.evaluation import Seen
from bot.checks.probes.reach import Failed, Surroundings, addresses_of, forbids_for
from bot.config.sections.checks import Check, IcmpProbe

ECHO_V4, ECHO_V6 = 8, 128


async def probe(check: Check, around: Surroundings) -> Seen:
    wanted: IcmpProbe = check.probe  # type: ignore[assignment]
    family, place = (await addresses_of(wanted.host, 0, forbids_for(check)))[0]
    is_v6 = family == socket.AF_INET6
    protocol = socket.getprotobyname("ipv6-icmp") if is_v6 else socket.IPPROTO_ICMP
    try:
        sender = socket.socket(family, socket.SOCK_DGRAM, protocol)
    except PermissionError:
        raise Failed("the system does not allow pings: see net.ipv4.ping_group_range") from None
    with sender:
        sender.setblocking(False)
        token = os.urandom(16)
        began = around.clock.monotonic()
        loop = asyncio.get_running_loop()
        await loop.sock_sendto(sender, _echo(ECHO_V6 if is_v6 else ECHO_V4, token), (place, 0))
        while True:  # the kernel hands on the answers to this socket only, but late ones too
            answer = await loop.sock_recv(sender, 1024)
            if token in answer:
                break
        latency = (around.clock.monotonic() - began) * 1000
    return Seen(True, "an answer", "answered", latency, latency)


def _echo(kind: int, token: bytes) -> bytes:
    """A request; the kernel fills in the identifier, and for IPv6 the checksum."""
    packet = struct.pack("!BBHHH", kind, 0, 0, 0, 1) + token
    return packet[:2] + struct.pack("!H", _checksum(packet)) + packet[4:]


def _checksum(packet: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(packet) // 2}H", packet))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF
