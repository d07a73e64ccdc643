"""What the scenarios of a Python client share: a register of them, and how they look at results."""
import inspect
import itertools
import json
import os
import time
import uuid

import redis
from celery.exceptions import TimeoutError

import jobs

PATIENCE = int(os.environ.get("PATIENCE", "30"))  # seconds, for what takes a fraction of one
server = redis.Redis.from_url(os.environ["REDIS_URL"])
scenarios = {}
queues = itertools.cycle(os.environ.get("QUEUES", "default").split(","))


def scenario(function):
    scenarios[function.__name__] = function
    return function


def part(signature):
    return signature.set(queue=next(queues))


def value(result):
    """Celery's client may subscribe too late for what is published at once; asking again finds it."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return result.get(timeout=2)
        except TimeoutError:
            if time.monotonic() > end:
                raise


def error(result):
    """The exception that the client raises, and the ends of the worker's traceback."""
    try:
        return {"returned": value(result)}
    except Exception as raised:
        lines = (result.traceback or "").strip().splitlines()
        return {
            "type": type(raised).__name__,
            "module": type(raised).__module__,
            "args": list(raised.args),
            "state": result.state,
            "traceback": [lines[0], lines[-1]] if lines else None,
        }


def watch(signature, **options):
    """Every state that is published of one call, until it has ended."""
    task_id = str(uuid.uuid4())
    with server.pubsub() as channel:
        channel.subscribe(f"celery-task-meta-{task_id}")
        signature.apply_async(task_id=task_id, **options)
        seen = []
        for message in channel.listen():
            if message["type"] != "message":
                continue
            meta = json.loads(message["data"])
            seen.append([meta["status"], meta["result"]])
            if meta["status"] in ("SUCCESS", "FAILURE", "REVOKED"):
                return seen


def meta_of(result):
    """Once it is there: of a chain the next one is called before the result is stored."""
    return json.loads(until(lambda: server.get(f"celery-task-meta-{result.id}")))


def named(found, **names):
    """The JSON of it with ids and the server by their names."""
    text = json.dumps(found)
    for name, known in {"url": os.environ["REDIS_URL"], **names}.items():
        text = text.replace(known, f"<{name}>")
    return json.loads(text)


def until(condition):
    """What it returns, when that is something."""
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"never: {inspect.getsource(condition)}")
        time.sleep(0.02)
    return found
