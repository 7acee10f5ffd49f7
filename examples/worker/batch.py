"""A worker for very many requests: takes all that have come, and answers them with one write."""

import json
import sys

NETWORKS = {"192.0.2": ("Lille office", True), "198.51.100": ("a hosting company", False)}
PIECE = 1 << 20

encode = json.JSONEncoder(check_circular=False).encode


def answer(request):
    address = request["input"]
    network = NETWORKS.get(address.rpartition(".")[0])
    if network is None:
        return {"id": request["id"], "error": "Directory.Unknown", "cause": f"nobody knows {address}"}
    return {"id": request["id"], "output": {"name": network[0], "office": network[1]}}


def main():
    beginning = b""
    # What has come is read without waiting for more; its last line may be incomplete.
    while piece := sys.stdin.buffer.read1(PIECE):
        *lines, beginning = (beginning + piece).split(b"\n")
        # Reading many values as one array is quicker than reading each by itself.
        requests = json.loads(b"[" + b",".join(lines) + b"]")
        answers = "".join(encode(answer(request)) + "\n" for request in requests)
        sys.stdout.buffer.write(answers.encode())
        sys.stdout.buffer.flush()


main()
