#!/usr/bin/python3
"""A client of raftmq in Python, with nothing but ZeroMQ and msgpack.

    apt-get install -y python3-zmq python3-msgpack      (or: pip install pyzmq msgpack)

    python3 client.py put greeting '"hello"'
    python3 client.py get greeting
    python3 client.py watch greet                       (Ctrl-C ends it)
    python3 client.py                                   puts, gets and watches by itself

--endpoints and --events name the nodes; without them it is a cluster on this machine as
`npm start` runs it. Exit code 0 if all went well, 1 if a request failed, 2 on bad usage.
"""

import argparse
import json
import random
import sys
import time

import msgpack
import zmq

ENDPOINTS = ",".join(f"tcp://127.0.0.1:{7200 + n}" for n in range(1, 6))
EVENTS = ",".join(f"tcp://127.0.0.1:{7300 + n}" for n in range(1, 6))

# The node has done nothing, and may do it, or another node may, if it is asked again.
ASK_AGAIN = {"NOT_LEADER", "NO_LEADER", "NOT_READY", "SHUTTING_DOWN", "BUSY", "TRANSFERRING"}
READS = {"get", "range", "changes", "status", "members"}
# Why a node that is connected does not answer nobody knows: what only reads is asked elsewhere.
SILENCE_S = 1.0


class Refused(Exception):
    """A request that was not carried out (`rejected`), or perhaps it was (`unknown`)."""

    def __init__(self, code, outcome, message):
        super().__init__(f"{code} ({outcome}): {message}")
        self.code = code
        self.outcome = outcome


class Client:
    """Asks one node at a time, and goes on to another when that one cannot help."""

    def __init__(self, endpoints):
        self.context = zmq.Context.instance()
        self.sockets = {}
        self.endpoints = list(endpoints)
        self.current = self.endpoints[0]
        self.last_id = 0
        for endpoint in self.endpoints:
            self.connect(endpoint)

    def connect(self, endpoint):
        socket = self.context.socket(zmq.DEALER)
        socket.linger = 0
        socket.sndtimeo = 0
        socket.immediate = 1  # a node that is not there is told from one that is
        socket.connect(endpoint)
        self.sockets[endpoint] = socket

    def request(self, op, timeout=5.0, **arguments):
        """The reply to a request, as a dict; raises Refused."""
        self.last_id += 1
        request = {"id": self.last_id, "op": op, "timeout": int(timeout * 1000), **arguments}
        frame = msgpack.packb(request)
        deadline = time.monotonic() + timeout
        last = Refused("UNREACHABLE", "rejected", f"no node at {', '.join(self.endpoints)}")
        pause = 0.02
        while time.monotonic() < deadline:
            try:
                self.sockets[self.current].send(frame)
            except zmq.Again:
                self.ask_another()
                time.sleep(0.01)
                continue
            patience = SILENCE_S if op in READS else timeout
            reply = self.receive(self.last_id, min(deadline, time.monotonic() + patience))
            if reply is None and op in READS:
                self.ask_another()
                continue
            if reply is None:
                # It was sent and may have been carried out: asking again could do it twice.
                raise Refused("TIMEOUT", "unknown", f"no reply within {timeout} s")
            if reply["ok"]:
                return reply
            last = Refused(reply["code"], reply["outcome"], reply["message"])
            repeatable = reply["outcome"] == "rejected" or op in READS
            if reply["code"] not in ASK_AGAIN or not repeatable:
                raise last
            self.follow(reply.get("leader"))
            time.sleep(pause * random.uniform(0.5, 1))
            pause = min(pause * 2, 0.4)
        raise last

    def receive(self, wanted, deadline):
        """The reply with that id, or None. Replies may come several to a message."""
        socket = self.sockets[self.current]
        while (left := deadline - time.monotonic()) > 0:
            if not socket.poll(left * 1000):
                break
            for frame in socket.recv_multipart():
                reply = msgpack.unpackb(frame, strict_map_key=False)
                if reply["id"] == wanted:  # others are late replies to reads asked elsewhere
                    return reply
        return None

    def follow(self, leader):
        """To the leader, if a refusal named it: `{"id": 2, "client": "tcp://…"}`."""
        if leader is None:
            self.ask_another()
            return
        if leader["client"] not in self.sockets:
            self.endpoints.append(leader["client"])
            self.connect(leader["client"])
        self.current = leader["client"]

    def ask_another(self):
        place = self.endpoints.index(self.current)
        self.current = self.endpoints[(place + 1) % len(self.endpoints)]


