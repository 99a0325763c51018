"""Opens a page in headless Chromium and says what is wrong with it, one line a finding; no line where nothing is.

usage: look_at_page.py CHROMIUM PAGE [WIDTH ...]

First the page is opened as it is: nothing may be written to the console, and nothing asked of the network. The page
allows itself nothing from elsewhere, so an attempt would be on the console as well. Then it is measured in a frame of
each width (a window cannot be narrower than 500 pixels): whether it scrolls sideways, whether every figure is there,
whether text lies on text, and whether text is too small to read.
"""

import html
import json
import pathlib
import re
import subprocess
import sys
import tempfile

SMALLEST = 7  # pixels
MEASURE = """
<!DOCTYPE html><meta charset="utf-8"><body style="margin:0">
<iframe src="PAGE" style="width:WIDTHpx;height:900px;border:0" onload="look(this)"></iframe><pre id="found"></pre>
<script>
function look(frame) {
  const page = frame.contentDocument, found = [];
  for (const fold of page.querySelectorAll("details")) fold.open = true;
  const root = page.scrollingElement;
  if (root.scrollWidth > root.clientWidth) {
    const wide = [...page.body.querySelectorAll("*")].filter(e => !e.closest(".scroll,pre,.skip"))
      .find(e => e.getBoundingClientRect().right > root.clientWidth + 0.5);
    found.push(`scrolls sideways: ${root.scrollWidth} of ${root.clientWidth} pixels, ${wide ? wide.outerHTML.slice(0, 80) : ""}`);
  }
  const figures = [...page.querySelectorAll("figure")];
  if (figures.length === 0) found.push("there is no figure");
  for (const figure of figures) {
    const image = figure.querySelector("svg,img,.apart"), box = image && image.getBoundingClientRect();
    if (!box || box.width < 40 || box.height < 10 || image.naturalWidth === 0) found.push(`${figure.id} shows nothing`);
  }
  const words = e => e.textContent.trim().slice(0, 40);
  // What a box cuts off is not seen: it lies on nothing.
  function seen(element) {
    let {left, top, right, bottom} = element.getBoundingClientRect();
    for (let box = element.closest(".scroll,pre"); box; box = box.parentElement.closest(".scroll,pre")) {
      const cut = box.getBoundingClientRect();
      [left, top, right, bottom] =
        [Math.max(left, cut.left), Math.max(top, cut.top), Math.min(right, cut.right), Math.min(bottom, cut.bottom)];
    }
    return {left, top, right, bottom, element};
  }
  function overlaps(elements, slack) {
    const boxes = elements.map(seen).filter(b => b.right - b.left > 1 && b.bottom - b.top > 1)
      .sort((a, b) => a.top - b.top);
    for (let i = 0; i < boxes.length; i++)
      for (let j = i + 1; j < boxes.length && boxes[j].top < boxes[i].bottom - slack; j++) {
        const [a, b] = [boxes[i], boxes[j]];
        if (Math.min(a.right, b.right) - Math.max(a.left, b.left) <= slack) continue;
        if (Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) <= slack) continue;
        if (a.element.contains(b.element) || b.element.contains(a.element)) continue;
        found.push(`text on text: '${words(a.element)}' and '${words(b.element)}'`);
      }
  }
  overlaps([...page.querySelectorAll("h1,h2,h3,p,li,caption,th,td,summary,pre,figcaption")], 1);
  for (const drawing of page.querySelectorAll("svg")) {
    const texts = [...drawing.querySelectorAll("text")];
    // The box of a line of text is higher than its letters.
    overlaps(texts, 4);
    const scale = drawing.getBoundingClientRect().width / drawing.viewBox.baseVal.width;
    const frame = drawing.getBoundingClientRect();
    for (const text of texts) {
      const size = parseFloat(text.getAttribute("font-size")) * scale, box = text.getBoundingClientRect();
      if (size < SMALLEST) found.push(`text of ${size.toFixed(1)} pixels: '${words(text)}'`);
      if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1)
        found.push(`text outside of its drawing: '${words(text)}'`);
    }
  }
  document.getElementById("found").textContent = JSON.stringify({done: true, width: root.clientWidth, found});
}
</script>
"""


def browse(chromium, folder, address, *options):
    return subprocess.run(
        [
            chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
            "--disable-component-update", "--disable-sync", f"--user-data-dir={folder}/profile", *options, "--dump-dom",
            address,
        ],
        capture_output=True, text=True, timeout=240,
    )


def open_as_it_is(chromium, page, folder):
    log = folder / "net.json"
    ending = browse(
        chromium, folder, page.as_uri(), "--enable-logging=stderr", "--v=0", f"--log-net-log={log}")
    found = [line for line in ending.stderr.splitlines() if ":CONSOLE" in line]
    if "</html>" not in ending.stdout:
        found.append(f"the page does not open: {ending.stderr[-2000:]}")
    # Of what the browser asks for on its own account nothing belongs to the page.
    asked = set(
        re.findall(r'"network_isolation_key":"file:.*"url":"((?:https?|wss?|ftp):[^"]*)"', log.read_text()))
    return found + [f"asks for {address}" for address in sorted(asked)]


def measure(chromium, page, folder, width):
    frame = folder / f"frame-{width}.html"
    text = MEASURE.replace("PAGE", html.escape(page.as_uri())).replace("WIDTH", str(width))
    frame.write_text(text.replace("SMALLEST", str(SMALLEST)))
    ending = browse(
        chromium, folder, frame.as_uri(), "--allow-file-access-from-files", "--hide-scrollbars",
        "--window-size=1600,1000")
    answer = re.search(r'<pre id="found">(.*?)</pre>', ending.stdout, re.S)
    if answer is None or not answer.group(1):
        return [f"{width}: the page was not measured: {ending.stderr[-2000:]}"]
    told = json.loads(html.unescape(answer.group(1)))
    if told["width"] != width:
        return [f"the page was {told['width']} pixels wide, not {width}"]
    return [f"{width}: {line}" for line in told["found"]]


def main():
    chromium, page = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = pathlib.Path(name)
        found = open_as_it_is(chromium, page, folder)
        for width in sys.argv[3:]:
            found += measure(chromium, page, folder, int(width))
    print("\n".join(found), end="\n" if found else "")


main()
