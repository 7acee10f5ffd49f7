"""Asks the services, by an AWS client of its own, what became of the findings."""

import json

CONTAINED, WATCHED, ESCALATED = "contained", "watched", "escalated"
# By finding, in the order of the events.
OUTCOMES = [CONTAINED, WATCHED, ESCALATED, CONTAINED, WATCHED]


class Proof:
    """What is to be true, and whether it is."""

    def __init__(self):
        self.failed = 0

    def check(self, what, found, expected):
        is_right = found == expected
        self.failed += not is_right
        print(f"  {'ok' if is_right else 'WRONG'}: {what}" + ("" if is_right else f": {found}, not {expected}"))


def prove(clients, world, events, records):
    """Checks the services and the records. The number of things that are wrong."""
    proof = Proof()
    findings = [event["detail"] for event in events]
    contained = [finding for finding, outcome in zip(findings, OUTCOMES) if outcome == CONTAINED]
    executions(proof, records)
    groups(proof, clients("ec2"), world, contained)
    snapshots(proof, clients("ec2"), contained)
    commands(proof, clients("ssm"), contained)
    imported(proof, clients("securityhub"), findings)
    messages(proof, clients("sqs"), world, findings)
    return proof.failed


def executions(proof, records):
    proof.check("every execution succeeded", [record["status"] for record in records], ["SUCCEEDED"] * len(OUTCOMES))
    outcomes = [record.get("output", {}).get("outcome") for record in records]
    proof.check("each finding went its way", outcomes, OUTCOMES)
    # The directory was busy for whoever asked first; the instance that is gone was looked for three times.
    retries = [record["usage"]["retries"] for record in records]
    proof.check("what failed for the moment was tried again", (sum(retries), retries[2] >= 2), (3, True))


def groups(proof, ec2, world, contained):
    hit = {instance_of(finding) for finding in contained}
    expected = {made: [world["quarantine" if made in hit else "web"]] for made in world["instances"].values()}
    reservations = ec2.describe_instances()["Reservations"]
    instances = [instance for reservation in reservations for instance in reservation["Instances"]]
    found = {one["InstanceId"]: [group["GroupId"] for group in one["SecurityGroups"]] for one in instances}
    proof.check("the quarantine group is that of the contained instances, and of no other", found, expected)


def snapshots(proof, ec2, contained):
    for finding in contained:
        instance = instance_of(finding)
        volumes = volumes_of(ec2, finding)
        tagged = [{"Name": "tag:finding", "Values": [finding["id"]]}]
        taken = ec2.describe_snapshots(Filters=tagged)["Snapshots"]
        proof.check(f"{instance} has a snapshot of each volume", sorted(one["VolumeId"] for one in taken), volumes)
        team = next(tag["value"] for tag in finding["resource"]["instanceDetails"]["tags"] if tag["key"] == "team")
        tags = {"finding": finding["id"], "instance": instance, "team": team}
        proof.check(
            "… with its tags", [{tag["Key"]: tag["Value"] for tag in one["Tags"]} for one in taken], [tags] * len(taken)
        )
    ours = [{"Name": "tag-key", "Values": ["finding"]}]
    count = sum(len(volumes_of(ec2, finding)) for finding in contained)
    proof.check("no other snapshot was taken", len(ec2.describe_snapshots(Filters=ours)["Snapshots"]), count)


def volumes_of(ec2, finding):
    attached = [{"Name": "attachment.instance-id", "Values": [instance_of(finding)]}]
    return sorted(volume["VolumeId"] for volume in ec2.describe_volumes(Filters=attached)["Volumes"])


def commands(proof, ssm, contained):
    sent = {command["Comment"]: command for command in ssm.list_commands()["Commands"]}
    expected = {f"Evidence for {finding['id']}": instance_of(finding) for finding in contained}
    proof.check("a command collects what runs, for the contained instances only", sorted(sent), sorted(expected))
    # The server adds every instance it has to those that a command names, so no more can be asked than that it is there.
    reached = [comment for comment, command in sent.items() if expected.get(comment) in command["InstanceIds"]]
    proof.check("… and reaches them", len(reached), len(expected))


def imported(proof, hub, findings):
    there = {finding["Id"]: finding["Workflow"]["Status"] for finding in hub.get_findings()["Findings"]}
    status = {CONTAINED: "NOTIFIED", WATCHED: "NEW", ESCALATED: "NEW"}
    expected = {f"{finding['arn']}/response": status[outcome] for finding, outcome in zip(findings, OUTCOMES)}
    proof.check("Security Hub holds a finding for each, with its status", there, expected)


def messages(proof, sqs, world, findings):
    envelopes = received(sqs, world["queue"])
    subjects = sorted(envelope["Subject"] for envelope in envelopes)
    expected = [f"[{how}] {finding['type']} on {instance_of(finding)}" for finding, how in zip(findings, OUTCOMES)]
    proof.check("the queue that subscribed to the topic has a message for each", subjects, sorted(expected))
    for envelope in envelopes:
        message = json.loads(envelope["Message"])
        if message["outcome"] == ESCALATED:
            is_told = "Ec2.Ec2Exception" in message["remark"] and "does not exist" in message["remark"]
            proof.check("the escalated one says why", is_told, True)
            attributes = {name: value["Value"] for name, value in envelope["MessageAttributes"].items()}
            people = {"outcome": ESCALATED, "oncall": "security@example.com"}
            proof.check("… and goes to people", attributes, people)


def received(sqs, queue):
    envelopes = []
    while found := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        envelopes += [json.loads(message["Body"]) for message in found]
        for message in found:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return envelopes


def instance_of(finding):
    return finding["resource"]["instanceDetails"]["instanceId"]
