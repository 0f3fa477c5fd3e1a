"""A hub of our own on this machine, to which both ffmerge and Python's huggingface_hub are sent by HF_ENDPOINT."""

import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlparse

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LARGE = 10_000  # files of more bytes are named by their SHA-256, as on the hub


class HubServer:
    """Serves repositories, {"models/ORG/NAME": {file: bytes}}, at one commit; `asked` has every question."""

    def __init__(self):
        self.repositories = {}
        self.asked = []
        self.cut_next = 0  # the next download of more bytes breaks off after so many
        self.bytes_per_second = 0  # how fast files are sent; 0 for at once
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self):
                server.answer(self, head=True)

            def do_GET(self):
                server.answer(self, head=False)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("localhost", 0), Handler)
        self.endpoint = f"http://localhost:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()

    def downloads(self):
        return [path for method, path, _ in self.asked if method == "GET" and "/resolve/" in path]

    def answer(self, request, head):
        path = unquote(urlparse(request.path).path)
        self.asked.append((request.command, path, dict(request.headers)))
        if path.startswith("/api/"):
            self.listing(request, path.removeprefix("/api/"))
        else:
            self.file(request, path.removeprefix("/"), head)

    def listing(self, request, path):
        kind, _, rest = path.partition("/")
        for word in ["/revision/", "/tree/"]:
            if word in rest:
                files = self.repositories.get(f"{kind}/{rest.split(word)[0]}")
                break
        else:
            files = self.repositories.get(path)
            word = "/revision/"
        if files is None:
            return send(request, 404, b"", {"X-Error-Code": "RepoNotFound"})
        if word == "/tree/":
            body = [self.entry(name, data) for name, data in files.items()]
        else:
            names = [{"rfilename": name} for name in files]
            body = {"id": rest.split(word)[0], "sha": COMMIT, "siblings": names, "private": False, "tags": []}
        return send(request, 200, json.dumps(body).encode(), {"Content-Type": "application/json"})

    @staticmethod
    def entry(name, data):
        entry = {"type": "file", "path": name, "size": len(data), "oid": etag(data)}
        return entry | ({"lfs": {"oid": etag(data), "size": len(data), "pointerSize": 1}} if len(data) > LARGE else {})

    def file(self, request, path, head):
        repository, _, rest = path.partition("/resolve/")
        name = rest.partition("/")[2]
        kind = repository if repository.startswith("datasets/") else f"models/{repository}"
        data = self.repositories.get(kind, {}).get(name)
        if data is None:
            code = "EntryNotFound" if kind in self.repositories else "RepoNotFound"
            return send(request, 404, b"", {"X-Error-Code": code, "X-Repo-Commit": COMMIT})
        start = int(request.headers.get("Range", "bytes=0-").removeprefix("bytes=").split("-")[0])
        headers = {"ETag": f'"{etag(data)}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        if head:
            return send(request, 200, None, headers | {"Content-Length": str(len(data))})
        body = data[start:]
        if 0 < self.cut_next < len(body):
            cut, self.cut_next = self.cut_next, 0
            send(request, 206 if start else 200, body[:cut], headers | {"Content-Length": str(len(body))})
            request.close_connection = True
            return None
        return send(request, 206 if start else 200, body, headers, self.bytes_per_second)


def etag(data):
    if len(data) > LARGE:
        return hashlib.sha256(data).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def send(request, status, body, headers, bytes_per_second=0):
    request.send_response(status)
    for name, value in ({"Content-Length": str(len(body or b""))} | headers).items():
        request.send_header(name, value)
    request.end_headers()
    piece = bytes_per_second // 20 or len(body or b"")
    for start in range(0, len(body or b""), max(1, piece)):
        try:
            request.wfile.write(body[start : start + piece])
            request.wfile.flush()
        except ConnectionError:
            return  # whoever asked has been stopped
        if bytes_per_second:
            time.sleep(1 / 20)
