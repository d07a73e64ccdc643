"""A real SMTP server (aiosmtpd) for one test; smtp_server.hpp starts it.

Prints "listening <port>", then for each message it takes the name of a file that has it as JSON, read
by Python's own email package. A recipient whose local part opens with a code is refused with it: "550-ada@example.com" at
RCPT, "data-451-ada@example.com" after the message. Ends by itself when nobody speaks to it for a
minute, so that a test that waits for a message in vain ends too.
"""

import argparse
import asyncio
import email
import email.policy
import json
import re
import ssl

from aiosmtpd.smtp import SMTP, AuthResult


def shown(message):
    """A message as a reader would show it: headers decoded, bodies by their type."""
    bodies = {}
    for part in message.walk():
        if not part.is_multipart():
            bodies[part.get_content_type()] = part.get_content().replace("\r\n", "\n")
    return {
        "headers": {name: str(value) for name, value in message.items()},
        "addresses": {
            name: [[a.display_name, a.addr_spec] for a in message[name].addresses]
            for name in ("from", "to", "cc", "reply-to")
            if message[name] is not None
        },
        "content_type": message.get_content_type(),
        "bodies": bodies,
        "defects": [
            str(defect)
            for part in message.walk()
            for defect in [*part.defects, *(d for v in part.values() for d in v.defects)]
        ],
    }


class Handler:
    def __init__(self, folder, fail_first):
        self.folder = folder
        self.count = 0
        self.to_fail = fail_first
        self.last_seen = asyncio.get_running_loop().time()

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.last_seen = asyncio.get_running_loop().time()
        if refused := re.match(r"(\d{3})-", address):
            return f"{refused[1]} 5.1.1 {address} is refused"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.to_fail > 0:
            self.to_fail -= 1
            return "451 4.3.0 try again"
        for address in envelope.rcpt_tos:
            if refused := re.match(r"data-(\d{3})-", address):
                return f"{refused[1]}-5.7.1 this message\r\n{refused[1]} 5.7.1 is spam"
        data = envelope.original_content
        taken = {
            "mail_from": envelope.mail_from,
            "rcpt_tos": envelope.rcpt_tos,
            "options": envelope.mail_options,
            "greeting": session.host_name,
            "tls": server.transport.get_extra_info("ssl_object") is not None,
            "user": getattr(session, "user", None),
            "data": data.decode("utf-8"),
            **shown(email.message_from_bytes(data, policy=email.policy.default)),
        }
        self.count += 1
        path = f"{self.folder}/{self.count}.json"
        with open(path, "w") as file:
            json.dump(taken, file)
        print(path, flush=True)
        return "250 2.0.0 taken"


def authenticator(credentials):
    user, password = credentials.split(":")

    def check(server, session, envelope, mechanism, data):
        if (data.login, data.password) != (user.encode(), password.encode()):
            return AuthResult(success=False, handled=False, message="535 5.7.8 who is there?")
        session.user = user
        return AuthResult(success=True)

    return check


async def main(options):
    context = None
    if options.certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(options.certificate)
    handler = Handler(options.folder, options.fail_first)

    def session():
        return SMTP(
            handler,
            enable_SMTPUTF8=not options.no_smtputf8,
            decode_data=False,
            tls_context=None if options.implicit else context,
            auth_require_tls=not options.auth_in_clear,
            auth_required=bool(options.login),
            authenticator=authenticator(options.login) if options.login else None,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        session, "127.0.0.1", 0, ssl=context if options.implicit else None
    )
    print("listening", server.sockets[0].getsockname()[1], flush=True)
    while loop.time() - handler.last_seen < 60:
        await asyncio.sleep(1)


parser = argparse.ArgumentParser()
parser.add_argument("folder", help="where the messages go")
parser.add_argument("--certificate", help="a file with key and certificate")
parser.add_argument("--implicit", action="store_true", help="TLS from the first byte")
parser.add_argument("--login", help="user:password, demanded from everybody")
parser.add_argument("--auth-in-clear", action="store_true")
parser.add_argument("--no-smtputf8", action="store_true")
parser.add_argument("--fail-first", type=int, default=0, help="451 to that many messages")
asyncio.run(main(parser.parse_args()))
