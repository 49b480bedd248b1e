"""The player's own modules, the bench's pages and its clips, on a port of this machine."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

PROJECT = Path(__file__).parents[2]
PLAYER = PROJECT / "collector/static/collector/player"
STYLE = PROJECT / "webapp/static/cursal.css"
PAGES = Path(__file__).with_name("pages")


@contextmanager
def serving(clips: Path) -> Iterator[str]:
    """Serve `/player/…`, `/pages/…`, `/cursal.css` and, as `/clips/…`, a folder; gives the address."""
    folders = {"player": PLAYER, "pages": PAGES, "clips": clips}

    class Handler(_Handler):
        """Knows the folders of this server."""

        places = folders

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class _Handler(SimpleHTTPRequestHandler):
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {".js": "text/javascript", ".mp4": "video/mp4"}
    places: Mapping[str, Path] = {}

    def translate_path(self, path: str) -> str:
        """The file behind an address; one that does not exist for anything outside the folders."""
        place, _, rest = unquote(urlsplit(path).path).lstrip("/").partition("/")
        if place == STYLE.name:
            return str(STYLE)
        folder = self.places.get(place)
        file = (folder / rest).resolve() if folder else None
        return str(file if folder and file and file.is_relative_to(folder.resolve()) else PAGES / "nothing")

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing: figures are printed beside it."""
