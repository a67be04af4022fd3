"""A moto server with one bucket, until standard input ends. Arguments: bucket, region. Prints its address."""

import sys

import boto3
from moto.server import ThreadedMotoServer

bucket, region = sys.argv[1:]
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
address = f"http://{host}:{port}"
boto3.client(
    "s3", endpoint_url=address, aws_access_key_id="id", aws_secret_access_key="secret", region_name="us-east-1"
).create_bucket(Bucket=bucket)
print(address, flush=True)
sys.stdin.read()