class Watch:
    """Changes of the keys that start with `prefix`, each once, in order and with none missing.

    `rev` is how far everything is known. Each event says that after one rev, and up to another, there
    is no change but its own; what does not join on to `rev` shows a gap, and `changes` fills it.
    """

    def __init__(self, endpoints, prefix, since):
        self.rev = since
        self.prefix = prefix
        self.socket = zmq.Context.instance().socket(zmq.SUB)
        self.socket.linger = 0
        self.socket.subscribe(f"kv.{prefix}")
        self.socket.subscribe(f"mark.{prefix}")  # asks for marks, and for `after` in changes
        for endpoint in endpoints:
            self.socket.connect(endpoint)

    def changes(self, client):
        while True:
            reply = client.request("changes", since=self.rev, prefix=self.prefix)
            for change in reply["changes"]:
                self.rev = change["rev"]
                yield change
            if reply["more"]:
                continue
            self.rev = max(self.rev, reply["at"])
            while self.socket.poll(SILENCE_S * 1000):
                topic, body = self.socket.recv_multipart()
                event = msgpack.unpackb(body, strict_map_key=False)
                after = self.after(topic.decode(), event)
                if after is None or event["rev"] <= self.rev:
                    continue
                if after > self.rev:
                    break
                self.rev = event["rev"]
                if "key" in event:
                    yield event

    def after(self, topic, event):
        """Between this rev and the event's there is no change with our prefix; None: not about it."""
        if topic == f"mark.{self.prefix}":
            return event["last"]
        return dict(event.get("after", [])).get(len(self.prefix.encode()))


def show(change):
    what = "deleted" if change.get("deleted") else json.dumps(change["value"], default=repr)
    print(f"rev {change['rev']}: {change['key']} {what}", flush=True)


def watch(client, events, prefix):
    """Prints changes from now on, for ever."""
    since = client.request("get", key=prefix or "-")["at"]
    print(f"watching from rev {since} on", flush=True)
    for change in Watch(events, prefix, since).changes(client):
        show(change)


def demonstrate(client, events):
    print("put", client.request("put", key="python/a", value={"by": "pyzmq"})["rev"])
    print("get", client.request("get", key="python/a")["value"])
    swap = client.request("cas", key="python/a", expect={"value": 1}, value=2)
    print("cas", "swapped" if swap["swapped"] else f"not swapped: {swap['current']}")
    since = client.request("get", key="python/a")["at"]
    watch_ = Watch(events, "python/", since)
    for n in range(3):
        client.request("put", key=f"python/{n}", value=n)
    client.request("delete", key="python/a")
    for _, change in zip(range(4), watch_.changes(client)):
        show(change)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--endpoints", default=ENDPOINTS, help="client endpoints, comma-separated")
    parser.add_argument("--events", default=EVENTS, help="event endpoints, comma-separated")
    parser.add_argument("--timeout", type=float, default=5.0, help="seconds a request may take")
    commands = parser.add_subparsers(dest="command")
    put = commands.add_parser("put", help="write a value, as JSON")
    put.add_argument("key")
    put.add_argument("value", type=json.loads)
    commands.add_parser("get", help="read a key").add_argument("key")
    commands.add_parser("watch", help="print changes").add_argument("prefix", nargs="?", default="")
    given = parser.parse_args()

    client = Client(given.endpoints.split(","))
    events = given.events.split(",")
    try:
        if given.command == "put":
            print(client.request("put", given.timeout, key=given.key, value=given.value))
        elif given.command == "get":
            print(client.request("get", given.timeout, key=given.key))
        elif given.command == "watch":
            watch(client, events, given.prefix)
        else:
            demonstrate(client, events)
    except Refused as refused:
        if refused.outcome == "unknown":
            print("nobody knows whether it happened: look before asking again", file=sys.stderr)
        print(refused, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
