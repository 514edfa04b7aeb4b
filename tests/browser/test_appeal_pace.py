"""A new user files a complete appeal, with a file, in under three minutes: every act of his hands is counted in a real
browser and given the time that the keystroke-level model (Card, Moran, Newell 1980) gives it, and each page the time
to read all of it. No stop-watch: a slow machine changes nothing."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_walk import log_in
from tests.rules.test_appeal_files import png
from tests.web.console.conftest import Land
from tests.web.console.test_notices import ids, publish

__all__ = ["ids"]

THINKS, POINTS, HANDS, KEY, PRESSES = 1.35, 1.1, 0.4, 0.5, 0.2  # seconds; KEY: of somebody who types slowly
READS = 12.0  # Chinese characters a second, skimmed: nobody reads a page of a console word by word
MINUTES = 3
WHY = "寄件人当日致电改约次日上午,通话记录见附件,请撤销。"


class Hands:
    """Does what a person does, and adds up how long he takes."""

    def __init__(self, page: Page) -> None:
        self.page, self.seconds, self.acts, self.read = page, 0.0, 0, 0

    def reads(self) -> None:
        words = "".join(self.page.locator("main").inner_text().split())
        self.seconds += len(words) / READS + THINKS
        self.read += len(words)

    def clicks(self, what: str) -> None:
        self.page.locator(what).first.click()
        self._spent(THINKS + POINTS + PRESSES)

    def types(self, what: str, text: str) -> None:
        self.page.locator(what).first.fill(text)
        self._spent(THINKS + POINTS + PRESSES + HANDS + KEY * len(text) * 2)  # pinyin: two keys a character and more

    def attaches(self, what: str, path: Path) -> None:
        self.page.locator(what).first.set_input_files(path)
        self._spent(2 * (THINKS + POINTS + PRESSES) + 8 * KEY)  # the dialog, a name or two clicks in it

    def _spent(self, seconds: float) -> None:
        self.acts += 1
        self.seconds += seconds


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_appeal_1_a_complete_appeal_takes_less_than_three_minutes(
    land: Land, page: Page, ids: dict[str, int], tmp_path: Path
) -> None:
    publish(land)
    picture = tmp_path / "通话记录.png"
    picture.write_bytes(png())
    log_in(page, "hz01")
    page.goto("/home")
    page.on("dialog", lambda asked: asked.accept())
    hands = Hands(page)
    hands.reads()
    hands.clicks(".topnav a[href='/violations']")
    hands.reads()
    hands.clicks(f"a[href='/appeals/{ids['KD1']}']")
    hands.reads()
    hands.types("#text", WHY)
    hands.attaches("#files", picture)
    hands.clicks("#ask")
    expect(page.locator("#notes .alert")).to_be_visible()
    hands.reads()
    print(f"{hands.acts} acts, {hands.read} characters read, {hands.seconds:.0f} s by the model")
    assert hands.acts <= 6
    assert hands.seconds < MINUTES * 60
