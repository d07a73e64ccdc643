"""Remote control and events: what `celery inspect`, `celery control` and Flower see of a worker."""
import uuid

from celery.events import EventReceiver

import jobs
from jobs import add, fail, retry_then, slow
from scenario import PATIENCE, named, scenario, until, value


def ask(method, arguments=None, **options):
    """The answer of the only worker."""
    answers = jobs.app.control.broadcast(method, arguments=arguments, reply=True, limit=1,
                                         timeout=PATIENCE, **options)
    return list(answers[0].values())[0]


def shape(found):
    """The keys and the kinds of values; of a list, of its first element."""
    if isinstance(found, dict):
        return {key: shape(found[key]) for key in sorted(found)}
    if isinstance(found, list):
        return [shape(element) for element in found[:1]]
    return type(found).__name__


@scenario
def ping():
    control = jobs.app.control
    name = list(control.ping(timeout=PATIENCE, limit=1)[0])[0]
    return {
        "answer": ask("ping"),
        "to it": control.ping([name], timeout=PATIENCE, limit=1) == [{name: {"ok": "pong"}}],
        "to another": control.ping(["nobody@nowhere"], timeout=0.5),
        "glob": ask("ping", pattern=name[:2] + "*", matcher="glob"),
        "glob of others": control.broadcast("ping", reply=True, timeout=0.5, pattern="nobody*",
                                            matcher="glob"),
        "regex": ask("ping", pattern=".+@.+", matcher="pcre"),
    }


@scenario
def inspect():
    """One task runs, one waits for its time and, with one process, one is reserved."""
    running = slow.delay(PATIENCE * 4)
    try:
        until(lambda: [task for task in ask("active") if task["id"] == running.id])
        return inspect_beside(running)
    finally:
        jobs.app.control.revoke(running.id, terminate=True)
        until(running.ready)


def inspect_beside(running):
    scheduled = add.apply_async((1, 2), countdown=PATIENCE * 4)
    until(lambda: ask("scheduled"))
    reserved = add.delay(3, 4)
    until(lambda: ask("reserved"))
    ids = {"running": running.id, "scheduled": scheduled.id, "reserved": reserved.id,
           "revoked": str(uuid.uuid4())}
    active = ask("active")[0]
    eta = ask("scheduled")[0]
    waiting = ask("reserved")[0]
    known = ask("query_task", {"ids": list(ids.values())})
    jobs.app.control.revoke([scheduled.id, reserved.id, ids["revoked"]], reply=True, limit=1)
    found = named({"known": known, "revoked": ask("revoked")}, **ids)
    return {
        **named({
            "active": {"shape": shape(active), "said": said(active)},
            "scheduled": {"shape": shape(eta), "said": said(eta["request"]),
                          "priority": eta["priority"]},
            "reserved": {"shape": shape(waiting), "said": said(waiting)},
        }, **ids),
        "query_task": {name: found["known"][name][0] for name in sorted(found["known"])},
        "revoked": sorted(found["revoked"]),
    }


def said(task):
    return {key: task[key] for key in
            ("id", "name", "args", "kwargs", "type", "acknowledged", "delivery_info")}


@scenario
def inspect_worker():
    """What does not depend on tasks."""
    stats = ask("stats")
    mine = ["add", "limited [rate_limit=600/m]", "send_welcome_email"]
    hello = ask("hello", {"from_node": "me@here", "revoked": {}})
    return {
        "stats": shape({**stats, "total": {}, "rusage": {}, "pool": {}, "broker": {}}),
        "pool": sorted(stats["pool"]),  # whose writes are text where there is no prefork pool
        "broker": sorted(stats["broker"]),
        "rusage": all(isinstance(value, (int, float)) for value in stats["rusage"].values()),
        "total": all(isinstance(count, int) for count in stats["total"].values()),
        "registered": [name for name in ask("registered") if name in mine],
        "active_queues": ask("active_queues"),
        "conf": {key: ask("conf")[key] for key in
                 ("task_default_queue", "broker_url", "result_backend")},
        "clock": list(ask("clock")),
        "hello": {key: type(found).__name__ for key, found in sorted(hello.items())},
        "report": list(ask("report")),
    }


