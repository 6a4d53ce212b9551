#!/usr/bin/env python3
"""prepare-moto.py ENDPOINT KEYS_FILE BUCKET...

Makes the buckets and one user who may do everything, and writes the user's "ACCESS SECRET" to KEYS_FILE.
It makes one request a bucket and three more.
"""
import json
import sys

import boto3

EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def main(endpoint, keys_file, buckets):
    anyone = {
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test",
        "region_name": "us-east-1",
        "endpoint_url": endpoint,
    }
    s3, iam = boto3.client("s3", **anyone), boto3.client("iam", **anyone)
    for bucket in buckets:
        s3.create_bucket(Bucket=bucket)
    iam.create_user(UserName="packline")
    iam.put_user_policy(UserName="packline", PolicyName="everything", PolicyDocument=json.dumps(EVERYTHING))
    pair = iam.create_access_key(UserName="packline")["AccessKey"]
    with open(keys_file, "w", encoding="ascii") as file:
        file.write(f"{pair['AccessKeyId']} {pair['SecretAccessKey']}\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
