"""A collector for one test: takes OTLP/HTTP in JSON and looks at every field; otlp_receiver.hpp starts it.

Prints "listening <port>", then for each request a line of JSON: what was answered, the headers, what is wrong
with the message ("problems"), who sent it ("resource") and its spans, simplified. The fields and their JSON forms are
those of opentelemetry-proto 1.5 and of the specification's "JSON Protobuf Encoding". Where the official message classes
are there (python3-opentelemetry-proto, in Debian 13 and later), each message is read by these, too, and strictly. To
have all messages of the tests read by them: PLINTH_OTLP_RECORD=messages build/dev/bin/tracing_test, and on such a Debian
python3 otlp_receiver.py --check messages. Ends by itself when nobody speaks to it for a minute, or as long as --idle says.
"""

import argparse
import base64
import copy
import gzip
import http.server
import json
import os
import re
import sys
import threading
import time

try:
    from google.protobuf import json_format
    from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

    OFFICIAL = trace_service_pb2.ExportTraceServiceRequest
except ImportError:
    OFFICIAL = None


def of_hex(digits):
    def check(value):
        return isinstance(value, str) and re.fullmatch(rf"[0-9a-f]{{{digits}}}", value) and set(value) != {"0"}

    return check


def text(value):
    return isinstance(value, str)


def truth(value):
    return isinstance(value, bool)


def number(value):
    return value in ("NaN", "Infinity", "-Infinity") or (isinstance(value, (int, float)) and not truth(value))


def count(value):
    return isinstance(value, int) and not truth(value) and 0 < value < 2**32


def fixed64(value):
    return isinstance(value, str) and re.fullmatch(r"[1-9][0-9]{0,19}", value) and int(value) < 2**64


def int64(value):
    return isinstance(value, str) and re.fullmatch(r"0|-?[1-9][0-9]*", value) and -(2**63) <= int(value) < 2**63


def one_of(*values):
    return lambda value: not truth(value) and value in values


ANY_VALUE = {"stringValue": text, "boolValue": truth, "intValue": int64, "doubleValue": number}
KEY_VALUE = {"key!": text, "value!": ANY_VALUE}
EVENT = {"timeUnixNano!": fixed64, "name!": text, "attributes": [KEY_VALUE], "droppedAttributesCount": count}
SPAN = {
    "traceId!": of_hex(32),
    "spanId!": of_hex(16),
    "traceState": text,
    "parentSpanId": of_hex(16),
    "flags": count,
    "name!": text,
    "kind!": one_of(1, 2, 3, 4, 5),
    "startTimeUnixNano!": fixed64,
    "endTimeUnixNano!": fixed64,
    "attributes": [KEY_VALUE],
    "droppedAttributesCount": count,
    "events": [EVENT],
    "droppedEventsCount": count,
    "status": {"message": text, "code!": one_of(1, 2)},
}
REQUEST = {
    "resourceSpans!": [
        {
            "resource!": {"attributes!": [KEY_VALUE]},
            "scopeSpans!": [{"scope!": {"name!": text, "version!": text}, "spans!": [SPAN]}],
        }
    ]
}


def problems_of(value, form, where):
    """What in `value` is not of that form: a message, a list of one, or a check."""
    if callable(form):
        return [] if form(value) else [f"{where}: {value!r}"]
    if isinstance(form, list):
        if not isinstance(value, list):
            return [f"{where}: no list"]
        return [p for i, item in enumerate(value) for p in problems_of(item, form[0], f"{where}[{i}]")]
    if not isinstance(value, dict):
        return [f"{where}: no object"]
    found = [f"{where}.{name[:-1]}: missing" for name in form if name.endswith("!") and name[:-1] not in value]
    for name, item in value.items():
        inner = form.get(name, form.get(name + "!"))
        found += [f"{where}.{name}: unknown"] if inner is None else problems_of(item, inner, f"{where}.{name}")
    if form is ANY_VALUE and len(value) != 1:
        found.append(f"{where}: not one value")
    return found


def without_empty_lists(value):
    if isinstance(value, dict):
        return {name: without_empty_lists(item) for name, item in value.items() if item != []}
    return [without_empty_lists(item) for item in value] if isinstance(value, list) else value


