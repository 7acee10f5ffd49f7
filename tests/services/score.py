"""Runs recorded executions through the real connectors, and scores what became of them.

For each execution whose tasks were calls of services or functions there is a server on the loopback interface
(recorded.py) that reads the requests by botocore's models, compares them with the recorded parameters, checks their
signatures, and answers with the recorded results. The command is given bindings that lead there. An execution is right if
status, error and output are the recorded ones, and so is everything that was asked on the way. Rules of comparison and the
recordings lie outside the repository.
"""

import argparse
import collections
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import recorded
import wire

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONFORMANCE = ROOT / "../shared/conformance"
# What no connector does: waiting for jobs and for tokens.
BEYOND = (".sync", ".waitForTaskToken")
UNREPLAYABLE = {"tasks_unrecorded", "task_without_outcome", "needs_s3", "distributed_map"}
SECONDS = 60

BINDINGS = """
[[task]]
resource = "arn:aws:lambda:*"
lambda = {{ endpoint = "{0}" }}

[[task]]
resource = "arn:aws:states:::lambda:invoke"
lambda = {{ endpoint = "{0}" }}

[[task]]
resource = "arn:aws:states:::apigateway:invoke"
apigateway = {{ endpoint = "{0}" }}

[[task]]
resource = "arn:aws:states:::*"
aws = {{ endpoint = "{0}", region = "us-east-1" }}
"""


def comparer():
    """The rules of comparison that come with the recordings, and one more: where a stand-in hides the values of a header
    it stands for all of them."""
    spec = importlib.util.spec_from_file_location("rules", CONFORMANCE / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    class Comparer(module.Comparer):
        def same(self, want, got):
            is_hidden = isinstance(want, str) and want.startswith("<headers-") and isinstance(got, list)
            return super().same(want, got[0] if is_hidden and len(got) == 1 else got)

    return Comparer


def is_ours(case):
    """Whether all its tasks are calls that connectors do: not those of activities, nor those that wait for more."""
    tasks = case["tasks"] or []
    calls = [task for task in tasks if task.get("resourceType") or ":function:" in task["resource"]]
    beyond = len(calls) < len(tasks) or any(part in task["resource"] for task in tasks for part in BEYOND)
    is_service = case["family"].startswith("services/")
    return (tasks or is_service) and not beyond and not UNREPLAYABLE & set(case["flags"])


def execute(binary, case, endpoint):
    """The record of the execution, or what went wrong."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "definition.json").write_text(json.dumps(case["definition"]))
        (folder / "tasks.toml").write_text(BINDINGS.format(endpoint))
        command = [binary, "run", folder / "definition.json", "--tasks", folder / "tasks.toml", "--emit", "record"]
        command += ["--quiet", "--account", "111111111111", "--region", "us-east-1"]
        command += ["--type", "standard"] if case["type"] == "STANDARD" else []
        keys = {"AWS_ACCESS_KEY_ID": wire.CREDENTIALS.access_key, "AWS_SECRET_ACCESS_KEY": wire.CREDENTIALS.secret_key}
        surroundings = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | keys
        given = json.dumps(case["input"]) + "\n"
        done = subprocess.run(
            command, input=given, capture_output=True, text=True, timeout=SECONDS, env=surroundings
        )
    lines = done.stdout.splitlines()
    return json.loads(lines[0]) if len(lines) == 1 else f"status {done.returncode}: {done.stderr.strip()[-400:]}"


def score(binary, case, rules):
    """What was right: the end result, how many requests of how many, and what is to be said about it."""
    compare, expect = rules(case["placeholders"]), case["expect"]
    recording = recorded.Recording(case, compare.same)
    server = recorded.Server(recording)
    try:
        record = execute(binary, case, server.endpoint)
    except subprocess.TimeoutExpired:
        record = f"no end in {SECONDS} s"
    finally:
        server.shutdown()
        server.server_close()
    if isinstance(record, str):
        return {"case": case, "is_right": False, "agreed": recording.agreed, "said": [record, *recording.troubles]}
    is_right_end = (
        record["status"] == expect["status"]
        and (expect["status"] == "TIMED_OUT" or (record.get("error") or "") == (expect.get("error") or ""))
        and ("output" not in expect or compare.same(expect["output"], record.get("output")))
    )
    is_right_cause = "cause" not in expect or compare.same(expect["cause"], record.get("cause"))
    said = list(recording.troubles)
    is_right = is_right_end and not said and recording.agreed == len(case["tasks"] or [])
    if not (is_right_end and is_right_cause):
        got = {name: record.get(name) for name in ("status", "error", "cause", "output")}
        said += [f"want {json.dumps(expect)}", f"got  {json.dumps(got)}"]
    return {"case": case, "is_right": is_right, "cause": is_right_cause, "agreed": recording.agreed, "said": said}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--bin", required=True)
    options.add_argument("--family", default="", help="only families with this in their name")
    options.add_argument("--id", default="", help="only cases with this in their id")
    options.add_argument("--verbose", action="store_true", help="say what is wrong")
    options.add_argument("--at-least", type=float, metavar="PERCENT", help="exit 1 when fewer are right")
    options = options.parse_args()

    cases = [json.loads(line) for line in (CONFORMANCE / "executions.ndjson").read_text().splitlines()]
    cases = [case for case in cases if is_ours(case) and options.family in case["family"] and options.id in case["id"]]
    rules = comparer()
    # Many wait for real seconds: retries and timeouts cannot be hurried where services answer.
    with ThreadPoolExecutor(8) as pool:
        scores = list(pool.map(lambda case: score(options.bin, case, rules), cases))
    sys.exit(report(scores, options))


def report(scores, options):
    table = collections.defaultdict(lambda: [0] * 5)
    for one in scores:
        families = {one["case"]["family"], "services/*"} if "services/" in one["case"]["family"] else {"all others"}
        for name in families:
            row = table[name]
            row[0] += one["is_right"]
            row[1] += 1
            row[2] += one.get("cause", False)
            row[3] += one["agreed"]
            row[4] += len(one["case"]["tasks"] or [])
        if options.verbose and one["said"]:
            print("\n" + one["case"]["id"], *one["said"], sep="\n  ")
    print(f"{'family':44} {'right':>11} {'cause too':>10} {'requests as recorded':>21}")
    for family, (right, count, cause, agreed, asked) in sorted(table.items()):
        print(f"{family:44} {right:>5}/{count:<5} {cause:>10} {agreed:>12}/{asked:<8}")
    percent = 100 * sum(one["is_right"] for one in scores) / max(len(scores), 1)
    print(f"{percent:.1f} % of {len(scores)} executions right")
    return options.at_least is not None and percent < options.at_least


main()
