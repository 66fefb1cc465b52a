#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Across the wrap of the 32-bit uptime: no collector sees a flow at a wrong time.

Run by tests/e2e/wrap, which builds a module whose clock can be ahead.
"""
import datetime
import shutil
import sys

from lib import *

WRAP = 20		# seconds from loading the module
FIRST, LAST = 6000, 6039	# ports: a flow each

# A flow a second, three packets half a second apart; says between which times
# its first and its last packet left: a busy machine may stop us in between.
TRAFFIC = r"""
import socket, sys, threading, time
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
times = {}
def flow(port):
    for i in range(3):
        before = time.time()
        s.sendto(b"w" * 100, ("fd00:2::2", port))
        span = before, time.time()
        times.setdefault(port, [span, span])[1] = span
        time.sleep(0.5)
threads = []
for port in range(int(sys.argv[1]), int(sys.argv[2]) + 1):
    threads.append(threading.Thread(target=flow, args=(port,)))
    threads[-1].start()
    time.sleep(1)
for t in threads:
    t.join()
for port, (first, last) in times.items():
    print(port, *first, *last)
"""

def uptime():
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def of_nfdump(nf):
    # in nfdump 1.7.1, %tsr and %ter have the milliseconds of another flow
    def seconds(day, clock):
        return datetime.datetime.fromisoformat(day + " " + clock).timestamp()

    return {int(r[1]): (seconds(*r[2:4]), seconds(*r[4:6]))
            for r in nf.rows("%da %dp %ts %te") if r[0] == "fd00:2::2"}


def of_nfacctd(nfacctd):
    return {int(r[1]): (float(r[2]), float(r[3]))
            for r in nfacctd.rows() if r[0] == "fd00:2::2"}


def of_tshark(pcap):
    """The times that follow from a header and 32-bit differences."""
    out = {}
    # as tshark prints them: in seconds; times of a record are relative to the header
    for up, unix, ports, first, last in tshark(
            pcap, "cflow.sysuptime", "cflow.unix_secs", "cflow.dstport",
            "cflow.timestart", "cflow.timeend", display="cflow.dstport"):
        up, unix = float(up[0]), float(unix[0])
        up = round(up * 1000) if up < 2 ** 32 / 999 else round(up)
        for port, a, b in zip(ports, first, last):
            age = [((up - round(float(x) * 1000)) % 2 ** 32) / 1000 for x in (a, b)]
            out[int(port)] = (unix - age[0], unix - age[1])
    return out


def compare(who, seen, sent):
    """No flow time is wrong by more than a second and a tick of the clock."""
    worst = 0
    for port, spans in sent.items():
        assert port in seen, "%s has no flow of port %d" % (who, port)
        for what, got, (begin, end) in zip(("start", "end"), seen[port], spans):
            off = min(got - begin, 0) + max(got - end, 0)
            assert abs(off) <= 1.02, "%s: %s of port %d is off by %.3f s" % (
                who, what, port, off)
            worst = max(worst, abs(off))
    print("# %s: %d flows, off by at most %.3f s" % (who, len(sent), worst))


def wrap_of_the_uptime():
    if not os.environ.get("NETSTREAM_TEST_WRAP"):
        raise Skip("tests/e2e/wrap runs this")
    if not shutil.which("nfacctd"):
        raise Skip("no nfacctd")
    unload()
    with Net("wrap") as net:
        pcap = net.capture()
        nf = Nfcapd(net)
        nfacctd = Nfacctd(net, aggregate="dst_host, dst_port, timestamp_start, timestamp_end")
        wraps = uptime() + WRAP * SLOW
        load("clock_ahead=%d" % (2 ** 32 - round(wraps * 1000)))
        configure(TUPLE + EXPORT6 + """
            ipv6 netstream export host ipv6 fd00:3::2 2056
            ipv6 netstream aggregation timeout inactive 4
            """ + meter())
        n = LAST - FIRST + 1
        assert uptime() < wraps - 5, "the machine was too slow"
        wait("the wrap to be near", lambda: uptime() > wraps - n / 2, WRAP)
        p = python(net, "a", TRAFFIC, str(FIRST), str(LAST))
        out = p.communicate(timeout=120 * SLOW)[0]
        sent = {}
        for line in out.splitlines():
            port, *t = line.split()
            t = [float(x) for x in t]
            sent[int(port)] = ((t[0], t[1]), (t[2], t[3]))
        equal(len(sent), n, "flows")
        assert uptime() > wraps, "no wrap"
        wait("an empty cache", drained, 60)
        st = balance()
        equal(st["lost"]["packets"], 0, "lost")
        recorded(pcap)
        wait("nfacctd", lambda: len(set(of_nfacctd(nfacctd)) & set(sent)) == n, 30)
        compare("nfdump", of_nfdump(nf), sent)
        compare("nfacctd", of_nfacctd(nfacctd), sent)
        compare("tshark", of_tshark(pcap), sent)


if __name__ == "__main__":
    sys.exit(main(wrap_of_the_uptime))
