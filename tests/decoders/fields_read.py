#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What collectors, told nothing, show of each field: against docs/fields-shown.json.

    tests/decoders/fields_read.py FOLDER [--update]     what fields_sent.py has left there

For each field there is a record with it and one without it.  What a collector shows of the
first and not of the second is the field, if it is the value that the module lists.  docs/make-fields
makes columns of the table of fields from the file, which has the versions that were tried:
another version is skipped.  --update writes the file.
"""
import csv
import datetime
import ipaddress
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))
from lib import read_all, run, wait  # noqa: E402
sys.path.insert(0, HERE)
from fields_sent import COUNT, FIRST_PORT, make_fields  # noqa: E402

SHOWN = os.path.join(HERE, "..", "..", "docs", "fields-shown.json")
VERSIONS = ("9", "ipfix")

# What changes from one export to the next whatever the record is: the time of arrival, and times of the flow.
ARRIVAL = re.compile(r"(t_)?received$")
CLOCKS = re.compile(r"(cflow\.)?(first|last|timedelta|timestart|timeend|abstime\w+|timestamp_\w+|"
                    r"(first|last)_switched)'*$", re.I)
TIMES = ("FIRST", "LAST", "START", "END", "DURATION")

NOTHING = "(no such record)"


def frames(path):
    """(destination port, payload, bytes of the record in the file) of each datagram."""
    with open(path, "rb") as f:
        data = f.read()
    at = 24
    while at + 16 <= len(data):
        kept = int.from_bytes(data[at + 8:at + 12], "little")
        frame = data[at + 16:at + 16 + kept]
        if frame[12:14] == b"\x86\xdd" and frame[20] == 17:
            yield int.from_bytes(frame[56:58], "big"), frame[62:], data[at:at + 16 + kept]
        at += 16 + kept


class Recording:
    """What each port was sent."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "fields.pcap")
        with open(os.path.join(folder, "fields.json")) as f:
            self.cases = json.load(f)
        with open(self.path, "rb") as f:
            self.head = f.read(24)
        self.payloads, self.records = {}, {}
        for port, payload, record in frames(self.path):
            self.payloads.setdefault(port, []).append(payload)
            self.records.setdefault(port, []).append(record)
        self.ports = {c["port"] + i: (name, version) for name, c in self.cases.items()
                      for i, version in enumerate(VERSIONS)}

    def part(self, port, path):
        """Write what one port was sent into a file of its own."""
        with open(path, "wb") as f:
            f.write(self.head + b"".join(self.records.get(port, [])))


def the_flow(flows, packets, octets, case):
    """The flow that was sent for, of those that a collector shows."""
    for flow in flows:
        if str(flow.get(packets)) == str(COUNT) or str(flow.get(octets)) == str(COUNT * case["length"]):
            return flow
    return {}


# ------------------------------------------------------------------- collectors
# Each returns {(case, version): {name: value}}.

def free_port():
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
        s.bind(("::1", 0))
        return s.getsockname()[1]


