#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The role of docs/ansible: what its template makes of its variables.    ansible.py NETSTREAM"""
import os
import subprocess
import sys

from run_tests import run_tests

TOOL = sys.argv[1]
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "ansible")
ROLE = os.path.join(FOLDER, "roles", "netstream")


def load(path):
    import yaml
    with open(path) as f:
        return yaml.safe_load(f)


def available():
    try:
        import jinja2, yaml    # noqa: F401, E401
    except ImportError:
        return False
    return True


def render(**variables):
    """As ansible.builtin.template does: lines of blocks vanish, and nothing may be undefined."""
    import jinja2
    env = jinja2.Environment(trim_blocks=True, keep_trailing_newline=True, undefined=jinja2.StrictUndefined)
    with open(os.path.join(ROLE, "templates", "netstream.conf.j2")) as f:
        return env.from_string(f.read()).render(
            ansible_managed="Ansible managed", inventory_hostname_short="router1",
            **dict(load(os.path.join(ROLE, "defaults", "main.yml")), **variables))


def check(text):
    p = subprocess.run([TOOL, "--offline", "-f", "-", "-c", "return", "-c", "commit", "-c", "show configuration"],
                       input=text, capture_output=True, text=True)
    assert p.returncode == 0, (text, p.stderr)
    return p.stdout


def test_template():
    """the example's variables, and the defaults alone, make files that the tool accepts"""
    if not available():
        return "skip"
    text = check(render(**load(os.path.join(FOLDER, "playbook.yml"))[0]["roles"][0]["vars"]))
    for line in ("ipv6 netstream export host ipv6 2001:db8::5 2055 vpn-instance mgmt dscp 16",
                 "ipv6 netstream export host 192.0.2.5 2055 version ipfix", "ipv6 netstream apply record router1",
                 "ipv6 netstream export version 9 origin-as", "interface eth1", " ipv6 netstream inbound",
                 "ipv6 netstream sampler random-packets 100 inbound"):
        assert line in text.split("\n"), (line, text)
    check(render())


def test_tasks():
    """the file is validated, and only a change of it reloads the service"""
    if not available():
        return "skip"
    tasks = load(os.path.join(ROLE, "tasks", "main.yml"))
    write, = [t for t in tasks if "ansible.builtin.template" in t]
    assert "--check -f %s" in write["ansible.builtin.template"]["validate"]
    handlers = {h["name"]: h for h in load(os.path.join(ROLE, "handlers", "main.yml"))}
    assert handlers[write["notify"]]["ansible.builtin.systemd"]["state"] == "reloaded"
    assert not [t for t in tasks if "ansible.builtin.systemd" in t and
                t["ansible.builtin.systemd"]["state"] not in ("started",)]


if __name__ == "__main__":
    sys.exit(run_tests("ansible", globals()))
