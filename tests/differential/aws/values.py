"""Random parameters and random answers, by what a service's model says."""

import base64
import datetime
import json
from xml.sax.saxutils import escape, quoteattr

TEXTS = ["a", "hello world", "é😀", '"q\'<&>', "a/b+c%20d", "x=y&z", " two  spaces ", "line\nline", "~-._!*()", "0", "true"]
SAFE = ["a", "hello", "b-1", "x y", "a=b;c", "Q/1+2"]
DEPTH_MAX = 4


def pascal(name):
    return "EqualsValue" if name in ("equals", "Equals") else name[0].upper() + name[1:]


def parameters(shape, chance):
    """The same parameters as botocore takes them and as definitions have them."""
    return structure(shape, chance, 0) if shape else ({}, {})


def structure(shape, chance, depth):
    given, written = {}, {}
    payload = shape.serialization.get("payload")
    members = list(shape.members.items())
    if getattr(shape, "is_tagged_union", False):
        name, member = chance.choice(members)
        given[name], written[pascal(name)] = value(member, chance, depth + 1)
        return given, written
    for name, member in members:
        place = member.serialization.get("location")
        needed = name in shape.required_members or name == payload or place == "uri"
        # We make one where there is none, botocore's serializer does not.
        needed = needed or "idempotencyToken" in member.metadata
        if not needed and (depth >= DEPTH_MAX or chance.random() < 0.5):
            continue
        if depth > DEPTH_MAX + 4:
            continue
        kind = "payload" if name == payload else place
        given[name], written[pascal(name)] = value(member, chance, depth + 1, kind)
    if is_document(shape):
        given = written = {"any": [1, {"json": None}]}
    return given, written


def is_document(shape):
    return getattr(shape, "is_document_type", False)


