# SPDX-License-Identifier: GPL-2.0
"""What the end-to-end tests share: a small network, collectors, oracles.

    client a ---ra r rb--- b server          each in a network namespace;
                  rc                         r is the router that is metered
                   |
                   c collector

Every link has fd00:N::/64 and 10.0.N.0/24: 1 to a, 2 to b, 3 to c; the router
is ::1, the other side ::2.
"""
import collections
import csv
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import traceback

PROJECT = os.environ.get("PROJECT") or os.path.abspath(
    os.path.join(os.path.dirname(__file__), "..", ".."))
OUT = os.environ.get("OUT", os.path.join(PROJECT, "build", "e2e"))
TOOL = os.environ.get("NETSTREAM_TOOL", os.path.join(PROJECT, "tools", "netstream"))
MODULE = os.environ.get("NETSTREAM_MODULE", os.path.join(PROJECT, "netstream.ko"))
CAPTURES = os.environ.get("NETSTREAM_CAPTURES") or \
    os.path.join(PROJECT, "..", "shared", "captures")
# How many times slower this kernel is than the stock kernel; used for time limits only.
SLOW = int(os.environ.get("NETSTREAM_SLOW", "1"))
LIMIT = int(os.environ.get("NETSTREAM_TEST_LIMIT", "300")) * SLOW


def kernel():
    """Version of the running kernel, two numbers."""
    return tuple(int(n) for n in re.match(r"(\d+)\.(\d+)", os.uname().release).groups())


class Skip(Exception):
    pass


def run(*argv, ns=None, check=True, text=None, timeout=60):
    """Run a command, in a namespace.  Return its output, or its result if not check."""
    if ns:
        argv = ("ip", "netns", "exec", ns) + argv
    p = subprocess.run(argv, input=text, capture_output=True, text=True,
                       timeout=timeout * SLOW)
    if not check:
        return p
    if p.returncode:
        raise AssertionError("%s: exit %d: %s%s" % (
            " ".join(argv), p.returncode, p.stdout[-600:], p.stderr[-600:]))
    return p.stdout


def wait(what, condition, seconds=20):
    """Wait until condition() is true.  Return its value."""
    seconds *= SLOW
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("waited %d s for: %s" % (seconds, what))
        time.sleep(0.1)


def equal(got, want, what=""):
    if got != want:
        raise AssertionError("%s: got %r, want %r" % (what, got, want))


# ------------------------------------------------------------------- module

def loaded():
    return os.path.isdir("/sys/module/netstream")


def load(*params):
    if loaded():
        unload()
    run("insmod", MODULE, *params)


def unload():
    if loaded():
        run("rmmod", "netstream")


def log():
    return run("dmesg")


BAD_LOG = re.compile(r"WARNING:|BUG:|Oops|general protection|INFO: task|"
                     r"Call Trace|unregister_netdevice|KASAN|possible recursive|"
                     r"memory leak|refcount_t|on deprecated", re.I)


def bad_log():
    return [line for line in log().splitlines() if BAD_LOG.search(line)]


# ------------------------------------------------------------------ network

