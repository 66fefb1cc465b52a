#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Lack of memory: the Nth allocation fails, for N = 1, 2, 3 ... until none does.

Needs a kernel with FAULT_INJECTION, FAILSLAB and FAIL_PAGE_ALLOC.  After each
failure: the request was refused or done, whole; the equation holds; the kernel
has nothing to say.  What is not done by the asking process (timers, the sender,
namespaces that go) gets failures by chance, for a limited time.
"""
import errno
import glob
import mmap

from deep import *
from races import namespace_worker

DEBUG = "/sys/kernel/debug/"
SECONDS = int(os.environ.get("NETSTREAM_FAULT_SECONDS", "60"))
REFUSALS = {errno.ENOMEM, errno.ENOBUFS, errno.EAGAIN, errno.EMSGSIZE}


def put(path, value):
    with open(path, "w") as f:
        f.write(str(value))


def prepare():
    if not os.path.exists(DEBUG + "failslab") or not os.path.exists("/proc/self/fail-nth"):
        raise Skip("this kernel injects no failures")
    for what in ("failslab", "fail_page_alloc"):
        for name, value in (("verbose", 0), ("ignore-gfp-wait", "N"), ("task-filter", "N"),
                            ("probability", 0), ("times", -1), ("interval", 1)):
            put("%s%s/%s" % (DEBUG, what, name), value)
    complaints()
    put(DEBUG + "fail_page_alloc/min-order", 0)
    put(DEBUG + "fail_page_alloc/ignore-gfp-highmem", "Y")


# The kernel may report a failed allocation, with a trace.  Other reports have one of these.
REPORT = re.compile(r"WARNING: |BUG: |Oops|general protection|INFO: |KASAN: |UBSAN: |ODEBUG: |"
                    r"possible recursive|suspicious RCU|sleeping function|unregister_netdevice|"
                    r"refcount_t: |on deprecated|Kernel panic")


class Kmsg:
    """What the kernel has logged since the last call."""
    fd = -1

    @classmethod
    def lines(cls):
        if cls.fd < 0:
            cls.fd = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        while True:
            try:
                record = os.read(cls.fd, 8192).decode(errors="replace")
            except BlockingIOError:
                return
            except BrokenPipeError:
                # some was overwritten
                continue
            yield "[] " + record.partition(";")[2].split("\n")[0]


def complaints():
    """Reports in the kernel's log since it was last looked at."""
    return [line for line in Kmsg.lines() if REPORT.search(line)]


class Nth:
    """The Nth allocation of this thread from now on fails."""

    def __init__(self):
        self.f = os.open("/proc/thread-self/fail-nth", os.O_RDWR)

    def arm(self, n):
        os.pwrite(self.f, b"%d" % n, 0)

    def injected(self):
        """Whether the allocation has failed; no further one fails."""
        left = int(os.pread(self.f, 16, 0).split(b"\0")[0])
        os.pwrite(self.f, b"0", 0)
        return left == 0


def each(what, operation, after, limit=5000, step=1, refusals=REFUSALS):
    """Run an operation with its Nth allocation failing, for all N there are.

    operation() returns 0 or an errno, or raises OSError; after(n, errno) looks at
    what it left; None for an errno is an answer that was lost.
    """
    nth, refused = Nth(), 0
    for n in range(1, limit, step):
        nth.arm(n)
        try:
            error = operation()
        except OSError as e:
            # ENOBUFS of the socket: there was no memory for the answer; the request may be done
            error = e.errno if e.errno != errno.ENOBUFS else None
        injected = nth.injected()
        refused += error != 0
        if error and injected and refusals and error not in refusals:
            raise AssertionError("%s: allocation %d: %s" % (what, n, os.strerror(error)))
        after(n, error)
        bad = complaints()
        if bad:
            print("# %s: allocation %d: the kernel says:" % (what, n))
            for line in bad[:20]:
                print("#   " + line)
            raise AssertionError("%s: allocation %d: %s" % (what, n, bad[0]))
        if not injected:
            equal(error, 0, "%s: without a failure" % what)
            print("# %s: %s of %d allocations failed, one after the other; %d refusals" %
                  (what, "each" if step == 1 else "one in %d" % step, n - 1, refused), flush=True)
            os.close(nth.f)
            # discard expected reports, so that later checks do not find them
            run("dmesg", "-C")
            return
    raise AssertionError("%s: %d allocations and no end" % (what, limit))


