"""The tasks as the seed's application declares them, for Debian's Celery, beside whose queue ours is."""
import os

from celery import Celery

celery = Celery("app", broker=os.environ["REDIS_URL"], backend=os.environ["REDIS_URL"])
celery.conf.task_default_queue = "default"


@celery.task(name="send_welcome_email")
def send_welcome_email(email: str) -> None:
    print(f"Welcome, {email}!")
