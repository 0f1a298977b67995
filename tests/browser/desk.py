"""One person at one browser, driving pages by keys and visible labels."""

from playwright.sync_api import Browser, Locator, Page, expect
from playwright.sync_api import TimeoutError as NotThere

WAIT_MS = 25_000


class Desk:
    """A browser context of its own, in which somebody says who they are."""

    def __init__(self, browser: Browser, address: str, name: str, *, width: int = 1400) -> None:
        self.address = address
        self.page: Page = browser.new_context(
            viewport={"width": width, "height": 1000}, accept_downloads=True
        ).new_page()
        self.page.set_default_timeout(WAIT_MS)
        self.outside: list[str] = []
        self.page.on("request", lambda request: self._note(request.url))
        self.open("")
        if name:
            self.choose("frame.person", name)
            expect(self.page.get_by_text("Who are you?", exact=True)).to_have_count(0)

    def _note(self, url: str) -> None:
        if not url.startswith((self.address, self.address.replace("http", "ws"), "data:", "blob:")):
            self.outside.append(url)

    def open(self, path: str) -> None:
        """Open a page by its address; a new load forgets who sits here."""
        self.page.goto(f"{self.address}/{path}")
        expect(self.page.locator("h1")).to_be_visible(timeout=WAIT_MS)
        self.settled()

    def go(self, section: str, page: str) -> None:
        """Use the navigation at the top."""
        top = self.page.locator("[data-testid=stTopNavSection]")
        top.filter(has_text=section).locator("visible=true").first.click()
        links = self.page.locator("[data-testid=stTopNavDropdownLink]")
        links.filter(has_text=page).locator("visible=true").first.click()
        expect(self.page.locator("h1")).to_have_text(page)
        self.settled()

    def key(self, key: str) -> Locator:
        """The element with a key."""
        return self.page.locator(f".st-key-{key.replace('.', '-')}")

    def button(self, key: str) -> Locator:
        """The button with a key."""
        return self.key(key).locator("button").first

    def click(self, key: str) -> None:
        """Press a button and wait until the page has answered."""
        self.button(key).click()
        self.settled()

    def fill(self, key: str, text: str) -> None:
        """Write into a field and leave it."""
        field = self.key(key).locator("input, textarea").first
        field.fill(text)
        field.press("Tab")
        self.settled()

    def choose(self, key: str, option: str) -> None:
        """Choose from a list; a page that is just drawn anew closes it, and it is opened again."""
        wanted = self.page.get_by_role("option", name=option, exact=True)
        for left in (2, 1, 0):
            self.key(key).locator("input").first.click()
            try:
                wanted.click(timeout=WAIT_MS / 3)
                break
            except NotThere:
                if not left:
                    raise
        self.settled()

    def said(self, text: str) -> None:
        """Wait for words on the page."""
        expect(self.page.get_by_text(text).first).to_be_visible(timeout=WAIT_MS)

    def settled(self) -> None:
        """Wait until the script has run and nothing on the page is stale."""
        app = self.page.locator("[data-testid=stApp]")
        self.page.wait_for_timeout(150)
        expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=WAIT_MS)
