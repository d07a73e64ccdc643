"""The trace of a call, as opentelemetry-instrumentation-celery hands it on: by the signal before a message is
published it is put into the headers, and the worker reads it from the request."""
from celery import signals

from jobs import echo
from scenario import scenario

PARENT = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "tracestate": "vendor=1"}


@scenario
def send_traced():
    def inject(headers=None, **_):
        headers.update(PARENT)

    signals.before_task_publish.connect(inject)
    try:
        echo.apply_async(("traced",), ignore_result=True)
    finally:
        signals.before_task_publish.disconnect(inject)
    return "sent"
