# SPDX-License-Identifier: GPL-2.0
"""The schemas of docs/schema: which command has which, and whether a value fits."""
import glob
import json
import os

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "schema")


def schemas():
    """Each schema, by its name."""
    found = {}
    for path in glob.glob(os.path.join(FOLDER, "*.json")):
        with open(path) as f:
            found[os.path.splitext(os.path.basename(path))[0]] = json.load(f)
    return found


def available():
    try:
        import jsonschema    # noqa: F401
    except ImportError:
        return False
    return True


def misfits(name, value):
    """What does not fit, as text; empty if the value fits the schema of that name."""
    import jsonschema
    schema = schemas()[name]
    jsonschema.Draft7Validator.check_schema(schema)
    return "; ".join("%s: %s" % ("/".join(map(str, e.absolute_path)), e.message[:200])
                     for e in jsonschema.Draft7Validator(schema).iter_errors(value))