def value(shape, chance, depth, place=None):
    kind = shape.type_name
    if kind == "structure":
        return structure(shape, chance, depth)
    if kind == "list":
        pairs = [value(shape.member, chance, depth + 1, place) for _ in range(chance.randrange(1 if place else 0, 3))]
        return [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    if kind == "map":
        # Names of entries go into the names of headers.
        names = ["a", "b-2"] if place else ["a", "é b", "<&>"]
        pairs = {name: value(shape.value, chance, depth + 1, place) for name in names[: chance.randrange(0, 3)]}
        return {name: pair[0] for name, pair in pairs.items()}, {name: pair[1] for name, pair in pairs.items()}
    return scalar(shape, chance, place)


def scalar(shape, chance, place):
    kind = shape.type_name
    if kind in ("integer", "long"):
        return (chance.randrange(-5, 100000),) * 2
    if kind in ("float", "double"):
        return (chance.choice([0.5, 1.25, -3.0, 1e10]),) * 2
    if kind == "boolean":
        return (chance.random() < 0.5,) * 2
    if kind == "timestamp":
        moment = datetime.datetime.fromtimestamp(chance.randrange(0, 2**33), datetime.timezone.utc)
        return moment, moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    if kind == "blob":
        text = chance.choice(TEXTS)
        if place == "payload":
            return json.dumps(text).encode(), text  # A whole body is JSON (recorded).
        return text.encode(), base64.b64encode(text.encode()).decode()
    if shape.name == "ChecksumAlgorithm":
        return (chance.choice(["CRC32", "CRC32C", "SHA1", "SHA256"]),) * 2  # They are computed.
    # Headers hold no letters beyond ASCII, and lists in them no commas.
    return (chance.choice(SAFE if place in ("header", "headers") else TEXTS),) * 2


def answer(service, operation, chance):
    """Status, headers and body as the service would write them."""
    shape = operation.output_shape
    headers = [["x-amzn-RequestId", "id-1"]]
    if shape is None:
        return 200, headers, f"<{operation.name}Response/>" if service.protocol in ("query", "ec2") else ""
    given, _ = structure(shape, chance, 0)
    for name, member in shape.members.items():
        place = member.serialization.get("location")
        if place == "statusCode":
            given.pop(name, None)
        elif place and name in given:
            headers += header(member, given.pop(name))
    payload = shape.serialization.get("payload")
    if service.protocol in ("json", "rest-json"):
        return 200, headers, json_body(shape, given, payload)
    return 200, headers, xml_body(service, operation, shape, given, payload)


def header(member, value):
    name = member.serialization["name"]
    if member.type_name == "map":
        return [[name + key, text] for key, text in value.items()]
    if member.type_name == "list":
        return [[name, ", ".join(str(one) for one in value)]]
    return [[name, text_of(member, value, "rfc822")]]


def text_of(shape, value, form):
    """A scalar as XML and headers have it."""
    if shape.type_name == "boolean":
        return "true" if value else "false"
    if shape.type_name == "blob":
        return base64.b64encode(value).decode()
    if shape.type_name == "timestamp":
        return time_of(value, shape.serialization.get("timestampFormat", form))
    return str(value)


def time_of(moment, form):
    forms = {"iso8601": "%Y-%m-%dT%H:%M:%SZ", "rfc822": "%a, %d %b %Y %H:%M:%S GMT"}
    return moment.strftime(forms[form]) if form in forms else int(moment.timestamp())


def json_body(shape, given, payload):
    if payload is None:
        return json.dumps(json_value(shape, given))
    member = shape.members[payload]
    if payload not in given:
        return ""
    if member.type_name in ("blob", "string"):
        return given[payload].decode() if member.type_name == "blob" else given[payload]
    return json.dumps(json_value(member, given[payload]))


def json_value(shape, value):
    kind = shape.type_name
    if is_document(shape):
        return value
    if kind == "structure":
        members = shape.members
        return {members[name].serialization.get("name", name): json_value(members[name], one) for name, one in value.items()}
    if kind == "list":
        return [json_value(shape.member, one) for one in value]
    if kind == "map":
        return {name: json_value(shape.value, one) for name, one in value.items()}
    if kind == "blob":
        return base64.b64encode(value).decode()
    if kind == "timestamp":
        return time_of(value, shape.serialization.get("timestampFormat", "unixTimestamp"))
    return value


def xml_body(service, operation, shape, given, payload):
    if payload is not None:
        member = shape.members[payload]
        if payload not in given:
            return ""
        if member.type_name in ("blob", "string"):
            return given[payload].decode() if member.type_name == "blob" else given[payload]
        return document(element(member.serialization.get("name", payload), member, given[payload]))
    inside = inner(shape, given)
    if service.protocol == "query":
        wrapper = shape.serialization["resultWrapper"]
        about = "<ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata>"
        return document(f"<{operation.name}Response xmlns=\"x\">\n <{wrapper}>{inside}</{wrapper}>{about}</{operation.name}Response>")
    if service.protocol == "ec2":
        return document(f'<{operation.name}Response xmlns="x"><requestId>id-1</requestId>{inside}</{operation.name}Response>')
    if operation.name == "GetBucketLocation":
        return document(f'<LocationConstraint xmlns="x">{escape(given.get("LocationConstraint", ""))}</LocationConstraint>')
    return document(f'<{operation.name}Result xmlns="x">{inside}</{operation.name}Result>')


def document(text):
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'


def inner(shape, value):
    """The members of a structure, those apart that are attributes."""
    parts = []
    for name, one in value.items():
        member = shape.members[name]
        if not member.serialization.get("xmlAttribute"):
            wire = member.serialization.get("name", name)
            if member.type_name == "list" and member.serialization.get("flattened"):
                wire = member.member.serialization.get("name", wire)
            parts.append(element(wire, member, one))
    return "".join(parts)


def element(name, shape, value):
    kind = shape.type_name
    flat = shape.serialization.get("flattened")
    if kind == "structure":
        attributes = ""
        for member_name, member in shape.members.items():
            if member.serialization.get("xmlAttribute") and member_name in value:
                space = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
                attributes += f"{space} {member.serialization['name']}={quoteattr(value[member_name])}"
        return f"<{name}{attributes}>{inner(shape, value)}</{name}>"
    if kind == "list":
        if flat:
            return "".join(element(name, shape.member, one) for one in value)
        wire = shape.member.serialization.get("name", "member")
        return f"<{name}>" + "".join(element(wire, shape.member, one) for one in value) + f"</{name}>"
    if kind == "map":
        key, entry = shape.key.serialization.get("name", "key"), shape.value.serialization.get("name", "value")
        pairs = [f"<{key}>{escape(one)}</{key}>{element(entry, shape.value, inside)}" for one, inside in value.items()]
        return "".join(f"<{name}>{pair}</{name}>" for pair in pairs) if flat else f"<{name}>" + "".join(f"<entry>{pair}</entry>" for pair in pairs) + f"</{name}>"
    return f"<{name}>{escape(str(text_of(shape, value, 'iso8601')))}</{name}>"
