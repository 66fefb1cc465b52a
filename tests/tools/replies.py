# SPDX-License-Identifier: GPL-2.0
"""What the module would reply, for netstream_fake: see fake_module.c."""
import os
import re
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))
from genl import attr, flag, ip4, ip6, nest, text, u8, u16, u32    # noqa: E402

HEADER = os.path.join(HERE, "..", "..", "include", "uapi", "linux", "netstream.h")


def numbers():
    """Each constant of the header's enumerations."""
    with open(HEADER) as f:
        source = re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)
    known = {}
    for body in re.findall(r"enum \w+ \{(.*?)\}", source, re.S):
        value = -1
        for entry in filter(None, (e.strip() for e in body.split(","))):
            name, _, given = (part.strip() for part in entry.partition("="))
            value = eval(given, {}, known) if given else value + 1
            known[name] = value
    return {name.replace("NETSTREAM_", "", 1): value for name, value in known.items()}


N = numbers()


def u64(kind, value):
    return attr(kind, struct.pack("=Q", value))


def count(kind, name=None, **amounts):
    """flows=, packets=, bytes= or value="""
    parts = [text(N["COUNT_A_NAME"], name)] if name else []
    parts += [u64(N["COUNT_A_" + key.upper()], value) for key, value in amounts.items()]
    return nest(N[kind], *parts)


