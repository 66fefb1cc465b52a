#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Checks with other programs of the export packets that the tests have recorded.

    tests/e2e/decode.py FOLDER     what tests/e2e/guest has left there

- tshark finds nothing malformed in any of them.
- Sets fill each packet to its last byte, are padded with less than four zeros,
  and hold as many records as the header says; no template ID changes its
  meaning.  tshark does not mind about these.
- Each flow begins before it ends, and ends before its packet's header was
  written.  Times of version 9 are compared as 32-bit differences.
- Sequences go on as they must: packets by default; data records in sequence
  mode flow and in IPFIX.
- nfacctd learns the sampling rate from option records.
- PostgreSQL has the sums of three exporters, by the names of interfaces, from nfacctd.
- Replayed captures: tshark's sums by key of what left the router equal the
  sums of what was exported.
"""
import collections
import glob
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fleet_sums  # noqa: E402
from lib import equal, run, tshark, tshark_complaints, wait  # noqa: E402

NXT = ("ipv6.nxt", "ipv6.hopopts.nxt", "ipv6.routing.nxt", "ipv6.dstopts.nxt",
       "ipv6.fraghdr.nxt", "ah.next_header")
WALKED = {0, 43, 44, 51, 60}


def keyed(pcap):
    """tshark's packets and bytes by source, destination, protocol and ports."""
    sums = collections.defaultdict(lambda: [0, 0])
    argv = ["tshark", "-r", pcap, "-T", "fields", "-E", "separator=|",
            "-E", "occurrence=f", "-o", "ipv6.defragment:FALSE",
            "-o", "tcp.desegment_tcp_streams:FALSE"]
    fields = ("ipv6.src", "ipv6.dst", "tcp.srcport", "tcp.dstport", "udp.srcport",
              "udp.dstport", "icmpv6.type", "icmpv6.code", "frame.len",
              "ipv6.fraghdr.offset") + NXT
    for f in fields:
        argv += ["-e", f]
    for line in run(*argv).splitlines():
        v = dict(zip(fields, line.split("|")))
        if not v["ipv6.src"] or v["ipv6.src"].startswith("fe80"):
            continue
        later = v["ipv6.fraghdr.offset"] not in ("", "0")
        proto = [int(v[n]) for n in NXT if v[n] and int(v[n]) not in WALKED]
        # truncated before its last header: take what is there
        proto = proto[-1] if proto else int([v[n] for n in NXT if v[n]][-1])
        sport, dport = v["tcp.srcport"] or v["udp.srcport"], v["tcp.dstport"] or v["udp.dstport"]
        if v["icmpv6.type"]:
            sport, dport = "0", str(int(v["icmpv6.type"]) * 256 + int(v["icmpv6.code"]))
        if later or proto in (4, 41):
            # tshark shows the ports of a packet inside
            sport = dport = "0"
        key = v["ipv6.src"], v["ipv6.dst"], proto, int(sport or 0), int(dport or 0)
        sums[key][0] += 1
        sums[key][1] += int(v["frame.len"]) - 14
    return dict(sums)


def exported(pcap):
    """The same of what was exported, as tshark decodes it."""
    sums = collections.defaultdict(lambda: [0, 0])
    for row in tshark(pcap, "cflow.srcaddrv6", "cflow.dstaddrv6", "cflow.protocol",
                      "cflow.srcport", "cflow.dstport", "cflow.packets",
                      "cflow.octets"):
        for sa, da, pr, sp, dp, n, b in zip(*row):
            key = sa, da, int(pr), int(sp), int(dp)
            sums[key][0] += int(n)
            sums[key][1] += int(b)
    return dict(sums)



def verdict(name, check):
    try:
        note = check()
        print("ok decode.%s%s" % (name, " # " + note if note else ""))
        return 0
    except Exception as e:
        print("not ok decode.%s - %s" % (name, str(e).replace("\n", " / ")[:500] or repr(e)))
        return 1


def clean(pcap):
    def check():
        equal(tshark_complaints(pcap), "", "tshark complains")
        return "%d packets" % len(tshark(pcap, "frame.number"))
    return check


