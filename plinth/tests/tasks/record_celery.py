"""Records what Celery does, as lines of JSON for the tests beside this file.

Usage, with Debian's python3-celery 5.2.6:
  python3 record_celery.py messages redis://127.0.0.1:PORT/0 > tests/conformance/celery_messages.jsonl
  python3 record_celery.py texts    > tests/conformance/celery_texts.jsonl
  python3 record_celery.py crontabs > tests/conformance/celery_crontabs.jsonl
The Redis is flushed, so it must be one of its own. Texts and crontabs are the same each time.
"""
import json
import random
import sys
import time
from datetime import datetime, timedelta, timezone

import pytz
from celery import Celery, chain, chord, group
from celery.schedules import crontab
from celery.utils.saferepr import saferepr

ETA = datetime(2026, 11, 22, 15, 31, 33, 289638, timezone.utc)


def emit(**fields):
    print(json.dumps(fields))


def calls(app, add, send_welcome_email):
    deep = ([[[["four", {"five": 1}]]], {"a": {"b": {"c": {"d": 1}}}}])
    return {
        "delay": lambda: send_welcome_email.delay("a@b.c"),
        "kwargs": lambda: add.apply_async(kwargs={"a": 1, "b": "it's"}),
        "two arguments": lambda: add.delay(1, 2),
        "no arguments": lambda: app.send_task("nothing", ()),
        "list of send_task": lambda: app.send_task("add", [1, None]),
        "unicode": lambda: add.delay("Grüße \U0001f600\x7f", "say \"hi\"\n\t\\ 'x'"),
        "numbers": lambda: add.delay(1.5, [1e-7, 1e22, 1e16, 123456789012345678901234567890, -0.0, True]),
        "not finite": lambda: add.delay(float("nan"), [float("inf"), float("-inf")]),
        "deep": lambda: add.delay(*deep),
        "empty containers": lambda: add.delay([], {}),
        "long text": lambda: add.delay("word " * 300, "tail"),
        "long list": lambda: add.delay(list(range(300)), {"key": "x" * 1200, "other": 1}),
        "eta": lambda: add.apply_async((1, 2), eta=ETA),
        "eta without microseconds": lambda: add.apply_async((1, 2), eta=ETA.replace(microsecond=0)),
        "expires": lambda: add.apply_async((1, 2), expires=120),
        "priority": lambda: add.apply_async((1, 2), priority=6),
        "queue": lambda: add.apply_async((1, 2), queue="mail"),
        "ignore_result": lambda: add.apply_async((1, 2), ignore_result=True),
        "time limits": lambda: add.apply_async((1, 2), time_limit=30, soft_time_limit=20),
        "short time limits": lambda: add.apply_async((1, 2), time_limit=2.5, soft_time_limit=0.25),
        "task_id, shadow, retries": lambda: add.apply_async(
            (1, 2), task_id="my-id", shadow="short", retries=2),
        "headers": lambda: add.apply_async(
            (1, 2), headers={"traceparent": "00-ab-cd-01", "tags": ["a", {"b": 1.0}]}),
        "link": lambda: add.apply_async((1, 2), link=add.s(3), link_error=send_welcome_email.si("x")),
        "chain": lambda: chain(add.s(1, 2), add.s(3), add.s(4))(),
        "group": lambda: group(add.s(1, 2), add.s(3, 4))(),
        "chord": lambda: chord([add.s(1, 2), add.s(3, 4)])(send_welcome_email.s()),
    }


def record_messages(url):
    import redis
    from celery.contrib.testing.worker import start_worker

    store = redis.Redis.from_url(url)
    store.flushall()
    app = Celery("record", broker=url, backend=url)
    app.conf.task_default_queue = "default"

    @app.task(name="add")
    def add(a, b):
        return a + b

    @app.task(name="send_welcome_email")
    def send_welcome_email(email):
        pass

    @app.task(name="again", bind=True, max_retries=3)
    def again(self, x):
        raise self.retry(queue="parked", countdown=60, exc=ValueError("bad"))

    def drain(name):
        for queue in [k for k in store.keys() if store.type(k) == b"list"]:
            while element := store.rpop(queue):
                emit(call=name, element=element.decode())

    for name, call in calls(app, add, send_welcome_email).items():
        call()
        drain(name)
    again.delay(5)
    with start_worker(app, perform_ping_check=False, pool="solo", queues=["default"], loglevel="ERROR"):
        while not store.exists("parked"):
            time.sleep(0.05)
        drain("retry")


