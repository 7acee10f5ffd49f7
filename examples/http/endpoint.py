"""A small ticket system. Prints its address when it is ready. It is busy once, and wants a title and a key."""

import http.server
import json

busy = [True]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/v1/tickets?notify=true":
            return self.say(404, {"error": f"nothing is at {self.path}"})
        if self.headers["X-Api-Key"] != "open sesame":
            return self.say(401, {"error": "who are you?"})
        if not asked["title"]:
            return self.say(400, {"error": "a ticket has a title"})
        if asked["title"].startswith("Port") and busy:
            busy.pop()
            return self.say(429, {"error": "later, please"})
        number = 101 + len(asked["title"])
        self.say(201, {"number": number}, {"Location": f"/v1/tickets/{number}"})

    def say(self, status, value, headers={}):
        body = json.dumps(value).encode()
        self.send_response(status)
        for name, text in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
server.serve_forever()
