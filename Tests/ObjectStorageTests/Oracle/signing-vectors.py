#!/usr/bin/env python3
"""Prints the cases of BotocoreVectors.swift: what botocore, the signer behind Amazon's own tools, makes of the requests
that S3ObjectStore sends.  Needs botocore.  Run it again when a header is added, and compare the wire with it."""
import base64
import datetime
import hashlib
from unittest import mock

import botocore.auth
import botocore.awsrequest
import botocore.credentials
from botocore.utils import percent_encode

WHEN = datetime.datetime(2024, 2, 29, 23, 59, 59, tzinfo=datetime.timezone.utc)
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
BODY = b'{"packages":{}}'
PLAIN = "p2/wp-plugin/akismet.json"


def encoded(text):
    return percent_encode(text, safe="-._~/")


def signed(method, origin, path, query="", headers=(), body=b"", token=None, region="us-east-1"):
    request = botocore.awsrequest.AWSRequest(method=method, url=origin + path + ("?" + query if query else ""), data=body)
    for name, value in headers:
        request.headers[name] = value
    signer = botocore.auth.S3SigV4Auth(botocore.credentials.Credentials("AKIDEXAMPLE", SECRET, token), "s3", region)
    request.context["payload_signing_enabled"] = True
    naive = WHEN.replace(tzinfo=None)
    with mock.patch("botocore.auth.get_current_datetime", create=True, return_value=naive):
        with mock.patch("botocore.auth.datetime", create=True) as clock:
            clock.datetime.utcnow.return_value = naive
            clock.datetime.now.return_value = naive
            signer.add_auth(request)
    return request.headers["Authorization"]


def put(key, origin="http://127.0.0.1:9000", base="/bucket/", extra=(), **more):
    headers = sorted([("content-md5", base64.b64encode(hashlib.md5(BODY).digest()).decode()),
                      ("content-type", "application/json"), *extra])
    return signed("PUT", origin, base + encoded(key), headers=headers, body=BODY, **more)


def case(name, authorization):
    scope, names, signature = (part.split("=", 1)[1] for part in authorization.split(", "))
    print(f'        "{name}": (\n            "{names}",\n            "{signature}"\n        ),')


if __name__ == "__main__":
    case("put", put(PLAIN))
    case("put dev", put("p2/wp-plugin/akismet~dev.json"))
    for number, key in enumerate(["a b+c%2Fd.json", "p2/ünï/日本語 😀.json", "q'uote(1)!*;:@&=$,?#[].json", "p2/a%20b/<\"x\">.json"]):
        case(f"odd key {number}", put(key))
    case("put with every header", put(PLAIN, extra=[("cache-control", "public, max-age=60"), ("content-encoding", "gzip"),
                                                    ("if-match", '"9a0364b9e99bb480dd25e1f0284c8555"')]))
    case("first upload", put("packages.json", extra=[("if-none-match", "*")]))
    case("temporary credentials", put(PLAIN, token="AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22w="))
    case("virtual host", put(PLAIN, origin="https://bucket.s3.eu-central-1.amazonaws.com", base="/", region="eu-central-1"))
    case("prefix", put(PLAIN, base="/bucket/mirror/of%20wp/"))
    for method in ("HEAD", "GET", "DELETE"):
        case(method.lower(), signed(method, "http://127.0.0.1:9000", "/bucket/" + PLAIN))
    case("list", signed("GET", "http://127.0.0.1:9000", "/bucket", "encoding-type=url&list-type=2&max-keys=1000"))
    case("list on", signed("GET", "http://127.0.0.1:9000", "/bucket",
                           "continuation-token=1%2Fab%2B~%C3%A9%3D%3D&encoding-type=url&list-type=2&max-keys=1000&prefix=p2%2F"))
    many = ('<?xml version="1.0" encoding="UTF-8"?>\n<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            "<Quiet>true</Quiet><Object><Key>p2/a&amp;b.json</Key></Object><Object><Key>&lt;é&gt;</Key></Object></Delete>").encode()
    case("delete many", signed("POST", "http://127.0.0.1:9000", "/bucket", "delete=", body=many, headers=[
        ("content-md5", base64.b64encode(hashlib.md5(many).digest()).decode()), ("content-type", "application/xml")]))
