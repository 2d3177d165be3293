"""Reads a debug log of the aws command and prints every answer in it.

One line each: operation, status, x-amz-crc32 (`-` when absent), whether it is right, body in base64.
"""

import ast
import base64
import re
import sys
import zlib

STEPS = re.compile(
    r"Making request for OperationModel\(name=(?P<operation>\w+)\)"
    r'|"POST / HTTP/1\.1" (?P<status>\d+) '
    r"|Response headers: (?P<headers>\{.*\})$"
    r"|^(?P<body>b['\"].*['\"])$",
    re.MULTILINE,
)

seen = {}
with open(sys.argv[1], encoding="utf-8") as log:
    for step in STEPS.finditer(log.read()):
        seen[step.lastgroup] = step[step.lastgroup]
        # An error is parsed, and logged, twice; only the first follows its status line.
        if step.lastgroup == "body" and (status := seen.pop("status", None)):
            body = ast.literal_eval(seen["body"])
            headers = {name.lower(): value for name, value in ast.literal_eval(seen["headers"]).items()}
            sent = headers.get("x-amz-crc32", "-")
            right = "yes" if sent == str(zlib.crc32(body)) else "no"
            print(seen["operation"], status, sent, right, base64.b64encode(body).decode())