# -------------------------------------------------------------------- requests

def configured(net):
    """A namespace with flows, its family, and its configuration's attributes."""
    configure(RICH)
    udp(net, 2, 50, last=6100)
    return family_id(), running_blob()


def commits():
    """A large configuration takes effect whole or not at all."""
    prepare()
    load()
    with Net("fault-commits") as net, inside("r"):
        family, rich = configured(net)
        configure("undo ipv6 netstream apply record\nipv6 netstream cache entries 900\n"
                  "undo ipv6 netstream export host ipv6 fd00:3::2 2056\n")
        other = running_blob()
        assert rich and other and rich != other
        for name, start, goal in (("commit from nothing", b"", rich),
                                  ("commit of another", rich, other),
                                  ("commit of nothing", other, b"")):
            commit_each(name, family, start, goal)
        commit_each("check", family, other, rich, check=True)
        settled()
    unload()


def commit_each(name, family, start, goal, check=False):
    def fresh(blob):
        c = Client(family)
        equal(c.ask(c.message(CONFIG_SET, blob)), 0, name + ": commit")
        c.close()

    fresh(start)
    client, reader, teller = Client(family), genl.Family("netstream"), Client(family)
    message = client.message(CONFIG_SET, (genl.flag(CHECK) if check else b"") + goal)

    def after(n, error):
        nonlocal client
        want = (start,) if error or check else (goal,) if error == 0 else (start, goal)
        found = running_blob(reader)
        if found not in want:
            raise AssertionError("%s: allocation %d: errno %s, but the configuration is %s" % (
                name, n, error, "changed" if error else "not the new one"))
        equation(teller)
        if found != start:
            fresh(start)
        # an answer may have been lost with its memory
        client.close()
        client = Client(family)

    each(name, lambda: client.ask(message), after)


def dumps():
    """A listing without memory ends with an error, and the next one is complete."""
    prepare()
    load()
    with Net("fault-dumps") as net, inside("r"):
        family, _ = configured(net)
        for cmd in DUMPS + (STATS_GET,):
            client = Client(family)
            message = client.message(cmd, dump=cmd != STATS_GET)

            def after(n, error):
                nonlocal client
                client.close()
                client = Client(family)
            each("command %d" % cmd, lambda: client.ask(message, 8192), after)
            assert client.ask(message) == 0 and client.n, "command %d says nothing" % cmd
        settled()
    unload()


def actions():
    """Resets and refreshes."""
    prepare()
    load()
    with Net("fault-actions") as net, inside("r"):
        family, _ = configured(net)
        s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        for name, cmd, body in (("reset cache", RESET, genl.u32(RESET_WHAT, 1)),
                                ("reset statistics", RESET, genl.u32(RESET_WHAT, 2)),
                                ("refresh", REFRESH, b"")):
            client = Client(family)
            message = client.message(cmd, body)

            def after(n, error):
                nonlocal client
                client.close()
                client = Client(family)
                for port in range(7000 + n, 7010 + n):
                    s.sendto(b"more", ("fd00:2::2", port))
                equation(client)
            each(name, lambda: client.ask(message), after)
        settled()
    unload()


def new_flows():
    """Packets that leave: their flows are made in the sending process."""
    prepare()
    load()
    with Net("fault-flows") as net, inside("r"):
        teller = Client(configured(net)[0])
        s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        port = 10000

        def send():
            nonlocal port
            # more flows than a chunk and the ring hold
            for _ in range(300):
                port += 1
                s.sendto(b"flow", ("fd00:2::2", 1024 + port % 60000))
            return 0
        each("300 new flows", send, lambda n, error: equation(teller), limit=20000, step=7)
        settled()
    unload()


# --------------------------------------------------------- module, namespaces

