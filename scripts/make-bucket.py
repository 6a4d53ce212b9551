#!/usr/bin/env python3
"""make-bucket.py ENDPOINT BUCKET: makes a bucket and puts an object, trying until the server is ready for it (60 s).

The key pair comes from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
"""
import sys
import time

import boto3
import botocore.config
import botocore.exceptions


def prepare(s3, bucket):
    if bucket not in [known["Name"] for known in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="ready", Body=b"")
    s3.delete_object(Bucket=bucket, Key="ready")


def main(endpoint, bucket):
    config = botocore.config.Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"})
    s3 = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", config=config)
    deadline = time.monotonic() + 300
    while True:
        try:
            prepare(s3, bucket)
            return
        except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
            if time.monotonic() > deadline:
                sys.exit(f"{endpoint}: {error}")
            time.sleep(0.2)


if __name__ == "__main__":
    main(*sys.argv[1:])
