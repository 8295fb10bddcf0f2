"""Text keys and knowledge to replies. Every sentence comes from knowledge/."""

from __future__ import annotations

from bot.core.wording.care import Care
from bot.core.wording.questions import Questions
from bot.core.wording.routine import Routines


class Wording(Questions, Care, Routines):
    """Builds every reply from the texts of one language."""
