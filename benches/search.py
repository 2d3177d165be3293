#!/usr/bin/env python3
"""Searches vectors with dynatape and with a NumPy scan of the same vectors, in one run.

    cargo build --release --bin dynatape
    benches/search.py [VECTORS [DIMENSIONS]]

Loads VECTORS (100,000) random vectors of DIMENSIONS (256) into a table with an index of each distance, and asks for the
ten nearest of random ones, one after another, over one connection. NumPy has the vectors as one array of 32-bit floats
and does what is fastest there: a product with the array, and argpartition. Printed for each distance:

    recall    how many of the ten nearest by a scan in 64 bits are among those found; all queries together
    dynatape  searches a second, requests and answers included
    numpy     scans a second
    ratio     of the two

Environment: DYNATAPE (default target/release/dynatape), QUERIES (50), PEERS.
"""

import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

VECTORS, DIMENSIONS = (list(map(int, sys.argv[1:])) + [100_000, 256][len(sys.argv) - 1:])[:2]
QUERIES, TOP, AT_ONCE = int(os.environ.get("QUERIES", 50)), 10, 25
DYNATAPE = Path(os.environ.get("DYNATAPE", "target/release/dynatape")).resolve()
SEARCH = Path(os.environ.get("PEERS", "target/peers")).resolve() / "search"
PYTHON = SEARCH / "bin" / "python"
PACKAGES = ["numpy==2.3.4", "urllib3==2.8.0"]
DISTANCES = ["COSINE", "DOT_PRODUCT", "EUCLIDEAN"]


def main():
    if Path(sys.prefix).resolve() != SEARCH:
        if not PYTHON.exists():
            subprocess.run([sys.executable, "-m", "venv", SEARCH], check=True)
            subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        os.execv(PYTHON, [PYTHON, *sys.argv])
    import numpy
    random = numpy.random.default_rng(1)
    vectors = random.standard_normal((VECTORS, DIMENSIONS), dtype=numpy.float32)
    queries = random.standard_normal((QUERIES, DIMENSIONS), dtype=numpy.float32)
    server = subprocess.Popen([DYNATAPE, "serve", "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        url = re.search(r"http://\S+", server.stdout.readline())[0]
        load(url, vectors)
        print(f"{'':<12}{'recall':>10}{'dynatape':>12}{'numpy':>10}{'ratio':>8}")
        for distance in DISTANCES:
            bodies = [body(distance, query) for query in queries]
            ask(url, "SearchVectors", bodies[0])
            start = time.perf_counter()
            answers = [ask(url, "SearchVectors", one) for one in bodies]
            ours = QUERIES / (time.perf_counter() - start)
            scan = scanner(numpy, distance, vectors)
            scan(queries[0])
            start = time.perf_counter()
            for query in queries:
                scan(query)
            theirs = QUERIES / (time.perf_counter() - start)
            exact = scanner(numpy, distance, vectors.astype(numpy.float64))
            found = sum(len({int(one["Item"]["pk"]["N"]) for one in answer["SearchResults"]}
                            & set(map(int, exact(query.astype(numpy.float64)))))
                        for answer, query in zip(answers, queries))
            print(f"{distance:<12}{found / QUERIES / TOP:>10.3f}{ours:>12.1f}{theirs:>10.1f}{ours / theirs:>8.2f}",
                  flush=True)
    finally:
        server.terminate()
        server.wait(timeout=120)


def load(url, vectors):
    ask(url, "CreateTable", {
        "TableName": "vectors", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "N"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]})
    start = time.perf_counter()

    def write(first):
        items = [{"pk": {"N": str(first + at)}, "v": {"L": numbers(vector)}}
                 for at, vector in enumerate(vectors[first:first + AT_ONCE])]
        ask(url, "BatchWriteItem", {"RequestItems": {"vectors": [{"PutRequest": {"Item": item}} for item in items]}})
    with ThreadPoolExecutor(2) as workers:
        list(workers.map(write, range(0, len(vectors), AT_ONCE)))
    print(f"{VECTORS} items of {DIMENSIONS} dimensions written in {time.perf_counter() - start:.1f} s")
    for distance in DISTANCES:
        start = time.perf_counter()
        ask(url, "UpdateTable", {"TableName": "vectors", "VectorIndexUpdates": [{"Create": {
            "IndexName": distance, "VectorAttribute": {"AttributeName": "v"},
            "Projection": {"ProjectionType": "KEYS_ONLY"}, "Dimensions": DIMENSIONS, "DistanceFunction": distance}}]})
        print(f"{distance} index filled in {time.perf_counter() - start:.1f} s", flush=True)


def numbers(vector):
    return [{"N": repr(float(number))} for number in vector]


def body(distance, query):
    return {"TableName": "vectors", "IndexName": distance, "SearchVector": numbers(query), "TopK": TOP}


def scanner(numpy, distance, vectors):
    squares = numpy.einsum("ij,ij->i", vectors, vectors)
    lengths = numpy.sqrt(squares)

    def scan(query):
        far = -(vectors @ query)
        if distance == "COSINE":
            far /= lengths
        elif distance == "EUCLIDEAN":
            far = squares + 2 * far
        nearest = numpy.argpartition(far, TOP)[:TOP]
        return nearest[numpy.argsort(far[nearest])]
    return scan


def pool(cache={}):
    import urllib3
    return cache.setdefault("pool", urllib3.PoolManager(retries=False, maxsize=4))


def ask(url, operation, request):
    headers = {"X-Amz-Target": f"DynamoDB_20120810.{operation}", "Content-Type": "application/x-amz-json-1.0",
               "Authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/dynamodb/aws4_request, "
                                "SignedHeaders=host;x-amz-date;x-amz-target, Signature=" + 64 * "0",
               "X-Amz-Date": "20260101T000000Z"}
    answer = pool().request("POST", url, body=json.dumps(request), headers=headers)
    if answer.status != 200:
        sys.exit(f"{operation}: {answer.status}: {answer.data[:300]!r}")
    return json.loads(answer.data)


main()
