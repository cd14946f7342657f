"""Writes screenshots of the explorer's views to dist/pictures: `make pictures`."""

from pathlib import Path
from typing import Any

from tests.page.browser.chromium import FLAGS, chromium
from tests.page.browser.conftest import sample

FOLDER = Path("dist/pictures")
OF_PAGES = {
    "overview": Path("docs/explorer.png"),
    "who-can": Path("docs/pictures/who-can.png"),
    "path": Path("docs/pictures/path.png"),
    "workload": Path("docs/pictures/workload.png"),
}
"""The views that the README and the pages of docs/ show."""
USER = "ServiceAccount%2Fpsp-eks-restrictive%3Aeks-test-user"
VIEWS = {
    "overview": "",
    "who-can": "who-can?verb=get&resource=secrets&namespace=psp-eks-restrictive",
    "why": f"why?subject={USER}&verb=get&resource=secrets&namespace=psp-eks-restrictive",
    "why-not": f"why?subject={USER}&verb=delete&resource=nodes",
    "subjects": "subjects",
    "subject": f"subject?subject={USER}",
    "policies": "policies",
    "policy": "policy?name=eks.privileged",
    "workloads": "workloads",
    "workload": "workload?namespace=psp-eks-restrictive&kind=Deployment&name=web",
    "findings": "findings",
    "paths": "paths",
    "path": f"paths?to=node&from={USER}",
    "picture": f"graph?node=s%3A{USER}",
    "role": "role?kind=ClusterRole&name=eks%3Apodsecuritypolicy%3Aprivileged",
    "binding": "binding?kind=ClusterRoleBinding&name=eks%3Apodsecuritypolicy%3Aauthenticated",
    "namespace": "namespace?namespace=psp-eks-restrictive",
}
OPENSHIFT = {
    "scc-overview": "",
    "constraints": "constraints",
    "constraint": "constraint?name=terminals",
    "scc-workloads": "workloads",
    "scc-workload-drift": "workload?namespace=shop&kind=Deployment&name=till",
    "scc-workload-refused": "workload?namespace=shop&kind=Deployment&name=mail",
    "scc-subject": "subject?subject=ServiceAccount%2Fshop%3Aterminal",
}
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 860}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 860}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light", "device_scale_factor": 2},
    "print": {"viewport": {"width": 794, "height": 1123}, "color_scheme": "light"},
}


def main() -> None:
    """Write all pictures, and those on documentation pages."""
    from playwright.sync_api import sync_playwright

    FOLDER.mkdir(parents=True, exist_ok=True)
    shown: list[tuple[str, Path, str]] = []
    for name, cluster, views in (
        ("explorer", sample("psp-on-eks", "running.yaml", "eks.restrictive.yaml"), VIEWS),
        ("explorer-openshift", sample("scc-on-openshift"), OPENSHIFT),
    ):
        file = (FOLDER / f"{name}.html").absolute()
        cluster.explore().write(file)
        shown += [(view, file, fragment) for view, fragment in views.items()]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        for look, options in LOOKS.items():
            page = browser.new_context(**options).new_page()
            if look == "print":
                page.emulate_media(media="print")
            for view, file, fragment in shown:
                page.goto("about:blank")
                page.goto(f"{file.as_uri()}#{fragment}")
                page.wait_for_function(
                    "asked => document.documentElement.dataset.shown === asked", arg=fragment
                )
                page.screenshot(path=FOLDER / f"{view}-{look}.png", full_page=True)
                if look == "light" and view in OF_PAGES:
                    page.screenshot(path=OF_PAGES[view])
        browser.close()


if __name__ == "__main__":
    main()