class Net:
    """The network drawn above."""

    def __init__(self, name="t", mtu=1500):
        self.procs = []
        self.name = name
        self.pcaps = []
        for n in "rabc":
            run("ip", "netns", "del", n, check=False)
            run("ip", "netns", "add", n)
            run("ip", "link", "set", "lo", "up", ns=n)
            run("sysctl", "-qw", "net.ipv6.conf.all.accept_dad=0",
                "net.ipv6.conf.default.accept_dad=0",
                "net.ipv6.conf.default.router_solicitations=0",
                # SACK options vary in length, which TCP_INFO does not report: see tcp()
                "net.ipv4.tcp_sack=0", ns=n)
        run("sysctl", "-qw", "net.ipv6.conf.all.forwarding=1",
            "net.ipv4.ip_forward=1", ns="r")
        for i, n in enumerate("abc", 1):
            self.link(i, n, mtu)

    def link(self, i, n, mtu):
        run("ip", "link", "add", "r" + n, "mtu", str(mtu), "netns", "r",
            "type", "veth", "peer", "name", "e0", "mtu", str(mtu), "netns", n)
        for ns, dev, host in (("r", "r" + n, 1), (n, "e0", 2)):
            run("ip", "addr", "add", "fd00:%d::%d/64" % (i, host), "dev", dev,
                "nodad", ns=ns)
            run("ip", "addr", "add", "10.0.%d.%d/24" % (i, host), "dev", dev, ns=ns)
            run("ip", "link", "set", dev, "up", ns=ns)
        run("ip", "-6", "route", "add", "default", "via", "fd00:%d::1" % i, ns=n)
        run("ip", "route", "add", "default", "via", "10.0.%d.1" % i, ns=n)

    def spawn(self, *argv, ns=None, out=subprocess.DEVNULL, text=False):
        if ns:
            argv = ("ip", "netns", "exec", ns) + argv
        p = subprocess.Popen(argv, stdout=out, stderr=subprocess.STDOUT,
                             stdin=subprocess.DEVNULL, text=text)
        self.procs.append(p)
        return p

    def capture(self, ns="c", dev="e0", tag="", expr="udp portrange 2055-2065"):
        """Record what arrives; every capture of exports is decoded at the end."""
        folder = os.path.join(OUT, "pcap")
        os.makedirs(folder, exist_ok=True)
        name = os.path.join(folder, "%s%s.pcap" % (self.name, tag))
        temp = "/tmp/%s%s.pcap" % (self.name, tag)
        self.pcaps.append((self.record(ns, dev, temp, expr), temp, name))
        return temp

    def record(self, ns, dev, path, *argv):
        """Start tcpdump with a buffer for a thousand packets of at most this length."""
        p = self.spawn("tcpdump", "-i", dev, "--immediate-mode", "-U", "-s16000", "-B", "16384",
                       "-w", path, *argv, ns=ns)
        wait("tcpdump", lambda: os.path.exists(path) and os.path.getsize(path) >= 24)
        return p

    def captured(self):
        """Stop recording, and keep the recording."""
        for p, temp, name in self.pcaps:
            p.terminate()
            p.wait(10 * SLOW)
            if os.path.exists(temp):
                shutil.copyfile(temp, name)
                os.unlink(temp)
        self.pcaps = []

    def close(self):
        self.captured()
        for p in self.procs:
            if p.poll() is None:
                p.terminate()
        for p in self.procs:
            try:
                p.wait(5 * SLOW)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()
        for n in "rabc":
            run("ip", "netns", "del", n, check=False)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()
        return False


# ------------------------------------------------------- many namespaces

def crowd(count, text=None):
    """Namespaces, each with a device whose other end is here."""
    run("ip", "-batch", "-", text="".join(
        "netns add n%d\nlink add x%d type veth peer name e0 netns n%d\n" % (i, i, i)
        for i in range(count)))
    for i in range(count if text else 0):
        configure(text, "n%d" % i)


def crowd_goes(count, text=None):
    """Seconds until they and one more, deleted after them, are gone."""
    crowd(count, text)
    run("ip", "-batch", "-",
        text="netns add plain\nlink add xplain type veth peer name e0 netns plain\n")
    start = time.monotonic()
    run("ip", "-batch", "-", text="".join("netns del n%d\n" % i for i in range(count)) +
        "netns del plain\n")
    wait("the end of the namespaces", lambda: not [
        d for d in os.listdir("/sys/class/net") if d.startswith("x")], 120)
    return time.monotonic() - start


UNREACHABLE = """
ipv6 netstream export source 10.77.0.1
ipv6 netstream export host 10.77.0.2 2055
interface e0
 ipv6 netstream inbound
 quit
"""


# --------------------------------------------------------------------- tool

def tool(*argv, ns="r", check=True, text=None):
    return run(TOOL, *argv, ns=ns, check=check, text=text)


def configure(text, ns="r"):
    """Commit statements.  The test fails if they are refused."""
    return tool("-f", "-", ns=ns, text=text)


def show(what, *argv, ns="r"):
    return json.loads(tool("show", what, "--json", *argv, ns=ns))


def statistics(ns="r"):
    return show("statistics", ns=ns)


def balance(ns="r"):
    """Check that the accounting equation holds exactly.  Return the statistics."""
    st = statistics(ns)
    for unit in ("packets", "bytes"):
        total = sum(st[k][unit] for k in ("exported", "cached", "pending", "lost"))
        equal(total, st["metered"][unit], "the accounting equation, " + unit)
    for unit in ("flows", "packets", "bytes"):
        equal(sum(c[unit] for c in st["lost_by_cause"].values()),
              st["lost"][unit], "lost by cause, " + unit)
    return st


def drained(ns="r"):
    """Wait until everything in the cache has been sent."""
    st = statistics(ns)
    return st if not (st["cached"]["packets"] or st["pending"]["packets"]) else None


