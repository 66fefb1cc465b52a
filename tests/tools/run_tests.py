# SPDX-License-Identifier: GPL-2.0
"""Runs the functions test_... of a module, with a line for each."""


def run_tests(program, module):
    """The exit status.  A test may return "skip", or raise AssertionError."""
    failed = False
    for name, test in list(module.items()):
        if not name.startswith("test_"):
            continue
        try:
            print(test() or "ok", program + ":", test.__doc__)
        except AssertionError as e:
            failed = True
            print("not ok", program + ":", test.__doc__, str(e)[:2000])
    return failed
