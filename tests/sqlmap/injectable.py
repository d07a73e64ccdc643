"""A server that builds SQL from what it is sent: sqlmap must find that, or its silence about ours
says nothing. Prints its port."""

import http.server
import json
import sqlite3

database = sqlite3.connect(":memory:", check_same_thread=False)
database.executescript("CREATE TABLE users (id INTEGER, email TEXT);"
                       "INSERT INTO users VALUES (1, 'ada@example.com')")


class Injectable(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        sql = "SELECT id FROM users WHERE email = '%s'" % body.get("email")
        try:
            answer, status = json.dumps(database.execute(sql).fetchall()), 200
        except sqlite3.Error as error:
            answer, status = str(error), 400
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Injectable)
print(server.server_port, flush=True)
server.serve_forever()
