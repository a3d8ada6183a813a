"""Walks the dashboard in headless Chromium.

dashboard.py ADDRESS KEY APPROVER_KEY JOB SESSION SCREENSHOTS SANDBOX RUNNING_JOB LONG_JOB
"""
import sys
import urllib.error
import urllib.request

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.ui import WebDriverWait

address, key, approver, job, session, folder, sandbox, running, long = sys.argv[1:10]


def browser(dark=False, script=True, size="1280,1000"):
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--window-size={size}"]:
        options.add_argument(argument)
    if dark:
        options.add_argument("--blink-settings=preferredColorScheme=0")
    if not script:
        options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    return webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))


def arrives(page, end):
    """A click returns before the page that it leads to is there."""
    WebDriverWait(page, 20).until(lambda page: page.current_url.endswith(end), page.current_url)


def log_in(page, secret):
    page.get(address + "/")
    assert page.current_url.endswith("/ui/login"), page.current_url
    field = page.find_element(By.ID, "key")
    # By keyboard alone.
    field.send_keys("wrong" + Keys.ENTER)
    WebDriverWait(page, 20).until(lambda page: page.find_elements(By.CSS_SELECTOR, "[role=alert]"))
    page.find_element(By.ID, "key").send_keys(secret + Keys.ENTER)
    WebDriverWait(page, 20, ignored_exceptions=[StaleElementReferenceException]).until(
        lambda page: page.find_element(By.TAG_NAME, "h1").text == "Overview")


def structure(page):
    assert page.find_element(By.TAG_NAME, "html").get_attribute("lang") == "en"
    assert len(page.find_elements(By.TAG_NAME, "main")) == 1
    assert len(page.find_elements(By.TAG_NAME, "h1")) == 1
    for field in page.find_elements(By.CSS_SELECTOR, "input:not([type=hidden])"):
        assert page.find_elements(By.CSS_SELECTOR, f"label[for='{field.get_attribute('id')}']")
    for image in page.find_elements(By.CSS_SELECTOR, "svg"):
        assert image.get_attribute("aria-label")


# Every text against what is behind it: WCAG 2.2, 1.4.3.
CONTRAST = """
const rgb = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
const light = (c) => { const [r, g, b] = c.slice(0, 3).map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const behind = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] === 1) return c; } return [255, 255, 255]; };
const found = [];
for (const e of document.querySelectorAll("body *")) {
  if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) || !e.getClientRects().length) continue;
  const [a, b] = [light(rgb(getComputedStyle(e).color)), light(behind(e))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) found.push([e.tagName, e.className, e.textContent.slice(0, 40), ratio]);
}
return found;
"""
# Columns so narrow that words are spelled downwards.
NARROW = """
return [...document.querySelectorAll("td")].filter((e) => e.textContent.trim() && (e.clientWidth < 44
  || e.clientHeight > 12 * parseFloat(getComputedStyle(e).lineHeight))).map((e) => [e.dataset.head, e.clientWidth, e.clientHeight, e.textContent.slice(0, 60)]);
"""


def keyboard(page):
    """The first stop of the keyboard leads past the navigation."""
    page.get(address + "/")
    page.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    skip = page.switch_to.active_element
    assert skip.text == "Skip to content" and skip.rect["x"] >= 0, (skip.text, skip.rect)
    skip.send_keys(Keys.ENTER)
    assert page.switch_to.active_element.tag_name == "main"


