"""A Python client of whatever worker is there: each scenario prints what it saw, one JSON line.

client.py <scenario>...   with REDIS_URL; QUEUES=a,b deals the parts of a canvas to these queues.

It tells a Python worker from a plinth worker by nothing: the expectations, in the test, were
measured with Python's and hold for both.
"""
import json
import sys
import traceback

import calls  # noqa: F401, each module registers its scenarios
import canvas  # noqa: F401
import fleet  # noqa: F401
import messages  # noqa: F401
import poison  # noqa: F401
import remote  # noqa: F401
import traced  # noqa: F401
from scenario import named, scenarios

for name in sys.argv[1:] or scenarios:
    try:
        seen = named(scenarios[name]())
    except Exception:
        seen = {"raised": traceback.format_exc().splitlines()}
    print(json.dumps({name: seen}), flush=True)