def flush(ns="r"):
    """End all flows and wait until they are sent.  Return the statistics."""
    def emptied():
        # neighbour discovery goes on: end the flows that have begun since
        tool("reset", "cache", ns=ns)
        return drained(ns)
    try:
        wait("an empty cache", emptied)
    except AssertionError:
        for what in (("statistics",), ("hosts",), ("cache", "limit", "20")):
            print("# show %s: %s" % (" ".join(what), tool("show", *what, ns=ns)), flush=True)
        raise
    return balance(ns)


def lengths(path):
    """Length of each packet in a recording, as far as it has been written."""
    with open(path, "rb") as f:
        data = f.read()
    at, out = 24, []
    while at + 16 <= len(data):
        kept, length = (int.from_bytes(data[at + i:at + i + 4], "little") for i in (8, 12))
        at += 16 + kept
        if at <= len(data):
            out.append(length)
    return out


def frames(path):
    return len(lengths(path))


def can_be_sent_to(host):
    """Whether packets reach the host's address, even if nobody listens there."""
    return host["state"] in ("up", "unreachable")


def sent(ns="r"):
    """Export packets that the hosts have been sent so far."""
    return sum(h["packets"] for h in show("hosts", ns=ns))


def sent_before(pcap):
    """Export packets that had been sent when a recording began.

    Templates are sent at any time.  A reading counts if nothing was recorded meanwhile.
    A packet that is on its way into the recording makes it differ from the next one.
    """
    readings = []

    def agree():
        here = frames(pcap)
        there = sent()
        if frames(pcap) == here:
            readings.append(there - here)
        return len(readings) > 1 and readings[-1] == readings[-2]
    wait("two readings that agree", agree)
    return readings[-1]


def recorded(pcap, before=0):
    """Wait until a recording has all export packets after the first so many."""
    wait("export packets in the recording", lambda: frames(pcap) >= sent() - before)


EXPORT6 = """
ipv6 netstream export source ipv6 fd00:3::1
ipv6 netstream export host ipv6 fd00:3::2 2055
"""

TUPLE = """
ipv6 netstream record tuple
 match source address
 match destination address
 match source port
 match destination port
 match protocol
 collect input packets 64
 collect input bytes 64
 collect first switched
 collect last switched
 quit
ipv6 netstream apply record tuple
"""


def meter(interfaces=("ra", "rb"), directions=("inbound",)):
    return "".join("interface %s\n%s quit\n" % (i, "".join(
        " ipv6 netstream %s\n" % d for d in directions)) for i in interfaces)


# --------------------------------------------------------------- collectors

class Nfcapd:
    """The collector of nfdump, in a namespace."""

    def __init__(self, net, port=2055, ns="c", address="fd00:3::2", family="-6", buffer=0):
        self.net, self.ns, self.port = net, ns, port
        self.dir = "/tmp/nf-%s-%d" % (ns, port)
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(self.dir)
        self.log = self.dir + ".log"
        self.text = None
        self.out = open(self.log, "w+")
        self.proc = net.spawn("nfcapd", "-w", self.dir, "-p", str(port), family,
                              "-b", address, "-t", "3600",
                              *(["-B", str(buffer)] if buffer else []), ns=ns, out=self.out)
        wait("nfcapd", lambda: ":%d " % port in run("ss", "-Hlun", ns=ns))

    def read_all(self):
        """Wait until it has read its socket: at SIGTERM it leaves pending packets unread."""
        return read_all(self.ns, self.port)

    def stop(self):
        """Stop collecting.  Return what nfcapd has printed."""
        if self.text is None:
            wait("nfcapd has read everything", self.read_all)
            self.proc.terminate()
            self.proc.wait(20 * SLOW)
            with open(self.log) as f:
                self.text = f.read()
        return self.text

    def rows(self, fmt="%sa %da %pr %sp %dp %pkt %byt"):
        """Stop collecting.  Return a tuple of words for each flow record."""
        self.stop()
        out = run("nfdump", "-R", self.dir, "-6", "-q", "-N", "-o", "fmt:" + fmt)
        return [tuple(line.split()) for line in out.splitlines()
                if line.strip() and ":" in line]

    def sums(self):
        """(source, destination, protocol) -> [packets, bytes]"""
        total = collections.defaultdict(lambda: [0, 0])
        for sa, da, pr, _, _, pkt, byt in self.rows():
            total[sa, da, pr][0] += int(pkt)
            total[sa, da, pr][1] += int(byt)
        return total

    def failures(self):
        """Sequence errors and bad packets that nfcapd has reported."""
        errors = sum(int(n) for n in re.findall(r"Sequence Errors: (\d+)", self.text))
        bad = sum(int(n) for n in re.findall(r"Bad Packets: (\d+)", self.text))
        return errors, bad


