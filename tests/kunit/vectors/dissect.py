#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Packets for the dissect suite: prints dissect_vectors.h.

scapy builds the bytes; what is expected is written down here by hand, and
nothing comes from the module.

    tests/kunit/vectors/dissect.py > tests/kunit/vectors/dissect_vectors.h
"""
from scapy.layers.inet import TCP, UDP
from scapy.layers.inet6 import (
    ICMPv6EchoRequest, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, IPv6ExtHdrSegmentRouting, PadN)
from scapy.layers.sctp import SCTP
from scapy.packet import Raw

SRC, DST = "2001:db8:1::1", "2001:db8:2::2"


def ip(**fields):
    return IPv6(src=SRC, dst=DST, **fields)


HBH = IPv6ExtHdrHopByHop(options=[PadN(optdata=bytes(4))])      # 8 bytes
HBH24 = IPv6ExtHdrHopByHop(options=[PadN(optdata=bytes(20))])   # 24 bytes
DEST = IPv6ExtHdrDestOpt(options=[PadN(optdata=bytes(4))])      # 8 bytes
ROUTING = IPv6ExtHdrRouting(addresses=["2001:db8::a", "2001:db8::b"])  # 40
SRH = IPv6ExtHdrSegmentRouting(addresses=[DST, "2001:db8::c"], segleft=1)  # 40
TCP_SYN = TCP(sport=49152, dport=443, flags="S")
TCP_FIN = TCP(sport=1, dport=65535, flags="FAPUEC")
DATA = Raw(b"netstream" * 4)    # 36 bytes
UDP53 = UDP(sport=5353, dport=53)
# AH: next header, length in words - 2, then SPI, sequence, 12 bytes of ICV
AH24_TCP = Raw(bytes([6, 4, 0, 0]) + bytes(20))
# ten destination options headers, and eleven
TEN = [DEST] * 10
ELEVEN = [DEST] * 11

# name, layers, protocol, source and destination port, TCP flags, ends: up to
# which length a packet is cut short in which way
V, E, T, L = "VERSION", "EXTENSION", "TRANSPORT", "LENGTH"
CASES = [
    ("tcp-syn", [ip(), TCP_SYN], 6, 49152, 443, 0x02, [(40, V), (60, T)]),
    ("tcp-all-flags", [ip(), TCP_FIN, DATA], 6, 1, 65535, 0xf9,
     [(40, V), (60, T), (96, L)]),
    ("udp", [ip(), UDP53, DATA], 17, 5353, 53, 0, [(40, V), (44, T), (84, L)]),
    ("udp-lite", [ip(nh=136), Raw(bytes.fromhex("1234abcd0000ffff")), DATA],
     136, 0x1234, 0xabcd, 0, [(40, V), (44, T), (84, L)]),
    ("sctp", [ip(), SCTP(sport=2905, dport=2906), DATA], 132, 2905, 2906, 0,
     [(40, V), (44, T), (88, L)]),
    ("dccp", [ip(nh=33), Raw(bytes.fromhex("00500051") + bytes(12))],
     33, 80, 81, 0, [(40, V), (44, T), (56, L)]),
    # type 128, code 0
    ("icmp-echo", [ip(), ICMPv6EchoRequest(id=7, seq=9, data=b"x" * 8)],
     58, 0, 128 * 256, 0, [(40, V), (42, T), (56, L)]),
    # type 1, code 4: port unreachable
    ("icmp-port-unreachable", [ip(nh=58), Raw(bytes([1, 4]) + bytes(6)), DATA],
     58, 0, 0x0104, 0, [(40, V), (42, T), (84, L)]),
    ("no-next-header", [ip(nh=59)], 59, 0, 0, 0, [(40, V)]),
    ("no-next-header-with-bytes", [ip(nh=59), DATA], 59, 0, 0, 0,
     [(40, V), (76, L)]),
    ("unknown-protocol", [ip(nh=253), DATA], 253, 0, 0, 0,
     [(40, V), (76, L)]),
    ("esp", [ip(nh=50), Raw(bytes(range(8))), DATA], 50, 0, 0, 0,
     [(40, V), (84, L)]),
    ("mobility", [ip(nh=135), Raw(bytes([59, 0, 0, 0, 0, 0, 0, 0]))],
     135, 0, 0, 0, [(40, V), (48, L)]),
    ("ip-in-ip", [ip(), ip(), TCP_SYN], 41, 0, 0, 0, [(40, V), (100, L)]),
    ("hop-by-hop-tcp", [ip(), HBH, TCP_SYN], 6, 49152, 443, 0x02,
     [(40, V), (48, E), (68, T)]),
    ("hop-by-hop-24-udp", [ip(), HBH24, UDP53], 17, 5353, 53, 0,
     [(40, V), (64, E), (68, T), (72, L)]),
    ("routing-udp", [ip(), ROUTING, UDP53], 17, 5353, 53, 0,
     [(40, V), (80, E), (84, T), (88, L)]),
    ("segment-routing-tcp", [ip(), SRH, TCP_SYN], 6, 49152, 443, 0x02,
     [(40, V), (80, E), (100, T)]),
    ("destination-options-icmp",
     [ip(), DEST, ICMPv6EchoRequest(data=b"x" * 8)], 58, 0, 0x8000, 0,
     [(40, V), (48, E), (50, T), (64, L)]),
    # an AH counts 4-byte words, less 2: six of them
    ("ah-tcp", [ip(nh=51), AH24_TCP, TCP_SYN], 6, 49152, 443, 0x02,
     [(40, V), (64, E), (84, T)]),
    ("all-kinds", [ip(), HBH, DEST, ROUTING, IPv6ExtHdrFragment(m=0, offset=0),
                   IPv6ExtHdrDestOpt(nh=51, options=[PadN(optdata=bytes(4))]),
                   AH24_TCP, TCP_SYN], 6, 49152, 443, 0x02,
     [(40, V), (136, E), (156, T)]),
    ("fragment-first", [ip(), IPv6ExtHdrFragment(m=1, offset=0, id=7), UDP53,
                        DATA], 17, 5353, 53, 0,
     [(40, V), (48, E), (52, T), (92, L)]),
    ("fragment-atomic", [ip(), IPv6ExtHdrFragment(m=0, offset=0, id=7),
                         TCP_SYN], 6, 49152, 443, 0x02,
     [(40, V), (48, E), (68, T)]),
    ("fragment-later", [ip(), IPv6ExtHdrFragment(nh=17, m=1, offset=181, id=7),
                        DATA], 17, 0, 0, 0, [(40, V), (48, E), (84, L)]),
    ("fragment-last", [ip(), IPv6ExtHdrFragment(nh=6, m=0, offset=1, id=7),
                       DATA], 6, 0, 0, 0, [(40, V), (48, E), (84, L)]),
    # what follows is the middle of a datagram, not a header
    ("fragment-later-of-extension",
     [ip(), HBH, IPv6ExtHdrFragment(nh=60, m=0, offset=3, id=7), DATA],
     60, 0, 0, 0, [(40, V), (56, E), (92, L)]),
    ("ten-extensions", [ip(), *TEN, TCP_SYN], 6, 49152, 443, 0x02,
     [(40, V), (120, E), (140, T)]),
]


def build(layers):
    packet = layers[0].copy()
    for layer in layers[1:]:
        packet = packet / layer.copy()
    return bytes(packet)


def array(name, data):
    print(f"static const u8 {name}[] = {{")
    for i in range(0, len(data), 12):
        print("\t" + " ".join(f"0x{b:02x}," for b in data[i:i + 12]))
    print("};\n")


def ident(name):
    return "packet_" + name.replace("-", "_")


def main():
    print("/* SPDX-License-Identifier: GPL-2.0 */")
    print("/* Made by dissect.py with scapy. */\n")
    for name, layers, *_ in CASES:
        array(ident(name), build(layers))
    array("packet_eleven_extensions", build([ip(), *ELEVEN, TCP_SYN]))
    array("packet_class_and_label",
          build([ip(tc=0xb9, fl=0xabcde), UDP53, DATA]))
    print("static const struct dissect_case dissect_packets[] = {")
    for name, _, protocol, sport, dport, flags, ends in CASES:
        print("\t{")
        print(f'\t\t.name = "{name}",')
        print(f"\t\t.data = {ident(name)},")
        print(f"\t\t.len = sizeof({ident(name)}),")
        print(f"\t\t.protocol = {protocol},")
        print(f"\t\t.sport = {sport},")
        print(f"\t\t.dport = {dport},")
        print(f"\t\t.tcp_flags = 0x{flags:02x},")
        print("\t\t.end = {")
        for length, cause in ends:
            print(f"\t\t\t{{ {length}, NST_MALFORMED_{cause} }},")
        print("\t\t},\n\t},")
    print("};")


main()
