"""AWS requests and answers on the wire, by botocore's models and moto's parsers and serializers: nothing of our own code."""

import base64
import json
import re
import warnings
import zlib
from datetime import datetime, timezone

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import SerializationContext, get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.exceptions import HTTPException

CREDENTIALS = Credentials("recorded", "recorded-secret")
# What S3 clients say about the body by themselves.
ABOUT_THE_BODY = {"ContentLength", "ContentType", "ContentMD5", "ChecksumAlgorithm", "ChecksumMode", "ChecksumCRC32"}


class Refusal(Exception):
    """An error of a service."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code, self.message = code, message


def read(service, method, url, headers, body):
    """The operation of the service that is asked for, and its parameters; none if this is no request of the service."""
    request = Request.from_primitives(method, url, headers, body)
    try:
        operation, labels = get_service_router(service).match(request)
        protocol = determine_request_protocol(get_service_model(service), request.content_type)
    except (HTTPException, NotImplementedError):
        return None
    asked = {"method": method, "values": request.values, "headers": request.headers, "body": body}
    parser = PROTOCOL_PARSERS[protocol](operation)
    parameters = parser.parse(asked | {"url_path": request.path, "url_params": labels})
    spoken_parameters = spoken(operation.input_shape, parameters)
    if operation.name == "PutEvents":
        without_who(spoken_parameters["Entries"])
    if operation.name == "PutObject":
        # What is stored is JSON, a text in its quotes: the recorded checksums tell.
        spoken_parameters["Body"] = json.loads(body)
    # The parser makes an empty map where no header belongs to it.
    return operation, {name: value for name, value in spoken_parameters.items() if value != {} or service != "s3"}


def without_who(entries):
    """Step Functions adds to each event who sends it, which is not among the recorded parameters."""
    for entry in entries:
        resources = entry.pop("Resources", [])
        if not {":stateMachine:", ":execution:"} <= {kind for text in resources for kind in re.findall(":[a-zA-Z]+:", text)}:
            entry["Resources"] = f"the machine and the execution should be among {resources}"


def made_up(operation):
    """The parameters that a client may make up by itself: tokens against doing a thing twice, and S3's headers."""
    members = operation.input_shape.members if operation.input_shape else {}
    tokens = {capital(name) for name, shape in members.items() if shape.metadata.get("idempotencyToken")}
    return tokens | (ABOUT_THE_BODY if operation.service_model.service_name == "s3" else set())


def write(operation, result, request_id):
    """Status, headers and body that say this result, or this error as a pair of code and message."""
    model = operation.service_model
    protocol = model.protocol
    serializer = get_serializer_class(model.service_name, protocol)(operation, SerializationContext(request_id))
    is_error = isinstance(result, tuple)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # An error that the model does not list has its code all the same.
        said = serializer.serialize(Refusal(*result) if is_error else modelled(operation.output_shape, result))
    body = said["body"].encode() if isinstance(said["body"], str) else said["body"]
    if "json" in protocol and body:
        # Without the spaces that Python writes and services do not.
        body = json.dumps(json.loads(body), separators=(",", ":"), ensure_ascii=False).encode()
    if not is_error and "ContentType" in (result or {}):
        # The serializer would say XML of everything that is S3's.
        said["headers"]["Content-Type"] = result["ContentType"]
    return said["status_code"], said["headers"], body


def signs_rightly(service, method, url, headers, body):
    """Whether the request bears the signature that botocore would give it."""
    model = get_service_model(service)
    given = dict(part.split("=", 1) for part in headers.get("Authorization", "").partition(" ")[2].split(", ") if part)
    names = given.get("SignedHeaders", "").split(";")
    signed = {name: headers.get(name, "") for name in names if name != "host"}
    request = AWSRequest(method, url, data=body, headers=signed)
    request.context["timestamp"] = headers.get("X-Amz-Date", "")
    _, _, region, name, _ = given.get("Credential", "////").split("/")
    auth = (S3SigV4Auth if service == "s3" else SigV4Auth)(CREDENTIALS, name, region)
    signature = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    is_complete = {"host", "x-amz-date"} <= set(names) and name == (model.signing_name or model.endpoint_prefix)
    return is_complete and given.get("Signature") == signature


def checksum(body):
    """The CRC-32 of a body as S3 tells it."""
    return base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()


def spoken(shape, value):
    """A value as Step Functions spells it: members with a capital letter, blobs as text."""
    if shape is None or value is None:
        return value
    if shape.type_name == "structure":
        return {capital(name): spoken(shape.members[name], part) for name, part in value.items() if part is not None}
    if shape.type_name == "list":
        return [spoken(shape.member, part) for part in value]
    if shape.type_name == "map":
        return {name: spoken(shape.value, part) for name, part in value.items()}
    if isinstance(value, (bytes, bytearray)):
        return value.decode("utf-8", "surrogateescape")
    return value.isoformat() if isinstance(value, datetime) else value


def modelled(shape, value):
    """A value as the model spells it; where a stand-in hides a time, the time is now."""
    if shape is None or value is None:
        return value
    if shape.type_name == "structure":
        members = {capital(name): name for name in shape.members}
        known = {members[name]: part for name, part in value.items() if name in members}
        return {name: modelled(shape.members[name], part) for name, part in known.items()}
    if shape.type_name == "list":
        return [modelled(shape.member, part) for part in value]
    if shape.type_name == "map":
        return {name: modelled(shape.value, part) for name, part in value.items()}
    if shape.type_name == "timestamp":
        return datetime.now(timezone.utc).replace(microsecond=0)
    return value


def capital(name):
    return name[:1].upper() + name[1:]
