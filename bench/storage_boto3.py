"""Megabytes a second to an S3 server and back, by boto3 as it comes. Arguments: endpoint, bucket, key id, secret, region, rounds,
and kinds as LENGTHxCOUNT. Prints a list of pairs: up and down for each kind, the best of the rounds."""

import io
import json
import sys
import time

import boto3
from botocore.config import Config

endpoint, bucket, key_id, secret, region, rounds, *kinds = sys.argv[1:]
s3 = boto3.client(
    "s3",
    endpoint_url=endpoint,
    aws_access_key_id=key_id,
    aws_secret_access_key=secret,
    region_name=region,
    config=Config(
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": "path"},
    ),
)


class Nowhere(io.RawIOBase):
    def writable(self):
        return True

    def write(self, piece):
        return len(piece)


figures = []
for kind in kinds:
    length, count = map(int, kind.split("x"))
    body, megabytes = b"\x07" * length, length * count / 1e6
    up = down = 0.0
    for _ in range(int(rounds)):
        start = time.perf_counter()
        for of in range(count):
            s3.upload_fileobj(io.BytesIO(body), bucket, f"boto3/{of}")
        up = max(up, megabytes / (time.perf_counter() - start))
        start = time.perf_counter()
        for of in range(count):
            s3.download_fileobj(bucket, f"boto3/{of}", Nowhere())
        down = max(down, megabytes / (time.perf_counter() - start))
    figures.append((up, down))
json.dump(figures, sys.stdout)
