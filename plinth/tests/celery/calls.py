"""One call: its arguments and result, errors, retries, times, and what may keep it from running."""
import json
import time
import uuid
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from celery.result import AsyncResult

import jobs
from jobs import (
    add, autoretry, big, echo, fail, fail_with, give_up, greet, ignored, noret, now, progress,
    request, retry_then, slow, tracked,
)
from scenario import PATIENCE, error, meta_of, named, scenario, server, until, value, watch


@scenario
def delay():
    result = add.delay(2, 3)
    got = value(result)
    meta = meta_of(result)
    done = datetime.fromisoformat(meta.pop("date_done"))
    age = datetime.now(timezone.utc) - done.replace(tzinfo=done.tzinfo or timezone.utc)
    return {
        "value": got,
        "meta": named(meta, id=result.id),
        "keys": list(meta),
        "dated": abs(age) < timedelta(seconds=PATIENCE),
        "expires": 86300 < server.ttl(f"celery-task-meta-{result.id}") <= 86400,
    }


@scenario
def arguments():
    return [
        value(greet.delay("Ada")),
        value(greet.delay("Ada", 2)),
        value(greet.delay(name="Ada", greeting="Hi", times=2)),
        value(jobs.app.send_task("greet", ["Ada"], {"greeting": "Hi"})),
        value(noret.delay()),
        len(value(big.delay(300_000))),
    ]


@scenario
def values():
    """What JSON and kombu can carry comes back as the Python worker sends it back."""
    sent = [
        None, True, -7, 2**53, 2**63, 10**30, 0.1, 1e300, "", "zwölf ∞ 𝄞 \x00 \"\\/", [], {},
        {"a": [1, {"b": None}], "": 0}, date(2026, 1, 2),
        datetime(2026, 1, 2, 3, 4, 5, 678, timezone.utc), Decimal("1.50"), uuid.UUID(int=5),
    ]
    return [value(echo.delay(each)) for each in sent]


@scenario
def failures():
    return [
        error(fail.delay("bad")),
        error(fail.delay("zwölf\n'quoted'")),
        error(fail_with.delay("KeyError", "key")),
        error(fail_with.delay("RuntimeError", "two", 2)),
    ]


@scenario
def failure_meta():
    result = fail.delay("bad")
    error(result)
    meta = meta_of(result)
    return {"keys": list(meta), "result": meta["result"], "children": meta["children"]}


@scenario
def wrong_calls():
    seen = {
        "unknown": error(jobs.app.send_task("nope", [1])),
        "missing": error(jobs.app.send_task("add", [1])),
        "too many": error(jobs.app.send_task("add", [1, 2, 3])),
        "unknown name": error(jobs.app.send_task("add", [1], {"z": 2})),
        "twice": error(jobs.app.send_task("add", [1, 2], {"x": 2})),
    }
    return {name: [found["type"], found["state"]] for name, found in seen.items()}


@scenario
def retries():
    return {
        "then": watch(retry_then.s(2)),
        "too often": watch(give_up.s()),
        "automatic": watch(autoretry.s(2)),
        "in vain": watch(autoretry.s(9))[-1],
    }


@scenario
def states():
    pid = host = None
    started, done = watch(tracked.s(1))
    if isinstance(started[1], dict):
        pid, host = started[1].pop("pid"), started[1].pop("hostname")
    return {
        "progress": watch(progress.s(2)),
        "started": [started, done, type(pid).__name__, "@" in (host or "")],
    }


@scenario
def nothing_stored():
    """The callback says when the task has run."""
    done = str(uuid.uuid4())
    result = ignored.apply_async((1,), link=echo.s().set(task_id=done))
    got = value(AsyncResult(done, app=jobs.app))
    forgotten = add.delay(1, 1)
    value(forgotten)
    forgotten.forget()
    unwanted = str(uuid.uuid4())
    add.apply_async((1, 1), ignore_result=True, link=echo.s().set(task_id=unwanted))
    value(AsyncResult(unwanted, app=jobs.app))
    return [got, result.state, AsyncResult(forgotten.id, app=jobs.app).state,
            AsyncResult(unwanted, app=jobs.app).state]


@scenario
def times():
    eta = datetime.now(timezone.utc) + timedelta(seconds=1.2)
    naive = (datetime.utcnow() + timedelta(seconds=0.3))
    berlin = datetime.now(timezone(timedelta(hours=1))) + timedelta(seconds=0.3)
    soon, before = time.time() + 0.7, time.time() - 5
    sent = {
        "countdown": (now.apply_async(countdown=0.7), soon),
        "eta": (now.apply_async(eta=eta), eta.timestamp()),
        "naive": (now.apply_async(eta=naive), naive.replace(tzinfo=timezone.utc).timestamp()),
        "zone": (now.apply_async(eta=berlin), berlin.timestamp()),
        "past": (now.apply_async(countdown=-5), before + 5),
    }
    # One second late at most, as Celery's timer.
    return {name: 0 <= value(result) - due < 2 for name, (result, due) in sent.items()}


@scenario
def expiry():
    late = add.apply_async((1, 2), countdown=0.6, expires=0.3)
    in_time = add.apply_async((1, 2), expires=PATIENCE)
    past = add.apply_async((1, 2), expires=datetime.now(timezone.utc) - timedelta(seconds=5))
    return {"late": error(late), "in time": value(in_time), "past": error(past)["args"]}


@scenario
def revoked():
    task_id = str(uuid.uuid4())
    answer = jobs.app.control.revoke(task_id, reply=True, timeout=PATIENCE, limit=1)
    before = add.apply_async((1, 2), task_id=task_id)
    running = slow.delay(PATIENCE * 4)
    until_active(running.id)
    jobs.app.control.revoke(running.id, terminate=True)
    return {
        "answer": named([list(each.values())[0] for each in answer], id=task_id),
        "before": error(before),
        "running": error(running),
    }


def until_active(task_id):
    def active():
        answers = jobs.app.control.inspect(timeout=0.2).active() or {}
        return any(task["id"] == task_id for tasks in answers.values() for task in tasks)
    until(active)


@scenario
def time_limits():
    return {
        "hard": error(slow.apply_async((PATIENCE,), time_limit=0.5)),
        "soft": error(slow.apply_async((PATIENCE,), soft_time_limit=0.5)),
        "kept": value(slow.apply_async((0.1,), time_limit=20, soft_time_limit=10)),
    }


PRIORITIES = (9, 0, 6, 3, 5, 1)


@scenario
def queued():
    """Before there is a worker, with the ids that `served` asks for."""
    for priority in PRIORITIES:
        echo.apply_async((priority,), priority=priority, task_id=f"priority-{priority}")
    return {key.decode(): server.llen(key) for key in sorted(server.keys("default*"))}


@scenario
def served():
    """In which order a worker of one process has done what was queued."""
    results = [AsyncResult(f"priority-{priority}", app=jobs.app) for priority in PRIORITIES]
    return [value(result) for result in
            sorted(results, key=lambda result: value(result) is None or result.date_done)]


@scenario
def own_request():
    result = request.apply_async(priority=3, headers={"tenant": "acme"})
    seen = value(result)
    host = seen.pop("hostname")
    return {**named(seen, id=result.id), "hostname": "@" in host}


@scenario
def unacknowledged():
    """When all is done, no message is left anywhere."""
    value(add.delay(1, 1))

    def nothing():
        return not (server.hlen("unacked") or server.zcard("unacked_index")
                    or server.keys("default*"))
    return until(nothing)
