"""Messages that a worker cannot understand, each a good one with something knocked out."""
import base64
import json

from scenario import scenario, server, until


def good(name):
    body = [[name], {}, {"callbacks": None, "errbacks": None, "chain": None, "chord": None}]
    return {
        "body": encoded(body),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {"lang": "py", "task": "echo", "id": f"poison-{name}", "eta": None},
        "properties": {
            "delivery_info": {"exchange": "", "routing_key": "default"},
            "body_encoding": "base64",
            "delivery_tag": f"tag-{name}",
        },
    }


def encoded(body):
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return base64.b64encode(text).decode()


def without(*path):
    def knock_out(message):
        inner = message
        for key in path[:-1]:
            inner = inner[key]
        del inner[path[-1]]
    return knock_out


def having(found, *path):
    def put(message):
        inner = message
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = found
    return put


CHANGES = {
    "no properties": without("properties"),
    "no delivery_tag": without("properties", "delivery_tag"),
    "no delivery_info": without("properties", "delivery_info"),
    "no exchange": without("properties", "delivery_info", "exchange"),
    "no routing_key": without("properties", "delivery_info", "routing_key"),
    "no body_encoding": without("properties", "body_encoding"),
    "no content-type": without("content-type"),
    "no body": without("body"),
    "no headers": without("headers"),
    "no id": without("headers", "id"),
    "no task": without("headers", "task"),
    "two in body": having(encoded([["a"], {}]), "body"),
    "no list in body": having(encoded({"a": 1}), "body"),
    "args no list": having(encoded([{"a": 1}, {}, {}]), "body"),
    "kwargs no object": having(encoded([["a"], [], {}]), "body"),
    "embed no object": having(encoded([["a"], {}, 7]), "body"),
    "chain no list": having(encoded([["a"], {}, {"chain": 7}]), "body"),
    "chord no object": having(encoded([["a"], {}, {"chord": [1]}]), "body"),
    "bad base64": having("!!!", "body"),
    "body no json": having(encoded(b"\x80\x04pickle"), "body"),
    "body no text": having(7, "body"),
    "deep body": having(encoded(b"[" * 100_000), "body"),
    "pickle": having("application/x-python-serialize", "content-type"),
    "unknown encoding": having("rot13", "properties", "body_encoding"),
    "bad eta": having("tomorrow", "headers", "eta"),
    "bad expires": having("[]", "headers", "expires"),
    "bad retries": having("many", "headers", "retries"),
    "bad timelimit": having("long", "headers", "timelimit"),
    "id a number": having(7, "headers", "id"),
    "task a list": having([], "headers", "task"),
    "properties a list": having([], "properties"),
    "unknown task": having("nope", "headers", "task"),
}
TEXTS = {
    "empty": b"",
    "no json": b"hello",
    "a number": b"7",
    "null": b"null",
    "a list": b"[1, 2]",
    "no utf-8": b'{"body": "\xff\xfe"}',
    "a zero byte": b"\x00",
    "half": json.dumps(good("half")).encode()[:-40],
    "deep": b"[" * 100_000,
}


@scenario
def poison():
    """What has a result afterwards, and what is left in the queue or unacknowledged."""
    for name, change in CHANGES.items():
        message = good(name)
        change(message)
        server.lpush("default", json.dumps(message))
    for text in TEXTS.values():
        server.lpush("default", text)
    server.lpush("default", json.dumps(good("nothing")))

    def nothing_waits():
        return not (server.llen("default") or server.hlen("unacked"))
    until(nothing_waits)
    results = {name: server.get(f"celery-task-meta-poison-{name}")
               for name in [*CHANGES, "nothing"]}
    return {
        "sent": len(CHANGES) + len(TEXTS) + 1,
        "done": sorted(name for name, meta in results.items()
                       if meta and json.loads(meta)["status"] == "SUCCESS"),
        "failed": sorted(name for name, meta in results.items()
                         if meta and json.loads(meta)["status"] != "SUCCESS"),
    }