for name, dark, script, size in [
    ("light", False, True, "1280,1000"), ("dark", True, True, "1280,1000"),
    ("plain", False, False, "1280,1000"), ("narrow", True, True, "500,900"),
]:
    page = browser(dark, script, size)
    try:
        if name == "narrow":
            # As narrow as a telephone; the window itself cannot be.
            page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
                "width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True})
        log_in(page, key)
        if script:
            keyboard(page)
        for title, path in [
            ("overview", "/"),
            ("job", f"/ui/jobs/{job}"),
            ("long-job", f"/ui/jobs/{long}"),
            ("sandboxes", "/ui/sandboxes"),
            ("sandbox", f"/ui/sandboxes/{sandbox}"),
            ("sessions", "/ui/sessions"),
            ("session", f"/ui/sessions/{session}"),
            ("incidents", "/ui/incidents"),
            ("approvals", "/ui/approvals"),
        ]:
            page.get(address + path)
            structure(page)
            if script:
                assert not (low := page.execute_script(CONTRAST)), (title, name, low)
                assert not (cells := page.execute_script(NARROW)), (title, name, cells)
            # Nothing makes the page itself wider than the window: wide tables scroll by themselves.
            if script:
                wide = page.execute_script("return document.documentElement.scrollWidth - window.innerWidth")
                assert wide <= 0, (title, name, wide)
            page.save_screenshot(f"{folder}/{title}-{name}.png")
        for path in [f"/ui/sandboxes/{sandbox}", f"/ui/jobs/{long}"]:
            page.get(address + path)
            plots = [plot.get_attribute("aria-label") for plot in page.find_elements(By.CSS_SELECTOR, "svg.line")]
            assert [plot.split(":")[0] for plot in plots] == ["Processors", "Memory", "Disk"], (path, plots)
        page.get(address + f"/ui/jobs/{job}")
        output = page.find_element(By.CSS_SELECTOR, "pre[aria-label=Output]").text
        # What a run writes is text, whatever it looks like.
        assert "<script>alert(1)</script>" in output, output
        page.get(address + f"/ui/sessions/{session}")
        assert page.find_elements(By.CSS_SELECTOR, ".diff .add")
        assert page.find_elements(By.CSS_SELECTOR, ".diff .finding"), page.page_source
        page.get(address + "/ui/audit")
        assert "403" in page.find_element(By.TAG_NAME, "h1").text
        cookie = page.get_cookie("drydock_session")
        assert cookie["httpOnly"] and cookie["sameSite"] == "Strict", cookie
        if script:
            errors = [entry for entry in page.get_log("browser") if "403" not in entry["message"] and "401" not in entry["message"]]
            assert not errors, errors
    finally:
        page.quit()

# What a person does: cancels a job, ends a sandbox; a key without the scope has no such button.
page = browser(script=False)
try:
    log_in(page, key)
    page.get(address + f"/ui/jobs/{running}")
    button = page.find_element(By.XPATH, "//button[text()='Cancel this job']")
    button.click()
    WebDriverWait(page, 20).until(staleness_of(button))
    for _ in range(100):
        page.get(address + f"/ui/jobs/{running}")
        if page.find_element(By.ID, "state").text == "cancelled":
            break
    assert page.find_element(By.ID, "state").text == "cancelled"
    page.get(address + f"/ui/sandboxes/{sandbox}")
    page.find_element(By.XPATH, "//button[text()='End this sandbox']").click()
    arrives(page, "/ui/sandboxes")
    assert sandbox not in page.page_source
finally:
    page.quit()

page = browser()
try:
    log_in(page, approver)
    page.get(address + f"/ui/jobs/{job}")
    assert not page.find_elements(By.XPATH, "//button[text()='Cancel this job']")
    page.get(address + "/ui/audit")
    assert page.find_element(By.TAG_NAME, "h1").text == "Audit log"
    cookie = page.get_cookie("drydock_session")["value"]
    page.find_element(By.XPATH, "//button[text()='Log out']").click()
    arrives(page, "/ui/login")
finally:
    page.quit()


def status(path, body=None, **headers):
    request = urllib.request.Request(address + path, data=body, headers=headers)
    try:
        return urllib.request.urlopen(request).status
    except urllib.error.HTTPError as error:
        return error.code


form = b"decision=approved&token=guessed"
assert status("/ui/approvals/sub-1", form, Cookie="drydock_session=" + cookie) == 401, "logged out"
assert status(f"/ui/sandboxes/{sandbox}/end", form, Cookie="drydock_session=" + cookie) == 401, "logged out"
assert status("/ui/login", b"key=" + key.encode(), Origin="http://evil.example") == 403
assert status("/", Host="evil.example") == 421
print("OK")
