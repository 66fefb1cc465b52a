#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Requests that follow from a seed: made from the specification, mutated, half read.

NETSTREAM_FUZZ_REQUESTS, _SEED and _COMMITS say how many and which; what a failure
prints is how to have it again.  See tests/deep/nl_fuzz.c.
"""
import os
import subprocess
import sys

from lib import *

FUZZ = os.path.join(PROJECT, "build", "deep", "nl-fuzz")
REQUESTS = int(os.environ.get("NETSTREAM_FUZZ_REQUESTS", "2000"))
SEED = os.environ.get("NETSTREAM_FUZZ_SEED", "7")
# one request in so many may be a commit, which waits for every CPU
COMMITS = os.environ.get("NETSTREAM_FUZZ_COMMITS", "50")


def fuzz(ns, person, share):
    return subprocess.Popen(
        ["ip", "netns", "exec", ns, FUZZ, "-p", person, "-s", SEED, "-c", COMMITS,
         "-n", str(REQUESTS * share // 10)])


def netlink_fuzzing():
    """Root, nobody in the same namespace, and root of a user namespace, at once."""
    load()
    with Net("fuzz"):
        running = [("root", fuzz("r", "root", 3)), ("nobody", fuzz("r", "nobody", 4)),
                   ("userns", fuzz("a", "userns", 3))]
        ends = [(who, p.wait()) for who, p in running]
        equal([e for e in ends if e[1]], [], "fuzzers that failed")
        balance()
    unload()


if __name__ == "__main__":
    sys.exit(main(netlink_fuzzing))
