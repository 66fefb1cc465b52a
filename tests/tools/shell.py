#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The interactive shell, typed at through a pseudo terminal.

    shell.py NETSTREAM [OPTION...]     a virtual machine runs it with the real kernel
"""
import codecs
import os
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import time

TOOL = sys.argv[1]
# seconds until something is printed
LIMIT = 20 * int(os.environ.get("NETSTREAM_SLOW", "1"))
OPTIONS = sys.argv[2:] if len(sys.argv) > 2 else ["--offline"]
HOST = socket.gethostname().split(".")[0]
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\x1b[=>]|[\r\x07\x00]")


class Skip(Exception):
    pass


class Shell:
    """A shell, and everything it has printed so far."""

    def __init__(self, home, *options, pager="cat", path=os.environ["PATH"]):
        self.pid, self.fd = pty.fork()
        if not self.pid:
            # The line editor leaks a little in el_end(): not ours to fix.
            env = dict(os.environ, HOME=home, TERM="vt100", LC_ALL="C.UTF-8",
                       ASAN_OPTIONS="detect_leaks=0", PAGER=pager, PATH=path,
                       NETSTREAM_STATE_DIR=home)
            if pager is None:
                del env["PAGER"]
            os.execve(TOOL, [TOOL, *OPTIONS, *options], env)
        self.text = ""
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.seen = 0

    def read(self, seconds):
        if not select.select([self.fd], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        text = self.decoder.decode(data)
        self.text += ESCAPES.sub("", text)
        return bool(data)

    def expect(self, what):
        """Wait until it is printed, after what was expected before."""
        end = time.time() + LIMIT
        while what not in self.text[self.seen:]:
            if time.time() > end or not self.read(1) and not self.alive():
                raise AssertionError(f"no {what!r} in {self.text[self.seen:]!r}")
        self.seen = self.text.index(what, self.seen) + len(what)

    def wait_for_editor(self):
        """The editor prints its prompt just before it takes the terminal over.

        A control character in between would be the terminal's, not the editor's.
        """
        end = time.time() + LIMIT
        while termios.tcgetattr(self.fd)[3] & termios.ICANON:
            if time.time() > end:
                raise AssertionError("the editor does not read")
            self.read(0.05)

    def paste(self, text):
        """More than the terminal holds: what it prints is read meanwhile."""
        self.wait_for_editor()
        data = text.encode()
        while data:
            if select.select([], [self.fd], [], 0)[1]:
                data = data[os.write(self.fd, data[:1024]):]
            self.read(0)

    def type(self, keys, now=False):
        if not now and re.search("[^\n\t -~\x80-\uffff]", keys):
            self.wait_for_editor()
        os.write(self.fd, keys.encode())

    def line(self, keys, *wanted):
        self.type(keys + "\n")
        for what in wanted:
            self.expect(what)

    def alive(self):
        return os.waitpid(self.pid, os.WNOHANG)[0] == 0

    def finish(self):
        """Its exit status."""
        end = time.time() + LIMIT
        while time.time() < end:
            self.read(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self.fd)
                return os.waitstatus_to_exitcode(status)
        os.kill(self.pid, signal.SIGKILL)
        raise AssertionError(f"does not end: {self.text[self.seen - 200:]!r}")


def user():
    return f"<{HOST}>"


def view(name="", star="~"):
    return f"[{star}{HOST}{name}]"


def test_prompts(home):
    """views and prompts, the star for an uncommitted candidate"""
    s = Shell(home)
    s.expect(user())
    s.line("system-view", view())
    s.line("ipv6 netstream record rec1", view("-record6-rec1", "*"))
    s.line("match source address", view("-record6-rec1", "*"))
    s.line("quit", view("", "*"))
    s.line("slot 1", view("-slot-1", "*"))
    s.line("commit", view("-slot-1"))
    s.line("quit", view())
    s.line("interface eth0", view("-interface-eth0"))
    s.line("ipv6 netstream inbound", view("-interface-eth0", "*"))
    s.line("return", "The candidate is kept", user())
    s.line("system-view", view("", "*"))
    s.line("discard", view())
    s.line("return", user())
    s.line("quit")
    assert s.finish() == 0


def test_seed(home):
    """the seed's procedure, typed"""
    s = Shell(home)
    s.expect(user())
    for line in ("system-view", "ipv6 netstream record r", "match source address",
                 "collect input packets 64", "quit",
                 "ipv6 netstream export version 9 origin-as bgp-nexthop",
                 "slot 1", "ip netstream export sequence-mode flow", "quit",
                 "ipv6 netstream apply record r",
                 "ipv6 netstream export template timeout-rate 1",
                 "ipv6 netstream export source ipv6 2001:db8::1 40000",
                 "ipv6 netstream export host ipv6 2001:db8::2 2055 dscp 8",
                 "ipv6 netstream aggregation timeout active interval-second 15",
                 "ipv6 netstream aggregation timeout inactive 5"):
        s.line(line, "]" if line != "system-view" else view())
    s.line("commit", view())
    s.line("display configuration", "apply record r", "sequence-mode flow", "return", view())
    assert "expected" not in s.text, s.text
    s.line("return", user())
    s.line("quit")
    assert s.finish() == 0


