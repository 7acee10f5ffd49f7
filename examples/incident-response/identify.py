"""A command worker: tells which team an instance belongs to, by its tags."""

import json
import sys

TEAMS = {"payments": "payments-oncall@example.com", "search": "search-oncall@example.com"}


def identify(asked, is_loaded):
    """The fields of an answer. A real directory is read when it is first asked, and is busy until then."""
    if not is_loaded:
        return {"error": "Directory.Busy", "cause": "the directory is being read"}
    team = next((tag["value"] for tag in asked["tags"] if tag["key"] == "team"), None)
    if team not in TEAMS:
        return {"error": "Directory.Unknown", "cause": f"no team is known for {asked['instance']}"}
    return {"output": {"team": team, "oncall": TEAMS[team]}}


def main():
    is_loaded = False
    for line in sys.stdin:
        request = json.loads(line)
        answer = {"id": request["id"], **identify(request["input"], is_loaded)}
        print(json.dumps(answer), flush=True)
        is_loaded = True


main()
