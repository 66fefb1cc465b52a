#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The tool as an operator uses it, with the real kernel."""
import pty
import select
import sys

from lib import *

TOOLS = os.path.join(PROJECT, "tests", "tools")
MANUAL = os.path.join(PROJECT, "tools", "man", "netstream.8")
A, R, B = "fd00:1::2", "fd00:1::1", "fd00:2::2"

# Everything that can be configured, so that every key of the JSON is printed.
EVERYTHING = """
ipv6 netstream record all
 description every field there is
 match source address
 match destination address 64
 match source port
 match destination port
 match source as
 match destination as
 match source mask
 match destination mask
 match source vlan
 match destination vlan
 match protocol
 match tos
 match flow-label
 match direction
 match tcp-flag
 match input interface
 match output interface
 match next-hop
 match next-hop bgp
 match next-header
 match hop-limit
 match dscp
 match precedence
 match length total
 match length payload
 match extension map
 match fragmentation flags
 match fragmentation offset
 match fragmentation id
 match icmp type
 match icmp code
 match tcp sequence-number
 match tcp acknowledgement-number
 match tcp window-size
 match tcp urgent-pointer
 match tcp header-length
 match udp message-length
 match is-multicast
 match vrf id
 match vrf name
 match source mac
 match destination mac
 match post source mac
 match post-nat source address
 match post-nat destination address
 match post-nat source port
 match post-nat destination port
 match post destination mac
 match dot1q vlan
 match dot1q priority
 match dot1q customer-vlan
 match post dot1q vlan
 match post dot1q customer-vlan
 match physical input interface
 match physical output interface
 match mark
 collect hop-limit minimum
 collect hop-limit maximum
 collect length total minimum
 collect length total maximum
 collect flow id
 collect flows
 collect timestamp absolute first
 collect timestamp absolute last
 collect flow-duration
 collect icmp type-code
 collect sampler
 collect ip-version
 collect forwarding-status
 collect input packets 64
 collect input bytes 64
 collect first switched
 collect last switched
 collect flow-end-reason
 quit
ipv6 netstream cache entries 5000
ipv6 netstream export version 9 origin-as bgp-nexthop
ipv6 netstream export flexible ipfix
ipv6 netstream mask routes
ipv6 netstream apply record all
ipv6 netstream export template timeout-rate 7
ipv6 netstream as-mode 16
ipv6 netstream export index-switch 16
ipv6 netstream tcp-flag enable
ipv6 netstream export template refresh-rate 900
ipv6 netstream export template option timeout-rate 7
ipv6 netstream export template option refresh-rate 900
undo ipv6 netstream export template option sampler
ipv6 netstream export template option interface
ipv6 netstream export template option vrf
ipv6 netstream export template option exporter-stats
ipv6 netstream export option sampler timeout-rate 2
ipv6 netstream export option interface timeout-rate 3
ipv6 netstream export option vrf timeout-rate 4
ipv6 netstream export option exporter-stats timeout-rate 5
ipv6 netstream export source-id 77
ipv6 netstream export source 10.0.3.1 4001
ipv6 netstream export source ipv6 fd00:3::1 4002
ipv6 netstream export host 10.0.3.2 2056 dscp 10
ipv6 netstream export host ipv6 fd00:3::2 2055 version 9
ipv6 netstream export host ipv6 fd00:3::2 2055 vpn-instance nowhere
management-interface rb
ipv6 netstream aggregation timeout active interval-second 100
ipv6 netstream aggregation timeout inactive 200
ipv6 netstream timeout active 10
ipv6 netstream timeout inactive 20
ipv6 netstream timeout tcp-session 3
ipv6 netstream srv6-aware inner-header
ipv6 netstream ipsec-aware inner-header
ipv6 netstream sampler random-packets 1 outbound
ipv6 netstream record brief
 match source address
 collect input packets 64
 quit
ipv6 netstream monitor watch
 description every statement of a monitor
 apply record brief
 ipv6 netstream export source 10.0.3.1 4003
 ipv6 netstream export source ipv6 fd00:3::1 4004
 ipv6 netstream export host 10.0.3.2 2058 version 9
 ipv6 netstream export host ipv6 fd00:3::2 2059 version ipfix dscp 3
 ipv6 netstream aggregation timeout active interval-second 50
 ipv6 netstream aggregation timeout inactive 25
 cache entries 1000
 ipv6 netstream sampler fix-packets 1 inbound
 ipv6 netstream sampler random-packets 1 outbound
 quit
slot 3
 port rb
 ip netstream export sequence-mode flow
 ipv6 netstream export host ipv6 fd00:3::2 2057
 quit
interface ra
 ipv6 netstream inbound
 ipv6 netstream sampler fix-packets 1 inbound
 quit
interface rb
 ipv6 netstream inbound
 ipv6 netstream outbound
 ipv6 netstream monitor watch inbound
 ipv6 netstream monitor watch outbound
 quit
"""

