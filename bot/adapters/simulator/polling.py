"""getUpdates and the webhook methods."""

from bot.adapters.simulator.description import JsonDict
from bot.adapters.simulator.refusal import Refusal, RefusedError, bad_request
from bot.adapters.simulator.state import State


def _conflict(text: str) -> RefusedError:
    return RefusedError(Refusal(409, f"Conflict: {text}"))


def _check_no_webhook(state: State) -> None:
    if state.profile.webhook.get("url"):
        raise _conflict(
            "can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first"
        )


async def get_updates(state: State, params: JsonDict) -> list[JsonDict]:
    """getUpdates, with long polling."""
    _check_no_webhook(state)
    if state.polling:
        raise _conflict(
            "terminated by other getUpdates request; "
            "make sure that only one bot instance is running"
        )
    state.polling = True
    try:
        return await _poll(state, params)
    finally:
        state.polling = False
        state.changes.notify()


async def _poll(state: State, params: JsonDict) -> list[JsonDict]:
    state.queue.allow(params.get("allowed_updates"))
    state.queue.confirm(params.get("offset", 0))
    state.changes.notify()
    await state.changes.until(
        lambda: bool(state.queue.pending) or state.closing or bool(_webhook_url(state)),
        params.get("timeout", 0),
    )
    if _webhook_url(state):
        raise _conflict("terminated by setWebhook request")
    return state.queue.take(params.get("limit", 100))


def _webhook_url(state: State) -> str:
    return str(state.profile.webhook.get("url", ""))


def set_webhook(state: State, params: JsonDict) -> bool:
    """setWebhook; an empty address removes the webhook."""
    url = params["url"]
    if url and not url.startswith("https://"):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    state.profile.webhook = {**params} if url else {}
    state.queue.allow(params.get("allowed_updates"))
    if params.get("drop_pending_updates"):
        state.queue.drop()
    return True


def delete_webhook(state: State, params: JsonDict) -> bool:
    """deleteWebhook."""
    return set_webhook(state, {**params, "url": ""})


def get_webhook_info(state: State, params: JsonDict) -> JsonDict:
    """getWebhookInfo."""
    return {
        "url": _webhook_url(state),
        "has_custom_certificate": False,
        "pending_update_count": len(state.queue.pending),
    }
