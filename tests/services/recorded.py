"""A loopback server that knows one recorded execution: it answers each request with what the service answered then."""

import http.server
import json
import re
import sys
import threading
import time
import uuid
import zlib
from email.utils import formatdate

import wire
from moto.core.utils import get_service_model

# What the services are called by Step Functions, and by botocore.
NAMES = {"states": "stepfunctions", "sfn": "stepfunctions"}
# Larger than a task's result may be.
TOO_LARGE = 300_000


class Attempt:
    """One recorded attempt of a task."""

    def __init__(self, task):
        self.outcome = task.get("outcome") or {}
        if task.get("resourceType"):
            kind = task["resourceType"].removeprefix("aws-sdk:")
            self.service, self.action = NAMES.get(kind, kind), wire.capital(task["resource"])
            self.parameters = task.get("parameters") or {}
        else:
            name = task["resource"].rpartition(":function:")[2]
            self.service, self.action = "lambda", "Invoke"
            self.parameters = {"FunctionName": name, "Payload": task.get("input")}


class Recording:
    """The attempts of an execution, and what was asked in their place."""

    def __init__(self, case, same):
        self.attempts = [Attempt(task) for task in case["tasks"]]
        self.same = same
        self.lock = threading.Lock()
        self.troubles = []
        self.agreed = 0

    def take(self, service, action, parameters, made_up=()):
        """The first attempt left that asks just this, else the first one of its action. What a client may make up by
        itself counts only where it was recorded."""
        with self.lock:
            left = [one for one in self.attempts if (one.service, one.action) == (service, action)]
            for attempt in left:
                meant = {name: parameters[name] for name in parameters.keys() - (set(made_up) - set(attempt.parameters))}
                if agrees(self.same, attempt.parameters, meant):
                    self.attempts.remove(attempt)
                    self.agreed += 1
                    return attempt
            if left:
                self.troubles.append(f"{action} wanted {json.dumps(left[0].parameters)}, was {json.dumps(parameters)}")
                self.attempts.remove(left[0])
                return left[0]
            self.troubles.append(f"{action} was not recorded (again): {json.dumps(parameters)}")
            return None

    def services(self):
        with self.lock:
            return list(dict.fromkeys(attempt.service for attempt in self.attempts))

    def complain(self, trouble):
        with self.lock:
            self.troubles.append(trouble)


def agrees(same, recorded, asked):
    """Whether what was asked is what was recorded. A service is sent no null; a text may be the JSON of a value."""
    if isinstance(recorded, dict) and isinstance(asked, dict):
        wanted = {name: value for name, value in recorded.items() if value is not None}
        return wanted.keys() == asked.keys() and all(agrees(same, wanted[name], asked[name]) for name in wanted)
    if isinstance(recorded, list) and isinstance(asked, list):
        return len(recorded) == len(asked) and all(agrees(same, *pair) for pair in zip(recorded, asked))
    if isinstance(asked, str) and not isinstance(recorded, str):
        try:
            asked = json.loads(asked)
        except ValueError:
            return False
    return same(recorded, asked)


