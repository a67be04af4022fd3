"""Reads with boto3 what Covershots wrote, and tries what R2 refuses. Arguments: endpoint, bucket, key id, secret, region.

Prints one JSON document: what was seen."""

import hashlib
import json
import sys
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint, bucket, key_id, secret, region = sys.argv[1:]


def client(**more):
    # What is refused before its body was read ends the connection, which may show only when that is used again: so once more.
    config = Config(retries={"total_max_attempts": 3}, s3={"addressing_style": "path"}, **more)
    return boto3.client(
        "s3", endpoint_url=endpoint, aws_access_key_id=key_id, aws_secret_access_key=secret, region_name=region, config=config
    )


# As R2's own documentation says for the newer SDKs.
s3 = client(request_checksum_calculation="when_required", response_checksum_validation="when_required")


def code(call):
    try:
        call()
        return "fine"
    except ClientError as error:
        return error.response["Error"]["Code"]


objects = {}
for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
    got = s3.get_object(Bucket=bucket, Key=entry["Key"])
    body = got["Body"].read()
    objects[entry["Key"]] = {
        "sha256": hashlib.sha256(body).hexdigest(),
        "bytes": len(body),
        "type": got["ContentType"],
        "metadata": got["Metadata"],
    }
rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]

# Another's rule, beside ours.
s3.put_bucket_lifecycle_configuration(
    Bucket=bucket,
    LifecycleConfiguration={
        "Rules": rules
        + [{"ID": "logs", "Filter": {"Prefix": "logs/"}, "Status": "Enabled", "Expiration": {"Days": 3}}]
    },
)

refused = {
    "acl": code(lambda: s3.put_object_acl(Bucket=bucket, Key=next(iter(objects)), ACL="public-read")),
    "public": code(lambda: s3.put_object(Bucket=bucket, Key="other", Body=b"x", ACL="public-read")),
    "tags": code(lambda: s3.put_object(Bucket=bucket, Key="other", Body=b"x", Tagging="a=b")),
    "versions": code(lambda: s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})),
    "kms": code(lambda: s3.put_object(Bucket=bucket, Key="other", Body=b"x", ServerSideEncryption="aws:kms")),
    "metadata": code(lambda: s3.put_object(Bucket=bucket, Key="other", Body=b"x", Metadata={"a": "b" * 9000})),
    "twice": (
        code(lambda: s3.put_object(Bucket=bucket, Key="once", Body=b"x", IfNoneMatch="*")),
        code(lambda: s3.put_object(Bucket=bucket, Key="once", Body=b"y", IfNoneMatch="*")),
    ),
    "wrong_secret": code(
        lambda: boto3.client(
            "s3", endpoint_url=endpoint, aws_access_key_id=key_id, aws_secret_access_key="wrong", region_name=region
        ).list_objects_v2(Bucket=bucket)
    ),
}

link = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": next(iter(objects))}, ExpiresIn=60)
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
try:
    signed = opener.open(link).status
    forged = opener.open(link.replace("Expires=60", "Expires=600")).status
except urllib.error.HTTPError as error:
    forged = error.code

s3.delete_object(Bucket=bucket, Key="once")
json.dump({"objects": objects, "rules": rules, "refused": refused, "signed": signed, "forged": forged}, sys.stdout)
