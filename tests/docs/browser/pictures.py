"""Writes screenshots of the documentation site to dist/pictures, to be looked at: `make pictures`."""

import subprocess
import sys

from tests.docs import console
from tests.page.browser.chromium import FLAGS, chromium
from tests.page.browser.pictures import FOLDER, LOOKS

SITE = console.ROOT / "dist" / "site"
PAGES = (
    "index",
    "tutorial",
    "how-to/refused",
    "commands/who-can",
    "audit-rules/RBP010",
    "steps/take-node",
    "checks/sysctls",
    "schemas/WhoCan",
    "api/Cluster",
    "explanation/proof",
    "comparison",
    "explorer",
)


def main() -> None:
    """Build the site and write the pages in each look."""
    from playwright.sync_api import sync_playwright

    subprocess.run([sys.executable, "-m", "mkdocs", "build", "--quiet"], cwd=console.ROOT, check=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        for look, options in LOOKS.items():
            page = browser.new_context(**options).new_page()
            if look == "print":
                page.emulate_media(media="print")
            for name in PAGES:
                page.goto((SITE / f"{name}.html").as_uri())
                page.screenshot(path=FOLDER / f"site-{name.replace('/', '-')}-{look}.png")
        browser.close()


if __name__ == "__main__":
    main()
