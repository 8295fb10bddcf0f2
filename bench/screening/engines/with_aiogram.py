"""aiogram's finite state machine, fed with updates that are made before the clock starts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from aiogram import Bot, Dispatcher, F, Router
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import Chat, Message, Update, User

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
Callback = Callable[[Message, FSMContext], Awaitable[None]]


class _Talk:
    def __init__(self) -> None:
        self.replies: list[str] = []

    def router(self) -> Router:
        router = Router()
        router.message.register(self._begin, F.text.in_(START))
        for position, question in enumerate(QUESTIONS):
            here = StateFilter(question.id)
            router.message.register(self._yes(question, position), here, F.text.in_(YES))
            router.message.register(self._onward(position), here, F.text.in_(NO))
            router.message.register(self._again(question), here)
        router.message.register(self._idle)
        return router

    async def _begin(self, _: Message, state: FSMContext) -> None:
        await state.set_state(QUESTIONS[0].id)
        await state.set_data({"doctor": False})
        self.replies.append(QUESTIONS[0].text)

    def _yes(self, question: Question, position: int) -> Callback:
        onward = self._onward(position)

        async def answered(message: Message, state: FSMContext) -> None:
            if question.emergency:
                await state.clear()
                self.replies.append(OUTCOMES["emergency"])
                return
            await state.update_data(doctor=True)
            await onward(message, state)

        return answered

    def _onward(self, position: int) -> Callback:
        after = following(position)

        async def answered(_: Message, state: FSMContext) -> None:
            if after is not None:
                await state.set_state(after.id)
                self.replies.append(after.text)
                return
            doctor = (await state.get_data())["doctor"]
            await state.clear()
            self.replies.append(OUTCOMES["doctor" if doctor else "self_care"])

        return answered

    def _again(self, question: Question) -> Callable[[Message], Awaitable[None]]:
        async def answered(_: Message) -> None:
            self.replies.append(again(question))

        return answered

    async def _idle(self, _: Message) -> None:
        self.replies.append(IDLE)


def _update(number: int, user: int, text: str) -> Any:
    person = User(id=user, is_bot=False, first_name="Someone")
    chat = Chat(id=user, type="private")
    message = Message(message_id=number, date=AT, chat=chat, from_user=person, text=text)
    return Update(update_id=number, message=message)


def player(turns: Sequence[Turn]) -> Callable[[], list[str]]:
    """What plays these turns, ready to be timed."""
    updates = [_update(number, user, text) for number, (user, text) in enumerate(turns, 1)]
    talk = _Talk()
    dispatcher = Dispatcher()  # keeps states in memory
    dispatcher.include_router(talk.router())

    async def all_of_them() -> None:
        bot = Bot(TOKEN)
        for update in updates:
            await dispatcher.feed_update(bot, update)

    def play() -> list[str]:
        asyncio.run(all_of_them())
        return talk.replies

    return play
