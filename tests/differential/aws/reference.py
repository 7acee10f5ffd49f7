"""What botocore makes of parameters and of answers, and when that is the same as what we make of them."""

import base64
import datetime
import json
from urllib.parse import parse_qsl, unquote
from xml.etree import ElementTree

import botocore.loaders
import botocore.model
import botocore.parsers
import botocore.serialize
from botocore.awsrequest import HeadersDict
from values import is_document, pascal

LOADER = botocore.loaders.Loader()


def services():
    return LOADER.list_available_services("service-2")


class Service:
    def __init__(self, name):
        self.model = botocore.model.ServiceModel(LOADER.load_service_model(name, "service-2"), name)
        self.protocol = self.model.metadata["protocol"]
        self.serializer = botocore.serialize.create_serializer(self.protocol, include_validation=False)
        self.parser = botocore.parsers.create_parser(self.protocol)

    def request(self, operation, given):
        return self.serializer.serialize_to_request(given, operation)

    def result(self, operation, status, headers, body):
        response = {"status_code": status, "headers": HeadersDict(headers), "body": body.encode()}
        if operation.name == "GetBucketLocation":
            # botocore's handler `parse_get_bucket_location` does this.
            return {"LocationConstraint": ElementTree.fromstring(body).text or ""}
        parsed = self.parser.parse(response, operation.output_shape)
        parsed.pop("ResponseMetadata", None)
        return spelled(operation.output_shape, parsed)


def spelled(shape, value):
    """A result as Step Functions spells it."""
    if shape is None or is_document(shape):
        return value if value is not None else {}
    if shape.type_name == "structure":
        payload = shape.serialization.get("payload")
        members = {name: one for name, one in value.items() if one is not None and name in shape.members}
        return {pascal(name): whole(one) if name == payload and isinstance(one, bytes) else spelled(shape.members[name], one) for name, one in members.items()}
    if shape.type_name == "list":
        return [spelled(shape.member, one) for one in value]
    if shape.type_name == "map":
        return {name: spelled(shape.value, one) for name, one in value.items()}
    if isinstance(value, list):
        # Two members of S3's notifications have one name on the wire, and botocore stumbles over that.
        return value[0].text
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value


def whole(body):
    return body.decode()


def same_result(expected, answer):
    return "result" in answer and json.loads(answer["result"]) == expected


def same_request(expected, answer):
    if "parts" not in answer:
        return False
    parts = answer["parts"]
    path, _, static = expected["url_path"].partition("?")
    query = expected["query_string"]
    pairs = list(query.items()) if isinstance(query, dict) else list(query)
    pairs = [(name, one) for name, value in pairs for one in (value if isinstance(value, list) else [value])]
    pairs += parse_qsl(static, keep_blank_values=True)
    content_type = dict(parts["headers"]).get("content-type", "")
    return (
        parts["method"] == expected["method"]
        and unquote(parts["path"]) == unquote(path)
        and sorted(parse_qsl(parts["query"], keep_blank_values=True)) == sorted((str(name), str(value)) for name, value in pairs)
        and headers(parts["headers"]) == headers(expected["headers"].items())
        and body(parts["body"], content_type) == body(expected["body"], content_type)
    )


def headers(pairs):
    # Added by us to the whole body, by botocore in a handler.
    is_added = lambda name: name == "content-type" or name.startswith(("x-amz-checksum-", "x-amz-sdk-checksum-"))  # noqa: E731
    return {name.lower(): str(value).strip() for name, value in pairs if not is_added(name.lower())}


def body(given, content_type):
    """What a body says, however it is written."""
    if isinstance(given, dict):
        return sorted((name, str(value)) for name, value in given.items())
    text = given.decode() if isinstance(given, bytes) else given
    if "json" in content_type:
        return json.loads(text or "{}")
    if "form" in content_type:
        return sorted(parse_qsl(text, keep_blank_values=True))
    if "xml" in content_type:
        return tree(ElementTree.fromstring(text))
    return text


def tree(element):
    children = sorted((tree(child) for child in element), key=lambda child: child[0])
    return element.tag, sorted(element.attrib.items()), element.text or "", children
