"""getUpdates and the webhook methods."""

import re
from urllib.parse import urlsplit

from bot.adapters.simulator.description import JsonDict
from bot.adapters.simulator.refusal import Refusal, RefusedError, bad_request
from bot.adapters.simulator.state import State
from bot.adapters.simulator.webhook import is_loopback

MAX_SECRET = 256
WEBHOOK_PORTS = (80, 88, 443, 8443)
WEBHOOK_ACTIVE = (
    "can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)
OTHER_POLL = (
    "terminated by other getUpdates request; make sure that only one bot instance is running"
)


def _conflict(text: str) -> RefusedError:
    return RefusedError(Refusal(409, f"Conflict: {text}"))


async def get_updates(state: State, params: JsonDict) -> list[JsonDict]:
    """getUpdates, with long polling."""
    if state.webhook.url:
        raise _conflict(WEBHOOK_ACTIVE)
    state.queue.allow(params.get("allowed_updates"))
    state.queue.confirm(params.get("offset", 0))
    state.changes.notify()
    if params.get("timeout", 0) and not state.queue.entries(state.clock()):
        await _wait(state, params["timeout"])
    state.queue.entries(state.clock())
    return state.queue.take(params.get("limit", 100))


async def _wait(state: State, seconds: float) -> None:
    """Wait for an update; as on Telegram, a second poll that waits ends the first."""
    state.waiting_polls = number = state.waiting_polls + 1
    state.polling = True
    state.changes.notify()

    def over() -> bool:
        ended = state.closing or bool(state.webhook.url) or state.waiting_polls != number
        return ended or bool(state.queue.pending)

    try:
        await state.changes.until(over, seconds)
    finally:
        if state.waiting_polls == number:
            state.polling = False
        state.changes.notify()
    if state.webhook.url:
        raise _conflict("terminated by setWebhook request")
    if state.waiting_polls != number:
        raise _conflict(OTHER_POLL)


def set_webhook(state: State, params: JsonDict) -> bool:
    """setWebhook; an empty address removes the webhook."""
    if params["url"]:
        _check_address(params["url"])
        _check_secret(params.get("secret_token", ""))
    state.queue.allow(params.get("allowed_updates"))
    if params.get("drop_pending_updates"):
        state.queue.drop()
    state.webhook.point_at(params)
    return True


def _check_address(url: str) -> None:
    """Loopback is taken as by a Bot API server of one's own: over HTTP too, on any port."""
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        parts, port = None, 0
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        raise bad_request("invalid webhook URL specified")
    if is_loopback(url):
        return
    if parts.scheme != "https":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if port not in WEBHOOK_PORTS:
        text = "Webhook can be set up only on ports 80, 88, 443 or 8443"
        raise bad_request(f"bad webhook: {text}")


def _check_secret(secret: str) -> None:
    if len(secret) > MAX_SECRET:
        raise bad_request("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise bad_request("secret token contains unallowed characters")


def delete_webhook(state: State, params: JsonDict) -> bool:
    """deleteWebhook."""
    return set_webhook(state, {**params, "url": ""})


def get_webhook_info(state: State, params: JsonDict) -> JsonDict:
    """getWebhookInfo."""
    hook = state.webhook
    info: JsonDict = {
        "url": hook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(state.queue.entries(state.clock())),
    }
    if hook.url:
        info |= {"max_connections": hook.connections, "ip_address": "127.0.0.1"}
    if hook.error is not None:
        info |= {
            "last_error_date": hook.error.date,
            "last_error_message": hook.error.message,
        }
    if types := hook.params.get("allowed_updates"):
        info["allowed_updates"] = types
    return info
