#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""rewrite.py FOLDER CAPTURE...: captures as a router forwards them, into FOLDER.

Each IPv6 packet stays as it is, but for what would keep a router from forwarding
it: hop limit, multicast and link-local addresses.  This runs outside of the
virtual machine, where scapy is ten times as fast.
"""
import os
import sys

# The router's link-layer address on the near side, and that of the sender.
ROUTER = "02:00:00:00:00:0a"
SENDER = "02:00:00:00:00:01"


def usable(address, n):
    if address[0] == 0xff or (address[0] == 0xfe and address[1] & 0xc0 == 0x80) or not any(address[:15]):
        return bytes([0xfd, 0, 0, n]) + bytes(11) + address[15:]
    return address


def rewrite(source, target):
    from scapy.all import Ether, IPv6, PcapReader, PcapWriter

    out = PcapWriter(target, linktype=1)
    out.write_header(None)
    for p in PcapReader(source):
        if IPv6 not in p:
            continue
        # the bytes as they were recorded, not as scapy would make them
        whole = bytes(p.original)
        b = bytearray(whole[whole.find(bytes(p[IPv6].original[:40])):])
        length = int.from_bytes(b[4:6], "big") + 40
        if 40 < length:
            b = b[:length]
        b[7] = 64
        b[8:24] = usable(bytes(b[8:24]), 0x51)
        b[24:40] = usable(bytes(b[24:40]), 0x52)
        out.write(Ether(dst=ROUTER, src=SENDER, type=0x86dd) / bytes(b))
    out.close()


if __name__ == "__main__":
    os.makedirs(sys.argv[1], exist_ok=True)
    for name in sys.argv[2:]:
        rewrite(name, os.path.join(sys.argv[1], os.path.basename(name)))
