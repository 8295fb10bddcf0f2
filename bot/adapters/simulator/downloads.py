"""getFile, and the download of what it names."""

from bot.adapters.simulator.contents import MAX_DOWNLOAD_BYTES
from bot.adapters.simulator.description import JsonDict
from bot.adapters.simulator.refusal import bad_request
from bot.adapters.simulator.state import State


def get_file(state: State, params: JsonDict) -> JsonDict:
    """getFile."""
    if not params["file_id"]:
        raise bad_request("file_id not specified")
    file = state.files.get(params["file_id"])
    if file is None:
        raise bad_request("invalid file_id")
    if file.size > MAX_DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    if state.files.content(file.file_id) is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    return {**file.ids(), "file_id": params["file_id"], "file_path": file.path}
