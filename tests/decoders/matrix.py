#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Sends known traffic once for each case, and stores what was received.

Leaves in $OUT: CASE.pcap; CASE.json with what was sent and what
nfdump and nfacctd showed.
"""
import contextlib
import datetime
import shutil
import socket
import sys

sys.path.insert(0, "../e2e")
from lib import *  # noqa: E402,F403
from cases import CASES, fields, port, statements  # noqa: E402

# Prints, of each flow: packets, bytes, and between which times its first and its
# last packet left.  A connection stays open, so that no FIN ends its flow.
TRAFFIC = TCP_INFO + r"""
import time
def span(f):
    before = time.time()
    f()
    return before, time.time()
def say(what, packets, bytes, spans):
    print(what, packets, bytes, *spans[0], *spans[-1], flush=True)
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IPV6, 67, 0xb8)
s.setsockopt(socket.IPPROTO_IPV6, 33, 1)
s.setsockopt(socket.IPPROTO_IPV6, 32, struct.pack(
    "16sIBBHHHI", socket.inet_pton(socket.AF_INET6, "fd00:2::2"), socket.htonl(0x12345),
    0, 255, 1, 0, 6, 0))
s.bind(("::", 5500))
spans = []
for i in range(5):
    spans.append(span(lambda: s.sendto(b"u" * 100, ("fd00:2::2", 6000, 0x12345, 0))))
    time.sleep(0.06)
say("udp", 5, 740, spans)
t = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
t.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
t.bind(("::", 5501))
spans = [span(lambda: t.connect(("fd00:2::2", 5001)))]
def request():
    t.sendall(b"y" * 1000)
    t.recv(1)
time.sleep(0.1)
spans.append(span(request))
spans.append(span(lambda: time.sleep(0.3)))
segments, sent = info(t)
say("tcp", segments, segments * 72 + sent + 8, [spans[0], (spans[1][0], spans[2][1])])
sys.stdin.read()
"""

SERVER = r"""
import socket
u = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
u.bind(("::", 6000))
l = socket.create_server(("::", 5001), family=socket.AF_INET6)
print("listening", flush=True)
while True:
    s, _ = l.accept()
    got = 0
    while got < 1000:
        got += len(s.recv(4096))
    s.sendall(b"x")
    s.recv(1)
    s.close()
