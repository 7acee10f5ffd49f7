"""A small Lambda endpoint: answers Invoke by the functions of functions.py. Prints its address when it is ready.

It stands in for AWS, for the Runtime Interface Emulator or for any other server with this API.
"""

import http.server
import json
import urllib.parse

import functions

PATH = ["2015-03-31", "functions", None, "invocations"]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        parts = urllib.parse.urlsplit(self.path).path.strip("/").split("/")
        name = urllib.parse.unquote(parts[2]).rpartition(":")[2] if len(parts) == len(PATH) else ""
        function = getattr(functions, name, None)
        if function is None:
            headers = {"X-Amzn-ErrorType": "ResourceNotFoundException"}
            return self.say(404, headers, {"Message": f"Function not found: {name}"})
        headers = {"X-Amz-Executed-Version": "$LATEST"}
        try:
            self.say(200, headers, function(event, None))
        except Exception as error:
            headers["X-Amz-Function-Error"] = "Unhandled"
            self.say(200, headers, {"errorMessage": str(error), "errorType": type(error).__name__})

    def say(self, status, headers, value):
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
