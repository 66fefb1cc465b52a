#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Traffic, while everything that can change does, for a time; then the sums must be exact.

NETSTREAM_RACE_SECONDS says how long each takes: 20 if it does not.
"""
import random

from deep import *

SECONDS = int(os.environ.get("NETSTREAM_RACE_SECONDS", "20"))
WORKERS = []

FLOOD = r"""
import random, socket, sys, time
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
data = bytes(1200)
while True:
    port = random.randrange(1, 4000)
    for i in range(20):
        try:
            s.sendto(data[:random.randrange(1200)], (sys.argv[1], port + i))
        except OSError:
            pass
    # the others want the CPUs, too
    time.sleep(.002)
"""


def worker(function, *args):
    """A process that repeats something until the time is over; its failure ends the test."""
    pid = os.fork()
    if pid:
        WORKERS.append((function.__name__, pid))
        return
    status = 1
    try:
        random.seed(os.getpid())
        end, rounds = time.monotonic() + SECONDS, 0
        step = function(*args)
        while time.monotonic() < end:
            step()
            rounds += 1
        print("# %s: %d rounds" % (function.__name__, rounds), flush=True)
        status = 0 if rounds else 1
    except BaseException as e:
        print("# %s: %s: %s" % (function.__name__, type(e).__name__, e), flush=True)
    os._exit(status)


def finish():
    """Wait for the workers: all must have ended well."""
    bad = []
    while WORKERS:
        name, pid = WORKERS.pop()
        _, status = os.waitpid(pid, 0)
        if status:
            bad.append(name)
    equal(bad, [], "workers that failed")


def flood(net):
    for ns, to in (("a", "fd00:2::2"), ("b", "fd00:1::2")):
        net.spawn(sys.executable, "-c", FLOOD, to, ns=ns)


def end(net, ns="r"):
    """The traffic stops, everything is sent, the equation is exact, the module goes."""
    finish()
    for p in net.procs:
        p.kill()
    st = settled(ns)
    print("# metered %d packets: exported %d, lost %d" % tuple(
        st[k]["packets"] for k in ("metered", "exported", "lost")), flush=True)


# ------------------------------------------------------------------- commits

CONFIGS = (
    RICH,
    TUPLE + EXPORT6 + meter(("ra", "rb"), ("inbound", "outbound")),
    EXPORT6 + meter(("ra",)) + "ipv6 netstream export version ipfix\n",
    """
    ipv6 netstream record wide
     match source address 48
     match destination address 64
     match tos
     collect input packets 16
     collect input bytes 64
     quit
    ipv6 netstream apply record wide
    ipv6 netstream cache entries 300
    ipv6 netstream aggregation timeout active 1
    ipv6 netstream aggregation timeout inactive 1
    """ + EXPORT6 + meter(("rb",)),
    "",
)


def blobs():
    """What the tool makes of each, as attributes."""
    out = []
    for text in CONFIGS:
        with inside("a"):
            client = Client(family_id())
            client.ask(client.message(CONFIG_SET))
            client.close()
            if text:
                configure(text, "a")
            out.append(running_blob())
    with inside("a"):
        client = Client(family_id())
        client.ask(client.message(CONFIG_SET))
        client.close()
    return out


def commit_worker(list_of_blobs):
    enter("r")
    client = Client(family_id())

    def step():
        error = client.ask(client.message(CONFIG_SET, random.choice(list_of_blobs)))
        # keys of an applied record do not change: another configuration comes first
        if error not in (0, 16):
            raise AssertionError("commit: " + os.strerror(error))
    return step


def dump_worker():
    enter("r")
    family = family_id()

    def step():
        cmd = random.choice(DUMPS)
        client = Client(family)
        error = client.ask(client.message(cmd, dump=True), random.choice((4096, 16384)))
        client.close()
        if error:
            raise AssertionError("command %d: %s" % (cmd, os.strerror(error)))
    return step


def stats_worker():
    enter("r")

    def step():
        balance()
    return step


def reset_worker():
    enter("r")
    client = Client(family_id())

    def step():
        for cmd, body in ((RESET, genl.u32(RESET_WHAT, 1)), (REFRESH, b""),
                          (RESET, genl.u32(RESET_WHAT, 2)), (RESET, genl.u32(RESET_WHAT, 3))):
            equal(client.ask(client.message(cmd, body)), 0, "command %d" % cmd)
            time.sleep(random.random() / 20)
    return step


def commits_dumps_resets():
    load()
    with Net("race-commits") as net:
        made = blobs()
        flood(net)
        worker(commit_worker, made)
        worker(dump_worker)
        worker(stats_worker)
        worker(reset_worker)
        end(net)
    unload()


# ----------------------------------------------------------------- interfaces

def interface_worker(n):
    def ip(*argv):
        run("ip", *argv, check=False)

    def step():
        x, y, z = "x%d" % n, "y%d" % n, "z%d" % n
        ip("-n", "r", "link", "add", x, "type", "veth", "peer", "name", y)
        ip("-n", "r", "addr", "add", "fd00:5%d::1/64" % n, "dev", x, "nodad")
        ip("-n", "r", "link", "set", x, "up")
        ip("-n", "r", "link", "set", y, "up")
        ip("-n", "r", "link", "set", x, "name", z)
        ip("-n", "r", "link", "set", z, "down")
        ip("-n", "r", "link", "set", z, "name", x)
        ip("-n", "r", "link", "set", y, "netns", "c")
        ip("-n", "c", "link", "set", y, "up")
        if random.random() < .5:
            ip("-n", "c", "link", "set", y, "netns", "r")
        ip("-n", "r", "addr", "del", "fd00:3::1/64", "dev", "rc")
        ip("-n", "r", "addr", "add", "fd00:3::1/64", "dev", "rc", "nodad")
        ip("-n", "r", "link", "del", x)
    return step


def interfaces():
    load()
    with Net("race-interfaces") as net:
        configure(RICH)
        flood(net)
        worker(interface_worker, 1)
        worker(interface_worker, 2)
        worker(dump_worker)
        worker(stats_worker)
        end(net)
    unload()


# ----------------------------------------------------------------- namespaces

def namespace_worker(n):
    ns = "race%d" % n
    blob = None

    def step():
        nonlocal blob
        run("ip", "netns", "add", ns)
        try:
            run("ip", "-n", ns, "link", "set", "lo", "up")
            run("ip", "-n", ns, "link", "add", "d0", "type", "dummy")
            run("ip", "-n", ns, "addr", "add", "fd00:3::1/64", "dev", "d0", "nodad")
            run("ip", "-n", ns, "link", "set", "d0", "up")
            if blob is None:
                configure(RICH, ns)
                with inside(ns):
                    blob = running_blob()
            with inside(ns):
                client = Client(family_id())
                equal(client.ask(client.message(CONFIG_SET, blob)), 0, "commit")
                client.close()
                s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
                for port in range(1000, 1300):
                    s.sendto(b"x" * 100, ("fd00:3::1" if port % 2 else "fd00:3::9", port))
                s.close()
                if random.random() < .5:
                    balance(ns)
        finally:
            run("ip", "netns", "del", ns)
    return step


def namespaces():
    load()
    with Net("race-namespaces") as net:
        configure(RICH)
        flood(net)
        worker(namespace_worker, 1)
        worker(namespace_worker, 2)
        worker(namespace_worker, 3)
        worker(stats_worker)
        end(net)
    unload()


# ---------------------------------------------------------------- load, unload

def load_worker():
    params = (["host=[fd00:3::2]:2055", "source=fd00:3::1", "max_flows=2000"],
              ["max_flows=5000"], [])

    def step():
        run("insmod", MODULE, *random.choice(params))
        try:
            configure(TUPLE + EXPORT6 + meter(("ra", "rb"), ("inbound", "outbound")))
            time.sleep(random.random() / 4)
            balance()
        finally:
            # a dump may be under way
            wait("unloading", lambda: not run("rmmod", "netstream", check=False).returncode)
    return step


def asking_worker():
    """Requests find the module loaded or not."""
    enter("r")

    def step():
        try:
            family = family_id()
            client = Client(family)
            client.ask(client.message(random.choice(DUMPS), dump=True), 4096)
            client.close()
        except (genl.Refused, OSError, IndexError):
            time.sleep(.01)
    return step


def netns_worker():
    def step():
        run("ip", "netns", "add", "race9")
        run("ip", "netns", "del", "race9")
    return step


def load_and_unload():
    unload()
    with Net("race-load") as net:
        flood(net)
        worker(load_worker)
        worker(asking_worker)
        worker(netns_worker)
        finish()
        equal(loaded(), False, "the module")
        load()
        configure(TUPLE + EXPORT6 + meter())
        wait("flows", lambda: statistics()["cached"]["flows"])
        end(net)
    unload()


# --------------------------------------------------------------------- hotplug

def hotplug_worker(path):
    def step():
        for value in "01":
            with open(path, "w") as f:
                f.write(value)
            time.sleep(random.random() / 10)
    return step


def cpu_hotplug():
    path = "/sys/devices/system/cpu/cpu1/online"
    if not os.path.exists(path):
        raise Skip("no CPU can be taken offline here")
    load()
    try:
        with Net("race-hotplug") as net:
            made = blobs()
            configure(RICH)
            flood(net)
            worker(hotplug_worker, path)
            worker(commit_worker, made)
            worker(namespace_worker, 1)
            worker(dump_worker)
            worker(stats_worker)
            end(net)
    finally:
        with open(path, "w") as f:
            f.write("1")
    unload()


if __name__ == "__main__":
    sys.exit(main(commits_dumps_resets, interfaces, namespaces, load_and_unload, cpu_hotplug))