def module():
    """finit_module and delete_module."""
    prepare()
    unload()
    f = open(MODULE, "rb")
    params = b"max_flows=5000\0"

    def finit():
        if LIBC.syscall(313, f.fileno(), params, 0):
            raise OSError(ctypes.get_errno(), "finit_module")
        return 0

    def after_load(n, error):
        equal(loaded(), not error, "allocation %d, loaded" % n)
        if not error:
            family_id()
            unload()
    each("load", finit, after_load, refusals=None)
    run("insmod", MODULE)

    def delete():
        if LIBC.syscall(176, b"netstream\0", os.O_NONBLOCK):
            raise OSError(ctypes.get_errno(), "delete_module")
        return 0

    def after_unload(n, error):
        equal(loaded(), bool(error), "allocation %d, loaded" % n)
        if not error:
            run("insmod", MODULE)
    each("unload", delete, after_unload, refusals=None)
    unload()


def namespaces():
    """unshare(CLONE_NEWNET), which every part of the network takes part in."""
    prepare()
    load()
    home = open("/proc/thread-self/ns/net")

    def unshare():
        if LIBC.unshare(CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "unshare")
        return 0

    def after(n, error):
        if not error:
            family_id()
            setns(home)
    # others who take part have their own ideas of how to refuse
    each("namespace", unshare, after, refusals=None)
    unload()


# ------------------------------------------------------------------ by chance

def kernel_workers():
    for comm in glob.glob("/proc/[0-9]*/comm"):
        try:
            with open(comm) as f:
                if f.read().startswith("kworker"):
                    yield os.path.dirname(comm)
        except OSError:
            pass


def chance(percent, workers):
    """Random failures: of kernel workers, or of atomic allocations."""
    for what in ("failslab", "fail_page_alloc"):
        put(DEBUG + what + "/ignore-gfp-wait", "N" if workers else "Y")
        put(DEBUG + what + "/task-filter", "Y" if workers else "N")
        put(DEBUG + what + "/probability", percent)
    for path in kernel_workers() if workers else ():
        try:
            put(path + "/make-it-fail", 1)
        except OSError:
            pass


def by_chance(name, workers, percent):
    prepare()
    load()
    with Net(name) as net:
        configured(net)
        for ns, to in (("a", "fd00:2::2"), ("b", "fd00:1::2")):
            python(net, ns, FLOOD, to)
        end, rounds = time.monotonic() + SECONDS, 0
        while time.monotonic() < end:
            chance(percent, workers)
            time.sleep(3)
            chance(0, workers)
            balance()
            tool("reset", "cache", ns="r")
            configure("ipv6 netstream aggregation timeout inactive %d\n" % (1 + rounds % 3))
            rounds += 1
        for p in net.procs:
            p.kill()
        st = settled()
        print("# %s: %d rounds, %d packets metered, %d lost" % (
            name, rounds, st["metered"]["packets"], st["lost"]["packets"]), flush=True)
        assert st["exported"]["packets"], st
        bad = complaints()
        equal(bad, [], "the kernel's log")
    unload()


FLOOD = r"""
import socket, time, sys
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
n = 0
while True:
    for i in range(40):
        try:
            s.sendto(b"f" * 100, (sys.argv[1], 1000 + n % 5000))
        except OSError:
            pass
        n += 1
    time.sleep(0.005)
"""


def timers_and_packets():
    """Atomic allocations fail: flows, aging, export buffers."""
    by_chance("fault-atomic", False, 10)


def sender():
    """Allocations of kernel workers fail: sending, sockets, rescans."""
    by_chance("fault-workers", True, 10)


def namespaces_that_go():
    """Namespaces with a meter end in a worker that finds no memory."""
    prepare()
    load()
    end, rounds, step = time.monotonic() + SECONDS / 2, 0, namespace_worker(1)
    while time.monotonic() < end:
        # workers come and go
        chance(5, True)
        step()
        rounds += 1
    chance(0, True)
    print("# %d namespaces went" % rounds)
    unload()
    equal(complaints(), [], "the kernel's log")


if __name__ == "__main__":
    sys.exit(main(commits, dumps, actions, new_flows, module, namespaces, timers_and_packets,
                  sender, namespaces_that_go))
