"""What kombu's Redis transport does to messages, as a worker of Celery's does it.

kombu_worker.py URL take QUEUE      takes a message and dies: it stays unacknowledged
kombu_worker.py URL restore         looks for what was held too long, and says how many were
"""
import os
import sys

from kombu import Connection

url, action = sys.argv[1:3]
connection = Connection(url, transport_options={"visibility_timeout": 3600})
channel = connection.default_channel
if action == "take":
    message = connection.SimpleQueue(sys.argv[3]).get(timeout=10)
    print(message.headers["id"], flush=True)
    os._exit(0)
if action == "restore":
    before = channel.client.hlen("unacked")
    channel.qos.restore_visible(num=100)
    print(before - channel.client.hlen("unacked"))
