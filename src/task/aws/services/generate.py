#!/usr/bin/env python3
"""Writes the descriptions of AWS services beside this file, from the models that botocore carries.

    python3 -m venv venv && venv/bin/pip install botocore==1.44.5
    venv/bin/python src/task/aws/services/generate.py

A description holds what is needed to write a request and to read its answer, and nothing else. Four parts:

    api s3 rest-xml 2006-03-01 s3 s3.{region} - - -      name, protocol, version, signing name, host; target and version
                                                         of JSON; whether it spoke query before JSON
    exception Sqs SQS AmazonSQS AmazonSQS                names in failures: of aws-sdk; of optimized integrations the
                                                         prefix, the exception without its own name, the service

    GetObject 2F 1C GET /{Bucket}/{Key+} flags           action, input, output (shapes, or -); for REST its route;
                                                         checksum, host=PREFIX

    NoSuchKey NoSuchKeyException                         error code, its name in aws-sdk, its name in optimized ones

    {Bucket,s,uBucket Key,s,uKey                         a structure: its members
    [s,wmember                                           a list: of what, and the wire name of an element
    <s 3a                                                a map: keys, values

A shape is named by its line in the last part, from 0, in base 36, upper case. The simple types are lower-case letters:
s string, n number, b boolean, x blob, t timestamp (te epoch seconds, ti ISO 8601, th HTTP date), j any JSON.

A member is its name in the model, its type, and attributes: wNAME the wire name where it is another one, QNAME the wire
name in ec2 requests, hNAME header, pPREFIX headers with a prefix, qNAME query string, uNAME path, c status code,
F flattened, P the whole body, I a token that makes the request idempotent, A an attribute in XML, =NAME the name in
definitions and results where it is not the model's with its first letter in upper case.
"""

import pathlib
import re

from botocore.loaders import Loader

HERE = pathlib.Path(__file__).parent

# botocore's name: name in resources, exception prefix (Step Functions Developer Guide, "Learning to use AWS service SDK
# integrations"), and for optimized integrations the exception prefix and the service's name in causes.
SERVICES = {
    "autoscaling": ("autoscaling", "AutoScaling", None),
    "cloudtrail": ("cloudtrail", "CloudTrail", None),
    "config": ("config", "Config", None),
    "dynamodb": ("dynamodb", "DynamoDb", "DynamoDB AmazonDynamoDB AmazonDynamoDBv2"),
    "ec2": ("ec2", "Ec2", None),
    "events": ("eventbridge", "EventBridge", "EventBridge AmazonEventBridge AmazonEventBridge"),
    "guardduty": ("guardduty", "GuardDuty", None),
    "iam": ("iam", "Iam", None),
    "kms": ("kms", "Kms", None),
    "lambda": ("lambda", "Lambda", "Lambda AWSLambda AWSLambda"),
    "logs": ("cloudwatchlogs", "CloudWatchLogs", None),
    "s3": ("s3", "S3", None),
    "secretsmanager": ("secretsmanager", "SecretsManager", None),
    "securityhub": ("securityhub", "SecurityHub", None),
    "sns": ("sns", "Sns", "SNS AmazonSNS AmazonSNS"),
    "sqs": ("sqs", "Sqs", "SQS AmazonSQS AmazonSQS"),
    "ssm": ("ssm", "Ssm", None),
    "stepfunctions": ("sfn", "Sfn", "StepFunctions AWSStepFunctions AWSStepFunctions"),
    "sts": ("sts", "Sts", None),
}

# Step Functions does not offer these (same page), beside those that answer with a stream of events.
REFUSED = {"sts": {"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"}, "s3": {"WriteGetObjectResponse"}}

LETTERS = {"string": "s", "integer": "n", "long": "n", "float": "n", "double": "n", "boolean": "b", "blob": "x", "timestamp": "t"}
FORMATS = {"unixTimestamp": "te", "iso8601": "ti", "rfc822": "th"}


def base36(number):
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[digit] + digits
        if number == 0:
            return digits


def words(name):
    """Words as the Java SDK finds them for names of exceptions: KMSDisabledException, EC2Throttled."""
    name = re.sub(r"[^A-Za-z0-9]+", " ", name)
    name = re.sub(r"([^a-z]{2,})v([0-9]+)", r"\1 v\2 ", name)
    name = re.sub(r"([^A-Z]{2,})V([0-9]+)", r"\1 V\2 ", name)
    name = re.sub(r"(?<=[a-z])(?=[A-Z][a-zA-Z0-9])", " ", name)
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", name)
    name = re.sub(r"([0-9])([a-zA-Z])", r"\1 \2", name)
    return name.split()


def exception(shape):
    """`NoSuchKey` is thrown as NoSuchKeyException; the second name is that of the newer Java SDK."""
    base = re.sub("(Fault|Exception)$", "", shape) + "Exception"
    return base, "".join(word.capitalize() for word in words(base))