def tshark(pcap, *fields, display=None, ports=range(2055, 2066)):
    """Fields of each packet; each field is a list of values."""
    argv = ["tshark", "-r", pcap, "-T", "fields", "-E", "separator=|",
            "-E", "occurrence=a", "-E", "aggregator=,"]
    for p in ports:
        argv += ["-d", "udp.port==%d,cflow" % p]
    for f in fields:
        argv += ["-e", f]
    if display:
        argv += ["-Y", display]
    out = run(*argv)
    return [[c.split(",") if c else [] for c in line.split("|")]
            for line in out.splitlines()]


def tshark_complaints(pcap):
    """All errors that tshark reports in the exports of a capture."""
    out = []
    for number, malformed, messages in tshark(
            pcap, "frame.number", "_ws.malformed", "_ws.expert.message",
            display="_ws.malformed || data || _ws.expert.severity >= 0x600000"):
        # in sequence mode flow the numbers do not count packets: decode.py checks them
        said = re.sub(r"Unexpected flow sequence for domain ID \d+ \(expected \d+, got \d+\),?", "",
                      ",".join(messages))
        if malformed or said or not messages:
            out.append("packet %s: %s" % (number[0], said or "malformed"))
    return "\n".join(out)


def read_all(ns, port):
    """Whether the owner of a port's socket has read all packets that have arrived."""
    rows = [line.split() for line in run("ss", "-Hlun", ns=ns).splitlines()]
    return all(r[1] == "0" for r in rows if r[3].endswith(":%d" % port))


def overrun(ns, port):
    """Packets that were dropped because the owner of a port's socket read too slowly."""
    rows = [line.split() for line in run("cat", "/proc/net/udp6", ns=ns).splitlines()[1:]]
    return sum(int(r[12]) for r in rows if r[1].endswith(":%04X" % port))


class Nfacctd:
    """The collector of pmacct, in a namespace; it checks sequence numbers."""

    def __init__(self, net, port=2056, address="fd00:3::2", aggregate="dst_host, dst_port", more=""):
        self.port = port
        self.path = os.path.join(OUT, "nfacctd-%s-%d" % (net.name, port))
        with open(self.path + ".conf", "w") as f:
            f.write("daemonize: false\nnfacctd_pipe_size: 4194304\n"
                    "nfacctd_ip: %s\nnfacctd_port: %d\n"
                    "nfacctd_time_new: false\nnfacctd_disable_checks: false\n"
                    "plugins: print\naggregate: %s\n"
                    "print_output: csv\nprint_output_file: %s.csv\n"
                    "print_output_file_append: true\nprint_refresh_time: 2\n"
                    "timestamps_since_epoch: true\n%s" % (address, port, aggregate, self.path, more))
        for old in (".csv", ".log"):
            if os.path.exists(self.path + old):
                os.unlink(self.path + old)
        self.proc = net.spawn("nfacctd", "-f", self.path + ".conf", ns="c",
                              out=open(self.path + ".log", "w"))
        wait("nfacctd", lambda: ":%d " % port in run("ss", "-Hlun", ns="c"))

    def read_all(self):
        return read_all("c", self.port)

    def stop(self):
        """Stop collecting: then it writes what is in its buffers, too."""
        def plugin_runs():
            with open(self.path + ".log") as f:
                return "Purging cache - END" in f.read()
        wait("nfacctd has read everything", self.read_all)
        wait("the plugin of nfacctd", plugin_runs)
        self.proc.terminate()
        self.proc.wait(20 * SLOW)

    def rows(self):
        """Records that it has written so far, a list of words each."""
        if not os.path.exists(self.path + ".csv"):
            return []
        with open(self.path + ".csv") as f:
            return [r for r in csv.reader(f) if r]

    def failures(self):
        """Sequence numbers that it did not expect."""
        with open(self.path + ".log") as f:
            return [line for line in f if "expecting flow" in line]


# ------------------------------------------------------------------ traffic

def python(net, ns, code, *args):
    return net.spawn(sys.executable, "-c", code, *args, ns=ns,
                     out=subprocess.PIPE, text=True)


