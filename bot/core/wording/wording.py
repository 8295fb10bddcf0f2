"""Text keys and knowledge to replies. Every sentence comes from knowledge/."""

from __future__ import annotations

from bot.core.wording.care import Care
from bot.core.wording.privacy import Privacy
from bot.core.wording.reminders import Reminders
from bot.core.wording.routine import Routines
from bot.core.wording.summary import Summaries


class Wording(Privacy, Care, Routines, Reminders, Summaries):
    """Builds every reply from the texts of one language."""
