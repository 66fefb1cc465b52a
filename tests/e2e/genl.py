# SPDX-License-Identifier: GPL-2.0
"""A small generic netlink client, for requests that the tool never sends."""
import os
import socket
import struct

NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 1, 4, 0x300
NESTED = 0x8000


def attr(kind, data):
    data = bytes(data)
    return struct.pack("=HH", len(data) + 4, kind) + data + bytes(-len(data) % 4)


def nest(kind, *parts):
    return attr(kind | NESTED, b"".join(parts))


def u8(kind, value):
    return attr(kind, struct.pack("=B", value))


def u16(kind, value):
    return attr(kind, struct.pack("=H", value))


def u32(kind, value):
    return attr(kind, struct.pack("=I", value))


def text(kind, value):
    return attr(kind, value.encode() + b"\0")


def flag(kind):
    return attr(kind, b"")


def ip6(kind, value):
    return attr(kind, socket.inet_pton(socket.AF_INET6, value))


def ip4(kind, value):
    return attr(kind, socket.inet_pton(socket.AF_INET, value))


class Refused(Exception):
    def __init__(self, errno, message, offset):
        super().__init__("%s: %s" % (os.strerror(errno), message))
        self.errno, self.message, self.offset = errno, message, offset


class Family:
    """A family in the network namespace of the calling thread."""
    # size of a read; the kernel fills the messages of a dump up to this size
    room = 1 << 18

    def __init__(self, name):
        self.s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        self.s.bind((0, 0))
        self.s.setsockopt(270, 11, 1)   # NETLINK_EXT_ACK
        self.s.setsockopt(270, 10, 1)   # NETLINK_CAP_ACK
        self.s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
        self.s.settimeout(10 * int(os.environ.get("NETSTREAM_SLOW", "1")))
        self.seq = 1
        self.id = 16
        reply = self.call(3, text(2, name))[0]
        self.id = struct.unpack("=H", dict(attrs(reply))[1][:2])[0]

    def call(self, cmd, body=b"", dump=False):
        """Payloads of the replies.  Raises Refused if the kernel refuses the request."""
        self.seq += 1
        flags = NLM_F_REQUEST | (NLM_F_DUMP if dump else NLM_F_ACK)
        payload = struct.pack("=BBH", cmd, 1, 0) + body
        self.s.send(struct.pack("=IHHII", len(payload) + 16, self.id, flags, self.seq, 0) + payload)
        replies = []
        while True:
            data = self.s.recv(self.room)
            while data:
                length, kind, _, seq, _ = struct.unpack_from("=IHHII", data)
                message, data = data[16:length], data[(length + 3) & ~3:]
                if seq != self.seq:
                    continue
                if kind == 2:
                    return self.acknowledged(message, replies)
                if kind == 3:
                    return self.finished(message, replies)
                replies.append(message[4:])

    def finished(self, message, replies):
        """A dump can end in an error, too."""
        error, = struct.unpack_from("=i", message)
        if error < 0:
            self.refuse(error, message[4:])
        return replies

    def acknowledged(self, message, replies):
        error, = struct.unpack_from("=i", message)
        if not error:
            return replies
        self.refuse(error, message[20:])

    @staticmethod
    def refuse(error, tlvs):
        tlv = dict(attrs(tlvs))
        said = tlv.get(1, b"\0")[:-1].decode()
        offset = struct.unpack("=I", tlv[2])[0] if 2 in tlv else None
        raise Refused(-error, said, offset)


def attrs(data):
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        if length < 4:
            return
        yield kind & 0x3fff, data[4:length]
        data = data[(length + 3) & ~3:]


# Two key pairs of Curve25519, private and public.
KEYS = (("a8abababababababababababababababababababababababababababababab6b",
         "e3712d851a0e5d79b831c5e34ab22b41a198171de209b8b8faca23a11c624859"),
        ("c8cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd4d",
         "b5bea823d9c9ff576091c54b7c596c0ae296884f0e150290e88455d7fba6126f"))


def wireguard(dev, own, address, port):
    """A WireGuard device's key is the one of this number, the other is its peer's; all packets are for the peer."""
    endpoint = struct.pack("=H", socket.AF_INET6) + struct.pack("!HI", port, 0) + \
        socket.inet_pton(socket.AF_INET6, address) + bytes(4)
    allowed = [nest(0, u16(1, family), attr(2, bytes(length)), u8(3, 0))
               for family, length in ((socket.AF_INET6, 16), (socket.AF_INET, 4))]
    peer = nest(0, attr(1, bytes.fromhex(KEYS[1 - own][1])), attr(4, endpoint), nest(9, *allowed))
    Family("wireguard").call(1, text(2, dev) + attr(3, bytes.fromhex(KEYS[own][0])) + u16(6, port) + nest(8, peer))