TCP_INFO = r"""
import socket, struct, sys
def info(s):
    b = s.getsockopt(socket.IPPROTO_TCP, 11, 256)
    segs_out, = struct.unpack_from("I", b, 136)
    sent, = struct.unpack_from("Q", b, 200)
    return segs_out, sent
def swallow(s):
    while s.recv(1 << 20):
        pass
"""

TCP_SERVER = TCP_INFO + r"""
l = socket.create_server(("::", int(sys.argv[1])), family=socket.AF_INET6)
print("listening", flush=True)
s, _ = l.accept()
swallow(s)
s.sendall(b"x" * int(sys.argv[2]))
s.shutdown(socket.SHUT_WR)
s.settimeout(5)
import time
while struct.unpack_from("B", s.getsockopt(socket.IPPROTO_TCP, 11, 256))[0] not in (7,):
    time.sleep(0.05)
print(*info(s))
"""

TCP_CLIENT = TCP_INFO + r"""
s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
s.sendall(b"y" * int(sys.argv[3]))
s.shutdown(socket.SHUT_WR)
swallow(s)
print(*info(s))
"""


def tcp(net, bytes_there, bytes_back, port=5001):
    """Open a TCP connection from a to b.  Return what each end reports as sent.

    Returns ((packets, bytes) there, (packets, bytes) back), as on the wire.
    Headers are 40 + 32 bytes with timestamps; 40 + 40 for SYN and SYN-ACK; the
    SYN-ACK is not in the server's segs_out.
    """
    server = python(net, "b", TCP_SERVER, str(port), str(bytes_back))
    server.stdout.readline()
    client = python(net, "a", TCP_CLIENT, "fd00:2::2", str(port), str(bytes_there))
    segs, sent = map(int, client.communicate(timeout=60 * SLOW)[0].split())
    segs_b, sent_b = map(int, server.communicate(timeout=60 * SLOW)[0].split())
    return ((segs, segs * 72 + sent + 8),
            (segs_b + 1, segs_b * 72 + sent_b + 80))


UDP = r"""
import socket, sys
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
flow = 0
for a in sys.argv[4:]:
    exec(a)
to, first, last = sys.argv[1].split("|")
for port in range(int(first), int(last) + 1):
    for i in range(int(sys.argv[2])):
        s.sendto(b"u" * int(sys.argv[3]), (to, port, flow, 0))
"""


# Packets of one flow: each CPU has flows of its own.
ONE_CPU = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})"


def udp(net, count, size, to="fd00:2::2", port=6000, ns="a", *setup, last=None):
    """Send datagrams to one port, or to each port up to the last."""
    p = python(net, ns, UDP, "%s|%d|%d" % (to, port, last or port), str(count), str(size), *setup)
    out = p.communicate(timeout=60 * SLOW)[0]
    assert p.returncode == 0, out


def ping(net, count, to="fd00:2::2", ns="a", size=56):
    run("ping", "-6", "-q", "-c", str(count), "-i", "0.01", "-s", str(size), to, ns=ns)


# ------------------------------------------------------------------- runner

def main(*tests):
    """Run each test with its own time limit, and print a line for each."""
    wanted = sys.argv[1:]
    failed = 0
    for test in tests:
        name = os.path.basename(sys.argv[0]).split(".")[0] + "." + test.__name__
        if wanted and test.__name__ not in wanted:
            continue
        start = time.monotonic()

        def late(*_):
            raise AssertionError("took longer than %d s" % LIMIT)
        signal.signal(signal.SIGALRM, late)
        signal.alarm(LIMIT)
        try:
            test()
            bad = bad_log()
            if bad:
                run("dmesg", "-C")
                raise AssertionError("kernel log: " + bad[0])
            verdict = "ok %s" % name
        except Skip as e:
            verdict = "skip %s - %s" % (name, e)
        except Exception as e:
            failed += 1
            last = traceback.extract_tb(e.__traceback__)
            where = [f for f in last if "/e2e/" in f.filename]
            verdict = "not ok %s - %s (line %s)" % (
                name, str(e).replace("\n", " / ")[:700] or type(e).__name__,
                where[0].lineno if len(where) == 1 else
                ",".join(str(f.lineno) for f in where[1:] or where))
        signal.alarm(0)
        print("%s [%.1f s]" % (verdict, time.monotonic() - start)
              if verdict.startswith("ok") else verdict, flush=True)
    return 1 if failed else 0
