#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Memory of a user namespace: charged to its control group, and bounded."""
import sys

from lib import *

GROUP = "/run/netstream-cgroup"
NOBODY = GROUP + "/nobody"
LIMIT_BYTES = 20 << 20
PARAMETERS = "/sys/module/netstream/parameters/"

# As many flows as asked for, each of one datagram, to addresses of lo.
FLOWS = r"""
import socket, sys
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
left = int(sys.argv[1])
for address in range(2, 1000):
    for port in range(1, 40001):
        if not left:
            sys.exit()
        left -= 1
        try:
            s.sendto(b"x", ("fd01::%x" % address, port))
        except OSError:
            pass
"""


def read(path):
    with open(path) as f:
        return f.read()


def write(path, text):
    with open(path, "w") as f:
        f.write(str(text))


class Nobody:
    """A user and network namespace of nobody, and a control group for its processes."""

    def __enter__(self):
        # it may exist after an earlier failure
        run("umount", GROUP, check=False)
        os.makedirs(GROUP, exist_ok=True)
        run("mount", "-t", "cgroup2", "none", GROUP)
        if "memory" not in read(GROUP + "/cgroup.controllers"):
            raise Skip("no memory controller")
        write(GROUP + "/cgroup.subtree_control", "+memory")
        os.makedirs(NOBODY, exist_ok=True)
        write(NOBODY + "/memory.max", LIMIT_BYTES)
        # it keeps the namespaces, and is not in the group, so the OOM killer spares it
        self.holder = subprocess.Popen(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
             "unshare", "-Urn", "sleep", "10000"])
        wait("namespaces", lambda: read("/proc/%d/comm" % self.holder.pid) == "sleep\n")
        self("ip", "link", "set", "lo", "up")
        self("ip", "-6", "route", "add", "local", "fd01::/64", "dev", "lo")
        return self

    def __exit__(self, *exc):
        self.holder.kill()
        self.holder.wait()
        unload()
        run("umount", GROUP, check=False)
        return False

    def __call__(self, *argv, check=True, text=None, timeout=250):
        return run("sh", "-c", 'echo $$ >%s/cgroup.procs; exec nsenter -t %d -U -n "$@"' %
                   (NOBODY, self.holder.pid), "sh", *argv, check=check, text=text,
                   timeout=timeout)

    def commit(self, text, **kw):
        return self(TOOL, "-f", "-", text=text, **kw)

    def outside(self, *argv):
        """Run in the namespaces but outside the group, so that the group's limit does not matter."""
        return run("nsenter", "-t", str(self.holder.pid), "-U", "-n", *argv, timeout=250)

    def statistics(self):
        return json.loads(self.outside(TOOL, "show", "statistics", "--json"))

    def flows(self, n, check=True):
        self(sys.executable, "-c", FLOWS, str(n), check=check)

    def charged(self):
        """Bytes of kernel memory that are charged to the group."""
        stat = dict(line.split() for line in read(NOBODY + "/memory.stat").splitlines())
        return int(read(NOBODY + "/memory.current")) - int(stat["anon"]) - int(stat["file"])

    def refused(self, text, words):
        p = self.commit(text, check=False)
        assert p.returncode and words in p.stderr + p.stdout, p.stderr + p.stdout


HOSTS = "".join("ipv6 netstream export host ipv6 fd01::1 %d\n" % port
                for port in range(2055, 2064))
METER = "interface lo\n ipv6 netstream inbound\n quit\n"


def bounds_of_a_user_namespace():
    load()
    with Nobody() as nobody:
        nobody.refused("ipv6 netstream cache entries 65537\n" + METER,
                       "ipv6 netstream cache entries: more than userns_max_flows")
        nobody.refused(HOSTS + METER,
                       "ipv6 netstream export host: more hosts than userns_max_hosts")
        nobody.commit(METER)
        equal(nobody.statistics()["max_flows"], 65536, "a bound that nobody has set")
        write(PARAMETERS + "userns_max_flows", 1000)
        write(PARAMETERS + "userns_max_hosts", 9)
        nobody.commit(HOSTS)
        equal(nobody.statistics()["max_flows"], 1000, "a bound that was lowered")
        nobody.refused("ipv6 netstream cache entries 1001\n",
                       "ipv6 netstream cache entries: more than userns_max_flows")
        # the machine's own namespaces have no such bound
        run("ip", "netns", "add", "own")
        configure("ipv6 netstream cache entries 65537\n" + HOSTS + METER, ns="own")
        run("ip", "netns", "del", "own")


def large_tables_cost_nothing():
    load("userns_max_flows=67108864")
    with Nobody() as nobody:
        nobody.commit("ipv6 netstream cache entries 67108864\n" + METER)
        st = nobody.statistics()
        assert st["memory"] < (200 << 10) * os.cpu_count(), st["memory"]


def packets_are_charged():
    """Skip a test where what a packet allocates is charged to nobody: see docs/reliability.md."""
    if kernel() < (5, 14):
        raise Skip("a kernel before 5.14 does not charge what packets allocate")


