"""Listening on this computer only."""

from __future__ import annotations

from aiohttp import web

HOST = "127.0.0.1"


async def listening(app: web.Application, port: int = 0) -> tuple[web.AppRunner, int]:
    """A running server and its port, a free one for 0; OSError when the port is taken."""
    runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
    except OSError:
        await runner.cleanup()
        raise
    return runner, int(runner.addresses[0][1])