class Service:
    def __init__(self, folder):
        # With what botocore and the Java SDK agree to read otherwise than the model says: S3's Expires is a time.
        self.model = Loader().load_service_model(folder, "service-2")
        self.folder = folder
        self.name, self.prefix, self.optimized = SERVICES[folder]
        self.meta, self.shapes = self.model["metadata"], self.model["shapes"]
        self.protocol = self.meta["protocol"]
        self.is_xml = self.protocol in ("rest-xml", "query", "ec2")

    def actions(self):
        for name, action in sorted(self.model["operations"].items()):
            ends = [self.shapes[action[end]["shape"]] for end in ("input", "output") if end in action]
            streams = any(self.streams_events(shape) for shape in ends)
            if not streams and name not in REFUSED.get(self.folder, ()):
                yield name, action

    def streams_events(self, shape):
        members = shape.get("members", {}).values()
        return any(self.shapes[member["shape"]].get("eventstream") for member in members)

    def closure(self, roots):
        """Every structure, list and map that is reached."""
        found, open_ = [], list(roots)
        while open_:
            name = open_.pop()
            shape = self.shapes[name]
            if name in found or shape["type"] in LETTERS or shape.get("document"):
                continue
            found.append(name)
            parts = list(shape.get("members", {}).values())
            parts += [shape[part] for part in ("member", "key", "value") if part in shape]
            open_ += [part["shape"] for part in parts]
        return sorted(found)

    def type_of(self, name, names, given=None):
        shape = self.shapes[name]
        if shape.get("document"):
            return "j"
        if shape["type"] == "timestamp":
            return FORMATS.get((given or {}).get("timestampFormat") or shape.get("timestampFormat"), "t")
        return LETTERS.get(shape["type"]) or names[name]

    def line(self, name, names):
        shape = self.shapes[name]
        if shape["type"] == "list":
            wire = shape["member"].get("locationName")
            wire = f",w{wire}" if wire and self.is_xml else ""
            return f"[{self.type_of(shape['member']['shape'], names)}{wire}"
        if shape["type"] == "map":
            parts = (shape[part] for part in ("key", "value"))
            parts = (
                self.type_of(part["shape"], names) + (f",w{part['locationName']}" if self.is_xml and "locationName" in part else "")
                for part in parts
            )
            return "<" + " ".join(parts)
        members = sorted(shape["members"].items(), key=lambda pair: (bool(pair[1].get("streaming")), pascal(pair[0])))
        return "{" + " ".join(self.member(shape, *pair, names) for pair in members)

    def member(self, structure, name, member, names):
        shape = self.shapes[member["shape"]]
        parts = [name, self.type_of(member["shape"], names, member)]
        if pascal(name) == "Equals":
            parts.append("=EqualsValue")  # Same page, "API naming conventions".
        wire = member.get("locationName", name)
        place = member.get("location")
        if place:
            parts.append({"header": "h", "headers": "p", "querystring": "q", "uri": "u", "statusCode": "c"}[place] + ("" if place == "statusCode" else wire))
        elif structure.get("payload") == name:
            parts.append("P")
            if wire != name:
                parts.append("w" + wire)
        else:
            flat = self.is_xml and (member.get("flattened") or shape.get("flattened"))
            if flat:
                parts.append("F")
                if shape["type"] == "list":
                    wire = shape["member"].get("locationName", wire)
            if wire != name:
                parts.append("w" + wire)
            if "queryName" in member and self.protocol == "ec2":
                parts.append("Q" + member["queryName"])
            if member.get("xmlAttribute"):
                parts.append("A")
        if member.get("idempotencyToken"):
            parts.append("I")
        return ",".join(parts)

    def number(self):
        """Numbers for shapes: shapes that are written alike are one, as are the ones above them then."""
        ends = (action[end]["shape"] for _, action in self.actions() for end in ("input", "output") if end in action)
        shapes = self.closure(ends)
        classes = {name: 0 for name in shapes}
        count = 1
        while True:
            names = {name: str(number) for name, number in classes.items()}
            lines = {name: self.line(name, names) for name in shapes}
            order = {line: place for place, line in enumerate(sorted(set(lines.values())))}
            classes = {name: order[lines[name]] for name in shapes}
            if len(order) == count:
                break
            count = len(order)
        names = {name: base36(number) for name, number in classes.items()}
        lines = {classes[name]: self.line(name, names) for name in shapes}
        return names, [lines[number] for number in range(len(lines))]

    def describe(self):
        names, lines = self.number()
        signing = self.meta.get("signingName", self.meta["endpointPrefix"])
        host = self.meta["endpointPrefix"] + ("" if self.name == "iam" else ".{region}")
        target = f"{self.meta['targetPrefix']} {self.meta['jsonVersion']}" if self.protocol == "json" else "- -"
        query = "query" if "awsQueryCompatible" in self.meta else "-"
        header = [f"api {self.name} {self.protocol} {self.meta['apiVersion']} {signing} {host} {target} {query}"]
        header.append(f"exception {self.prefix} {self.optimized or '- - -'}")
        actions = [self.action(name, action, names) for name, action in self.actions()]
        errors = sorted(self.error(name, shape) for name, shape in self.shapes.items() if shape.get("exception"))
        return "\n--\n".join("\n".join(part) for part in (header, actions, errors, lines)) + "\n"

    def action(self, name, action, names):
        parts = [name] + [names[action[end]["shape"]] if end in action else "-" for end in ("input", "output")]
        http = action["http"]
        if self.protocol.startswith("rest"):
            parts += [http["method"], http["requestUri"]]
            if "requestAlgorithmMember" in action.get("httpChecksum", {}):
                parts.append("checksum")
        if action.get("endpoint", {}).get("hostPrefix"):
            parts.append("host=" + action["endpoint"]["hostPrefix"])
        return " ".join(parts)

    def error(self, name, shape):
        code = shape.get("error", {}).get("code", name)
        older, newer = exception(name)
        if self.protocol in ("json", "rest-json"):
            code = name
        return " ".join([code, newer] + ([older] if older != newer and self.optimized else []))


def pascal(name):
    return name[0].upper() + name[1:]


for folder in SERVICES:
    service = Service(folder)
    (HERE / f"{service.name}.txt").write_text(service.describe())
