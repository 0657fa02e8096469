"""Chromium without a window, with what it is asked by and what it says."""

import base64
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from .netns.yard import wait_for
from .wants import folders

_LACKING = [program for program in ("chromium", "chromedriver") if shutil.which(program, path=folders()) is None]
_LACKING += [module for module in ("selenium", "axe_core_python") if find_spec(module) is None]
SKIP = f"{' and '.join(_LACKING)} not installed" if _LACKING else None
WIDE, BETWEEN, NARROW = (1440, 900), (820, 1180), (390, 844)
LIGHT, DARK = "light", "dark"
TALL = 6000
"""Points of a page that a picture shows at most."""
_OPTIONS = (
    "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--no-first-run",
)  # fmt: skip
_TWO_FRAMES = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()));"
_WIDER = """
const boxes = [document.documentElement, ...document.querySelectorAll("#main, #main *, #methods, #header")];
return boxes.filter(one => one.clientWidth && one.scrollWidth > one.clientWidth + 1
                           && (one === document.documentElement || getComputedStyle(one).display !== "inline"))
    .map(one => one.tagName.toLowerCase() + (one.className ? "." + one.className : ""));
"""
_AXE_SAYS = """
const done = arguments[arguments.length - 1];
const some = { exclude: [["table.element tbody tr:nth-child(n+8)"]] };
const told = one => [one.impact, one.id, one.nodes.map(node => node.html.slice(0, 160)).join(" ")];
axe.run(some, { resultTypes: ["violations"] })
    .then(found => done(found.violations.map(told)))
    .catch(error => done([["critical", String(error), ""]]));
"""


class Browser:
    """One Chromium, which shows one page at a time.

    :ivar driver: Selenium's; :ivar base: where the console is, such as http://127.0.0.1:30880.
    """

    def __init__(self, base: str) -> None:
        from selenium import webdriver

        options = webdriver.ChromeOptions()
        options.binary_location = _path("chromium")
        for one in _OPTIONS:
            options.add_argument(one)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        service = webdriver.ChromeService(executable_path=_path("chromedriver"))
        self.driver = webdriver.Chrome(options=options, service=service)
        self.driver.set_script_timeout(30)
        self.base = base
        self.look()

    def close(self) -> None:
        self.driver.quit()

    def log_in(self, path: str, name: str, password: str) -> None:
        """Show a page for who knows the password; from then on Chromium knows it too."""
        self.driver.get(self.base.replace("://", f"://{quote(name)}:{quote(password)}@") + path)

    def show(self, path: str) -> None:
        """Show a page of the console, whole."""
        self.driver.get(self.base + path)
        self._wait_for_page()

    def click(self, selector: str) -> None:
        """Click on something that leads to another page of the console, and wait for that."""
        from selenium.common.exceptions import StaleElementReferenceException

        before = self.find("#footer")
        self.find(selector).click()

        def is_gone() -> bool:
            try:
                before.is_enabled()
            except StaleElementReferenceException:
                return True
            return False

        self.eventually("the page is left", is_gone)
        self._wait_for_page()

    def _wait_for_page(self) -> None:
        # Of XHTML, Chromium tells that it has it a moment before its elements are found.
        self.eventually(f"{self.driver.current_url} is a page", lambda: self.find_all("#footer"))

    def look(self, size: tuple[int, int] = WIDE, colours: str = LIGHT) -> None:
        """Have a window of a size, and prefer light or dark."""
        self.command(
            "Emulation.setDeviceMetricsOverride", width=size[0], height=size[1], deviceScaleFactor=1,
            mobile=size == NARROW,
        )  # fmt: skip
        self.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": colours}])

    @contextmanager
    def without_scripts(self) -> Iterator[None]:
        """Switch JavaScript off for the time of a block."""
        self.command("Emulation.setScriptExecutionDisabled", value=True)
        try:
            yield
        finally:
            self.command("Emulation.setScriptExecutionDisabled", value=False)

    def command(self, name: str, **values: Any) -> Any:
        """A command of the DevTools protocol."""
        return self.driver.execute_cdp_cmd(name, values)

    def run(self, script: str, *values: Any) -> Any:
        return self.driver.execute_script(script, *values)

    def find(self, selector: str) -> Any:
        return self.driver.find_element("css selector", selector)

    def find_all(self, selector: str) -> list[Any]:
        return list(self.driver.find_elements("css selector", selector))

    def eventually(self, what: str, condition: Any) -> Any:
        """The first true value of a condition, which must come true in time."""
        return wait_for(what, condition, 10)

    def press(self, keys: str) -> None:
        from selenium.webdriver.common.action_chains import ActionChains

        ActionChains(self.driver, duration=0).send_keys(keys).perform()

    def headings(self) -> list[str]:
        """The headings of what is on the page, from top to bottom."""
        return [one.text for one in self.find_all("#main h1")]

    def text(self) -> str:
        """What is on the page, as it is seen."""
        return str(self.find("body").text)

    def said(self) -> list[str]:
        """What the console of Chromium has been told since this was asked last."""
        return [f"{one['level']}: {one['message']}" for one in self.driver.get_log("browser")]

    def traffic(self) -> list[tuple[str, dict[str, Any]]]:
        """Events of its network since this was asked last, each a name and values."""
        messages = [json.loads(one["message"])["message"] for one in self.driver.get_log("performance")]
        return [(one["method"], one["params"]) for one in messages if one["method"].startswith("Network.")]

    def hosts(self) -> set[str]:
        """Where it has loaded from since this was asked last, each with its port."""
        urls = [values["request"]["url"] for name, values in self.traffic() if name == "Network.requestWillBeSent"]
        return {urlsplit(url).netloc for url in urls if not url.startswith("data:")}

    def faults(self) -> list[str]:
        """What axe finds on the page that some people cannot use: how bad, which rule, and where.

        Of long tables it looks at the first rows.
        """
        import axe_core_python

        if not self.run("return typeof window.axe === 'object'"):
            self.run((Path(axe_core_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
        return [" ".join(map(str, one)) for one in self.driver.execute_async_script(_AXE_SAYS)]

    def fit(self) -> None:
        """Wait until the scripts of the page have come to know the size of the window."""
        self.driver.execute_async_script(_TWO_FRAMES)

    def wider(self) -> list[str]:
        """What is wider than the window or than what it stands in."""
        return list(self.run(_WIDER))

    def picture(self, path: Path) -> None:
        """Keep a picture of the page down to its end."""
        height = min(TALL, int(self.run("return document.documentElement.scrollHeight")))
        width = int(self.run("return window.innerWidth"))
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        data = self.command("Page.captureScreenshot", clip=clip, captureBeyondViewport=True, optimizeForSpeed=True)[
            "data"
        ]
        path.write_bytes(base64.b64decode(data))


def _path(program: str) -> str:
    return shutil.which(program, path=folders()) or program
