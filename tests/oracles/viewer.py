"""GLBs in model-viewer in a real Chromium, headless: sizes, materials, textures, and that something is drawn.

DROPFORGE_NODE_MODULES names a folder with @google/model-viewer; `chromium` is looked for on the PATH. One browser
shows file after file in a page of ours, which posts what it saw to a server on this machine.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np

from tests.oracles.agree import Part, Seen
from tests.oracles.meant import Meant

_PAGE = """<!doctype html><script type=module src=/model-viewer.js></script>
<body style="margin:0"><model-viewer style="width:128px;height:128px" interaction-prompt=none></model-viewer><script>
const viewer = document.querySelector('model-viewer')
const post = (path, told) => fetch(path, {method: 'POST', body: JSON.stringify(told)})
const once = (src) => new Promise((done) => {
  const hear = (event) => {
    viewer.removeEventListener('load', hear); viewer.removeEventListener('error', hear)
    done(event.type == 'load' ? '' : 'model-viewer: ' + ((event.detail || {}).type || 'error'))
  }
  viewer.addEventListener('load', hear); viewer.addEventListener('error', hear)
  viewer.src = src
})
const drawn = async () => {
  const image = await createImageBitmap(await viewer.toBlob({idealAspect: false}))
  const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d')
  canvas.drawImage(image, 0, 0)
  const data = canvas.getImageData(0, 0, image.width, image.height).data
  let count = 0
  for (let i = 3; i < data.length; i += 4) count += data[i] > 127
  return count / (data.length / 4)
}
window.onload = async () => {
  await customElements.whenDefined('model-viewer')
  for (let i = 0; i < COUNT; i++) {
    const told = {index: i, error: await once(`/${i}.glb`)}
    if (!told.error) {
      await viewer.updateComplete
      const size = viewer.getDimensions(), middle = viewer.getBoundingBoxCenter()
      told.size = [size.x, size.y, size.z]
      told.middle = [middle.x, middle.y, middle.z]
      told.materials = viewer.model.materials.map((m) => [m.name,
        !!m.pbrMetallicRoughness.baseColorTexture.texture, !!m.normalTexture.texture])
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
      told.drawn = await drawn()
    }
    await post('/seen', told)
  }
  await post('/end', {})
}
</script>"""
_SCRIPT = "@google/model-viewer/dist/model-viewer.min.js"
#: WebGL in software, as there is no graphics card where tests run; and no sandbox, as they may run as root.
_FLAGS = (
    *(
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu-sandbox",
        "--enable-unsafe-swiftshader",
        "--use-angle=swiftshader",
    ),
    *("--no-first-run", "--disable-extensions", "--disable-background-networking", "--disable-component-update"),
)


def why_not() -> str | None:
    """Why nothing can be shown here; None when it can."""
    modules = os.environ.get("DROPFORGE_NODE_MODULES", "")
    if not (Path(modules) / _SCRIPT).is_file():
        return "DROPFORGE_NODE_MODULES does not name a folder with @google/model-viewer"
    return None if shutil.which("chromium") else "chromium is not installed"


def look(meant: list[Meant], deadline_s: float = 600.0) -> list[Seen]:
    """What model-viewer shows of each GLB, in order."""
    told = _shown([m.path for m in meant], deadline_s)
    return [_seen(m, told.get(i, {"error": "model-viewer never came to it"})) for i, m in enumerate(meant)]


def _seen(meant: Meant, told: dict[str, Any]) -> Seen:
    seen = Seen("model-viewer", unnamed=True)
    if told["error"]:
        seen.complaints.append(told["error"])
        return seen
    half, middle = np.array(told["size"]) / 2, np.array(told["middle"])
    corners = meant.canonical(np.stack((middle - half, middle + half)), meant.deliverable.unit_m)
    seen.parts["all"] = Part(np.stack((corners.min(axis=0), corners.max(axis=0))), box=True)
    wanted = {(name, "base_color" in roles, "normal" in roles) for name, roles in meant.textures.items()}
    if not wanted <= {tuple(row) for row in told["materials"]}:
        seen.complaints.append(f"materials {told['materials']}, {sorted(wanted)} meant")
    if told["drawn"] < 0.02:
        seen.complaints.append("nothing is drawn")
    return seen


def _shown(files: list[Path], deadline_s: float) -> dict[int, dict[str, Any]]:
    told: dict[int, dict[str, Any]] = {}
    ended = threading.Event()
    script = Path(os.environ["DROPFORGE_NODE_MODULES"]) / _SCRIPT

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.lstrip("/")
            if name == "":
                self._send(_PAGE.replace("COUNT", str(len(files))).encode(), "text/html")
            elif name == "model-viewer.js":
                self._send(script.read_bytes(), "text/javascript")
            elif name.endswith(".glb") and name[:-4].isdigit() and int(name[:-4]) < len(files):
                self._send(files[int(name[:-4])].read_bytes(), "model/gltf-binary")
            else:
                self.send_error(404)

        def do_POST(self) -> None:
            row = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path == "/end":
                ended.set()
            else:
                told[row.pop("index")] = row
            self._send(b"", "text/plain")

        def _send(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        address = f"http://127.0.0.1:{server.server_port}/"
        command = ["chromium", *_FLAGS, f"--user-data-dir={home}/profile", "--remote-debugging-port=0", address]
        browser = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | {"HOME": home}
        )
        try:
            ended.wait(deadline_s)
        finally:
            browser.terminate()
            try:
                browser.wait(10)
            except subprocess.TimeoutExpired:
                browser.kill()
                browser.wait()
            server.shutdown()
            server.server_close()
    return told