def of_nfdump(recording):
    out = {}
    for port, key in recording.ports.items():
        with tempfile.TemporaryDirectory() as folder:
            to = free_port()
            p = subprocess.Popen(["nfcapd", "-w", folder, "-p", str(to), "-6", "-b", "::1", "-t", "3600"],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            wait("nfcapd", lambda: ":%d " % to in run("ss", "-Hlun"))
            with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
                for payload in recording.payloads.get(port, []):
                    s.sendto(payload, ("::1", to))
            wait("nfcapd has read everything", lambda: read_all(None, to))
            p.terminate()
            p.wait(20)
            text = run("nfdump", "-R", folder, "-o", "json", check=False).stdout
        try:
            flows = json.loads(text)
        except ValueError:
            flows = []
        out[key] = the_flow(flows, "in_packets", "in_bytes", recording.cases[key[0]])
    return out


# Everything that it can print of a flow record.
NFACCTD = """daemonize: false
nfacctd_ip: 127.0.0.1
nfacctd_port: %d
nfacctd_as: netflow
nfacctd_net: netflow
nfacctd_disable_checks: true
nfacctd_pipe_size: 4194304
plugin_buffer_size: 102400
plugin_pipe_size: 10240000
plugins: print
aggregate: peer_src_ip, src_host, dst_host, src_mask, dst_mask, proto, tos, src_port, dst_port, tcpflags, src_as, \
dst_as, peer_dst_ip, in_iface, out_iface, src_mac, dst_mac, vlan, cos, etype, flows, post_nat_src_host, \
post_nat_dst_host, post_nat_src_port, post_nat_dst_port, nat_event, mpls_label_top, sampling_rate, \
sampling_direction, timestamp_start, timestamp_end
print_output: csv
print_output_file: %s/out.csv
print_output_file_append: true
print_refresh_time: 1
timestamps_since_epoch: true
"""

# A template of an address, a protocol and counters, and a flow of it: what makes it write the rest.
NUDGE = bytes.fromhex("0009000200000001000000010000000100000009" "00000018" "03e70004" "001b0010" "00040001"
                      "00020004" "00010004" "03e70020" + "fd" + 15 * "00" + "11" "00000001" "00000064" "000000")


def read_rows(path):
    if not os.path.exists(path):
        return []
    with open(path) as f:
        return [r for r in csv.reader(f) if r]


def of_nfacctd(recording):
    """One for all: each record comes from an address of its own."""
    out, to = {}, free_port()
    address = {port: "127.1.%d.%d" % divmod(i + 1, 250) for i, port in enumerate(recording.ports)}
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/conf", "w") as f:
            f.write(NFACCTD % (to, folder))
        p = subprocess.Popen(["nfacctd", "-f", folder + "/conf"], cwd=folder, stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def send(source, payloads):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                s.bind((source, 0))
                for payload in payloads:
                    s.sendto(payload, ("127.0.0.1", to))
                    time.sleep(0.002)

        def nudged():
            send("127.2.0.1", [NUDGE])
            return sum("127.2.0.1" in row for row in read_rows(folder + "/out.csv")) >= 3
        try:
            wait("nfacctd", lambda: ":%d " % to in run("ss", "-Hlun"))
            for port in recording.ports:
                send(address[port], recording.payloads.get(port, []))
            wait("nfacctd has written all", nudged, 60)
        finally:
            # it ignores SIGTERM while it waits for packets
            p.kill()
            p.wait(20)
        rows = read_rows(folder + "/out.csv")
    heads = [r for r in rows if "PACKETS" in r]
    flows = [dict(zip(heads[0], r)) for r in rows if "PACKETS" not in r] if heads else []
    for port, key in recording.ports.items():
        mine = [{k: v for k, v in f.items() if k != "PEER_SRC_IP"} for f in flows
                if f["PEER_SRC_IP"] == address[port]]
        out[key] = the_flow(mine, "PACKETS", "BYTES", recording.cases[key[0]])
    return out


def flat(tree, out):
    """The values of a decoded flow, by the name that tshark has for each."""
    for name, value in tree.items():
        if isinstance(value, dict):
            flat(value, out)
        elif not isinstance(value, list):
            out[name] = value
    return out


def flows_in(tree, found):
    for name, value in tree.items() if isinstance(tree, dict) else ():
        if re.match(r"Flow \d+", name) and isinstance(value, dict):
            found.append(flat(value, {}))
        else:
            flows_in(value, found)
    return found


def no_duplicates(pairs):
    """A packet may have several data sets: their names get numbers."""
    out = {}
    for name, value in pairs:
        while name in out:
            name += "'"
        out[name] = value
    return out


def of_tshark(recording):
    last = max(recording.ports)
    text = run("tshark", "-r", recording.path, "-d", "udp.port==%d-%d,cflow" % (FIRST_PORT, last), "-T", "json",
               timeout=300)
    flows = {}
    for packet in json.loads(text, object_pairs_hook=no_duplicates):
        layers = packet["_source"]["layers"]
        if "cflow" in layers:
            flows.setdefault(int(layers["udp"]["udp.dstport"]), []).extend(flows_in(layers["cflow"], []))
    return {key: the_flow(flows.get(port, []), "cflow.packets", "cflow.octets", recording.cases[key[0]])
            for port, key in recording.ports.items()}


def plain(value):
    """What the bytes of a field stand for where scapy has no type for it: a text or a number."""
    if not isinstance(value, bytes):
        return value
    text = value.rstrip(b"\0")
    return text.decode() if len(value) > 8 and text.isalnum() else int.from_bytes(value, "big")


def of_scapy(recording):
    from scapy.layers.netflow import NetflowHeader, NetflowDataflowsetV9, netflowv9_defragment
    out = {}
    for port, key in recording.ports.items():
        flows = []
        packets = [NetflowHeader(d) for d in recording.payloads.get(port, [])] if key[1] == "9" else []
        try:
            packets = netflowv9_defragment(packets)
        except ValueError:
            # it makes names of Python of its names of elements, some of which cannot be such
            packets = []
        for p in packets:
            while NetflowDataflowsetV9 in p:
                flows += [{n: plain(v) for n, v in r.fields.items()} for r in p[NetflowDataflowsetV9].records]
                p = p[NetflowDataflowsetV9].payload
        out[key] = the_flow(flows, "IN_PKTS", "IN_BYTES", recording.cases[key[0]])
    return out


def version_of(name):
    """The version of a collector that is installed, or None."""
    if name == "scapy":
        try:
            import scapy
        except ImportError:
            return None
        return scapy.VERSION
    asks = {"nfdump": ("nfdump", "-V"), "nfacctd": ("nfacctd", "-V"), "tshark": ("tshark", "--version")}
    if not shutil.which(asks[name][0]):
        return None
    p = subprocess.run(asks[name], capture_output=True, text=True, check=False)
    found = re.search(r"\d+\.\d+(\.\d+)?", p.stdout + p.stderr)
    return found.group(0) if found else None


COLLECTORS = {"nfdump": of_nfdump, "nfacctd": of_nfacctd, "tshark": of_tshark, "scapy": of_scapy}


# ----------------------------------------------------------------------- values

def number(text):
    """A number as collectors write it, or None."""
    text = str(text).strip()
    try:
        return int(text, 16) if text.lower().startswith("0x") else float(text) if "." in text else int(text)
    except ValueError:
        return None


def moment(text):
    """Seconds since 1970 of a time as collectors write it, or None."""
    text = re.sub(r"(\.\d{6})\d+", r"\1", str(text)).replace("Z", "+00:00")
    for form in ("%b %d, %Y %H:%M:%S.%f UTC", "%b %d, %Y %H:%M:%S.%f GMT"):
        try:
            return datetime.datetime.strptime(text, form).replace(tzinfo=datetime.timezone.utc).timestamp()
        except ValueError:
            pass
    try:
        return datetime.datetime.fromisoformat(text).timestamp()
    except ValueError:
        return number(text)


def address(text):
    try:
        return ipaddress.ip_address(str(text))
    except ValueError:
        return None


def flags(text):
    """TCP flags as letters in eight places."""
    if not re.fullmatch(r"[A-Z.]{6,8}", str(text)):
        return None
    return sum(1 << i for i, c in enumerate(reversed(str(text)[-8:])) if c != ".")


def expected(field, case):
    """The values that a collector may show of a field."""
    flow = case["flow"]
    fixed = {"PACKETS": COUNT, "BYTES": COUNT * case["length"], "FLOWS": 1, "IP_VERSION": 6, "END_REASON": 4,
             "FIRST": flow["first"], "LAST": flow["last"], "START": flow["first"], "END": flow["last"],
             "DURATION": flow["duration_ms"]}
    want = fixed.get(field["name"], flow.get(field["key"]))
    if want in ("inbound", "outbound"):
        want = ["inbound", "outbound"].index(want)
    return want


def same_time(shown, want, uptime):
    """Whether it is that time, since 1970 or since the exporter started, in seconds or milliseconds."""
    got = moment(shown)
    return got is not None and any(abs(got - t) < 1.1 * unit for unit in (1, 1000)
                                   for t in (moment(want) * unit, uptime / 1000 * unit))


def same(field, shown, want, case):
    """Whether a value that a collector shows is that of the module."""
    if field["name"] in ("FIRST", "LAST", "START", "END"):
        which = "first" if field["name"] in ("FIRST", "START") else "last"
        return same_time(shown, want, case["flow"][which + "_boot_ms"])
    if field["name"] == "DURATION":
        return number(shown) in (want, want / 1000)
    if field["name"] == "STATUS" and number(shown) == want >> 6:
        # the class; the reason is beside it
        return True
    if field["name"] == "DIRECTION" and shown in ("i", "e"):
        return "ie".index(shown) == want
    if field["name"] == "ICMP" and number(shown) == want >> 8:
        # the type; the code is beside it
        return True
    if re.fullmatch("[0-9a-f:]{17}", str(want)) and number(shown) == int(want.replace(":", ""), 16):
        return True
    if address(want):
        return address(shown) == address(want)
    if isinstance(want, int):
        if field["name"] == "TCP_FLAG" and flags(shown) == want:
            return True
        if field["name"] == "PROTOCOL" and str(shown).lower() in ("tcp", "ipv6-icmp", "udp"):
            return socket.getprotobyname(shown.lower()) == want
        return number(shown) == want
    return str(shown).rstrip("\0").lower() == str(want).lower()


def shows(collector, field, mine, without, case):
    """What a collector shows of a field: its name for it, "NAME=VALUE" if that is another value, or None.

    If it shows the record without the field and not the one with it: NOTHING.
    """
    if without and not mine:
        return NOTHING
    want = expected(field, case)
    new = {k: v for k, v in mine.items() if without.get(k) != v and not ARRIVAL.match(k) and
           (field["name"] in TIMES or not CLOCKS.match(k))}
    right = [k for k, v in new.items() if same(field, v, want, case)]
    if right:
        return right[0].rstrip("'")
    # nfdump has fields in groups: one of a group brings the others with it, as 0
    other = sorted((k, v) for k, v in new.items() if k in without or collector != "nfdump" or v)
    return "%s=%s" % other[0] if other else None


def measure(collector, recording):
    """field -> version -> what it shows."""
    seen = COLLECTORS[collector](recording)
    out = {}
    for field in make_fields().fields():
        name = field["name"]
        case = recording.cases[name]
        base = "not-" + name if "not-" + name in recording.cases else "base-" + case["kind"]
        out[name] = {v: shows(collector, field, seen[name, v], seen[base, v], case) for v in VERSIONS}
    return out


def main(folder, update):
    recording = Recording(folder)
    with open(SHOWN) if os.path.exists(SHOWN) else open(os.devnull) as f:
        table = json.loads(f.read() or '{"versions": {}, "fields": {}}')
    failed = 0
    for collector in COLLECTORS:
        version = version_of(collector)
        tried = table["versions"].get(collector)
        if not version or version != tried and not update:
            print("skip decoders.fields.%s - %s" % (collector, "version %s, the table is of %s" % (version, tried)
                                                    if version else "not installed"))
            continue
        got = measure(collector, recording)
        if update:
            table["versions"][collector] = version
            for name, what in got.items():
                table["fields"].setdefault(name, {})[collector] = what
            continue
        wrong = ["%s: %s, in the table %s" % (name, what, table["fields"].get(name, {}).get(collector))
                 for name, what in got.items() if table["fields"].get(name, {}).get(collector) != what]
        failed |= bool(wrong)
        print("not ok decoders.fields.%s - %s" % (collector, "; ".join(wrong)[:600]) if wrong else
              "ok decoders.fields.%s # %d fields" % (collector, len(got)), flush=True)
    if update:
        with open(SHOWN, "w") as f:
            json.dump(table, f, indent=1)
            f.write("\n")
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], "--update" in sys.argv[2:]))
