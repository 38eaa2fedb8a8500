"""tuspy at work on a pool: VERB POOL TOKEN FILE [PLACE]. Prints one line of JSON."""

import asyncio
import io
import json
import sys

import requests
from tusclient.client import TusClient

verb, pool, token, file = sys.argv[1:5]
client = TusClient(f"{pool}/tus", headers={"authorization": f"Bearer {token}"})
with open(file, "rb") as opened:
    content = opened.read()


def begin():
    one = client.uploader(file, chunk_size=500_000, metadata={"filename": "river.mov"}, upload_checksum=True)
    one.upload(stop_at=len(content) // 2)
    return [one.url]


def resume():
    one = client.uploader(file, chunk_size=500_000, url=sys.argv[5], upload_checksum=True)
    assert one.offset > 0, "it begins where the pool stands"
    one.upload()
    return [one.url]


async def several():
    """Four uploads at once: tuspy does not put parts together."""
    quarter = -(-len(content) // 4)
    parts = [content[start : start + quarter] for start in range(0, len(content), quarter)]
    uploads = [
        client.async_uploader(file_stream=io.BytesIO(part), chunk_size=200_000, retries=3, retry_delay=1)
        for part in parts
    ]
    await asyncio.gather(*(one.upload() for one in uploads))
    return [one.url for one in uploads]


def terminate():
    """tuspy has no call for this: the request of the protocol, with tuspy's own headers."""
    place = begin()[0]
    headers = {**client.headers, "Tus-Resumable": "1.0.0"}
    requests.delete(place, headers=headers, timeout=30).raise_for_status()
    return [place]


VERBS = {"begin": begin, "resume": resume, "several": lambda: asyncio.run(several()), "terminate": terminate}
print(json.dumps({"places": VERBS[verb](), "requests": {}}))
