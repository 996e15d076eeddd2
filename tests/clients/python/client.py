"""What Python's client sees: `client.py URL` prints, for each test, a line of JSON with its name and its failure."""

import asyncio
import concurrent.futures
import contextlib
import json
import os
import sys
import traceback
import warnings

import engineio.payload
import socketio

PATIENCE = 10
# How many packets it takes from one poll; 16 if not told otherwise.
engineio.payload.Payload.max_decode_packets = 1000
WAYS = {
    "over polling": ["polling"],
    "over WebSocket": ["websocket"],
    "after an upgrade": ["polling", "websocket"],
}


class Threaded:
    """The client that has threads, with the methods of the one that has none."""

    def __init__(self, **options):
        self._client = socketio.Client(**options)
        # It would handle each message in a thread of its own, where they overtake each other.
        trigger = self._client.eio._trigger_event
        self._client.eio._trigger_event = lambda *args, **_: trigger(*args, run_async=False)

    def __getattr__(self, name):
        member = getattr(self._client, name)
        if name not in ("connect", "call", "emit", "disconnect"):
            return member
        return lambda *args, **options: asyncio.to_thread(member, *args, **options)


KINDS = {"socketio.AsyncClient": socketio.AsyncClient, "socketio.Client": Threaded}


class Events:
    """Collects the arguments of events, which may come from another thread."""

    def __init__(self):
        self._queue = asyncio.Queue()
        self._loop = asyncio.get_running_loop()

    def add(self, *args):
        self._loop.call_soon_threadsafe(self._queue.put_nowait, args)

    async def next(self):
        return await asyncio.wait_for(self._queue.get(), PATIENCE)

    def empty(self):
        return self._queue.empty()


class Context:
    """The clients of one test."""

    def __init__(self, kind, url, way):
        self._kind = kind
        self._url = url
        self._way = way
        self._clients = []

    def create(self, reconnection=False):
        client = KINDS[self._kind](reconnection=reconnection, reconnection_delay=0.02)
        self._clients.append(client)
        return client

    async def connect(self, client=None, query="", auth=None, namespaces=("/",), wait=True):
        client = client or self.create()
        transports = WAYS[self._way]
        await client.connect(
            self._url + query,
            transports=transports,
            auth=auth,
            namespaces=list(namespaces),
            wait=wait,
            wait_timeout=PATIENCE,
        )
        assert client.transport() == transports[-1], client.transport()
        return client

    async def close(self):
        for client in self._clients:
            with contextlib.suppress(Exception):
                await client.disconnect()


def listen(client, name, namespace="/"):
    events = Events()
    client.on(name, events.add, namespace=namespace)
    return events


async def connects(t):
    client = await t.connect(query="?tag=x%20y", auth={"token": "abc"})
    about = await client.call("about")
    assert about["nsp"] == "/" and about["auth"] == {"token": "abc"}, about
    assert about["tag"] == "x y" and about["transport"] == client.transport(), about
    assert len(client.get_sid()) == 20


async def echoes(t):
    client = await t.connect()
    values = [1, -1.5, "a€🦕é\n\\n", None, {"x": [True, {"__proto__": "y"}]}, []]
    assert list(await client.call("echo", tuple(values))) == values
    assert await client.call("echo", values) == values
    assert await client.call("echo") is None


async def acknowledges(t):
    client = await t.connect()
    client.on("question", lambda text: f"{text} well")
    answered = listen(client, "answered")
    await client.emit("ask me")
    assert await answered.next() == ("how? well",)


async def bytes_at_any_depth(t):
    client = await t.connect()
    data = bytes(range(256))
    returned = listen(client, "returned")
    await client.emit("return", (data, {"deep": [data[4:9], "é"]}, b""))
    assert await returned.next() == (data, {"deep": [data[4:9], "é"]}, b"")
    assert await client.call("echo", data) == data


async def large(t):
    client = await t.connect()
    text, data = "0123456789€" * 20_000, bytes(300_000)
    assert await client.call("echo", (text, data)) == (text, data)


async def order(t):
    client = await t.connect()
    returned = listen(client, "returned")
    for i in range(100):
        await client.emit("return", (i, bytes([i])) if i % 7 == 0 else i)
    assert [(await returned.next())[0] for _ in range(100)] == list(range(100))


async def volatile(t):
    client = await t.connect()
    told = listen(client, "told")
    await client.emit("tell me volatilely", ("now", b"\x01"))
    assert await told.next() == ("now", b"\x01")