def test_help(home):
    """? lists what can follow, in the middle of a line, and the line stays"""
    s = Shell(home)
    s.line("system-view", view())
    s.type("ipv6 netstream export ?")
    for what in ("version", "template", "source", "host", "ipv6 netstream export "):
        s.expect(what)
    s.type("version ?")
    s.expect("NetFlow version 9")
    s.expect("IPFIX")
    s.type("9 ?")
    s.expect("origin-as")
    s.expect("<cr>")
    s.line("", view("", "*"))
    s.type("slot ?")
    s.expect("a slot number (0-255)")
    s.type("bogus ?")
    s.expect("Nothing can follow here.")
    s.type("\x15")
    s.line("commit", view())
    s.type("\x04")
    assert s.finish() == 0


def test_completion(home):
    """TAB completes keywords and names of records and slots"""
    s = Shell(home)
    s.type("sys\t")
    s.expect("system-view ")
    s.line("", view())
    s.type("ipv6 netst\trec\trec-number-one\n")
    s.expect(view("-record6-rec-number-one", "*"))
    s.type("ma\tdes\tad\t\n")
    s.expect("match destination address")
    s.line("quit", view("", "*"))
    s.type("ipv6 netstream apply record \t")
    s.expect("rec-number-one")
    s.line("", view("", "*"))
    s.type("show co\tcand\t\n")
    s.expect("match destination address")
    s.expect("apply record rec-number-one")
    s.expect("return")
    s.type("ipv6 netstream export source 1\t")
    s.expect("an IPv4 address")
    s.type("\x15")
    s.line("commit", view())
    s.line("return", user())
    s.line("quit")
    assert s.finish() == 0


def test_mistake(home):
    """a mistake: the word, the line and a caret; the shell goes on"""
    s = Shell(home)
    s.line("system-view", view())
    s.line("ipv6 netstream export version 5", "column 31: '5': expected 9 or ipfix",
           "  ipv6 netstream export version 5", " " * 32 + "^", view())
    s.line("return", user())
    s.line("quit")
    assert s.finish() == 0


def test_leaving(home):
    """leaving with an uncommitted candidate is said twice"""
    s = Shell(home)
    s.line("system-view", view())
    s.line("slot 1", view("-slot-1"))
    s.line("port eth0", view("-slot-1", "*"))
    s.type("\x04")
    s.expect("The candidate is not committed")
    s.expect(view("-slot-1", "*"))
    s.type("\x04")
    assert s.finish() == 0


def test_leaving_warns_each_time(home):
    """leaving is warned of again after anything else was typed"""
    s = Shell(home)
    s.line("system-view", view())
    s.line("ipv6 netstream timeout inactive 7", view("", "*"))
    for _ in range(3):
        s.line("return", user())
        s.line("quit", "The candidate is not committed", user())
        s.line("system-view", view("", "*"))
    s.type("\x04")
    s.expect("The candidate is not committed")
    s.line("return", user())
    s.line("quit", "The candidate is not committed", user())
    s.line("quit")
    assert s.finish() == 0


def test_utf8(home):
    """characters beyond ASCII can be typed, deleted and shown"""
    s = Shell(home)
    s.line("system-view", view())
    s.line("ipv6 netstream record u", view("-record6-u", "*"))
    s.type("description gr\u00fc\u00dfx")
    s.expect("gr\u00fc\u00dfx")
    s.type("\x7f\x7fn")
    s.line("", view("-record6-u", "*"))
    s.line("show this", "description gr\u00fcn\n", view("-record6-u", "*"))
    s.line("gr\u00fc\u00df bad", "column 1: 'gr\u00fc\u00df': expected")
    s.line("match gr\u00fc\u00df", "column 7: 'gr\u00fc\u00df': expected")
    s.line("discard", view("-record6-u"))
    s.line("return", user())
    s.line("quit")
    assert s.finish() == 0


