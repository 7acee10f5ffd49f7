"""Runs the pipeline against an AWS-compatible server in this process. Usage: pipeline.py BINARY FOLDER"""

import json
import logging
import os
import pathlib
import subprocess
import sys

import boto3
from moto.server import ThreadedMotoServer

import proof
import world as worlds

HERE = pathlib.Path(__file__).parent
# The server believes whoever signs with them; those of the surroundings are left out of this.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}


def main(binary, folder):
    folder.mkdir(parents=True, exist_ok=True)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    os.environ.update(CREDENTIALS)
    clients = lambda service: boto3.client(service, endpoint_url=endpoint, region_name=worlds.REGION)
    world = worlds.make(clients)
    events = worlds.findings(HERE / "events.ndjson", world)
    records = run(binary, folder, endpoint, world, events)
    failed = proof.prove(clients, world, events, records)
    server.stop()
    print(f"incident response: {len(records)} findings, {failed} things are wrong")
    return failed > 0


def run(binary, folder, endpoint, world, events):
    """The records of the command over the events, with the bindings of the example at this endpoint."""
    (folder / "events.ndjson").write_text("".join(json.dumps(event) + "\n" for event in events))
    bindings = (HERE / "tasks.toml").read_text().replace("http://127.0.0.1:5000", endpoint)
    (folder / "tasks.toml").write_text(bindings)
    values = {"Region": worlds.REGION, "Account": "123456789012"}
    values |= {"QuarantineGroup": world["quarantine"], "Topic": world["topic"]}
    command = [binary, "run", HERE / "workflow.asl.json", folder / "events.ndjson", "--tasks", folder / "tasks.toml"]
    command += ["--emit", "record", "--quiet"] + [f"--substitute={name}={value}" for name, value in values.items()]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode not in (0, 1):
        sys.exit(f"the command ended with status {done.returncode}")
    (folder / "records.ndjson").write_text(done.stdout)
    return [json.loads(line) for line in done.stdout.splitlines()]


sys.exit(main(sys.argv[1], pathlib.Path(sys.argv[2])))
