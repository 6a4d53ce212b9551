#!/usr/bin/env python3
"""compare-bucket.py ENDPOINT BUCKET PREFIX FOLDER: fails unless the bucket holds just the folder's files, byte for byte.

The key pair comes from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
"""
import pathlib
import sys

import boto3


def main(endpoint, bucket, prefix, folder):
    s3 = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    live = {item["Key"].removeprefix(prefix) for page in pages for item in page.get("Contents", [])}
    root = pathlib.Path(folder)
    wanted = {str(file.relative_to(root)): file for file in root.rglob("*.json")}
    problems = [f"missing: {key}" for key in sorted(wanted.keys() - live)]
    problems += [f"extra: {key}" for key in sorted(live - wanted.keys())]
    for key in sorted(wanted.keys() & live):
        answer = s3.get_object(Bucket=bucket, Key=prefix + key)
        if answer["Body"].read() != wanted[key].read_bytes():
            problems.append(f"other bytes: {key}")
        if answer["ContentType"] != "application/json":
            problems.append(f"Content-Type {answer['ContentType']}: {key}")
    print("\n".join(problems) or f"{len(live)} objects are equal")
    return 1 if problems or not live else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