def paste(text):
    """As a terminal sends what is pasted, once it was asked to bracket it."""
    return "\x1b[200~" + text + "\x1b[201~"


def test_paste(home):
    """pasted tabs and question marks are text, and keys work afterwards"""
    s = Shell(home)
    s.line("system-view", view())
    s.type(paste("ipv6\tnetstream\trecord\tp\n\tdescription why?\tso\n\tmatch\tprotocol\n"))
    s.expect(view("-record6-p", "*"))
    s.line("show this", "description why? so", "match protocol", view("-record6-p", "*"))
    assert "Nothing can follow" not in s.text and "<cr>" not in s.text, s.text
    s.type("match so\t")
    s.expect("match source ")
    s.type("\x15")
    # an escape that is no paste, and a paste without an end of line
    s.type("\x1b[D" + paste("qu\tit") + "\x15")
    s.line("quit", view("", "*"))
    s.line("discard", view())
    s.line("return", user())
    s.line("quit")
    assert s.finish() == 0


def test_many_pasted(home):
    """2 000 interfaces, pasted; Ctrl-C ends the listing of them"""
    s = Shell(home)
    s.line("system-view", view())
    lines = "".join(f"interface if{i}\n ipv6 netstream inbound\n quit\n" for i in range(2000))
    s.paste(paste(lines + "slot 7\n"))
    s.expect(view("-slot-7", "*"))
    s.line("quit", view("", "*"))
    # nothing reads: the shell is stuck in the middle of the listing
    shown = len(s.text)
    s.type("show configuration candidate\n")
    s.expect("system-view")
    time.sleep(0.2)
    s.type("\x03", True)
    s.expect("interrupted")
    s.expect(view("", "*"))
    assert s.text.count("netstream inbound", shown) < 1500, "it went on to the end"
    s.line("show configuration candidate", "interface if1999", "return", view("", "*"))
    s.line("discard", view())
    s.line("return", user())
    s.line("quit")
    assert s.finish() == 0


def cpu_of_paste(home, count):
    """Seconds of CPU that a shell takes for so many pasted interfaces."""
    before = os.times()
    s = Shell(home)
    s.line("system-view", view())
    s.paste("".join(f"interface if{i}\n ipv6 netstream inbound\n quit\n" for i in range(count)) + "slot 7\n")
    s.expect(view("-slot-7", "*"))
    for line in ("quit", "discard", "return", "quit"):
        s.line(line)
    assert s.finish() == 0
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def test_paste_grows(home):
    """eight times as many pasted lines take no more than 24 times the CPU"""
    if "--offline" not in OPTIONS:
        raise Skip
    few, many = cpu_of_paste(home, 250), cpu_of_paste(home, 2000)
    assert many <= 24 * few, f"{few:.2f} s, then {many:.2f} s"


def elsewhere(*lines):
    """Somebody else commits."""
    subprocess.run([TOOL, *OPTIONS, *[w for l in lines for w in ("-c", l)]], check=True)


def test_others_commit(home):
    """somebody else commits: without edits silently, with edits they are made again"""
    if "--offline" in OPTIONS:
        raise Skip
    s = Shell(home)
    s.line("system-view", view())
    elsewhere("ipv6 netstream timeout active 7")
    s.line("ipv6 netstream timeout inactive 9", view("", "*"))
    s.line("commit", view())
    s.line("display configuration", "timeout active 7", "timeout inactive 9", view())
    s.line("ipv6 netstream timeout inactive 11", view("", "*"))
    elsewhere("slot 1", "port eth7")
    s.line("commit", "- ipv6 netstream timeout inactive 9", "+ ipv6 netstream timeout inactive 11",
           "somebody else has committed meanwhile", view("", "*"))
    s.line("commit", view())
    s.line("display configuration", "timeout inactive 11", "port eth7", view())
    s.line("undo ipv6 netstream timeout active", view("", "*"))
    elsewhere("slot 2", "port eth8")
    s.line("commit force", "port eth8", "'commit force' once more", view("", "*"))
    s.line("commit force", view())
    s.line("display configuration candidate", "port eth7", "return", view())
    assert "eth8" not in s.text[s.text.rindex("display configuration"):], s.text[-600:]
    s.line("return", user())
    s.line("quit")
    assert s.finish() == 0


