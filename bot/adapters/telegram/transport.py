"""Requests to the Bot API over aiohttp: about a third of the processor time of PTB's own httpx.

Measured by `python -m bench.telegram`; ARCHITECTURE.md has the figures.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from functools import cache
from ssl import SSLContext

import aiohttp
import httpx
from telegram._utils.defaultvalue import DefaultValue
from telegram._utils.types import ODVInput
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

CONNECT_SECONDS = 5.0
READ_SECONDS = 5.0
WRITE_SECONDS = 20.0  # for an upload

# The request did not leave this machine: it can be made again without doing anything twice.
NEVER_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)

# Told when a request of this task goes out, right before its bytes are written: what is killed
# after that may have arrived.
GOING: ContextVar[Callable[[], Awaitable[None]] | None] = ContextVar("going", default=None)


class Transport(BaseRequest):
    """One pool of connections; whoever finds it full waits for a turn."""

    def __init__(self, connections: int, *, proxies: bool) -> None:
        """`proxies`: obey HTTP_PROXY and its like. Nothing is opened before `initialize`."""
        self._connections = connections
        self._proxies = proxies
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float | None:
        """Seconds without a byte of the answer."""
        return READ_SECONDS

    async def initialize(self) -> None:
        """Open the pool."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections, ssl=_certificates()),
                headers={"User-Agent": self.USER_AGENT},
                trust_env=self._proxies,
                trace_configs=[_watched()],
            )

    async def shutdown(self) -> None:
        """Close the pool."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def do_request(  # the interface of PTB
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Status and body; NetworkError or TimedOut with the cause."""
        if self._session is None:
            raise RuntimeError("initialize first")
        read = _seconds(read_timeout, READ_SECONDS)
        timeout = aiohttp.ClientTimeout(
            total=read + _seconds(write_timeout, WRITE_SECONDS),
            sock_connect=_seconds(connect_timeout, CONNECT_SECONDS),
            sock_read=read,
        )
        try:
            async with self._session.request(
                method, url, data=_body(request_data), timeout=timeout
            ) as answer:
                return answer.status, await answer.read()
        except TimeoutError as error:
            raise TimedOut from error
        except (aiohttp.ClientError, OSError) as error:
            # The kind alone: what aiohttp says may quote the address, and so the token.
            raise NetworkError(type(error).__name__) from error


def _watched() -> aiohttp.TraceConfig:
    async def going(*_: object) -> None:
        told = GOING.get()
        if told is not None:
            await told()

    trace = aiohttp.TraceConfig()
    trace.on_request_chunk_sent.append(going)  # aiohttp waits for it before it writes
    return trace


def may_have_arrived(error: BaseException) -> bool:
    """Whether a failed request went out: its answer may be all that was lost."""
    cause = error.__cause__
    went_out = isinstance(cause, TimeoutError | aiohttp.ClientError | OSError)
    return went_out and not isinstance(cause, NEVER_SENT)


def _seconds(given: ODVInput[float], otherwise: float) -> float:
    return otherwise if given is None or isinstance(given, DefaultValue) else given


def _body(data: RequestData | None) -> aiohttp.FormData | dict[str, str] | None:
    if data is None:
        return None
    if not data.contains_files:
        return data.json_parameters
    form = aiohttp.FormData(data.json_parameters)
    for field, (name, content, kind) in data.multipart_data.items():
        form.add_field(field, content, filename=name, content_type=kind)
    return form


@cache
def _certificates() -> SSLContext:
    """As httpx has it: SSL_CERT_FILE or the package certifi, not every machine has its own."""
    return httpx.create_ssl_context()
