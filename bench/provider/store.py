"""An object store that takes everything and keeps only how much it was."""

from http import HTTPStatus
from typing import Final

from bench.provider.http import Reply, Request, head, reply

_ETAG: Final = ("etag", '"0"')
_PUT: Final = (head(HTTPStatus.OK, 0, "application/octet-stream", _ETAG),)
_NO_KEY: Final = reply(
    HTTPStatus.NOT_FOUND, b"<Error><Code>NoSuchKey</Code></Error>", "application/xml"
)
_EMPTY_LISTING: Final = reply(HTTPStatus.OK, b"<ListBucketResult/>", "application/xml")


class Store:
    """S3 by path: PUT, GET, HEAD and DELETE, for whoever asks; signatures are not looked at.

    An object that is read comes back as zeros of the right length.
    """

    def __init__(self) -> None:
        self._sizes: dict[bytes, int] = {}

    @property
    def objects(self) -> int:
        """How many objects there are."""
        return len(self._sizes)

    @property
    def total_bytes(self) -> int:
        """How long they are together."""
        return sum(self._sizes.values())

    def forget(self) -> None:
        """Start empty."""
        self._sizes.clear()

    def serve(self, request: Request) -> Reply:
        """Answer a request below the root."""
        path, _, query = request.target.partition(b"?")
        if path.count(b"/", 1) == 0 or path.endswith(b"/"):
            return _EMPTY_LISTING if b"list-type" in query else reply(HTTPStatus.OK)
        if request.method == b"PUT":
            self._sizes[path] = request.body_bytes
            return _PUT
        if request.method == b"DELETE":
            self._sizes.pop(path, None)
            return (head(HTTPStatus.NO_CONTENT, 0),)
        size = self._sizes.get(path)
        if size is None:
            return _NO_KEY[:1] if request.method == b"HEAD" else _NO_KEY
        found = head(HTTPStatus.OK, size, "image/png", _ETAG)
        return (found,) if request.method == b"HEAD" else (found, bytes(size))
