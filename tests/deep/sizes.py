#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Thousands of devices, hundreds of pairs that come and go, hundreds of namespaces.

No time is compared with a number of seconds: with the time for fewer, or with
the time without the module.
"""
from deep import *

SIZES = [int(n) for n in os.environ.get("NETSTREAM_TEST_SIZES", "500,2000,8000").split(",")]
PAIRS = int(os.environ.get("NETSTREAM_TEST_PAIRS", "500"))
NAMESPACES = int(os.environ.get("NETSTREAM_TEST_NAMESPACES", "200"))


def batch(lines, ns=None):
    run("ip", "-batch", "-", ns=ns, text="".join(line + "\n" for line in lines), timeout=1200)


def took(function):
    start = time.monotonic()
    function()
    return time.monotonic() - start


# --------------------------------------------------------------------- devices

def names(client):
    """Interfaces that are metered, by name."""
    return [dict(genl.attrs(dict(genl.attrs(body))[8]))[2][:-1].decode()
            for body in client.call(INTERFACE_GET, dump=True)]


def devices_there(n, client):
    """Least seconds, with n devices: until a new one is metered, for a commit, for a list."""
    configure(meter(("all",)))
    wait("all devices", lambda: sum(name.startswith("d") for name in names(client)) == n, 120)
    least = {}
    for i in range(3):
        def metered():
            run("ip", "link", "add", "new%d" % i, "type", "dummy", ns="r")
            while "new%d" % i not in names(client):
                pass
        for what, function in (("new interface", metered),
                               ("commit", lambda: configure(meter(("all",)) +
                                "ipv6 netstream cache entries %d\n" % (1000 + n + i))),
                               ("list", lambda: names(client))):
            least[what] = min(least.get(what, 1e9), took(function))
        run("ip", "link", "del", "new%d" % i, ns="r")
    return least


def thousands_of_devices():
    """What looks at all devices takes n log n, also when their indices have one place in the map."""
    load()
    with Net("devices"), inside("r"):
        client, have, results = genl.Family("netstream"), 0, []
        for n in SIZES:
            # indices that are multiples of a large power of two
            batch("link add d%d index %d type dummy" % (i, (i + 1) << 16) for i in range(have, n))
            have = n
            results.append(devices_there(n, client))
        for what in results[0]:
            print("# %-14s" % what + " ".join("%6d: %7.1f ms" % (n, 1000 * r[what])
                                              for n, r in zip(SIZES, results)), flush=True)
        for what in results[0]:
            few, many = max(results[0][what], 0.02), results[-1][what]
            ratio = SIZES[-1] / SIZES[0]
            assert many < 2.5 * ratio * few, "%s: %.3f s for %d, %.3f s for %d" % (
                what, few, SIZES[0], many, SIZES[-1])
    unload()


# ----------------------------------------------------------------------- pairs

def worker_time():
    """Seconds that all kernel workers have had a CPU."""
    ticks = 0
    for pid in os.listdir("/proc"):
        try:
            with open("/proc/%s/stat" % pid) as f:
                name, rest = f.read().rsplit(")", 1)
        except (OSError, NotADirectoryError):
            continue
        if "(kworker" in name:
            ticks += sum(int(x) for x in rest.split()[11:13])
    return ticks / os.sysconf("SC_CLK_TCK")


def pairs_come_and_go():
    """Seconds of kernel workers for pairs of devices with an address each that goes and comes back."""
    before = worker_time()
    for first in range(0, PAIRS, 100):
        some = range(first, first + 100)
        batch(["link add x%d type veth peer name y%d" % (i, i) for i in some] +
              ["link set x%d up" % i for i in some] +
              [action for i in some for action in (
                  "addr add fd77::%x/128 dev x%d nodad" % (i + 1, i),
                  "addr del fd77::%x/128 dev x%d" % (i + 1, i),
                  "addr add fd77::%x/128 dev x%d nodad" % (i + 1, i))] +
              ["link del x%d" % i for i in some], ns="r")
    time.sleep(1)
    return worker_time() - before


def hundreds_of_pairs():
    """Devices and addresses that concern no host: no socket is reopened, little work is done."""
    unload()
    with Net("pairs"):
        without = pairs_come_and_go()
    load()
    with Net("pairs") as net:
        nf = Nfcapd(net)
        net.capture()
        configure(TUPLE + EXPORT6 + meter() + "".join(
            "ipv6 netstream export host ipv6 fd00:3::%x 2057\n" % i for i in range(0x10, 0x10 + 31)))
        wait("the host up", lambda: show("hosts")[0]["state"] == "up")
        with_module = pairs_come_and_go()
        udp(net, 3, 10)
        st = flush()
        print("# kernel workers' time for %d pairs: %.2f s, with 32 hosts: %.2f s" % (
            PAIRS, without, with_module))
        equal(st["lost"]["packets"], 0, "lost")
        nf.rows()
        equal(nf.failures(), (0, 0), "sequence failures, bad packets")
        # each event reopened each host's socket: 3.2 s
        assert with_module < 1.5 * without + 0.5 * SLOW, (with_module, without)
    unload()


# ------------------------------------------------------------------ namespaces

def hundreds_of_namespaces():
    """A dead collector each: they are gone as quickly as without the module."""
    unload()
    plain, metered = [], []
    for _ in range(3):
        plain.append(crowd_goes(NAMESPACES))
        load()
        metered.append(crowd_goes(NAMESPACES, UNREACHABLE))
        unload()
    print("# %d namespaces are gone, without the module: %s s, with a dead collector each: %s s" % (
        NAMESPACES, " ".join("%.2f" % t for t in plain), " ".join("%.2f" % t for t in metered)))
    assert min(metered) < 1.25 * max(plain) + 0.5 * SLOW, (metered, plain)


if __name__ == "__main__":
    sys.exit(main(thousands_of_devices, hundreds_of_pairs, hundreds_of_namespaces))
