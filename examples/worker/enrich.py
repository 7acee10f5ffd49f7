"""A worker: one request per line comes in, one answer per line goes out."""

import json
import sys

NETWORKS = {"192.0.2.": ("Lille office", True), "198.51.100.": ("a hosting company", False)}

for line in sys.stdin:
    request = json.loads(line)
    prefix = request["input"].rpartition(".")[0] + "."
    answer = {"id": request["id"]}
    if prefix in NETWORKS:
        name, office = NETWORKS[prefix]
        answer["output"] = {"name": name, "office": office}
    else:
        answer["error"] = "Directory.Unknown"
        answer["cause"] = f"nobody knows {request['input']}"
    print(json.dumps(answer), flush=True)