async def rooms(t):
    one, two = await t.connect(), await t.connect()
    room = f"room of {one.get_sid()}"
    told = [listen(one, "told"), listen(two, "told")]
    for client in (one, two):
        await client.call("join", room)
    await one.emit("tell", (room, "news", {"bytes": b"\1\2"}))
    for it in told:
        assert await it.next() == ("news", {"bytes": b"\1\2"})
    await one.emit("tell others", (room, "from me"))
    assert await told[1].next() == ("from me",)
    await one.call("echo")
    assert told[0].empty()


async def javascript(t):
    client = await t.connect()
    told = listen(client, "told")
    await client.emit("tell", ("JavaScript", client.get_sid(), {"é": b"\1\2"}))
    assert await told.next() == ("JavaScript says", {"é": b"\1\2"})


async def answers(t):
    one, two = await t.connect(), await t.connect()
    room = f"answers of {one.get_sid()}"
    for name, client in (("one", one), ("two", two)):
        client.on("question", lambda _text, name=name: name)
        await client.call("join", room)
    answered = listen(one, "all answered")
    await one.emit("ask all", room)
    (given,) = await answered.next()
    assert sorted(given) == ["one", "two"], given


async def several_namespaces(t):
    names = ("/", "/admin", "/room-7")
    client = await t.connect(auth={"token": "secret"}, namespaces=names)
    for name in names:
        assert (await client.call("about", namespace=name))["nsp"] == name
    gone = listen(client, "disconnect", "/room-7")
    await client.emit("send me away", namespace="/room-7")
    await gone.next()
    assert await client.call("echo", 1, namespace="/admin") == 1


async def refused(t):
    for name, reason in (
        ("/admin", {"message": "who are you?", "data": {"code": 7}}),
        ("/nowhere", {"message": "Invalid namespace"}),
    ):
        client = t.create()
        error = listen(client, "connect_error", name)
        # It would wait for as long as it may, also after the refusal.
        await t.connect(client, namespaces=(name,), wait=False)
        assert await error.next() == (reason,)


async def sent_away(t):
    for how in ("send me away", "close my connection"):
        client = await t.connect()
        gone = listen(client, "disconnect")
        await client.emit(how)
        await gone.next()


async def leaves(t):
    client, other = await t.connect(), await t.connect()
    told = listen(other, "told")
    await other.call("join", f"end of {client.get_sid()}")
    await client.disconnect()
    (reason,) = await told.next()
    # It hangs up right after it has taken its leave, and breaks its poll off for it: that may be seen first.
    assert reason in ("client namespace disconnect", "transport close", "transport error"), reason


async def comes_back(t):
    client = t.create(reconnection=True)
    connected, gone = listen(client, "connect"), listen(client, "disconnect")
    await t.connect(client)
    await connected.next()
    sid = client.get_sid()
    await client.emit("hang up")
    await gone.next()
    # Over polling there is a packet that says goodbye, after which this client stays away.
    if client.transport() == "polling":
        client = t.create()
        connected = listen(client, "connect")
        await t.connect(client)
    await connected.next()
    assert client.get_sid() != sid
    assert await client.call("echo", "again") == "again"


TESTS = {
    "connects, with auth and query": connects,
    "gets what it sent as an acknowledgement": echoes,
    "acknowledges what the server asks": acknowledges,
    "sends and receives bytes, at any depth": bytes_at_any_depth,
    "sends and receives what is large": large,
    "keeps the order of what it sends and receives": order,
    "gets volatile events": volatile,
    "is in a room": rooms,
    "talks with a client in JavaScript": javascript,
    "answers a broadcast": answers,
    "reaches several namespaces over one connection": several_namespaces,
    "learns why it was refused": refused,
    "is sent away, from one namespace or for good": sent_away,
    "leaves, and the server knows": leaves,
    "comes back after the server has hung up": comes_back,
}


async def run(name, kind, way, url):
    context = Context(kind, url, way)
    failure = None
    try:
        await asyncio.wait_for(TESTS[name](context), 3 * PATIENCE)
    except Exception:
        failure = traceback.format_exc()
    finally:
        await context.close()
    print(json.dumps({"name": f"{kind} {name}, {way}", "failure": failure}), flush=True)


async def main(url):
    # Each of a client's threads would wait for one of those that others hold.
    pool = concurrent.futures.ThreadPoolExecutor(max_workers=200)
    asyncio.get_running_loop().set_default_executor(pool)
    for kind in KINDS:
        await asyncio.gather(*(run(name, kind, way, url) for name in TESTS for way in WAYS))
    # Threads of clients take up to half a minute to see that all is over.
    sys.stdout.flush()
    os._exit(0)


warnings.simplefilter("ignore")
asyncio.run(main(sys.argv[1]))
