"""A Bot API server on loopback: for tests, and for trying the bot out without a token."""

import asyncio
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

from aiohttp import web

from bot.adapters.simulator import downloads, editing, polling, profile, sending
from bot.adapters.simulator.decoding import Request, decode
from bot.adapters.simulator.description import Json, JsonDict
from bot.adapters.simulator.faults import Cut, Faults
from bot.adapters.simulator.loopback import HOST, listening
from bot.adapters.simulator.people import People
from bot.adapters.simulator.readings import Readings
from bot.adapters.simulator.refusal import Refusal, RefusedError, bad_request
from bot.adapters.simulator.state import Call, State
from bot.adapters.simulator.validation import validate

TOKEN = "123456:simulated-token"  # noqa: S105 - a made-up token for loopback
MAX_REQUEST_BYTES = 60 * 1024 * 1024
UNAUTHORIZED = Refusal(401, "Unauthorized")
NOT_FOUND = Refusal(404, "Not Found")

METHODS: Mapping[str, Callable[[State, JsonDict], Json]] = {
    "getMe": profile.get_me,
    "setWebhook": polling.set_webhook,
    "deleteWebhook": polling.delete_webhook,
    "getWebhookInfo": polling.get_webhook_info,
    "sendMessage": sending.send_message,
    "sendPhoto": sending.send_photo,
    "sendAnimation": sending.send_animation,
    "sendDocument": sending.send_document,
    "sendChatAction": sending.send_chat_action,
    "editMessageText": editing.edit_message_text,
    "editMessageCaption": editing.edit_message_caption,
    "editMessageReplyMarkup": editing.edit_message_reply_markup,
    "deleteMessage": editing.delete_message,
    "answerCallbackQuery": profile.answer_callback_query,
    "setMyCommands": profile.set_my_commands,
    "getMyCommands": profile.get_my_commands,
    "deleteMyCommands": profile.delete_my_commands,
    "setMyName": profile.set_my_name,
    "getMyName": profile.get_my_name,
    "setMyDescription": profile.set_my_description,
    "getMyDescription": profile.get_my_description,
    "setMyShortDescription": profile.set_my_short_description,
    "getMyShortDescription": profile.get_my_short_description,
    "setChatMenuButton": profile.set_chat_menu_button,
    "getFile": downloads.get_file,
    "leaveChat": profile.leave_chat,
    "getChat": profile.get_chat,
}


class BotApiServer(People, Readings, Faults):
    """Simulates Telegram for one bot; refuses what Telegram refuses."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        enforce_rates: bool = False,
        webhook_pace: float = 1.0,
    ) -> None:
        """A webhook_pace below 1 shortens the pauses before a failed delivery is tried again."""
        super().__init__()
        self.state = State(clock, enforce_rates=enforce_rates, webhook_pace=webhook_pace)
        self.token = TOKEN
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def base_url(self) -> str:
        """The address to which a client appends the token."""
        return f"http://{HOST}:{self._port}/bot"

    @property
    def base_file_url(self) -> str:
        """The address of downloads, to which a client appends the token."""
        return f"http://{HOST}:{self._port}/file/bot"

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=MAX_REQUEST_BYTES)
        app.router.add_route("*", "/bot{token}/{method}", self._handle)
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        self._runner, self._port = await listening(app)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.state.closing = True
        self.state.changes.notify()
        await self.state.webhook.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _download(self, http: web.Request) -> web.Response:
        if http.match_info["token"] != self.token:
            return web.json_response(UNAUTHORIZED.body(), status=401)
        content = self.state.files.at(http.match_info["path"])
        if content is None:
            return web.json_response(NOT_FOUND.body(), status=404)
        return web.Response(body=content, content_type="application/octet-stream")

    async def _handle(self, http: web.Request) -> web.StreamResponse:
        counted = http.match_info["method"] != "getUpdates"
        self.state.in_flight += counted
        try:
            answered = self._answer(http)
            # What has arrived is done, also when the bot has died meanwhile.
            answer = await (asyncio.shield(answered) if counted else answered)
            if answer is None:
                if http.transport is not None:
                    http.transport.close()
                return web.Response()
            response = web.json_response(answer, status=answer.get("error_code", 200))
            await response.prepare(http)
            await response.write_eof()
            return response
        finally:
            self.state.in_flight -= counted
            self.state.changes.notify()

    async def _answer(self, http: web.Request) -> JsonDict | None:
        """The JSON of the answer, or None when the connection is to break."""
        if http.match_info["token"] != self.token:
            return UNAUTHORIZED.body()
        try:
            request = await decode(http.match_info["method"], http)
        except RefusedError as error:
            return error.refusal.body()
        log = self.state.polls if request.method == "getUpdates" else self.state.calls
        log.append(Call(request.method, request.params))
        fault = self._take_fault(request.method, request.params)
        if fault.delay:
            await self.state.changes.until(lambda: self.state.closing, fault.delay)
        if fault.refusal is not None:
            return fault.refusal.body()
        if fault.cut is Cut.BEFORE_ACTION:
            return None
        answer = await self._act(request)
        return None if fault.cut is Cut.AFTER_ACTION else answer

    async def _act(self, request: Request) -> JsonDict:
        refusal = validate(request.method, request.params, request.attachments)
        if refusal is not None:
            return refusal.body()
        try:
            return {"ok": True, "result": await _run(self.state, request)}
        except RefusedError as error:
            return error.refusal.body()


async def _run(state: State, request: Request) -> Json:
    if request.method == "getUpdates":
        return await polling.get_updates(state, request.params)
    if request.method == "editMessageMedia":
        return editing.edit_message_media(state, request.params, request.attachments)
    if (method := METHODS.get(request.method)) is None:
        raise bad_request(f"method {request.method} is not simulated")
    return method(state, request.params)