class Replies:
    """All messages of a module; by default one that is well."""

    def __init__(self):
        self.messages = []

    def add(self, command, *attributes):
        body = b"".join(attributes)
        self.messages.append(struct.pack("=II", N["CMD_" + command], len(body)) + body)

    def write(self, path):
        with open(path, "wb") as f:
            f.write(b"".join(self.messages))

    def stats(self, metered=1000, lost=0, skipped=(), memory=4096, generation=7):
        body = [
            count("STATS_A_METERED", packets=metered, bytes=metered * 100),
            count("STATS_A_EXPORTED", flows=5, packets=metered - lost - 30, bytes=(metered - lost - 30) * 100),
            count("STATS_A_CACHED", flows=2, packets=20, bytes=2000),
            count("STATS_A_PENDING", flows=1, packets=10, bytes=1000),
            count("STATS_A_LOST", flows=lost, packets=lost, bytes=lost * 100),
            count("STATS_A_LOST_CAUSE", "no_host", flows=lost, packets=lost, bytes=lost * 100),
            count("STATS_A_LOST_CAUSE", "queue_full", flows=0, packets=0, bytes=0),
            count("STATS_A_MALFORMED_CAUSE", "truncated", packets=3),
            count("STATS_A_ENDED_CAUSE", "inactive", flows=5),
            u32(N["STATS_A_MAX_FLOWS"], 1 << 20),
            count("STATS_A_COUNT", "flows_created", value=8),
            count("STATS_A_COUNT", "memory", value=memory),
            count("STATS_A_COUNT", "timer_worst_ns", value=1234567),
        ]
        body += [count("STATS_A_SKIPPED_CAUSE", name, packets=n) for name, n in skipped]
        self.add("STATS_GET", u32(N["A_GENERATION"], generation), nest(N["A_STATS"], *body))

    def host(self, address="2001:db8::5", port=2055, vrf=None, slot=0, state="UP", errno=0,
             source="2001:db8::1", queued=0, in_slot=False, version=9, monitor=None, **counts):
        kind = ip6 if ":" in address else ip4
        body = [kind(N["HOST_A_ADDR6" if ":" in address else "HOST_A_ADDR4"], address),
                u16(N["HOST_A_PORT"], port),
                text(N["HOST_A_MONITOR"], monitor) if monitor else u8(N["HOST_A_SLOT"], slot),
                u8(N["HOST_A_VERSION"], version), u8(N["HOST_A_DSCP"], 0),
                u8(N["HOST_A_STATE"], N["HOST_" + state]), u32(N["HOST_A_QUEUED"], queued)]
        if vrf:
            body.append(text(N["HOST_A_VRF"], vrf))
        if errno:
            body.append(u32(N["HOST_A_ERRNO"], errno))
        if in_slot:
            body.append(u8(N["HOST_A_VIEW_SLOT"], slot))
        if source:
            body += [ip6(N["HOST_A_SOURCE6"], source), u16(N["HOST_A_SOURCE_PORT"], 40000)]
        values = dict(packets=50, records=100, bytes=50000, templates=4, option_records=2, errors=0,
                      icmp_errors=0, refused_packets=0, too_big=0, filtered=0, lost_packets=0,
                      lost_records=0)
        values.update(counts)
        body += [count("HOST_A_COUNT", name, value=value) for name, value in values.items()]
        self.add("HOST_GET", nest(N["A_HOST"], *body))

    def monitor(self, name="m", records=("original",), interfaces=1, hosts=1, metered=100, lost=0,
                entries=0, full=0):
        left = metered - lost - 7
        stats = nest(
            N["MONITOR_A_STATS"], count("STATS_A_METERED", packets=metered, bytes=metered * 100),
            count("STATS_A_EXPORTED", flows=3, packets=left, bytes=left * 100),
            count("STATS_A_CACHED", flows=1, packets=4, bytes=400),
            count("STATS_A_PENDING", flows=1, packets=3, bytes=300),
            count("STATS_A_LOST", flows=lost, packets=lost, bytes=lost * 100),
            count("STATS_A_LOST_CAUSE", "no_host", flows=lost, packets=lost, bytes=lost * 100),
            count("STATS_A_SKIPPED_CAUSE", "not_selected", packets=11),
            count("STATS_A_ENDED_CAUSE", "full", flows=full),
            *[u32(N["STATS_A_MAX_FLOWS"], entries)] * bool(entries))
        self.add("MONITOR_GET", nest(
            N["A_MONITOR"], text(N["MONITOR_A_NAME"], name), u32(N["MONITOR_A_SOURCE_ID"], 0x80000001),
            *[text(N["MONITOR_A_RECORD"], r) for r in records], u32(N["MONITOR_A_INTERFACES"], interfaces),
            u32(N["MONITOR_A_HOSTS"], hosts), stats))

    def template(self, record="original", sent=4, failed=0, slot=0, version=9, number=256, monitor=None):
        field = nest(N["TEMPLATE_A_FIELD"], u16(N["TFIELD_A_TYPE"], 27), u16(N["TFIELD_A_LENGTH"], 16),
                     u16(N["TFIELD_A_FIELD"], N["FIELD_SRC_ADDR"]))
        self.add("TEMPLATE_GET", nest(
            N["A_TEMPLATE"], text(N["TEMPLATE_A_RECORD"], record),
            text(N["TEMPLATE_A_MONITOR"], monitor) if monitor else u8(N["TEMPLATE_A_SLOT"], slot),
            u8(N["TEMPLATE_A_VERSION"], version), u16(N["TEMPLATE_A_ID"], number),
            u16(N["TEMPLATE_A_LENGTH"], 16), u64(N["TEMPLATE_A_SENT"], sent),
            u64(N["TEMPLATE_A_FAILED"], failed), field))

    def slot(self, number=3, seen=(900, 0), packets=(800, 0),
             records=(("original", 2, 6, 3, 5), ("web", 1, 9, 4, 8))):
        """Statistics of a slot: of each record current, ended, and exported packets and flows."""
        body = [u8(N["SLOT_STATS_A_ID"], number)]
        for i, way in enumerate(("IN", "OUT")):
            body += [u64(N["SLOT_STATS_A_%s_SEEN" % way], seen[i]),
                     u64(N["SLOT_STATS_A_%s_PACKETS" % way], packets[i]),
                     u64(N["SLOT_STATS_A_%s_BYTES" % way], packets[i] * 100)]
        for name, current, ended, sent, flows in records:
            values = dict(CREATED=current + ended, CURRENT=current, ENDED=ended, EXPORTED_PACKETS=sent,
                          EXPORTED_FLOWS=flows)
            body.append(nest(N["SLOT_STATS_A_RECORD"], text(N["SLOT_RECORD_A_NAME"], name),
                             *[u64(N["SLOT_RECORD_A_" + key], value) for key, value in values.items()]))
        self.add("SLOT_STATS_GET", u32(N["A_GENERATION"], 7), nest(N["A_SLOT_STATS"], *body))

    def option_template(self, name="sampler", version=9, number=1040, sent=3, failed=1):
        self.add("OPTION_TEMPLATE_GET", nest(
            N["A_OPTION_TEMPLATE"], text(N["OPTION_TEMPLATE_A_NAME"], name),
            u8(N["OPTION_TEMPLATE_A_VERSION"], version), u16(N["OPTION_TEMPLATE_A_ID"], number),
            u64(N["OPTION_TEMPLATE_A_SENT"], sent), u64(N["OPTION_TEMPLATE_A_FAILED"], failed)))

    def event(self, name, *more, **numbers):
        """One that the module tells; numbers are attributes of the event itself."""
        own = [u8(N["EVENT_A_TYPE"], N["EVENT_" + name]), u64(N["EVENT_A_TIME"], 1764300000123)]
        own += [u32(N["EVENT_A_" + key.upper()], value) for key, value in numbers.items()]
        self.add("EVENT_LISTEN", nest(N["A_EVENT"], *own), *more)

    def record(self, name="original", state="ACTIVE", match=("SRC_ADDR",), collect=("PACKETS", "BYTES"),
               command="RECORD_GET"):
        body = [text(N["RECORD_A_NAME"], name)]
        for which, fields in ("RECORD_A_MATCH", match), ("RECORD_A_COLLECT", collect):
            body += [nest(N[which], u16(N["ITEM_A_FIELD"], N["FIELD_" + f])) for f in fields]
        if command == "RECORD_GET":
            body += [u8(N["RECORD_A_STATE"], N["RECORD_" + state]), u64(N["RECORD_A_FLOWS"], 2),
                     u64(N["RECORD_A_CREATED"], 8), u32(N["RECORD_A_FLOW_BYTES"], 128)]
        self.add(command, nest(N["A_RECORD"], *body))

    def interface(self, name="eth0", index=2, inbound=True, outbound=False, seen=(1000, 0),
                  packets=(1000, 0), sampler=None, slot=0, monitors=()):
        body = [text(N["IF_A_NAME"], name), u32(N["IF_A_IFINDEX"], index), u8(N["IF_A_SLOT"], slot),
                u8(N["IF_A_INBOUND"], inbound), u8(N["IF_A_OUTBOUND"], outbound)]
        for way, i in ("IN", 0), ("OUT", 1):
            body += [u64(N["IF_A_%s_SEEN" % way], seen[i]), u64(N["IF_A_%s_PACKETS" % way], packets[i]),
                     u64(N["IF_A_%s_BYTES" % way], packets[i] * 100)]
        if sampler:
            body.append(sampler_nest("IF_A_SAMPLER", *sampler))
        body += [attached(*m) for m in monitors]
        self.add("INTERFACE_GET", nest(N["A_INTERFACE"], *body))

    def flow(self, record="original", slot=0, packets=10, octets=1000, first=1000, last=2000, cpu=0,
             monitor=None, **fields):
        values = []
        for name, value in fields.items():
            number = N["FIELD_" + name]
            values.append(ip6(number, value) if isinstance(value, str) else u64(number, value))
        self.add("FLOW_GET", nest(
            N["A_FLOW"], text(N["FLOW_A_RECORD"], record),
            text(N["FLOW_A_MONITOR"], monitor) if monitor else u8(N["FLOW_A_SLOT"], slot),
            u32(N["FLOW_A_CPU"], cpu), u64(N["FLOW_A_PACKETS"], packets), u64(N["FLOW_A_BYTES"], octets),
            u64(N["FLOW_A_FIRST"], first), u64(N["FLOW_A_LAST"], last),
            nest(N["FLOW_A_FIELDS"], *values)))

    def config(self, system=(), views=(), generation=7):
        """Configuration: attributes of the system view, and of messages of their own."""
        self.add("CONFIG_GET", u32(N["A_GENERATION"], generation), nest(N["A_SYSTEM"], *system), *views)


def attached(monitor, direction=0):
    return nest(N["IF_A_MONITOR"], text(N["ATTACH_A_NAME"], monitor), u8(N["ATTACH_A_DIRECTION"], direction))


def sampler_nest(kind, mode, interval, direction=0):
    return nest(N[kind], u8(N["SAMPLER_A_DIRECTION"], direction), u8(N["SAMPLER_A_MODE"], N["SAMPLER_" + mode]),
                u32(N["SAMPLER_A_INTERVAL"], interval))


def healthy():
    """Replies of a module that meters inbound packets and sends them to a host."""
    r = Replies()
    r.stats()
    r.host()
    r.template()
    r.record(match=("SRC_ADDR", "DST_ADDR", "INPUT_IF", "OUTPUT_IF"))
    r.interface()
    return r
