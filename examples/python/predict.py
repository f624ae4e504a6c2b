"""Sends pictures to Shoal and prints what is in them. Trying again is safe: it never makes a second prediction.

    python3 examples/python/predict.py --model demo-yolo examples/scene_2033_0_640x512.jpg

Where the server asks for a key, put it into the environment as API_KEY.
"""

import argparse
import os
import random
import sys
import time
import uuid
from urllib.parse import urljoin

import requests

# The server says by these, or by not answering at all, that it is worth trying again.
TRY_AGAIN = (429, 503)
PAUSE_MAX_S = 30


class Refused(Exception):
    """A final answer: the same request would get it again."""


def predict(session, url, model, path, deadline_s=60.0):
    """Returns the answer as a dict. Raises Refused, or TimeoutError when there was none before the deadline."""
    end = time.monotonic() + deadline_s
    # One key for all attempts: to the server they are one request.
    key = str(uuid.uuid4())
    target = url.rstrip("/") + "/v1/predictions"

    def post(timeout):
        with open(path, "rb") as image:
            return session.post(
                target,
                data={"model": model},
                files={"image": image},
                headers={"Idempotency-Key": key},
                timeout=timeout,
            )

    answer = until_answered(post, end)
    # Accepted, but the server did not want to keep us waiting: its answer is fetched.
    while answer.status_code == 202:
        place = urljoin(answer.url, answer.headers.get("Location", ""))
        answer = until_answered(
            lambda timeout: session.get(place, headers={"Prefer": "wait=20"}, timeout=timeout), end
        )
    body = answer.json()
    # A prediction that is fetched may have failed, and is answered with 200 all the same.
    if not answer.ok or body.get("status") != "succeeded":
        error = body.get("error", {})
        raise Refused(f"{error.get('code')}: {error.get('message')}")
    return body


def until_answered(send, end):
    """Calls send(timeout) again and again until there is an answer that another attempt would not change."""
    pause_s = 0.5
    while True:
        left_s = end - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("no answer before the deadline")
        told_s = None
        try:
            answer = send((min(5, left_s), left_s))
            if answer.status_code not in TRY_AGAIN:
                return answer
            told_s = answer.headers.get("Retry-After")
        except (requests.ConnectionError, requests.Timeout):
            pass  # Nobody knows whether it arrived. The key makes that harmless.
        # With some chance in it, so that those who were refused together do not come back together.
        wait_s = float(told_s) if told_s else pause_s * random.uniform(0.5, 1)
        pause_s = min(PAUSE_MAX_S, 2 * pause_s)
        if time.monotonic() + wait_s >= end:
            raise TimeoutError("no answer before the deadline")
        time.sleep(wait_s)


def main():
    parser = argparse.ArgumentParser(description="Prints what is in pictures.")
    parser.add_argument("pictures", nargs="+")
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--model", required=True)
    parser.add_argument("--deadline", type=float, default=60.0, help="seconds for one picture")
    given = parser.parse_args()
    failed = False
    with requests.Session() as session:
        if "API_KEY" in os.environ:
            session.headers["Authorization"] = f"Bearer {os.environ['API_KEY']}"
        for path in given.pictures:
            try:
                answer = predict(session, given.url, given.model, path, given.deadline)
            except (Refused, TimeoutError, OSError) as error:
                print(f"{path}: {error}", file=sys.stderr)
                failed = True
                continue
            for found in answer["detections"]:
                x1, y1, x2, y2 = (found["box"][corner] for corner in ("x1", "y1", "x2", "y2"))
                print(f"{path}\t{found['label']}\t{found['score']:.3f}\t{x1:.0f} {y1:.0f} {x2:.0f} {y2:.0f}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
