#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Load, unload, reload, namespaces and CPUs that go, all under traffic."""
import os
import sys

from lib import *

FLOOD = r"""
import socket, time, sys
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
n = 0
while True:
    for i in range(50):
        try:
            s.sendto(b"f" * 100, ("fd00:2::2", 1000 + n % 5000))
        except OSError:
            pass
        n += 1
    time.sleep(0.002)
"""


def flood(net):
    return python(net, "a", FLOOD)


def reload_under_traffic():
    with Net("reload") as net:
        flood(net)
        for _ in range(5):
            load()
            configure(TUPLE + EXPORT6 + meter(("ra", "rb"), ("inbound", "outbound")))
            wait("flows", lambda: statistics()["cached"]["flows"] > 50)
            balance()
            unload()


def namespace_goes_under_traffic():
    load()
    for _ in range(3):
        net = Net("netns")
        net.pcaps = []
        flood(net)
        configure(TUPLE + EXPORT6 + meter())
        wait("flows", lambda: statistics()["cached"]["flows"] > 50)
        run("ip", "netns", "del", "r")
        net.close()
    # the namespace goes in the background; unloading waits for what is left of it
    unload()


def commits_under_traffic():
    """Nothing is lost while records, timeouts, interfaces and hosts change."""
    load()
    with Net("commits") as net:
        net.capture()
        configure(TUPLE + EXPORT6 + meter())
        flood(net)
        for i in range(6):
            configure("""
                ipv6 netstream record other%d
                 match destination address 64
                 match destination port
                 collect input packets 32
                 collect input bytes 32
                 quit
                undo ipv6 netstream apply record
                ipv6 netstream apply record other%d
                ipv6 netstream cache entries %d
                ipv6 netstream aggregation timeout inactive %d
                """ % (i, i, 1000 + 500 * i, 1 + i))
            balance()
        configure("undo ipv6 netstream apply record\nipv6 netstream apply record tuple\n")
        st = balance()
        equal(st["lost"]["packets"], 0, "lost")
        configure("interface ra\nundo ipv6 netstream inbound\nquit\n")
        configure("interface rb\nundo ipv6 netstream inbound\nquit\n")
        wait("an empty cache", drained)
        st = balance()
        equal(st["exported"]["packets"], st["metered"]["packets"], "exported")
    unload()


def cpu_goes_offline():
    path = "/sys/devices/system/cpu/cpu1/online"
    if not os.path.exists(path):
        raise Skip("no CPU can be taken offline here")
    load()
    with Net("hotplug") as net:
        net.capture()
        configure(TUPLE + EXPORT6 + meter())
        flood(net)
        for _ in range(3):
            wait("flows", lambda: statistics()["cached"]["flows"] > 50)
            with open(path, "w") as f:
                f.write("0")
            balance()
            with open(path, "w") as f:
                f.write("1")
            balance()
        st = statistics()
        equal(st["lost"]["packets"], 0, "lost")
    unload()


def unreclaimable():
    """Kilobytes of kernel memory that something holds."""
    run("sysctl", "-qw", "vm.drop_caches=3")
    info = dict(re.findall(r"(\w+): +(\d+) kB", open("/proc/meminfo").read()))
    return sum(int(info[k]) for k in ("SUnreclaim", "VmallocUsed", "Percpu"))


def memory_comes_back():
    """Tens of thousands of flows, over and over: a table that stayed would show."""
    held = []
    with Net("memory") as net:
        for _ in range(8):
            load()
            configure(TUPLE + EXPORT6 + meter(("ra",)))
            udp(net, 1, 10, "fd00:2::2", 1, last=20000)
            before = show("statistics")["memory"]
            assert before > 2_000_000, before
            unload()
            held.append(unreclaimable())
    print("# held by the kernel after each round, kB: %s" % held)
    # a round takes more than 2000 kB
    assert held[-1] - held[0] < 600, held


def nothing_is_left():
    """After all of this the module goes, and so does its memory."""
    load()
    with Net("leak") as net:
        configure(TUPLE + EXPORT6 + meter())
        udp(net, 3000, 10)
        unload()
        equal(loaded(), False, "the module")
        load()
        equal(statistics()["metered"]["packets"], 0, "metered by a new module")
    unload()
    equal([line for line in open("/proc/modules") if "netstream" in line], [], "modules")


def namespaces_are_independent():
    load()
    with Net("two-namespaces") as net:
        configure(TUPLE + EXPORT6 + meter())
        configure("interface e0\nipv6 netstream outbound\nquit\n", "a")
        udp(net, 30, 100)
        equal(statistics("a")["metered"]["packets"] >= 30, True, "metered in a")
        equal(statistics("b")["metered"]["packets"], 0, "metered in b")
        assert "record" not in tool("show", "configuration", ns="a")
        balance("a")
        balance("r")
    unload()


if __name__ == "__main__":
    sys.exit(main(reload_under_traffic, namespace_goes_under_traffic, commits_under_traffic,
                  cpu_goes_offline, memory_comes_back,
                  nothing_is_left, namespaces_are_independent))