class Server(http.server.ThreadingHTTPServer):
    """Serves one recording at `endpoint`."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, recording):
        super().__init__(("127.0.0.1", 0), Handler)
        self.recording = recording
        self.endpoint = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        recording = self.server.recording
        for service in recording.services():
            if service == "apigateway":
                return self.gateway(recording, body)
            url = self.server.endpoint + self.path
            if asked := wire.read(service, self.command, url, self.headers, body):
                # A Lambda endpoint of one's own wants no signature.
                is_signed = service != "lambda" or "Authorization" in self.headers
                if is_signed and not wire.signs_rightly(service, self.command, url, self.headers, body):
                    recording.complain(f"{service}: the signature is not what botocore would write")
                operation, parameters = asked
                attempt = recording.take(service, operation.name, parameters, wire.made_up(operation))
                recorded = attempt and (attempt.outcome.get("output") or {})
                if isinstance(recorded, dict) and recorded.get("ChecksumCRC32") not in (None, wire.checksum(body)):
                    recording.complain(f"{operation.name}: the body has not the recorded checksum: {body[:200]}")
                return self.answer(operation, attempt)
        recording.complain(f"unknown or too many requests: {self.command} {self.path} {dict(self.headers)} {body[:300]}")
        self.respond(500, {}, b"")

    do_GET = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_POST

    def answer(self, operation, attempt):
        outcome = attempt.outcome if attempt else {"error": "Recorded.NoMore", "cause": "none is left"}
        error = outcome.get("error")
        if error == "States.Timeout":
            time.sleep(120)  # The client goes away long before; nobody waits for this thread.
        elif (error or "").endswith("SdkClientException"):
            self.close_connection = True
        elif operation.name == "Invoke" and is_from_function(outcome):
            self.invoked(outcome)
        elif error == "EventBridge.FailedEntry":
            self.say(operation, outcome["cause"], {})
        elif error:
            self.say(operation, error_of(operation, outcome), {})
        else:
            output = dict(outcome["output"])
            headers = (output.pop("SdkHttpMetadata", None) or {}).get("AllHttpHeaders", {})
            output.pop("SdkResponseMetadata", None)
            self.say(operation, output, headers)

    def say(self, operation, result, recorded_headers):
        status, headers, body = wire.write(operation, result, str(uuid.uuid4()))
        self.respond(status, headers, body, recorded_headers)

    def invoked(self, outcome):
        """The answer of a Lambda function: its result or its error is the body."""
        error, output = outcome.get("error"), outcome.get("output")
        headers, recorded, result = {"Content-Type": "application/json"}, {}, output
        if error == "States.DataLimitExceeded":
            result = "x" * TOO_LARGE
        elif error:
            headers["X-Amz-Function-Error"], result = "Unhandled", outcome["cause"]
        elif isinstance(output, dict) and "SdkHttpMetadata" in output:
            recorded, result = output["SdkHttpMetadata"]["AllHttpHeaders"], output["Payload"]
        body = json.dumps(result, separators=(",", ":")).encode()
        self.respond(200, headers, body, recorded)

    def gateway(self, recording, body):
        """An API behind API Gateway, which is not AWS's protocol but any HTTP."""
        _, stage, path = self.path.split("/", 2)
        asked = {"ApiEndpoint": "<api-endpoint>", "Method": self.command, "Stage": stage, "Path": path}
        if body:
            asked["RequestBody"] = json.loads(body)
        attempt = recording.take("apigateway", "Invoke", asked)
        output = attempt.outcome["output"]
        body = json.dumps(output["ResponseBody"], separators=(",", ":")).encode()
        self.respond(output["StatusCode"], {}, body, output["Headers"])

    def respond(self, status, headers, body, recorded=()):
        """Headers are those recorded, with fresh values where a stand-in hides them. White space behind the body brings
        it to the length that was recorded."""
        recorded = {name: value[0] if isinstance(value, list) else None for name, value in dict(recorded).items()}
        said = {name.lower(): (name, value) for name, value in headers.items()}
        said |= {name.lower(): (name, value) for name, value in recorded.items()}
        for name in ("x-amzn-RequestId", "Date", "Content-Length"):
            said.setdefault(name.lower(), (name, None))
        body = body.ljust(int(said["content-length"][1] or 0))
        fresh = {"date": formatdate(usegmt=True), "content-length": str(len(body)), "x-amz-crc32": str(zlib.crc32(body))}
        self.send_response_only(status)
        for lower, (name, value) in said.items():
            self.send_header(name, fresh.get(lower) or value or str(uuid.uuid4()))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def is_from_function(outcome):
    """Whether the function answered, and not the Lambda service."""
    return not str(outcome.get("error", "")).startswith("Lambda.")


def error_of(operation, outcome):
    """Code and message of a recorded error."""
    cause = outcome.get("cause") or ""
    message = cause.partition(" (Service: ")[0]
    if found := re.search(r"; Error Code: ([^;]+);", cause):
        return found[1], message
    name = outcome["error"].rpartition(".")[2]
    shapes = get_service_model(operation.service_model.service_name).error_shapes
    # An SDK adds the word where the model has not got it.
    known = [shape.error_code or shape.name for shape in shapes if name in (shape.name, shape.name + "Exception")]
    return (known or [name.removesuffix("Exception") if shapes else name])[0], message
