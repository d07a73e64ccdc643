"""Several workers, of both languages: what they tell each other, and how they share."""
from celery import chord

import jobs
from jobs import add, echo, request, tsum
from scenario import PATIENCE, error, scenario, value


@scenario
def revoke_for_later():
    return len(jobs.app.control.revoke("later", reply=True, timeout=PATIENCE, limit=1))


@scenario
def sent_later():
    """To a worker that was not there when it was revoked."""
    return error(add.apply_async((1, 2), task_id="later"))["args"]


@scenario
def shared():
    """Both work on one queue until each has done something, and none is lost."""
    hosts = set()
    rounds = 0
    while len(hosts) < 2 and rounds < 50:
        rounds += 1
        hosts |= {value(result)["hostname"] for result in [request.delay() for _ in range(20)]}
    return {
        "hosts": sorted(hosts),
        "sum": value(chord(add.s(i, 1) for i in range(40))(tsum.s())),
        "pings": len(jobs.app.control.ping(timeout=PATIENCE, limit=2)),
        "echo": [value(result) for result in [echo.delay(i) for i in range(40)]] == [*range(40)],
    }