def flood_is_charged():
    packets_are_charged()
    load("userns_max_flows=4194304")
    with Nobody() as nobody:
        nobody.commit("ipv6 netstream cache entries 4194304\n"
                      "ipv6 netstream timeout inactive 3600\n" + METER)
        before = nobody.charged()
        nobody.flows(20000)
        st = nobody.statistics()
        assert st["cached"]["flows"] >= 20000, st["cached"]
        # per-CPU stocks of charged bytes make this inexact by some pages
        grown = nobody.charged() - before
        assert grown > 0.8 * 20000 * 128, (grown, st["memory"])
        assert nobody.charged() > 0.9 * st["memory"], (nobody.charged(), st["memory"])


def events(what):
    return int(dict(line.split() for line in read(NOBODY + "/memory.events").splitlines())[what])


def flood_stops_at_the_limit():
    """A flood reaches the limit of the group: the cache fills early, and nobody else pays."""
    packets_are_charged()
    load("userns_max_flows=4194304")
    with Nobody() as nobody:
        nobody.commit("ipv6 netstream cache entries 4194304\n"
                      "ipv6 netstream timeout inactive 3600\n" + METER)
        if not nobody.charged():
            raise Skip("this kernel charges nobody for what packets allocate")
        # 128 bytes each at least.  The sender shares the group's memory: the
        # kernel may end it, and nothing else.
        nobody.flows(LIMIT_BYTES // 128, check=False)
        st = nobody.statistics()
        assert events("max"), "the limit was not met"
        assert int(read(NOBODY + "/memory.current")) <= LIMIT_BYTES
        assert st["memory"] < LIMIT_BYTES, st["memory"]
        assert 0 < st["cached"]["flows"] < LIMIT_BYTES // 128, st["cached"]
        for unit in ("packets", "bytes"):
            equal(sum(st[k][unit] for k in ("exported", "cached", "pending", "lost")),
                  st["metered"][unit], "the accounting equation, " + unit)
        print("# %d flows in %d bytes; processes of the group that were ended: %d" % (
            st["cached"]["flows"], st["memory"], events("oom_kill")))
        assert not [line for line in log().splitlines()
                    if "Out of memory" in line and "Memory cgroup" not in line], "the machine's memory"
        full = st["memory"]
        nobody.outside(TOOL, "reset", "cache")
        wait("memory back", lambda: nobody.statistics()["memory"] < full / 20, 100)
        wait("charges back", lambda: nobody.charged() < full / 2)


def routes_are_charged():
    """A table of routes is charged to the group of the process that loads it, and bounded."""
    load()
    path = "/tmp/nobodys-routes"
    with open(path, "w") as f:
        f.writelines("2001:db8:%x:%x::/64 %d 2 ::9\n" % (i >> 8, i & 255, i) for i in range(70000))
    with Nobody() as nobody:
        before = nobody.charged()
        p = nobody(TOOL, "routes", "load", path, check=False)
        assert p.returncode and "max_routes" in p.stderr, p
        wait("what was refused is given up", lambda: nobody.charged() < before + (1 << 20), 60)
        with open(path, "r+") as f:
            f.truncate(f.read().index("\n2001:db8:77:"))
        before = nobody.charged()
        nobody(TOOL, "routes", "load", path)
        table = json.loads(nobody.outside(TOOL, "show", "routes", "statistics", "--json"))[0]
        equal(table["prefixes"], 0x77 << 8, "prefixes")
        grown = nobody.charged() - before
        assert grown > 0.8 * table["bytes"], (grown, table)
        nobody.outside(TOOL, "reset", "routes")
        wait("charges back", lambda: nobody.charged() < before + table["bytes"] / 2, 60)


# Commit so many interface views, by netlink, for so many seconds.
COMMIT_FOR = r"""
import sys
sys.path.insert(0, sys.argv[1])
from genl import Family, nest, text, u8, u32
views = b"".join(nest(8, text(2, "e%d" % i), u8(3, 1)) for i in range(int(sys.argv[3])))
Family("netstream").call(1, u32(15, int(sys.argv[2])) + views)
"""


def unconfirmed_is_given_back():
    """What a commit keeps until it is confirmed or undone is charged, and then it is not."""
    load()
    here = os.path.dirname(os.path.abspath(__file__))
    with Nobody() as nobody:
        def commit_for(seconds, views):
            nobody(sys.executable, "-c", COMMIT_FOR, here, str(seconds), str(views))

        def confirm():
            # the group has not enough for a program that reads so many views
            nobody.outside(TOOL, "--replace", "-c", METER)

        def free():
            return json.loads(nobody.outside(TOOL, "show", "configuration", "--json")).get("confirm_seconds") is None
        commit_for(600, 16000)
        kept = nobody.charged()
        confirm()
        wait("charges of what was confirmed and replaced", lambda: nobody.charged() < kept - (1 << 20), 60)
        before = nobody.charged()
        assert kept - before > 1 << 20, (kept, before)
        for _ in range(2):
            commit_for(20, 16000)
            assert nobody.charged() > before + (1 << 20), "nothing is charged"
            wait("the undo", free, 100)
            wait("charges of what was undone", lambda: nobody.charged() < before + (1 << 20), 60)


if __name__ == "__main__":
    sys.exit(main(bounds_of_a_user_namespace, large_tables_cost_nothing,
                  flood_is_charged, flood_stops_at_the_limit, routes_are_charged,
                  unconfirmed_is_given_back))