@scenario
def control():
    """Each answer, and that what it says has happened."""
    before = pool()
    seen = {
        "rate_limit": ask("rate_limit", {"task_name": "limited", "rate_limit": "10/m"}),
        "is limited": [name for name in ask("registered") if name.startswith("limited")],
        "rate_limit unknown": ask("rate_limit", {"task_name": "nope", "rate_limit": "10/m"}),
        "rate_limit bad": ask("rate_limit", {"task_name": "limited", "rate_limit": "often"})[
            "error"].split(":")[0],
        "no limit": ask("rate_limit", {"task_name": "limited", "rate_limit": 0}),
        "time_limit": ask("time_limit", {"task_name": "limited", "hard": 30, "soft": 20}),
        "time_limit unknown": ask("time_limit", {"task_name": "nope", "hard": 30}),
        "add_consumer": ask("add_consumer", {"queue": "more"}),
        "consumed": value(add.apply_async((1, 2), queue="more")),
        "add_consumer again": ask("add_consumer", {"queue": "more"}),
        "cancel_consumer": ask("cancel_consumer", {"queue": "more"}),
        "queues": [queue["name"] for queue in ask("active_queues")],
        "pool_grow": ask("pool_grow", {"n": 1}),
        "grown": until(lambda: pool() - before),
        "pool_shrink": ask("pool_shrink", {"n": 1}),
        "shrunk": until(lambda: pool() == before),
        "enable_events": [ask("enable_events"), ask("enable_events")],
        "disable_events": [ask("disable_events"), ask("disable_events")],
        "revoke": ask("revoke", {"task_id": "c"}),
        "terminate unknown": ask("terminate", {"task_id": "d", "signal": "TERM"}),
        "autoscale": ask("autoscale", {"max": 4, "min": 1}),
        "unknown": list(ask("make_coffee")),
        "missing": shape(ask("rate_limit", {})),
    }
    return seen


def pool():
    """What grows: processes, which Celery's max-concurrency does not count; or tasks at once."""
    stats = ask("stats")["pool"]
    return len(stats["processes"]) + stats["max-concurrency"]


class Listener(EventReceiver):
    """Begins once it hears of a worker, and listens until enough was heard."""

    def __init__(self, connection, begin, enough):
        super().__init__(connection, handlers={"*": self.hear}, app=jobs.app)
        self.begin, self.enough, self.heard, self.state = begin, enough, [], jobs.app.events.State()

    def hear(self, event):
        if self.begin:
            self.begin, begin = None, self.begin
            begin()
        self.heard.append(event)
        self.state.event(dict(event))
        if self.enough(self.heard):
            self.should_stop = True


def listen(begin, enough):
    with jobs.app.connection_for_read() as connection:
        listener = Listener(connection, begin, enough)
        for _ in listener.itercapture(limit=None, timeout=PATIENCE, wakeup=True):
            pass
        return listener


@scenario
def events():
    """What tasks tell of themselves, and what a State, as Flower's, makes of it.

    First heard of is a worker: heartbeats come whether or not there are events of tasks.
    """
    ids = {name: str(uuid.uuid4()) for name in ("done", "failed", "retried", "revoked", "expired")}
    ask("enable_events")

    def begin():
        ask("revoke", {"task_id": ids["revoked"]})
        add.apply_async((1, 2), task_id=ids["done"])
        fail.apply_async(("bad",), task_id=ids["failed"])
        retry_then.apply_async((1,), task_id=ids["retried"])
        add.apply_async((1, 2), task_id=ids["revoked"])
        add.apply_async((1, 2), task_id=ids["expired"], expires=-5)

    def enough(heard):
        ends = ("task-succeeded", "task-failed", "task-revoked")
        over = {event["uuid"] for event in heard if event["type"] in ends}
        return over == set(ids.values()) and any(event.get("freq") == 2.0 for event in heard)

    heard = (listener := listen(begin, enough)).heard
    by_task = {name: [event for event in heard if event.get("uuid") == task_id]
               for name, task_id in ids.items()}
    kinds = {event["type"]: event for event in reversed(heard)
             if event["type"].startswith("task-") or event.get("freq") == 2.0}
    told = ("args", "kwargs", "name", "result", "exception", "retries", "eta", "expires",
            "terminated", "signum", "freq")
    tasks = {name: listener.state.tasks[task_id] for name, task_id in ids.items()}
    return named({
        "by task": {name: sorted(event["type"] for event in found)
                    for name, found in by_task.items()},
        "done": [event["type"] for event in by_task["done"]],
        "fields": {kind: sorted(set(event) - {"local_received"})
                   for kind, event in sorted(kinds.items())},
        "said": {kind: {key: event[key] for key in told if key in event}
                 for kind, event in sorted(kinds.items())},
        "expired": [by_task[name][-1]["expired"] for name in ("revoked", "expired")],
        "states": {name: [task.state, task.name, task.args, task.result, task.exception]
                   for name, task in tasks.items()},
        "traceback": tasks["failed"].traceback.splitlines()[0],
        "worker": [worker.alive for worker in listener.state.workers.values()],
        "ordered": [e["clock"] for e in heard] == sorted(e["clock"] for e in heard),
    }, **ids)
