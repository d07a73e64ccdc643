"""The tasks of these tests as Python declares them; worker_main.cpp declares the same in C++.

A worker of them: /usr/bin/python3 -m celery -A jobs worker, with REDIS_URL in the environment.
"""
import os
import time

from celery import Celery

app = Celery("jobs", broker=os.environ["REDIS_URL"], backend=os.environ["REDIS_URL"])
app.conf.update(
    task_default_queue="default",
    worker_redirect_stdouts=False,
    broker_transport_options={"visibility_timeout": int(os.environ.get("VISIBILITY", "3600"))},
)


@app.task(name="add")
def add(x, y):
    return x + y


@app.task(name="mul")
def mul(x, y):
    return x * y


@app.task(name="echo")
def echo(value):
    return value


@app.task(name="tsum")
def tsum(numbers):
    return sum(numbers)


@app.task(name="greet")
def greet(name, times=1, greeting="Hello"):
    return f"{greeting}, {name}! " * times


@app.task(name="send_welcome_email")
def send_welcome_email(email):
    return f"Welcome, {email}!"


@app.task(name="noret")
def noret():
    pass


@app.task(name="ignored", ignore_result=True)
def ignored(value):
    return value


@app.task(name="big")
def big(size):
    return "x" * size


@app.task(name="fail")
def fail(message):
    raise ValueError(message)


@app.task(name="fail_with")
def fail_with(kind, *arguments):
    raise {"KeyError": KeyError, "LookupError": LookupError, "RuntimeError": RuntimeError}[kind](
        *arguments
    )


@app.task(name="retry_then", bind=True, max_retries=5)
def retry_then(self, failures):
    """Fails so many times, then tells how often it was tried again."""
    if self.request.retries < failures:
        raise self.retry(exc=ValueError(f"try {self.request.retries}"), countdown=0.05)
    return self.request.retries


@app.task(name="give_up", bind=True, max_retries=2)
def give_up(self):
    raise self.retry(exc=ValueError("no use"), countdown=0.05)


@app.task(name="autoretry", bind=True, autoretry_for=(ValueError,), max_retries=3,
          retry_backoff=False, default_retry_delay=0.05)
def autoretry(self, failures):
    if self.request.retries < failures:
        raise ValueError("again")
    return self.request.retries


@app.task(name="progress", bind=True)
def progress(self, steps):
    for done in range(steps):
        self.update_state(state="PROGRESS", meta={"done": done, "total": steps})
    return steps


@app.task(name="slow")
def slow(seconds):
    time.sleep(seconds)
    return seconds


@app.task(name="tracked", track_started=True)
def tracked(value):
    return value


@app.task(name="late", acks_late=True)
def late(seconds):
    time.sleep(seconds)
    return seconds


@app.task(name="now")
def now():
    return time.time()


@app.task(name="limited", rate_limit="600/m")
def limited():
    pass


@app.task(name="request", bind=True)
def request(self, *_):
    """What a task may know of its own call."""
    about = self.request
    return {
        "id": about.id,
        "root_id": about.root_id,
        "parent_id": about.parent_id,
        "retries": about.retries,
        "hostname": about.hostname,
        "queue": about.delivery_info["routing_key"],
        "priority": about.delivery_info["priority"],
        "redelivered": bool(about.delivery_info.get("redelivered")),
        "tenant": (about.headers or {}).get("tenant") or about.get("tenant"),
    }


@app.task(name="traced", bind=True)
def traced(self):
    """Where opentelemetry-instrumentation-celery looks for the trace."""
    return [getattr(self.request, name, None) for name in ("traceparent", "tracestate")]