SHOWN = ("statistics", "hosts", "templates", "records", "interfaces", "monitors", "cache")


def keys_of(value, names=()):
    """Keys of a reply, except those below @names, which are names of objects."""
    if isinstance(value, list):
        return set().union(*[keys_of(v, names) for v in value])
    if not isinstance(value, dict):
        return set()
    out = set(value)
    for key, inner in value.items():
        if key in names:
            # the amounts of each
            out |= set().union(*[keys_of(v) for v in inner.values()])
        else:
            out |= keys_of(inner, names)
    return out


def documented(what):
    """Bold words of the part of the manual page that describes the JSON."""
    with open(MANUAL) as f:
        text = f.read()
    part = text.split(".SH JSON", 1)[1].split("\n.SH ", 1)[0].split("\n.SS show %s\n" % what, 1)[1]
    part = part.split("\n.SS ", 1)[0].split("\n.PP\n", 1)[0]
    words = set()
    for line in part.splitlines():
        if line.startswith((".B ", ".BR ")) and "Record view" not in line:
            words |= {w.replace("\\-", "-") for w in re.findall(r"[a-z][a-z0-9_]+", line)}
    if what == "cache":
        # the list of fields, which comes from the table of fields
        words |= set(re.findall(r"In JSON\n\.BR (\w+) \.\n", text))
    # words of the sentence between the bold ones
    return words - {"and"}


def json_is_documented():
    """Each key that is printed is in the manual page, and the other way round."""
    load()
    with Net("tool-json") as net:
        # how long it waits for its confirmation is a key, too
        configure(EVERYTHING + "commit confirmed 60\n")
        wait("a host", lambda: any(can_be_sent_to(h) for h in show("hosts")))
        udp(net, 3, 100, B, 8001)
        tcp(net, 1000, 1000, 8002)
        wait("flows", lambda: show("cache"))
        wrong = {}
        for what in SHOWN + ("configuration",):
            reply = show(what)
            printed = keys_of(reply, ("lost_by_cause", "skipped", "malformed", "ended"))
            if what == "configuration":
                # records, hosts, slots and interfaces are described with their own show statement
                printed = set(reply) | keys_of(reply["system"])
            said = documented(what)
            # printed only when something failed
            said -= {"errno"} if what == "hosts" else set()
            if printed - {"errno"} != said:
                wrong[what] = {"not documented": printed - said, "not printed": said - printed}
        equal(wrong, {}, "keys")
    unload()


def every_show():
    """Every show statement as text and as JSON, in the router's and in Linux's words."""
    load()
    with Net("tool-show") as net:
        # hosts on which nobody listens soon are unreachable
        Nfcapd(net)
        configure(EVERYTHING)
        udp(net, 3, 100, B, 8011)
        wait("flows", lambda: show("cache"))
        for what in SHOWN:
            rows = show(what)
            words = tool("show", what)
            assert words.strip() and not words.startswith(("[", "{")), (what, words)
            if isinstance(rows, list):
                # a line of headings
                assert len(words.splitlines()) >= len(rows) + 1, (what, words)
            singular = {"hosts": "host", "templates": "template", "records": "record",
                        "interfaces": "interface"}.get(what, what)
            for argv in (("display", singular), ("show", "ipv6", "netstream", singular),
                         ("-c", "display ipv6 netstream " + singular)):
                # a column that is 0 in all rows is left out: hosts may be sent something between the two
                wait("the headings of %s in those of %s" % (what, " ".join(argv)), lambda: (
                    tool(*argv).split("\n")[0].split() == tool("show", what).split("\n")[0].split()))
            json.loads(tool("--json", "show", singular))
            json.loads(tool("-c", "show %s --json" % singular))
        equal(tool("display", "configuration"), tool("show", "configuration"), "configuration")
        equal(len(show("cache", "limit", "1")), 1, "flows of one")
        assert show("cache", "record", "all") and not show("cache", "record", "original")
        # what an operator looks for
        text = tool("show", "hosts")
        for word in ("fd00:3::2", "2055", "no VRF", "up"):
            assert word in text, (word, text)
        # and the actions
        for argv in (("reset", "cache"), ("reset", "ipv6", "netstream", "statistics"),
                     ("refresh", "ipv6", "netstream", "template"), ("-c", "reset cache")):
            equal(tool(*argv), "", " ".join(argv))
    unload()


