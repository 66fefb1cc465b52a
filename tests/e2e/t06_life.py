#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Load, unload, reload, deletion of namespaces and CPU hotplug, all under traffic."""
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
    # the namespace is deleted in the background, and unloading the module waits for it
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


def cpu_goes_offline_without_room():
    """Flows of an offline CPU wait for the hosts, the hotplug callback does not, and nothing is lost."""
    path = "/sys/devices/system/cpu/cpu1/online"
    if not os.path.exists(path):
        raise Skip("no CPU can be taken offline here")
    # packets are small and leave slowly, so the stream is congested for the whole test
    load("pace=4")
    with Net("hotplug-room") as net:
        run("ip", "link", "set", "rc", "mtu", "576", ns="r")
        configure("ipv6 netstream timeout inactive 600\n" + meter(("ra",)) +
                  "ipv6 netstream export source 10.0.3.1\n"
                  "ipv6 netstream export host 10.0.3.2 2055\n")
        wait("a host that can be sent to", lambda: can_be_sent_to(show("hosts")[0]))
        udp(net, 1, 10, "fd00:2::2", 1, "a", "import os; os.sched_setaffinity(0, {1})", last=14000)
        flows = balance()["cached"]["flows"]
        assert flows >= 14000, flows
        with open(path, "w") as f:
            f.write("0")

        def all_ended():
            st = balance()
            return st if sum(c["flows"] for c in st["ended"].values()) >= flows else None
        # all flows have ended, and some of them wait
        st = wait("ended flows", all_ended)
        assert st["cached"]["flows"] > 100, st
        equal(st["lost"]["packets"], 0, "lost")
        udp(net, 1, 10, "fd00:2::2", 1, last=100)
        balance()
        with open(path, "w") as f:
            f.write("1")
        balance()
        with open("/sys/module/netstream/parameters/pace", "w") as f:
            f.write("0")
        flush()
        equal(balance()["lost"]["packets"], 0, "lost")
    unload()


def namespaces_go_at_once():
    """Collectors that take nothing delay the deletion of no namespace."""
    count = 20
    unload()
    plain = max(crowd_goes(count) for _ in range(2))
    load()
    metered = min(crowd_goes(count, UNREACHABLE) for _ in range(2))
    print("# %d namespaces are gone: %.2f s, each with a dead collector: %.2f s" % (
        count, plain, metered))
    # it took twenty seconds when each namespace waited a second for its collector
    assert metered < 1.5 * plain + 1 * SLOW, (metered, plain)
    # unloading stops all metering, and waits for no collector either
    crowd(count, UNREACHABLE)
    start = time.monotonic()
    unload()
    took = time.monotonic() - start
    print("# the module is gone from %d namespaces: %.2f s" % (count, took))
    assert took < 1.5 * plain + 1 * SLOW, (took, plain)
    run("ip", "-batch", "-", text="".join("netns del n%d\n" % i for i in range(count)))
    wait("the end of the namespaces", lambda: not [
        d for d in os.listdir("/sys/class/net") if d.startswith("x")], 120)


def socket_of_host():
    """What distinguishes the module's socket from one that is opened later."""
    rows = [line.split() for line in run("cat", "/proc/net/udp6", ns="r").splitlines()
            if line.split()[2].endswith(":%04X" % 2055)]
    equal(len(rows), 1, "sockets of the host")
    inode = rows[0][9]
    assert inode != "0", rows
    return inode


def interfaces_come_and_go():
    """A new interface is metered at once; changes of interfaces do not reopen sockets."""
    load()
    with Net("interfaces") as net:
        # a collector must listen: ICMP errors would become flows, whose export causes more errors
        nf = Nfcapd(net)
        net.capture()
        configure(TUPLE + EXPORT6 + meter(("all",)))
        wait("the host up", lambda: show("hosts")[0]["state"] == "up")
        before = socket_of_host()
        for i in range(5):
            run("ip", "link", "add", "rd", "netns", "r", "type", "veth",
                "peer", "name", "e1", "netns", "a")
            run("ip", "link", "set", "rd", "up", ns="r")
            run("ip", "link", "set", "e1", "up", ns="a")
            run("ip", "addr", "add", "fd00:%d::1/64" % (4 + i), "dev", "rd", "nodad", ns="r")
            run("ip", "addr", "add", "fd00:%d::2/64" % (4 + i), "dev", "e1", "nodad", ns="a")
            wait("the new interface", lambda: [v for v in show("interfaces") if v["interface"] == "rd"])
            udp(net, 3, 10, "fd00:%d::1" % (4 + i), 7000 + i)
            run("ip", "addr", "del", "fd00:%d::1/64" % (4 + i), "dev", "rd", ns="r")
            run("ip", "link", "set", "rd", "down", ns="r")
            run("ip", "link", "del", "rd", ns="r")
            wait("the end of the interface",
                 lambda: not [v for v in show("interfaces") if v["interface"] == "rd"])
        flush()
        equal(show("hosts")[0]["errors"], 0, "sends that failed")
        equal(socket_of_host(), before, "the host's socket")
        sums = nf.sums()
        for i in range(5):
            equal(sums["fd00:%d::2" % (4 + i), "fd00:%d::1" % (4 + i), "17"], [3, 3 * 58],
                  "packets through new interface %d" % i)
        equal(statistics()["lost"]["packets"], 0, "lost")
    unload()


def unreclaimable():
    """Kilobytes of kernel memory in use, by kind."""
    run("sysctl", "-qw", "vm.drop_caches=3")
    info = dict(re.findall(r"(\w+): +(\d+) kB", open("/proc/meminfo").read()))
    return sum(int(info[k]) for k in ("SUnreclaim", "VmallocUsed", "Percpu"))


def memory_comes_back():
    """Memory after many rounds of ten thousands of flows: a leaked table would show."""
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
    """After all tests the module is unloaded, and its memory is free again."""
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
                  cpu_goes_offline, cpu_goes_offline_without_room, namespaces_go_at_once,
                  interfaces_come_and_go, memory_comes_back,
                  nothing_is_left, namespaces_are_independent))