def official_problems(message):
    """Read by the generated classes, which know ids as base64, nothing may be left over or changed."""
    if OFFICIAL is None:
        return []
    plain = copy.deepcopy(message)
    for resource_spans in plain["resourceSpans"]:
        for scope_spans in resource_spans["scopeSpans"]:
            for span in scope_spans["spans"]:
                for name in ("traceId", "spanId", "parentSpanId"):
                    if name in span:
                        span[name] = base64.b64encode(bytes.fromhex(span[name])).decode()
    try:
        read = json_format.ParseDict(plain, OFFICIAL(), ignore_unknown_fields=False)
    except json_format.ParseError as error:
        return [f"official classes: {error}"]
    # Compared as JSON, where NaN is a text and so the same as itself.
    again = json_format.MessageToDict(read, use_integers_for_enums=True)
    return [] if again == without_empty_lists(plain) else ["official classes: they read something else"]


def attributes_of(item):
    return {a["key"]: next(iter(a["value"].values())) for a in item.get("attributes", [])}


def simplified(span):
    return {
        "name": span["name"],
        "kind": span["kind"],
        "trace": span["traceId"],
        "span": span["spanId"],
        "parent": span.get("parentSpanId", ""),
        "remote": bool(span["flags"] & 0x200),
        "flags": span["flags"] & 0xFF,
        "state": span.get("traceState", ""),
        "start": int(span["startTimeUnixNano"]),
        "end": int(span["endTimeUnixNano"]),
        "attributes": attributes_of(span),
        "events": [{"name": e["name"], "attributes": attributes_of(e)} for e in span.get("events", [])],
        "status": span.get("status", {}),
    }


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answers = []
    lock = threading.Lock()
    last_seen = time.monotonic()

    def log_message(self, *_):
        pass

    def do_POST(self):
        Receiver.last_seen = time.monotonic()
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        with self.lock:
            status, _, rest = (self.answers.pop(0) if self.answers else "200").partition(":")
        problems = [] if self.path == "/v1/traces" else [f"path: {self.path}"]
        if self.headers.get("content-type") != "application/json":
            problems.append(f"content-type: {self.headers.get('content-type')}")
        message = json.loads(body.decode("utf-8"))
        if record := os.environ.get("PLINTH_OTLP_RECORD"):
            with self.lock, open(record, "a") as file:
                file.write(json.dumps(message) + "\n")
        problems += problems_of(message, REQUEST, "request")
        report = {"status": int(status), "headers": {k.lower(): v for k, v in self.headers.items()}}
        if not problems:
            problems += official_problems(message)
            resource_spans = message["resourceSpans"][0]
            report["resource"] = attributes_of(resource_spans["resource"])
            report["spans"] = [simplified(s) for s in resource_spans["scopeSpans"][0]["spans"]]
        report["problems"] = problems
        report["official"] = OFFICIAL is not None
        with self.lock:
            print(json.dumps(report), flush=True)
        answer = b"{}"
        if status == "200" and rest:
            answer = json.dumps({"partialSuccess": {"rejectedSpans": rest, "errorMessage": "no room"}}).encode()
        self.send_response(int(status))
        if status != "200" and rest:
            self.send_header("retry-after", rest)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A client that is killed resets its connection."""


parser = argparse.ArgumentParser()
parser.add_argument("--answers", default="", help="200:3 rejects three, 503:1 has Retry-After: 1; then 200")
parser.add_argument("--host", default="127.0.0.1")
parser.add_argument("--port", type=int, default=0)
parser.add_argument("--idle", type=int, default=60, help="seconds")
parser.add_argument("--check", help="a file of messages that the official classes are to read")
options = parser.parse_args()
if options.check:
    if OFFICIAL is None:
        sys.exit("install python3-opentelemetry-proto and python3-protobuf")
    with open(options.check) as file:
        messages = [json.loads(line) for line in file]
    found = [problem for message in messages for problem in official_problems(message)]
    sys.exit("\n".join(found) if found else print(len(messages), "messages, all read by the official classes"))
Receiver.answers = [answer for answer in options.answers.split(",") if answer]
server = Server((options.host, options.port), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
print("listening", server.server_address[1], flush=True)
while time.monotonic() - Receiver.last_seen < options.idle:
    time.sleep(1)