def every_statement():
    """The tool's table of good statements, and its undo forms, against the kernel."""
    load()
    with Net("tool-good"):
        p = run("bash", os.path.join(TOOLS, "acceptance.sh"), TOOL, ns="r",
                check=False, timeout=LIMIT // SLOW - 20)
        assert p.returncode == 0, p.stdout[-600:] + p.stderr[-300:]
    unload()


def undo_of_everything():
    """Undo all statements, one by one: nothing is left."""
    load()
    with Net("tool-undo"):
        nothing = tool("show", "configuration")
        configure(EVERYTHING)
        text = tool("show", "configuration")
        lines, view = [], None
        for line in text.splitlines():
            word = line.strip()
            if word in ("#", "system-view", "return"):
                continue
            if word == "quit":
                view = None
            elif line.startswith(" "):
                lines.append((view, word))
            elif word.startswith(("ipv6 netstream record", "ipv6 netstream monitor", "slot", "interface")):
                view = word
            else:
                lines.append((None, word))
        # undo the statement that applies a record before those in it
        lines.sort(key=lambda l: "apply record" not in l[1])
        assert len(lines) > 45, lines
        for i, (view, line) in enumerate(lines):
            script = ["undo " + line if i % 2 else "no " + line]
            if line.startswith("undo "):
                script = [line[len("undo "):]]
            tool("-f", "-", text="\n".join([view] * bool(view) + script))
            assert tool("show", "configuration") != text, line
            text = tool("show", "configuration")
        # views without a statement are left: monitors first, since they apply records
        for view in sorted(re.findall(r"^ipv6 netstream (?:monitor|record) \S+$", text, re.M)):
            tool("-c", "undo " + view)
        equal(tool("show", "configuration"), nothing, "what is left")
    unload()


def shown_is_input():
    """"show configuration | netstream -f -" changes nothing, nor does --check change anything."""
    load()
    with Net("tool-again"):
        configure(EVERYTHING)
        running, generation = tool("show", "configuration"), statistics()["generation"]
        tool("-f", "-", text=running)
        equal(statistics()["generation"], generation, "generation after -f -")
        tool("-f", "-", "--replace", text=running)
        equal(statistics()["generation"], generation, "generation after --replace -f -")
        p = tool("--check", "-c", "ipv6 netstream timeout inactive 99", check=False)
        equal((p.returncode, p.stdout, p.stderr), (0, "", ""), "--check")
        equal(statistics()["generation"], generation, "generation after --check")
        equal(tool("show", "configuration"), running, "the running configuration")
        tool("--replace", "-f", "-", text="")
        assert "apply" not in tool("show", "configuration")
        configure(running)
        equal(tool("show", "configuration"), running, "the running configuration, restored")
    unload()


def errors_and_statuses():
    """File, line, column, the word, what was expected; the kernel's own words; 0, 1, 2."""
    load()
    with Net("tool-errors"):
        p = tool("-f", "-", check=False, text="system-view\nipv6 netstream export version 5\n")
        equal(p.returncode, 1, "exit status")
        assert p.stderr.startswith("<stdin>:2:31: '5': expected 9 or ipfix\n"), p.stderr
        path = "/tmp/statements"
        with open(path, "w") as f:
            f.write("system-view\n# a comment\ninterface ra\n ipv6 netstream sidewards\n")
        p = tool("-f", path, check=False)
        equal(p.returncode, 1, "exit status")
        assert p.stderr.startswith(path + ":4:17: 'sidewards': expected "), p.stderr
        p = tool("-c", "ipv6 netstream timeout inactive 5", "-c", "ipv6 netstream bogus", check=False)
        equal(p.returncode, 1, "exit status")
        assert p.stderr.startswith("command 2:16: 'bogus': expected "), p.stderr
        assert "timeout inactive 5" not in tool("show", "configuration"), "half of it took effect"
        # refused by the kernel, since the tool cannot know; the line is named
        for check in ((), ("--check",)):
            p = tool("--replace", *check, "-f", "-", check=False, text="""system-view
                ipv6 netstream record r
                match protocol
                quit
                ipv6 netstream apply record r
                ipv6 netstream record r
                undo match protocol
                """)
            equal(p.returncode, 1, "exit status")
            assert p.stderr.startswith("<stdin>:5: 'ipv6 netstream apply record r': "), p.stderr
            assert "the record matches and collects nothing" in p.stderr, p.stderr
        for argv in (("--bogus",), ("bogus",), ("show",), ("commit",), ("show", "hosts", "now"), ("--check",)):
            equal(tool(*argv, check=False).returncode, 2, " ".join(argv))
        for argv in (("show", "hosts"), ("--check", "-c", "slot 1"), ("--help",)):
            equal(tool(*argv, check=False).returncode, 0, " ".join(argv))
    unload()
    p = run(TOOL, "show", "hosts", check=False)
    equal(p.returncode, 1, "exit status without the module")
    assert "module is not loaded" in p.stderr, p.stderr


def completion_of_the_namespace():
    """Names that are completed are those of the namespace that -n names."""
    load()
    with Net("tool-complete"):
        run("ip", "link", "add", "vrfhere", "type", "dummy")
        try:
            if run("ip", "link", "add", "vrfthere", "type", "vrf", "table", "77", ns="r",
                   check=False).returncode:
                raise Skip("no VRF devices in this kernel")
            line = "ipv6 netstream export host 10.0.3.2 2055 vpn-instance vrf"
            script = "system-view\n%s?\n" % line
            out = run(TOOL, "-n", "r", text=script)
            assert "vrfthere" in out and "vrfhere" not in out, out
            out = run(TOOL, "-n", "r", text="system-view\ninterface r?\n")
            for word in ("ra", "rb", "rc"):
                assert re.search(r"^  %s +Interface$" % word, out, re.M), out
        finally:
            run("ip", "link", "del", "vrfhere")
    unload()


def applied_records_change():
    """Keys of an applied record change in one commit, statement by statement and by --replace."""
    load()
    with Net("tool-keys") as net:
        configure(EXPORT6 + TUPLE + meter())
        udp(net, 3, 100, B, 8021)
        wait("flows", lambda: show("cache"))
        tool("-c", "ipv6 netstream record tuple", "-c", "undo match source port", "-c", "match tos")
        text = tool("show", "configuration")
        assert "match tos" in text and "source port" not in text, text
        assert "tos" in {r["name"]: r for r in show("records")}["tuple"]["match"], show("records")
        tool("-f", "-", "--replace", text=text.replace(" match tos\n", " match flow-label\n"))
        assert "flow-label" in {r["name"]: r for r in show("records")}["tuple"]["match"]
        udp(net, 3, 100, B, 8021)
        wait("flows of the new keys", lambda: any("flow_label" in f for f in show("cache")))
    unload()


def sampler_does_not_stop_metering():
    """With "interface all", a sampler in one interface's view leaves its metering alone."""
    load()
    with Net("tool-all"):
        configure("interface all\n ipv6 netstream inbound\n quit\n"
                  "interface ra\n ipv6 netstream sampler fix-packets 2 inbound\n quit\n"
                  "interface rb\n ipv6 netstream outbound\n quit\n"
                  "interface rc\n undo ipv6 netstream inbound\n quit\n")

        def enabled():
            return {i["interface"]: (i["inbound"]["enabled"], i["outbound"]["enabled"])
                    for i in show("interfaces")}
        state = enabled()
        equal((state["ra"], state["rb"], state.get("rc", (False, False))),
              ((True, False), (True, True), (False, False)), "directions")
        equal({i["interface"]: i.get("sampler") for i in
               [dict(i["inbound"], interface=i["interface"]) for i in show("interfaces")]}["ra"],
              "fix-packets", "sampler of ra")
        # an exclusion outlives "all"
        tool("-c", "undo interface all")
        tool("-c", "interface all", "-c", "ipv6 netstream inbound")
        equal(enabled().get("rc", (False, False)), (False, False), "rc")
        tool("-c", "undo interface rc")
        equal(enabled()["rc"], (True, False), "rc without a view of its own")
    unload()


def hosts_have_their_slot():
    """A host of a slot's view is listed with that slot."""
    load()
    with Net("tool-slots"):
        configure(EXPORT6 + "slot 3\n ipv6 netstream export host ipv6 fd00:3::2 2057\n quit\n")
        equal({(h["port"], h["slot"], h["view"]) for h in show("hosts")},
              {(2055, 0, "system"), (2057, 3, "slot")}, "slots")
        assert re.search(r"^ +3 +fd00:3::2 +2057 ", tool("show", "hosts"), re.M), tool("show", "hosts")
    unload()


def cache_has_a_limit():
    """A table shows the largest flows, and how many more there are."""
    load()
    with Net("tool-limit") as net:
        configure(TUPLE + meter(("ra",)))
        udp(net, 1, 100, B, 9000, last=9119)
        udp(net, 3, 200, B, 9100, last=9110)
        wait("flows", lambda: len(show("cache")) >= 120)
        rows = tool("show", "cache").splitlines()
        equal(len(rows), 102, "a heading, 100 flows, the rest")
        assert re.match(r"\d+ more: 'show cache limit 1000'", rows[-1]), rows[-1]
        equal(len(tool("show", "cache", "limit", "7").splitlines()), 9, "limit 7")
        assert len(tool("show", "cache", "all").splitlines()) >= 121
        sizes = [f["bytes"] for f in show("cache", "limit", "50")]
        every = sorted((f["bytes"] for f in show("cache")), reverse=True)
        equal(sizes, every[:50], "the largest first")
    unload()


def shell():
    """A person at a terminal: help, completion, history, prompts, Ctrl-C, the seed."""
    load()
    with Net("tool-shell"):
        p = run(sys.executable, os.path.join(TOOLS, "shell.py"), TOOL, "-n", "r",
                check=False, timeout=LIMIT // SLOW - 20)
        assert p.returncode == 0, p.stdout[-900:] + p.stderr[-300:]
        assert "ok" in p.stdout, p.stdout
    unload()


class Terminal:
    """A shell of the tool at a pseudo terminal; it prints no faster than read() reads."""

    def __init__(self):
        self.pid, self.fd = pty.fork()
        if not self.pid:
            os.execve(TOOL, [TOOL, "-n", "r"], dict(os.environ, TERM="dumb", LC_ALL="C.UTF-8", PAGER="cat"))
        self.text = ""

    def type(self, text):
        os.write(self.fd, text.encode())

    def read_until(self, pattern):
        """Read until the pattern matches; all text up to the end of the match."""
        end = time.monotonic() + 20 * SLOW
        while not (found := re.search(pattern, self.text)):
            assert time.monotonic() < end, "no '%s' in: %s" % (pattern, self.text[-500:])
            if select.select([self.fd], [], [], 1)[0]:
                self.text += os.read(self.fd, 4096).decode("utf-8", "replace")
        text, self.text = self.text[:found.end()], self.text[found.end():]
        return text

    def end(self):
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def peak_memory(*argv):
    """Kilobytes that the tool took at most."""
    pid = os.fork()
    if not pid:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.execve(TOOL, [TOOL, "-n", "r", *argv], os.environ)
    _, status, usage = os.wait4(pid, 0)
    equal(status, 0, "status of %s" % (argv,))
    return usage.ru_maxrss


def cache_listing_is_interrupted():
    """A listing of the cache is printed as it comes; Ctrl-C in the shell ends it."""
    flows = 2000
    load()
    with Net("tool-interrupt") as net:
        configure(TUPLE + meter(("ra",)))
        udp(net, 1, 10, B, 20000, last=20000 + flows - 1)
        wait("flows", lambda: len(show("cache")) >= flows)
        # each flow was 1.1 KB of text in memory once
        more = peak_memory("show", "cache", "all") - peak_memory("show", "cache", "limit", "1")
        assert more < flows / 2, "%d KB for %d flows" % (more, flows)
        prompt, row = r"<[^>]+>", r"2\d{4} .*\n"
        shell = Terminal()
        try:
            shell.read_until(prompt)
            shell.type("show cache all\n")
            # nothing reads the terminal, so the listing blocks in the middle
            part = shell.read_until(row)
            shell.type("\x03")
            part += shell.read_until("interrupted")
            assert len(re.findall(row, part)) < flows - 100, "it went on to the end"
            shell.read_until(prompt)
            shell.type("show cache all\n")
            whole = shell.read_until(prompt)
            assert len(re.findall(row, whole)) >= flows, "%d rows" % len(re.findall(row, whole))
        finally:
            shell.end()
    unload()


BAD_PARAMETERS = [
    (("host=nonsense",), "parameter host: cannot make sense of 'nonsense'"),
    (("host=[fd00:8::2]:2055,10.0.0.1:99999",), "parameter host: cannot make sense of '10.0.0.1:99999'"),
    (("host=fd00:8::2",), "parameter host: cannot make sense of 'fd00:8::2'"),
    (("host=[fd00:8::2]:2055", "source=eth0"), "parameter source: cannot make sense of 'eth0'"),
    (("host=[ff02::1]:2055",), "ipv6 netstream export: a unicast address is required"),
    (("interfaces=all", "direction=up"), "parameter direction: cannot make sense of 'up'"),
    (("interfaces=a/b",), "interface: this cannot be the name of an interface"),
    (("interfaces=all", "sampler=often"), "parameter sampler: cannot make sense of 'often'"),
    (("interfaces=all", "sampler=fix-packets:0"), "out of range"),
    (("interfaces=all", "active=3601"), "out of range"),
    (("interfaces=all", "record=source-address,colour"), "parameter record: cannot make sense of 'colour'"),
    (("interfaces=all", "record=packets:x"), "parameter record: cannot make sense of 'packets:x'"),
    (("interfaces=all", "record=bytes:24"), "the width is 16, 32 or 64 bits"),
]


def bad_parameters():
    """A parameter that is wrong is named in the kernel's log, and nothing is loaded."""
    for argv, said in BAD_PARAMETERS:
        run("dmesg", "-C")
        p = run("insmod", MODULE, *argv, check=False)
        assert p.returncode and not loaded(), argv
        assert said in log(), (argv, log()[-300:])
    run("dmesg", "-C")
    load("source=fd00:8::1")
    assert "do nothing without host or interfaces" in log(), log()[-300:]
    unload()


def good_parameters():
    """The configuration that module parameters make, as statements."""
    load("host=[fd00:8::2]:2055,10.0.0.2:2056", "source=[fd00:8::1]:4000,10.0.0.1", "interfaces=e1,e2",
         "direction=outbound", "active=60", "inactive=5", "sampler=fix-time:20", "max_flows=777",
         "record=destination-address/48,source-address/route-mask,protocol,packets:64,next-hop-bgp")
    text = tool("show", "configuration", ns=None)
    for line in ("ipv6 netstream export host ipv6 fd00:8::2 2055", "ipv6 netstream export host 10.0.0.2 2056",
                 "ipv6 netstream export source ipv6 fd00:8::1 4000", "ipv6 netstream export source 10.0.0.1",
                 "interface e1", "interface e2", " ipv6 netstream outbound",
                 "ipv6 netstream timeout active 1", "ipv6 netstream aggregation timeout active 1",
                 "ipv6 netstream timeout inactive 5", "ipv6 netstream aggregation timeout inactive 5",
                 "ipv6 netstream sampler fix-time 20 inbound", "ipv6 netstream sampler fix-time 20 outbound",
                 " match destination address 48", " match source address route-mask", " match protocol",
                 " collect input packets 64",
                 " match next-hop bgp", "ipv6 netstream apply record param"):
        assert line in text.splitlines(), (line, text)
    assert "inbound" not in text.replace("20 inbound", ""), text
    equal(statistics(None)["max_flows"], 777, "max_flows")
    # statements go on from there
    tool("-c", "undo ipv6 netstream export host 10.0.0.2 2056", ns=None)
    assert "10.0.0.2" not in tool("show", "configuration", ns=None)
    unload()


if __name__ == "__main__":
    sys.exit(main(json_is_documented, every_show, every_statement, undo_of_everything, shown_is_input,
                  errors_and_statuses, completion_of_the_namespace, applied_records_change,
                  sampler_does_not_stop_metering, hosts_have_their_slot, cache_has_a_limit,
                  cache_listing_is_interrupted, shell, bad_parameters,
                  good_parameters))
