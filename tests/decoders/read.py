#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Compares what collectors and decoders show with what was sent.

    tests/decoders/read.py FOLDER     what the matrix has left there

Each line is a decoder and a case: all fields that the decoder can show of it.
LACKS has what one cannot show, as docs/collectors.md has it: a field that is
there must be shown rightly.
"""
import datetime
import io
import ipaddress
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from lib import run, tshark, wait  # noqa: E402
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cases import CASES, TIMES, different, fields, port  # noqa: E402


ADDRESSES = ("source", "destination", "next_hop")


class Missing(Exception):
    """The decoder is not installed."""


# (decoder, case or None for all) -> fields that it shows wrongly or not at all
LACKS = {
    # it reads counters of 2 bytes as 0
    ("nfacctd", "narrow"): {"packets", "bytes"},
}

# Seconds by which a time may be off: 10 ms, and two ticks of the guest's clock, by which
# packets are stamped.
TOLERANCE = 0.030

# From differences in milliseconds these make whole seconds, rounded up: the header's seconds
# less the whole seconds of the difference.
WHOLE_SECONDS = {("nfacctd", "9")}


def strays(flow):
    """What the machines send by themselves: neighbour discovery, listener reports."""
    address = flow.get("source", ""), flow.get("destination", "")
    kind = flow.get("icmp", 0) or (flow.get("dport", 0) if flow.get("protocol") == 58 else 0)
    return any(a.startswith(("fe80", "ff02")) for a in address) or \
        address[1] == "fd00:1::1" or 130 <= kind >> 8 <= 143


def payloads(pcap):
    """The export packets of a recording."""
    for (payload,) in tshark(pcap, "udp.payload"):
        if payload:
            yield bytes.fromhex(payload[0].replace(":", ""))


# --------------------------------------------------------------------- tshark

TSHARK = {"source": "cflow.srcaddrv6", "destination": "cflow.dstaddrv6",
          "sport": "cflow.srcport", "dport": "cflow.dstport", "protocol": "cflow.protocol",
          "tos": "cflow.tos", "label": "cflow.ipv6flowlabel", "direction": "cflow.direction",
          "input": "cflow.inputint", "output": "cflow.outputint", "smask": "cflow.srcmaskv6",
          "dmask": "cflow.dstmaskv6", "svlan": "cflow.vlanid", "dvlan": "cflow.post_vlanid", "flags": "cflow.tcpflags", "next_hop": "cflow.nexthopv6",
          "packets": "cflow.packets", "bytes": "cflow.octets", "reason": "cflow.flow_end_reason",
          "version": "cflow.ip_version"}


def number(text):
    return int(text, 16 if text.startswith("0x") else 10)


def of_tshark(folder, case, data):
    if not shutil.which("tshark"):
        raise Missing
    names = [n for n in fields(case) if n in TSHARK and n not in TIMES]
    columns = [TSHARK[n] for n in names]
    if "icmp" in fields(case):
        names.append("icmp")
        columns += ["cflow.icmp_type_code_ipv4"] if data["version"] == "9" else \
            ["cflow.icmp_ipv6_type", "cflow.icmp_ipv6_code"]
    flows = []
    for row in tshark(os.path.join(folder, case + ".pcap"), *columns,
                      ports=[port(case, 0)]):
        for values in zip(*row):
            flow = {n: v if n in ADDRESSES else number(v) for n, v in zip(names, values)}
            if len(values) > len(names):
                flow["icmp"] = flow["icmp"] * 256 + number(values[-1])
            flows.append(flow)
    return names, flows


# ---------------------------------------------------------------------- scapy

def of_scapy(folder, case, data):
    try:
        from scapy.layers.netflow import NetflowHeader, NetflowDataflowsetV9, netflowv9_defragment
    except ImportError:
        raise Missing
    if data["version"] != "9":
        return [], []
    packets = [NetflowHeader(p) for p in payloads(
        os.path.join(folder, case + ".pcap"))]
    names, flows = [], []
    for p in netflowv9_defragment(packets):
        while NetflowDataflowsetV9 in p:
            for r in p[NetflowDataflowsetV9].records:
                names, flow = scapy_flow(r, case)
                flows.append(flow)
            p = p[NetflowDataflowsetV9].payload
    return names, flows


SCAPY = {"source": "IPV6_SRC_ADDR", "destination": "IPV6_DST_ADDR", "sport": "L4_SRC_PORT",
         "dport": "L4_DST_PORT", "protocol": "PROTOCOL", "tos": "TOS", "label": "IPV6_FLOW_LABEL",
         "direction": "DIRECTION", "input": "INPUT_SNMP", "output": "OUTPUT_SNMP",
         "smask": "IPV6_SRC_MASK", "dmask": "IPV6_DST_MASK",
         "svlan": "SRC_VLAN", "dvlan": "DST_VLAN", "flags": "TCP_FLAGS",
         "icmp": "ICMP_TYPE", "next_hop": "IPV6_NEXT_HOP", "packets": "IN_PKTS",
         "bytes": "IN_BYTES", "version": "IP_PROTOCOL_VERSION"}


def scapy_flow(record, case):
    """The number that the bytes of a field stand for, whatever type scapy uses."""
    names = [n for n in fields(case) if n in SCAPY]
    flow = {}
    for n in names:
        value = record.getfieldval(SCAPY[n])
        if n not in ADDRESSES:
            value = int.from_bytes(value, "big") if isinstance(value, bytes) else int(value)
        flow[n] = value
    return names, flow


# --------------------------------------------------------------- python3-ipfix

IPFIX = {"source": "sourceIPv6Address", "destination": "destinationIPv6Address",
         "sport": "sourceTransportPort", "dport": "destinationTransportPort",
         "protocol": "protocolIdentifier", "tos": "ipClassOfService", "label": "flowLabelIPv6",
         "direction": "flowDirection", "input": "ingressInterface", "output": "egressInterface",
         "smask": "sourceIPv6PrefixLength", "dmask": "destinationIPv6PrefixLength",
         "svlan": "vlanId", "dvlan": "postVlanId",
         "flags": "tcpControlBits", "icmp": "icmpTypeCodeIPv6", "next_hop": "ipNextHopIPv6Address",
         "packets": "packetDeltaCount", "bytes": "octetDeltaCount", "version": "ipVersion",
         "reason": "flowEndReason", "first": "flowStartMilliseconds", "last": "flowEndMilliseconds"}


def of_ipfix(folder, case, data):
    try:
        import ipfix.ie
        import ipfix.reader
        import ipfix.v9pdu
    except ImportError:
        raise Missing
    ipfix.ie.use_iana_default()
    whole = io.BytesIO(b"".join(payloads(os.path.join(folder, case + ".pcap"))))
    if data["version"] == "9":
        return [], []
    reader = ipfix.reader.from_stream(whole)
    names, flows = [n for n in fields(case) if n in IPFIX], []
    for record in reader.namedict_iterator():
        flow = {}
        for n in names:
            value = record[IPFIX[n]]
            if n in TIMES:
                value = value.replace(tzinfo=datetime.timezone.utc).timestamp()
            elif n in ADDRESSES:
                value = str(value)
            flow[n] = value
        flows.append(flow)
    return names, flows


# ------------------------------------------------------------ libfixbuf's tools

def of_fixbuf(folder, case, data):
    if not shutil.which("ipfixDump"):
        raise Missing
    if data["version"] == "9":
        return [], []
    with tempfile.NamedTemporaryFile() as f:
        f.write(b"".join(payloads(os.path.join(folder, case + ".pcap"))))
        f.flush()
        text = subprocess.run(["ipfixDump", "-d", "-i", f.name], capture_output=True, text=True).stdout
    names, flows, flow = [n for n in fields(case) if n in IPFIX and n not in TIMES], [], None
    known = {IPFIX[n]: n for n in names}
    for line in text.splitlines():
        if line.startswith("--- data record"):
            flow = {}
            flows.append(flow)
        shown = re.match(r"\s*\(\d+\)\s+(\w+) : (\S+)", line)
        if flow is not None and shown and shown[1] in known:
            n, value = known[shown[1]], shown[2]
            flow[n] = str(ipaddress.ip_address(value)) if n in ADDRESSES else number(value)
    return names, flows


# ------------------------------------------------------------------ FastNetMon

def feed():
    """Send the packets of the standard input, a hexadecimal line each, to FastNetMon."""
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    for line in sys.stdin:
        s.sendto(bytes.fromhex(line), ("::1", 2055))


class FastNetMon:
    """One for all cases, in a network namespace of its own; it dumps each flow into its log."""

    CONF = """
        netflow = on
        netflow_host = ::1
        netflow_port = 2055
        enable_ban = off
        dump_all_traffic = on
        networks_list_path = %(dir)s/networks
        networks_whitelist_path = /dev/null
        """
    LINE = re.compile(r"Dump: .* (\S+):(\d+) > (\S+):(\d+) protocol: (\S+) (?:flags: (\S*) )?"
                      r"frag: \d+ +packets: (\d+) size: (\d+) bytes")
    FLAGS = {"fin": 1, "syn": 2, "rst": 4, "psh": 8, "ack": 16, "urg": 32}
    one = None

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="fastnetmon-")
        self.read = self.cases = 0
        for name, text in (("conf", self.CONF % {"dir": self.dir}), ("networks", "fd00::/16\n")):
            with open(os.path.join(self.dir, name), "w") as f:
                f.write("".join(line.strip() + "\n" for line in text.strip().splitlines()))
        self.proc = subprocess.Popen(
            ["unshare", "--map-root-user", "--net", "--pid", "--fork", "--kill-child", "bash", "-c",
             'ip link set lo up; fastnetmon --configuration_file "$1/conf" --log_file "$1/log" '
             '--disable_pid_logic >/dev/null 2>&1 & exec "$2" "$3" --feed', "_", self.dir,
             sys.executable, os.path.abspath(__file__)], stdin=subprocess.PIPE, text=True)
        wait("FastNetMon", lambda: "will listen on ::1:2055" in self.log())

    def log(self):
        try:
            with open(os.path.join(self.dir, "log")) as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def lines(self, packets):
        """What it says of some packets: until it shows a flow that follows them."""
        self.cases += 1
        address = bytes(15) + b"\1"
        packets = packets + [
            # a template of addresses and a port, and a flow with the number of the case as port
            struct.pack(">HHIIII", 9, 2, 0, 0, self.cases, 999) +
            struct.pack(">HHHH6H", 0, 20, 999, 3, 27, 16, 28, 16, 7, 2) +
            struct.pack(">HH", 999, 40) + address + address + struct.pack(">HH", self.cases, 0)]
        for p in packets:
            self.proc.stdin.write(p.hex() + "\n")
        self.proc.stdin.flush()
        mark = re.compile(r"Dump: .* \S*:%d > \S*0001:0 " % self.cases)
        wait("FastNetMon has read the case",
             lambda: any(mark.search(line) for line in self.log().splitlines()[self.read:]))
        lines = self.log().splitlines()
        begin, self.read = self.read, len(lines)
        return [line for line in lines[begin:] if not mark.search(line)]


def of_fastnetmon(folder, case, data):
    if not shutil.which("fastnetmon"):
        raise Missing
    # it drops what has no address
    if "source" not in fields(case):
        return [], []
    FastNetMon.one = FastNetMon.one or FastNetMon()
    names = [n for n in fields(case) if n in ("source", "destination", "sport", "dport",
                                              "protocol", "flags", "packets", "bytes")]
    flows = []
    for line in FastNetMon.one.lines(list(payloads(os.path.join(folder, case + ".pcap")))):
        m = FastNetMon.LINE.search(line)
        if not m:
            continue
        flows.append({"source": str(ipaddress.ip_address(m[1])), "sport": int(m[2]),
                      "destination": str(ipaddress.ip_address(m[3])), "dport": int(m[4]),
                      # ICMPv6 has no name there
                      "protocol": {"tcp": 6, "udp": 17, "unknown": 58}[m[5]],
                      "flags": sum(FastNetMon.FLAGS[f] for f in (m[6] or "").split(",") if f in FastNetMon.FLAGS),
                      "packets": int(m[7]), "bytes": int(m[8])})
    return names, flows


def kept(decoder):
    """The output that a collector in the guest has left."""
    def read(folder, case, data):
        if decoder not in data:
            raise Missing
        return data[decoder]["names"], data[decoder]["flows"]
    return read


DECODERS = {"nfdump": kept("nfdump"), "nfacctd": kept("nfacctd"), "tshark": of_tshark,
            "scapy": of_scapy, "python3-ipfix": of_ipfix, "libfixbuf": of_fixbuf,
            "FastNetMon": of_fastnetmon}


def check(decoder, folder, case):
    """The end of a result line: "" if all is right, else what is wrong."""
    with open(os.path.join(folder, case + ".json")) as f:
        data = json.load(f)
    names, flows = DECODERS[decoder](folder, case, data)
    lacks = LACKS.get((decoder, None), set()) | LACKS.get((decoder, case), set())
    names = [n for n in names if n not in lacks]
    flows = [f for f in flows if not strays(f)]
    if not names:
        return None
    return different(flows, data["sent"], names, TOLERANCE, (decoder, data["version"]) in WHOLE_SECONDS)


def main(folder):
    failed = 0
    for decoder in DECODERS:
        for case in CASES:
            name = "decoders.%s.%s" % (decoder, case)
            try:
                wrong = check(decoder, folder, case)
            except Missing:
                print("skip %s - not installed" % name)
                continue
            except Exception as e:
                wrong = repr(e)[:300]
            if wrong is None:
                continue
            failed |= bool(wrong)
            print("not ok %s - %s" % (name, wrong[:600]) if wrong else "ok %s" % name, flush=True)
    if FastNetMon.one:
        FastNetMon.one.proc.terminate()
        shutil.rmtree(FastNetMon.one.dir)
    return failed


if __name__ == "__main__":
    if sys.argv[1] == "--feed":
        sys.exit(feed())
    sys.exit(main(sys.argv[1]))