class Packet:
    """One export packet, parsed according to RFC 3954 and RFC 7011."""

    def __init__(self, data, templates):
        self.data, self.templates, self.records = data, templates, 0
        version, second = self.words(0, 2)
        self.time = int.from_bytes(data[4:8], "big")
        if version == 10:
            equal(second, len(data), "length of the message")
        domain = int.from_bytes(data[16:20] if version == 9 else data[12:16], "big")
        at = 20 if version == 9 else 16
        while at < len(data):
            at = self.one_set(at, version, domain)
        if version == 9:
            equal(second, self.records, "Count")

    def words(self, at, n):
        assert at + 2 * n <= len(self.data), "the packet ends in the middle of something"
        return [int.from_bytes(self.data[at + 2 * i:at + 2 * i + 2], "big") for i in range(n)]

    def one_set(self, at, version, domain):
        ident, length = self.words(at, 2)
        end = at + length
        assert length > 4 and length % 4 == 0 and end <= len(self.data), \
            "a set of %d bytes at %d of %d" % (length, at, len(self.data))
        at += 4
        if ident == (0 if version == 9 else 2):
            while end - at >= 8:
                at = self.template(at, domain)
        elif ident == (1 if version == 9 else 3):
            at = self.options_template(at, version, domain)
        else:
            fields = self.templates.get((domain, ident))
            assert fields, "data for template %d, which was not sent before" % ident
            size = sum(length for _, length in fields)
            n = (end - at) // size
            assert n, "an empty set"
            self.records += n
            for _ in range(n):
                self.times(at, version, fields)
                at += size
        assert end - at < 4 and not any(self.data[at:end]), "padding: %s" % self.data[at:end].hex()
        return end

    def times(self, at, version, fields):
        values = {}
        for number, length in fields:
            values[number] = int.from_bytes(self.data[at:at + length], "big")
            at += length
        if version == 9:
            ages = [(self.time - values[n]) % 2**32 for n in (22, 21) if n in values]
        else:
            # the header has whole seconds
            ages = [self.time * 1000 + 999 - values[n] for n in (152, 153) if n in values]
        assert ages == sorted(ages, reverse=True) and all(0 <= a < 2**31 for a in ages), \
            "a flow that began and ended %s ms before its header" % ages

    def options_template(self, at, version, domain):
        ident, one, two = self.words(at, 3)
        # lengths in bytes, of scope and options; or numbers of fields, all and of scope
        n = (one + two) // 4 if version == 9 else one
        equal(one if version == 9 else two, 4 if version == 9 else 1, "scope")
        fields = self.words(at + 6, 2 * n)
        fields = list(zip(fields[::2], fields[1::2]))
        known = self.templates.setdefault((domain, ident), fields)
        equal(fields, known, "options template %d has changed its meaning" % ident)
        self.records += 1
        return at + 6 + 4 * n

    def template(self, at, domain):
        ident, n = self.words(at, 2)
        fields = self.words(at + 4, 2 * n)
        fields = list(zip(fields[::2], fields[1::2]))
        known = self.templates.setdefault((domain, ident), fields)
        equal(fields, known, "template %d has changed its meaning" % ident)
        self.records += 1
        return at + 4 + 4 * n


def structure(pcap):
    def check():
        templates, packets = collections.defaultdict(dict), 0
        for dst4, dst6, port, payload in tshark(pcap, "ip.dst", "ipv6.dst", "udp.dstport", "udp.payload"):
            if not payload:
                continue
            data = bytes.fromhex(payload[0].replace(":", ""))
            Packet(data, templates[(dst4 or dst6)[0], port[0], data[1]])
            packets += 1
        return "%d packets" % packets
    return check


def sequences(pcap):
    """Each stream's numbers, by the collector it goes to."""
    def check():
        streams = collections.defaultdict(list)
        for dst4, dst6, port, version, seq, source, domain, count, sets in tshark(
                pcap, "ip.dst", "ipv6.dst", "udp.dstport", "cflow.version", "cflow.sequence",
                "cflow.source_id", "cflow.od_id", "cflow.count", "cflow.flowset_id"):
            if not version:
                continue
            where = (dst4 or dst6)[0], port[0], version[0], (source or domain or ["?"])[0]
            template = bool(sets) and int(sets[0]) < 256
            streams[where].append((int(seq[0]), int(count[0]) if count else None, template))
        for where, packets in streams.items():
            follow(where, packets)
    return check


