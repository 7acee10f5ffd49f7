"""The world before the findings come: instances, security groups, a topic with a queue, Security Hub."""

import json

REGION = "us-east-1"


def make(clients):
    """Makes the world, and tells the ids that the proof needs. Instances are named as the findings name them."""
    ec2, hub = clients("ec2"), clients("securityhub")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    group = lambda name: ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
    web, quarantine = group("web"), group("quarantine")
    # A new group lets everything out.
    everything = ec2.describe_security_groups(GroupIds=[quarantine])["SecurityGroups"][0]["IpPermissionsEgress"]
    ec2.revoke_security_group_egress(GroupId=quarantine, IpPermissions=everything)
    image = ec2.describe_images()["Images"][0]["ImageId"]
    # The instance of the third finding is gone.
    instances = {
        "i-00000000000000001": instance(ec2, image, web, ["/dev/sda1", "/dev/sdf"]),
        "i-00000000000000002": instance(ec2, image, web, ["/dev/sda1"]),
        "i-00000000000000004": instance(ec2, image, web, ["/dev/sda1"]),
    }
    hub.enable_security_hub(EnableDefaultStandards=False)
    return {"web": web, "quarantine": quarantine, "instances": instances, **topic_with_queue(clients)}


def instance(ec2, image, group, devices):
    disks = [{"DeviceName": device, "Ebs": {"VolumeSize": 8}} for device in devices]
    wanted = {"MinCount": 1, "MaxCount": 1, "SecurityGroupIds": [group], "BlockDeviceMappings": disks}
    return ec2.run_instances(ImageId=image, InstanceType="t3.small", **wanted)["Instances"][0]["InstanceId"]


def topic_with_queue(clients):
    sns, sqs = clients("sns"), clients("sqs")
    topic = sns.create_topic(Name="incidents")["TopicArn"]
    queue = sqs.create_queue(QueueName="incidents")["QueueUrl"]
    address = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=address)
    return {"topic": topic, "queue": queue}


def named(text, world):
    """A text with the ids that the server gave in place of those of the findings."""
    for name, made in world["instances"].items():
        text = text.replace(name, made)
    return text


def findings(path, world):
    """The events of the example, about the instances of this world."""
    return [json.loads(line) for line in named(path.read_text(), world).splitlines()]