def random_value(rng, depth=0):
    kinds = ["int", "float", "text", "bool", "none"] + ["list", "dict"] * (2 if depth < 5 else 0)
    kind = rng.choice(kinds)
    if kind == "int":
        return rng.choice([0, -1, 7, 2**63 - 1, -2**63, 2**80, rng.randrange(-10**6, 10**6)])
    if kind == "float":
        return rng.choice([0.5, -0.0, 1e300, 1e-300, 1e16, 1e15, 123456.789, float("inf"), rng.random()])
    if kind == "text":
        return "".join(rng.choice("ab cd 'e\" \\\n\té\u2028\U0001f600\x00\x7f") for _ in range(rng.randrange(12)))
    if kind == "bool":
        return rng.random() < 0.5
    if kind == "none":
        return None
    if kind == "list":
        return [random_value(rng, depth + 1) for _ in range(rng.randrange(5))]
    return {f"k{i} '": random_value(rng, depth + 1) for i in range(rng.randrange(4))}


def record_texts():
    rng = random.Random(4)
    for i in range(400):
        value = [random_value(rng) for _ in range(rng.randrange(4))]
        size_max = rng.choice([1024, 1, 2, 3, 5, 8, 13, 20, 30, 45, 70, 100])
        emit(value=json.dumps(value, ensure_ascii=False, separators=(",", ":")),
             json=json.dumps(value), size_max=size_max, list=saferepr(value, size_max),
             tuple=saferepr(tuple(value), size_max))


class Crontab(crontab):
    """As of Celery 5.3: earlier ones take midnight of a day for UTC, and so pass over a month."""

    def maybe_make_aware(self, dt):
        return dt if dt.tzinfo else self.tz.localize(dt)


FIELDS = {
    "minute": ["*", "0", "30", "*/15", "5,35", "50-10/5", "10-20", "59", "1,13,30-45,50-59/2"],
    "hour": ["*", "0", "2", "*/4", "8-18/2", "22-3", "1-2", "3", "23", "2,3,14"],
    "day_of_week": ["*", "*", "*", "mon-fri", "sun", "fri-mon", "0", "6", "tuesday,THU", "*/2"],
    "day_of_month": ["*", "*", "*", "1", "31", "1-7,15-21", "29", "*/3", "28-2"],
    "month_of_year": ["*", "*", "*", "2", "*/3", "2-12/2", "3", "10,11", "11-2"],
}
# Where clocks are changed, near 01:00 UTC or 07:00 UTC or half an hour.
CHANGES = {
    "Europe/Berlin": [datetime(2026, 3, 29, 1), datetime(2026, 10, 25, 1)],
    "America/New_York": [datetime(2026, 3, 8, 7), datetime(2026, 11, 1, 6)],
    "Australia/Lord_Howe": [datetime(2026, 4, 4, 15), datetime(2026, 10, 3, 15, 30)],
    "Asia/Kolkata": [],
    "UTC": [],
}


def record_crontabs():
    rng = random.Random(10)
    for i in range(700):
        zone = rng.choice(list(CHANGES))
        fields = {name: rng.choice(FIELDS[name]) for name in FIELDS}
        if rng.random() < 0.5:
            fields.update(day_of_week="*", day_of_month="*", month_of_year="*")
        if CHANGES[zone] and rng.random() < 0.6:
            last = rng.choice(CHANGES[zone]) + timedelta(minutes=rng.randrange(-300, 180))
        else:
            last = datetime(2026, 1, 1) + timedelta(minutes=rng.randrange(3 * 365 * 1440))
        last += timedelta(microseconds=rng.choice([0, 1, 59_999_999, rng.randrange(60_000_000)]))
        now = last + timedelta(seconds=rng.choice([0, 60, 600, 7200, 86400, 864000, 8640000]) * rng.random())
        app = Celery("record", set_as_current=False)
        app.conf.timezone = zone
        place = pytz.timezone(zone)
        last, now = (pytz.utc.localize(t).astimezone(place) for t in (last, now))
        schedule = Crontab(**fields, app=app, nowfun=lambda: now)
        try:
            due = schedule.is_due(last)
        except RuntimeError:
            continue  # no such day: refused when it is declared
        emit(**fields, timezone=zone, last=round(last.timestamp() * 1e6), now=round(now.timestamp() * 1e6),
             due=due.is_due, seconds=due.next, text=repr(schedule))


if __name__ == "__main__":
    recorders = {"messages": record_messages, "texts": record_texts, "crontabs": record_crontabs}
    recorders[sys.argv[1]](*sys.argv[2:])