def follow(where, packets):
    by_packets = all(b[0] == a[0] + 1 for a, b in zip(packets, packets[1:]))
    if where[2] == "9" and by_packets:
        return
    if where[2] == "9":
        # data records before the packet; a packet of templates has none
        for (a, n, template), (b, _, _) in zip(packets, packets[1:]):
            equal(b, a + (0 if template else n), "sequence of %s" % (where,))
    else:
        numbers = [p[0] for p in packets]
        equal(numbers, sorted(numbers), "sequence of %s" % (where,))


def replayed(far, pcap):
    def check():
        want = {k: v for k, v in keyed(far).items() if not k[0].startswith(("fd00:2:", "fd00:1:"))}
        got = {k: v for k, v in exported(pcap).items()
               if not k[0].startswith(("fd00:1:", "fe80:")) and
               not k[1].startswith(("fd00:1:", "fd00:2:", "ff02:", "fe80:"))}
        if "jumbo" in far:
            # payload length 0 without the jumbo option that it requires: tshark stops there
            want, got = ({k[:2]: v for k, v in d.items()} for d in (want, got))
        for key in sorted(set(want) | set(got)):
            equal(got.get(key), want.get(key), str(key))
        return "%d keys, %d packets" % (len(want), sum(v[0] for v in want.values()))
    return check


NFACCTD = """daemonize: false
nfacctd_ip: ::1
nfacctd_port: %d
nfacctd_renormalize: true
plugins: print
aggregate: dst_host, dst_port
print_output: csv
print_output_file: %s/out.csv
print_refresh_time: 1
"""


def renormalized(pcap):
    """nfacctd without configuration scales the 100 sampled packets to 1 000."""
    def check():
        sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        sock.bind(("::1", 0))
        port = sock.getsockname()[1]
        sock.close()
        with tempfile.TemporaryDirectory() as folder:
            with open(folder + "/conf", "w") as f:
                f.write(NFACCTD % (port, folder))
            with subprocess.Popen(["nfacctd", "-f", folder + "/conf"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as nfacctd:
                try:
                    wait("nfacctd", lambda: ":%d " % port in run("ss", "-Hlun"))
                    send_again(pcap, port)
                    wait("1 000 packets", lambda: [r for r in rows(folder + "/out.csv")
                                                   if r[1:3] == ["6000", "1000"]])
                finally:
                    # it ignores SIGTERM while it waits for packets
                    nfacctd.kill()
    return check


def send_again(pcap, port):
    """Replay the exports to a collector on this machine."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        for payload, in tshark(pcap, "udp.payload"):
            if payload:
                sock.sendto(bytes.fromhex(payload[0].replace(":", "")), ("::1", port))
                time.sleep(0.005)


def rows(path):
    if not os.path.exists(path):
        return []
    with open(path) as f:
        return [line.strip().split(",") for line in f]


def main(folder):
    failed = 0
    for pcap in sorted(glob.glob(os.path.join(folder, "pcap", "*.pcap"))):
        name = os.path.basename(pcap)[:-5]
        failed += verdict("clean." + name, clean(pcap))
        failed += verdict("structure." + name, structure(pcap))
        if "outage" not in name and "absent" not in name and "back" not in name:
            failed += verdict("sequence." + name, sequences(pcap))
        if name in ("options-9", "options-ipfix") and shutil.which("nfacctd"):
            failed += verdict("nfacctd." + name, renormalized(pcap))
    if os.path.exists(folder + "/fleet/want.json"):
        if fleet_sums.possible():
            failed += verdict("fleet", lambda: fleet_sums.sums(folder + "/fleet"))
        else:
            print("skip decode.fleet - no PostgreSQL, no user for it, or no nfacctd")
    for far in sorted(glob.glob(os.path.join(folder, "replay", "*.far"))):
        name = os.path.basename(far)[:-4]
        failed += verdict("replay." + name, replayed(
            far, os.path.join(folder, "pcap", "replay-%s.pcap" % name)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
