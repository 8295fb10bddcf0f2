"""The chat page in a real browser, with the real bot behind it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Bare, Open

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
TO_THE_REVIEW = (
    *("Agree and start", "Lifting, bending or twisting", "None of these", "None of these"),
    *("Today or yesterday", "None of these", "None of these", "5", "None of these"),
    *("Bending or curling up", "Low back"),
)
SERIOUS = {"serious", "critical"}
WAIT = 15_000  # milliseconds; a busy machine draws a picture in a second or two


def say(page: Page, text: str) -> None:
    page.get_by_label("Message", exact=True).fill(text)
    page.keyboard.press("Enter")


def tap(page: Page, label: str) -> None:
    """Press the newest button with this label."""
    page.get_by_role("log").get_by_role("button", name=label, exact=True).last.click()


def sees(page: Page, words: str | re.Pattern[str]) -> None:
    expect(page.get_by_role("log")).to_contain_text(words, timeout=WAIT)


def to_the_review(page: Page) -> None:
    say(page, "/start")
    for label in TO_THE_REVIEW:
        button = page.get_by_role("log").get_by_role("button", name=label, exact=True).last
        button.wait_for(timeout=WAIT)
        button.click()
    sees(page, "how much time do you have?")


def shot(page: Page, name: str) -> None:
    """Keep a picture when asked to, for people to look at."""
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        page.wait_for_timeout(700)
        page.screenshot(path=Path(folder) / f"{name}.png")


def no_barriers(page: Page) -> None:
    # A message that is still fading in has no colours of its own yet.
    page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished))")
    found = Axe().run(page).response["violations"]
    serious = [v for v in found if v["impact"] in SERIOUS]
    assert [(v["id"], [n["failureSummary"] for n in v["nodes"]]) for v in serious] == []


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_first_conversation_to_a_counted_routine(opened: Open, width: int, scheme: str) -> None:
    page = opened(width, scheme)
    to_the_review(page)
    shot(page, f"review-{width}-{scheme}")
    tap(page, "2 minutes")
    sees(page, "Today's routine")
    sees(page, "(1 of 2)")
    picture = page.get_by_role("log").locator("img.picture, canvas.picture").last
    expect(picture).to_be_visible(timeout=WAIT)
    shot(page, f"stretch-{width}-{scheme}")
    tap(page, "Start counting")
    sees(page, re.compile(r"Get ready\."))
    shot(page, f"count-{width}-{scheme}")
    no_barriers(page)
    across = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert across <= 0


def test_a_count_goes_on_in_place_and_pauses(opened: Open) -> None:
    page = opened()
    to_the_review(page)
    tap(page, "2 minutes")
    sees(page, "(1 of 2)")
    tap(page, "Start counting")
    sees(page, re.compile(r"Hold\. 1 of 2"))
    tap(page, "Pause")
    sees(page, "Paused. Rest as long as you like.")
    tap(page, "It hurts")
    sees(page, "Where does it hurt?")


def test_a_red_flag_is_answered_at_once(opened: Open) -> None:
    page = opened(360)
    say(page, "my back is killing me and i cannot feel anything when i wipe")
    sees(page, "Emergency: go to a hospital emergency department now")
    shot(page, "emergency-360")
    no_barriers(page)


def test_a_reminder_is_set_and_arrives_when_the_clock_is_moved(opened: Open) -> None:
    page = opened()
    to_the_review(page)
    tap(page, "2 minutes")
    sees(page, "(1 of 2)")
    tap(page, "Enough for today")
    sees(page, "How strong is the pain now")
    tap(page, "3")
    sees(page, "When may I remind you?")
    tap(page, "Morning, 8:00am")
    sees(page, "Which city are you in or near?")
    say(page, "Berlin")
    sees(page, "(Berlin, Germany)")
    tap(page, "Yes, that is right")
    sees(page, "I will remind you every day.")
    for _ in range(2):  # the first morning may be today's, before the hour
        page.locator("#clock").click()
        page.get_by_role("button", name="Tomorrow, 08:00").click()
        page.locator("#clock").click()
        page.get_by_role("button", name="1 hour later").click()
    sees(page, "Time for your daily minute.")


def test_a_page_for_the_clinician_a_copy_and_deletion(opened: Open) -> None:
    page = opened()
    to_the_review(page)
    say(page, "/summary")
    sees(page, "Here is a page for your clinician")
    link = page.get_by_role("link", name=re.compile("back-summary.pdf"))
    with page.expect_download() as download:
        link.click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")
    say(page, "/export")
    sees(page, "unknot-data.json")
    say(page, "/delete")
    sees(page, "Do you want to delete everything")
    tap(page, "Delete everything")
    sees(page, "Everything about you was deleted")


def test_two_people_side_by_side_do_not_see_each_other(opened: Open) -> None:
    page = opened()
    say(page, "i have a secret back")
    sees(page, "i have a secret back")
    page.get_by_role("button", name="New person").click()
    expect(page.get_by_role("tab")).to_have_count(2, timeout=WAIT)
    expect(page.get_by_role("log")).not_to_contain_text("secret", timeout=WAIT)


def test_everything_can_be_done_with_the_keyboard(opened: Open) -> None:
    page = opened()
    page.get_by_label("Message", exact=True).focus()
    page.keyboard.type("/start")
    page.keyboard.press("Enter")
    agree = page.get_by_role("log").get_by_role("button", name="Agree and start")
    agree.wait_for(timeout=WAIT)
    agree.focus()
    page.keyboard.press("Enter")
    sees(page, "What happened to your back?")


def test_two_routines_make_a_chart(opened: Open) -> None:
    page = opened()
    to_the_review(page)
    for pain in ("4", "2"):
        tap(page, "2 minutes")
        for place in (1, 2):
            sees(page, f"({place} of 2)")
            tap(page, "Done, next")
        sees(page, "How strong is the pain now")
        tap(page, pain)
        sees(page, "How far does the pain reach")
        tap(page, "Only the back")
        sees(page, "How was the routine?")
        tap(page, "All just right")
        if pain == "4":
            say(page, "/stretch")
            sees(page, "how much time do you have?")
    say(page, "/progress")
    chart = page.get_by_role("img", name=re.compile("^Picture: "))
    expect(chart).to_be_visible(timeout=WAIT)
    assert chart.evaluate("one => one.naturalWidth") > 300
    shot(page, "chart-1280-light")
    say(page, "/summary")
    sees(page, "back-summary.pdf")


@pytest.mark.parametrize("width", [360, 1280])
def test_everything_fits_with_letters_twice_as_large(opened: Open, width: int) -> None:
    page = opened(width)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    to_the_review(page)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    log = page.get_by_role("log").bounding_box()
    assert log is not None
    assert log["height"] > 200  # what is read is not pushed out by what surrounds it
    for name in ("Send", "Commands", "Share a place"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_in_viewport(ratio=1)
    shot(page, f"large-{width}-light")
    no_barriers(page)


def test_forced_colours_keep_borders_and_the_chosen_person(opened: Open) -> None:
    page = opened(360, forced_colors="active")
    to_the_review(page)
    border = "one => getComputedStyle(one, '::after').borderBottomStyle"
    assert page.get_by_role("tab", selected=True).evaluate(border) == "solid"
    shot(page, "forced-360")
    no_barriers(page)


def test_who_wants_less_motion_starts_the_picture(opened: Open) -> None:
    page = opened(reduced_motion="reduce")
    to_the_review(page)
    tap(page, "2 minutes")
    still = page.locator("canvas.picture")
    expect(still).to_be_visible(timeout=WAIT)
    expect(still).to_have_attribute("aria-label", re.compile(r"Moving picture: .*\(1 of 2\)"))
    page.get_by_role("button", name="Play").click()
    expect(page.locator("img.picture")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(still).to_be_visible()


def test_what_a_screen_reader_is_given(opened: Open) -> None:
    page = opened()
    say(page, "/start")
    sees(page, "I am Unknot")
    heard = page.locator("body").aria_snapshot()
    for words in (
        *('heading "Unknot"', 'tab "Person 1" [selected]', 'log "Messages"', "You:"),
        *('button "Agree and start"', 'textbox "Message"', 'button "Send"'),
    ):
        assert words in heard
    assert re.search(r'button "Move the time. It is now \w{3},? \d\d:\d\d"', heard)


def test_more_below_leads_to_the_newest_buttons(opened: Open) -> None:
    page = opened(360)
    to_the_review(page)
    more = page.get_by_role("button", name="More below")
    expect(more).to_be_visible()
    last = page.get_by_role("log").get_by_role("button").last
    expect(last).not_to_be_in_viewport()
    more.click()
    expect(last).to_be_in_viewport()
    expect(more).to_be_hidden()


def test_reply_keyboards_and_links_work_as_in_telegram(opened: Open, bare: Bare) -> None:
    page = opened(360, other=bare.address)
    say(page, "hello")
    bare.call("getUpdates", offset=-1)
    rows = [["Yes", "No"], [{"text": "Where I am", "request_location": True}]]
    bare.call("sendMessage", chat_id=1, text="Well?", reply_markup={"keyboard": rows})
    page.get_by_role("button", name="Yes", exact=True).click()
    sees(page, re.compile("You: Yes"))
    page.get_by_role("button", name="Where I am").click()
    page.get_by_role("button", name="Berlin").click()
    sees(page, re.compile("You: Berlin"))
    assert bare.heard()[-2:] == ["Yes", "a place"]
    shot(page, "keyboard-360")
    link = [[{"text": "Read", "url": "https://example.org/page"}]]
    bare.call(
        "sendMessage",
        chat_id=1,
        text="<b>Read</b> it",
        parse_mode="HTML",
        reply_markup={"inline_keyboard": link},
    )
    read = page.get_by_role("link", name="Read")
    expect(read).to_have_attribute("href", "https://example.org/page")
    expect(read).to_have_attribute("rel", "noopener noreferrer")
    bare.call("sendMessage", chat_id=1, text="Done", reply_markup={"remove_keyboard": True})
    expect(page.get_by_role("button", name="Yes", exact=True)).to_be_hidden(timeout=WAIT)


def test_an_edit_and_a_deletion_are_seen_in_place(opened: Open, bare: Bare) -> None:
    page = opened(other=bare.address)
    say(page, "hello")
    sent = bare.call("sendMessage", chat_id=1, text="<i>one</i>", parse_mode="HTML")
    sees(page, "one")
    at = {"chat_id": 1, "message_id": sent["message_id"]}
    bare.call("editMessageText", text="two <script>alert(1)</script>", **at)
    sees(page, "two <script>")
    expect(page.get_by_role("log").get_by_role("article")).to_have_count(2)
    bare.call("deleteMessage", **at)
    expect(page.get_by_role("log").get_by_role("article")).to_have_count(1, timeout=WAIT)
