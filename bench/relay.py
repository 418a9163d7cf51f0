"""A TCP relay that delays every byte by a fixed time in each direction; run as a process of its own, the same for every runner.

    python relay.py LISTEN_PORT TARGET_PORT ROUND_TRIP_MS [HUNG_ADDRESS]

A connection to 127.0.1.7:LISTEN_PORT goes on to 127.0.1.7:TARGET_PORT. One to HUNG_ADDRESS is accepted and never answered.
"""

import asyncio
import sys
from collections.abc import AsyncIterator

PIECE = 1 << 16


async def pieces(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Give what comes until the end."""
    while data := await reader.read(PIECE):
        yield data


async def one_way(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    """Pass bytes on, each `delay` seconds after it came; what is on its way does not hold up what follows."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(maxsize=4096)

    async def send() -> None:
        while True:
            due, data = await queue.get()
            wait = due - loop.time()
            if wait > 0:
                await asyncio.sleep(wait)
            if not data:
                break
            writer.write(data)
            await writer.drain()
        writer.close()

    sender = asyncio.create_task(send())
    try:
        async for data in pieces(reader):
            await queue.put((loop.time() + delay, data))
    except ConnectionError:
        pass
    await queue.put((loop.time() + delay, b""))
    await asyncio.gather(sender, return_exceptions=True)


async def serve(listen: int, target: int, round_trip: float, hung: str) -> None:
    """Relay for ever."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address = writer.get_extra_info("sockname")[0]
        if address == hung:
            await reader.read()
            writer.close()
            return
        there, back = await asyncio.open_connection(address, target)
        await asyncio.gather(one_way(reader, back, round_trip / 2), one_way(there, writer, round_trip / 2))

    server = await asyncio.start_server(accept, "0.0.0.0", listen, backlog=1024)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) / 1000, sys.argv[4] if len(sys.argv) > 4 else ""))
