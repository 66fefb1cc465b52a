#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""How many records 200 short connections are, and what splits their directions between CPUs.

A line for each way in which packets find their CPU: docs/counting.md has the figures.
"""
from deep import *
from t13_traffic import SERVE, CONNECT

COUNT = 200
CPUS = os.cpu_count()

ONE, OTHER, ANY = "{0}", "{1}", "set(range(os.cpu_count()))"

# name, where the client is, its CPUs and the server's, RPS of the router's links,
# whether every direction stays on one CPU
WAYS = (
    ("forwarded, both ends on one CPU", "a", ONE, ONE, "0", True),
    ("forwarded, each end on a CPU of its own", "a", ONE, OTHER, "0", False),
    ("forwarded, both ends on any CPU", "a", ANY, ANY, "0", False),
    ("forwarded, RPS to one CPU, both ends on any CPU", "a", ANY, ANY, "1", True),
    ("forwarded, RPS to all CPUs, both ends on any CPU", "a", ANY, ANY, "%x" % ((1 << CPUS) - 1), False),
    ("from the router, both ends on one CPU", "r", ONE, ONE, "0", True),
    ("from the router, each end on a CPU of its own", "r", ONE, OTHER, "0", False),
    ("from the router, RPS to the other CPU", "r", ONE, ONE, "2", False),
)


def steer(cpus):
    for dev in ("ra", "rb"):
        run("sh", "-c", "echo %s > /sys/class/net/%s/queues/rx-0/rps_cpus" % (cpus, dev), ns="r")


def connections(net, client, cpus, cpus_of_server):
    server = python(net, "b", SERVE, cpus_of_server)
    server.stdout.readline()
    p = python(net, client, CONNECT, cpus, str(COUNT))
    p.communicate(timeout=120 * SLOW)
    equal(p.returncode, 0, "connections")
    server.kill()
    server.wait()


def records():
    """Records of each direction of a connection on an interface."""
    count = collections.Counter()
    for f in show("cache"):
        if 7050 in (f["source_port"], f["destination_port"]):
            count[tuple(f[k] for k in ("source_address", "source_port", "destination_address", "destination_port",
                                       "direction", "input_interface"))] += 1
    return count


def split():
    if CPUS < 2:
        raise Skip("one CPU")
    load()
    with Net("split") as net:
        # all flows stay in the cache until they are counted
        configure(EXPORT6 + "ipv6 netstream timeout tcp-session 60\nipv6 netstream timeout inactive 3600\n" +
                  meter(("ra",)) + meter(("rb",), ("inbound", "outbound")))
        for name, client, cpus, cpus_of_server, rps, stays in WAYS:
            steer(rps)
            tool("reset", "cache")
            connections(net, client, cpus, cpus_of_server)
            # inbound on each side, outbound where the router itself is the client
            count = {key: n for key, n in records().items() if key[4] == "inbound" or client == "r"}
            equal(len(count), 2 * COUNT, name + ": directions")
            total = sum(count.values())
            print("# %s: %d records, %d directions split" % (name, total, total - len(count)), flush=True)
            if stays:
                equal(total, 2 * COUNT, name + ": records")
        balance()
    unload()


if __name__ == "__main__":
    sys.exit(main(split))