def test_rollback(home):
    """a rollback is of the same commit when somebody else has committed meanwhile"""
    if "--offline" in OPTIONS:
        raise Skip
    s = Shell(home)
    s.line("system-view", view())
    for seconds in 9, 11:
        s.line(f"ipv6 netstream timeout inactive {seconds}", view("", "*"))
        s.line("commit", view())
    s.line("rollback 1", view("", "*"))
    elsewhere("slot 1", "port eth7")
    s.line("commit", "- ipv6 netstream timeout inactive 11", "+ ipv6 netstream timeout inactive 9",
           "somebody else has committed meanwhile", view("", "*"))
    s.line("commit", view())
    s.line("show configuration commit list", "Rollback", view())
    s.line("display configuration", "timeout inactive 9", "return", view())
    assert "eth7" not in s.text[s.text.rindex("display configuration"):], s.text[-600:]
    s.line("return", user())
    s.line("quit")
    assert s.finish() == 0


def test_interrupt(home):
    """Ctrl-C gives up the line, not the shell"""
    s = Shell(home)
    s.expect(user())
    s.type("bogus words")
    s.expect("bogus words")
    s.type("\x03")
    s.expect(user())
    s.line("system-view", view())
    s.line("return", user())
    s.line("quit")
    assert s.finish() == 0


def test_history(home):
    """history comes back in the next shell"""
    s = Shell(home)
    s.line("show configuration candidate", "return", user())
    s.line("quit")
    assert s.finish() == 0
    s = Shell(home)
    s.expect(user())
    s.type("\x1b[A\x1b[A")
    s.expect("show configuration candidate")
    s.line("", "system-view", "return", user())
    s.line("quit")
    assert s.finish() == 0


def long_configuration(s):
    s.expect(user())
    s.line("system-view", view())
    for i in range(30):
        s.line(f"interface if{i:02}", view(f"-interface-if{i:02}", "~*"[i > 0]))
        s.line("ipv6 netstream inbound", view(f"-interface-if{i:02}", "*"))
        s.line("quit", view("", "*"))


def test_pager(home):
    """what does not fit on the terminal goes through less, which cannot run commands"""
    if not shutil.which("less"):
        raise Skip
    s = Shell(home, pager=None)
    long_configuration(s)
    s.line("show configuration candidate", "interface if00")
    s.read(1)
    rest = s.text[s.seen:]
    assert "if29" not in rest and view("", "*") not in rest, rest
    s.type("!", now=True)
    s.expect("Command not available")
    s.type("\n", now=True)
    s.type("q", now=True)
    s.expect(view("", "*"))
    s.line("show configuration candidate | count", "Total lines: ", view("", "*"))
    s.line("show configuration candidate | no-more", "if29", "return", view("", "*"))
    s.line("discard", view())
    s.line("show configuration candidate", "return", view())
    s.line("return", user())
    s.line("quit")
    assert s.finish() == 0


def test_pager_of_choice(home):
    """PAGER is a command; without one and without less, lines are printed as they are"""
    s = Shell(home, pager="sed s/^/paged:/")
    s.expect(user())
    s.line("show configuration candidate", "paged:system-view", "paged:return", user())
    s.line("quit")
    assert s.finish() == 0
    s = Shell(home, pager=None, path="/nowhere")
    s.expect(user())
    s.line("show configuration candidate", "system-view", "return", user())
    s.line("quit")
    assert s.finish() == 0


def main():
    failed = False
    for name, test in list(globals().items()):
        if not name.startswith("test_"):
            continue
        with tempfile.TemporaryDirectory() as home:
            # the kernel still has what the test before has committed
            subprocess.run([TOOL, *OPTIONS, "--replace", "-c", "system-view"], check=True)
            try:
                test(home)
                verdict = "ok"
            except Skip:
                verdict = "skip"
            except AssertionError as why:
                print(f"  {why}")
                verdict = "not ok"
                failed = True
        print(f"{verdict} shell: {test.__doc__}", flush=True)
    sys.exit(failed)


main()
