"""python-telegram-bot's ConversationHandler in an application that sends nothing.

Updates are made before the clock starts, and a reply is only noted, so that the handler alone is
timed, without reading or writing JSON.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any

from telegram import Chat, Message, Update, User
from telegram.ext import (
    Application,
    BaseHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
)
from telegram.ext.filters import TEXT, Text

from bench.screening.data import (
    IDLE,
    NO,
    OUTCOMES,
    QUESTIONS,
    START,
    YES,
    Question,
    Turn,
    again,
    following,
)

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
TOKEN = "1:none"  # noqa: S105  # never sent anywhere
Context = ContextTypes.DEFAULT_TYPE
Callback = Callable[[Update, Context], Coroutine[Any, Any, int | str | None]]


class _Talk:
    def __init__(self) -> None:
        self.replies: list[str] = []

    def handler(self) -> ConversationHandler[Context]:
        start: list[BaseHandler[Update, Context, Any]] = [self._on(START, self._begin)]
        return ConversationHandler(
            entry_points=start,
            states={
                question.id: [
                    self._on(START, self._begin),
                    self._on(YES, self._yes(question, position)),
                    self._on(NO, self._onward(position)),
                    self._on((), self._again(question)),
                ]
                for position, question in enumerate(QUESTIONS)
            },
            fallbacks=[],
        )

    def _on(self, words: tuple[str, ...], callback: Callback) -> MessageHandler[Context, Any]:
        return MessageHandler(Text(words) if words else TEXT, callback)

    async def _begin(self, _: Update, context: Context) -> str:
        assert context.user_data is not None
        context.user_data["doctor"] = False
        self.replies.append(QUESTIONS[0].text)
        return QUESTIONS[0].id

    def _yes(self, question: Question, position: int) -> Callback:
        onward = self._onward(position)

        async def answered(update: Update, context: Context) -> int | str | None:
            if question.emergency:
                self.replies.append(OUTCOMES["emergency"])
                return ConversationHandler.END
            assert context.user_data is not None
            context.user_data["doctor"] = True
            return await onward(update, context)

        return answered

    def _onward(self, position: int) -> Callback:
        after = following(position)

        async def answered(_: Update, context: Context) -> int | str | None:
            if after is not None:
                self.replies.append(after.text)
                return after.id
            assert context.user_data is not None
            self.replies.append(OUTCOMES["doctor" if context.user_data["doctor"] else "self_care"])
            return ConversationHandler.END

        return answered

    def _again(self, question: Question) -> Callback:
        async def answered(_: Update, __: Context) -> None:
            self.replies.append(again(question))

        return answered

    async def idle(self, _: Update, __: Context) -> None:
        self.replies.append(IDLE)


def _update(number: int, user: int, text: str) -> Update:
    person = User(user, "Someone", is_bot=False)
    message = Message(number, AT, Chat(user, "private"), from_user=person, text=text)
    return Update(number, message=message)


def player(turns: Sequence[Turn]) -> Callable[[], list[str]]:
    """What plays these turns, ready to be timed."""
    updates = [_update(number, user, text) for number, (user, text) in enumerate(turns, 1)]
    talk = _Talk()
    application = Application.builder().token(TOKEN).updater(None).job_queue(None).build()
    application.add_handler(talk.handler())
    application.add_handler(MessageHandler(TEXT, talk.idle))
    application._initialized = True  # `initialize` would ask Telegram who the bot is

    async def all_of_them() -> None:
        for update in updates:
            await application.process_update(update)

    def play() -> list[str]:
        asyncio.run(all_of_them())
        return talk.replies

    return play