"""


def index(dev):
    return int(run("cat", "/sys/class/net/%s/ifindex" % dev, ns="r"))


def send(p):
    """What was sent, as flows."""
    sent = {}
    for _ in range(2):
        what, packets, octets, *t = p.stdout.readline().split()
        t = [float(x) for x in t]
        sent[what] = (int(packets), int(octets), (t[0], t[1]), (t[2], t[3]))
    before = time.time()
    run("ping", "-6", "-q", "-c", "3", "-i", "0.01", "-s", "56", "fd00:2::2", ns="a")
    sent["icmp"] = (3, 3 * 104, (before, time.time()), (before, time.time()))
    flows = []
    for what, (protocol, sport, dport, tos, label, flags, icmp) in {
            "udp": (17, 5500, 6000, 0xb8, 0x12345, 0, 0),
            "tcp": (6, 5501, 5001, 0, 0, 0x1a, 0),
            "icmp": (58, 0, 0x8000, 0, 0, 0, 0x8000)}.items():
        packets, octets, first, last = sent[what]
        flows.append({
            "source": "fd00:1::2", "destination": "fd00:2::2", "sport": sport, "dport": dport,
            "protocol": protocol, "tos": tos, "label": label, "direction": 0,
            "input": index("ra"), "output": index("rb"), "smask": 64, "dmask": 64,
            "svlan": 0, "dvlan": 0,
            "flags": flags, "icmp": icmp, "next_hop": "::", "packets": packets,
            "bytes": octets, "first": first, "last": last, "reason": 4, "version": 6})
    return flows


# field -> nfdump's format; it shows type.code as the port of ICMPv6
NFDUMP = {"source": "%sa", "destination": "%da", "sport": "%sp", "dport": "%dp",
          "protocol": "%pr", "tos": "%tos", "flags": "%flg", "input": "%in", "output": "%out",
          "smask": "%smk", "dmask": "%dmk", "svlan": "%svln", "dvlan": "%dvln", "next_hop": "%nh", "packets": "%pkt",
          "bytes": "%byt", "first": "%ts", "last": "%te"}


def of_nfdump(nf, case):
    names = [n for n in fields(case) if n in NFDUMP]
    # it shows type and code in the place of the port
    place = ["dport"] if "icmp" in fields(case) and "dport" not in names else []
    fmt = "@".join(NFDUMP[n] for n in names + place)
    text = nf.stop()
    out = run("nfdump", "-R", nf.dir, "-6", "-q", "-N", "-o", "fmt:" + fmt)
    flows = []
    for line in out.splitlines():
        words = [w.strip() for w in line.split("@")]
        if len(words) != len(names + place):
            continue
        flow = dict(zip(names + place, words))
        for n, w in list(flow.items()):
            if n in ("first", "last"):
                flow[n] = datetime.datetime.fromisoformat(w).timestamp()
            elif n == "flags":
                flow[n] = sum(bit for bit, c in zip((128, 64, 32, 16, 8, 4, 2, 1), w[-8:])
                              if c not in ".")
            elif n == "dport" and "." in w:
                kind, code = w.split(".")
                flow[n] = flow["icmp"] = int(kind) * 256 + int(code)
            elif n not in ("source", "destination", "next_hop"):
                flow[n] = int(w)
        flow.setdefault("icmp", 0)
        flows.append(flow)
    if "icmp" in fields(case):
        names.append("icmp")
    return {"names": names, "flows": flows, "log": text[-2000:]}


NFACCTD = {"source": "src_host", "destination": "dst_host", "sport": "src_port",
           "dport": "dst_port", "protocol": "proto", "tos": "tos", "flags": "tcpflags",
           "input": "in_iface", "output": "out_iface", "smask": "src_mask",
           "dmask": "dst_mask", "first": "timestamp_start", "last": "timestamp_end"}
NFACCTD_COLUMNS = {"source": "SRC_IP", "destination": "DST_IP", "sport": "SRC_PORT",
                   "dport": "DST_PORT", "protocol": "PROTOCOL", "tos": "TOS",
                   "flags": "TCP_FLAGS", "input": "IN_IFACE", "output": "OUT_IFACE",
                   "smask": "SRC_MASK", "dmask": "DST_MASK", "first": "TIMESTAMP_START",
                   "last": "TIMESTAMP_END", "packets": "PACKETS", "bytes": "BYTES"}


def of_nfacctd(nfacctd, case):
    names = [n for n in fields(case) if n in NFACCTD_COLUMNS]
    rows = nfacctd.rows()
    flows = []
    heads = [r for r in rows if "PACKETS" in r]
    for row in rows:
        if "PACKETS" in row:
            continue
        cells = dict(zip(heads[0], row))
        flow = {}
        for n in names:
            w = cells[NFACCTD_COLUMNS[n]]
            if n in ("source", "destination"):
                flow[n] = w
            elif n == "protocol":
                flow[n] = socket.getprotobyname(w)
            elif n in ("first", "last"):
                flow[n] = float(w)
            else:
                flow[n] = int(w)
        flows.append(flow)
    return {"names": names, "flows": flows}


def one_case(net, case):
    version, names, _ = CASES[case]
    net.name = "decoders-" + case
    pcap = "/tmp/%s.pcap" % case
    recording = net.record("c", "e0", pcap, "udp portrange %d-%d" % (port(case, 0), port(case, 1)))
    nf = Nfcapd(net, port(case, 0))
    keys = [NFACCTD[n] for n in fields(case) if n in NFACCTD]
    nfacctd = Nfacctd(net, port(case, 1), aggregate=", ".join(keys)) \
        if shutil.which("nfacctd") else None
    # t14_options is about option records; the readers here take all records for flows
    tool("--replace", "-f", "-", text=statements(case) + meter(("ra",)) +
         "ipv6 netstream export source ipv6 fd00:3::1\n"
         "undo ipv6 netstream export template option sampler\n")
    wait("the hosts up", lambda: all(h["state"] == "up" and h["packets"] for h in show("hosts")))
    with net.traffic() as p:
        sent = send(p)
        flush()
        recorded(pcap)
        result = {"version": version, "sent": sent}
        if nfacctd:
            wait("nfacctd has read everything", nfacctd.read_all)
            # it writes every two seconds, with a line of headings first
            wait("nfacctd's file", lambda: nudged(nfacctd, len(sent) + 1), 60)
            result["nfacctd"] = of_nfacctd(nfacctd, case)
        result["nfdump"] = of_nfdump(nf, case)
        recording.terminate()
        recording.wait(10)
        shutil.copyfile(pcap, os.path.join(OUT, case + ".pcap"))
    # wait until the connection has ended: its last packets must not count in the next case
    flush()
    with open(os.path.join(OUT, case + ".json"), "w") as f:
        json.dump(result, f, indent=1)


# A listener report to the router: read.py leaves such flows out.
NUDGE = r"""
import socket
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
s.sendto(bytes([143, 0, 0, 0, 0, 0, 0, 0]), ("fd00:1::1", 0))
"""


def nudged(nfacctd, rows):
    """Whether nfacctd has written so many rows; it keeps some until more data comes."""
    run(sys.executable, "-c", NUDGE, ns="a")
    flush()
    return len(nfacctd.rows()) >= rows


class Network(Net):
    @contextlib.contextmanager
    def traffic(self):
        p = subprocess.Popen(["ip", "netns", "exec", "a", sys.executable, "-c", TRAFFIC],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            yield p
        finally:
            p.communicate("", timeout=30)


def main():
    failed = 0
    load()
    with Network("decoders") as net:
        run("sysctl", "-qw", "net.ipv6.auto_flowlabels=0", ns="a")
        python(net, "b", SERVER).stdout.readline()
        for case in CASES:
            try:
                one_case(net, case)
                print("ok decoders.sent.%s" % case, flush=True)
            except Exception as e:
                failed = 1
                print("not ok decoders.sent.%s - %s" % (case, str(e).replace("\n", " / ")[:500] or repr(e)),
                      flush=True)
    unload()
    for line in bad_log():
        failed = 1
        print("not ok decoders.log - %s" % line)
    return failed


if __name__ == "__main__":
    sys.exit(main())
