"""A worker that uses all the concurrency it is given: it works on every request that it holds at the same time."""

import asyncio
import json
import sys

NETWORKS = {"192.0.2.": ("Lille office", True), "198.51.100.": ("a hosting company", False)}
LINE_MAX = 1 << 20


async def look_up(address):
    """As slow as a directory somewhere in the network."""
    await asyncio.sleep(0.05)
    return NETWORKS.get(address.rpartition(".")[0] + ".")


async def respond(request):
    answer = {"id": request["id"]}
    if network := await look_up(request["input"]):
        answer["output"] = {"name": network[0], "office": network[1]}
    else:
        answer |= {"error": "Directory.Unknown", "cause": f"nobody knows {request['input']}"}
    print(json.dumps(answer), flush=True)


async def main():
    requests = asyncio.StreamReader(limit=LINE_MAX)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(requests), sys.stdin)
    under_way = set()
    while line := await requests.readline():
        task = asyncio.create_task(respond(json.loads(line)))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    await asyncio.gather(*under_way)


asyncio.run(main())
