"""The stages for gevent: urllib3 towards the provider and the store, psycopg for the rows."""

import json
import time
from urllib.parse import urlsplit

import psycopg
import psycopg_pool
import urllib3

from bench.chains.work import (
    ASK_AGAIN_SECONDS,
    AT_A_TIME,
    COMPLETED,
    DATABASE_CONNECTIONS,
    FIRST_ASK_SECONDS,
    STORED,
    SUBMITTED,
    is_completed,
    picture_in,
    run_body,
)
from bench.site import Site


class GeventStages:
    """What `stages.Stages` does; its waits are gevent's once gevent has patched the library."""

    def __init__(self, site: Site) -> None:
        self._site = site
        address = urlsplit(site.provider_url)
        self._http = urllib3.HTTPConnectionPool(
            address.hostname or "", address.port, maxsize=AT_A_TIME
        )
        self._rows = psycopg_pool.ConnectionPool(
            site.database_url,
            min_size=DATABASE_CONNECTIONS,
            max_size=DATABASE_CONNECTIONS,
            kwargs={"autocommit": True, "cursor_factory": psycopg.RawCursor},
            open=True,
        )

    def submit(self, job: int) -> tuple[str, float]:
        """See `Stages.submit`."""
        url = f"{self._site.endpoint_url}/run"
        provider_id = str(json.loads(self._exchange("POST", url, run_body(job)))["id"])
        ask_at = time.time() + FIRST_ASK_SECONDS
        self._execute(SUBMITTED, job, provider_id)
        return provider_id, ask_at

    def wait(self, job: int, provider_id: str, ask_at: float) -> None:
        """See `Stages.wait`."""
        time.sleep(max(ask_at - time.time(), 0))
        while not is_completed(self._ask(provider_id)):
            time.sleep(ASK_AGAIN_SECONDS)
        self._execute(COMPLETED, job)

    def store(self, job: int, provider_id: str) -> None:
        """See `Stages.store`."""
        picture = picture_in(self._ask(provider_id))
        self._exchange("PUT", f"{self._site.bucket_url}/{job}.png", picture)
        self._execute(STORED, job)

    def _ask(self, provider_id: str) -> bytes:
        return self._exchange("GET", f"{self._site.endpoint_url}/status/{provider_id}")

    def _exchange(self, method: str, url: str, body: bytes | None = None) -> bytes:
        answer = self._http.urlopen(method, urlsplit(url).path, body=body, retries=False)
        if answer.status // 100 != 2:  # noqa: PLR2004 - any 2xx
            message = f"{method} {url}: {answer.status}"
            raise RuntimeError(message)
        return answer.data

    def _execute(self, statement: str, *values: object) -> None:
        with self._rows.connection() as connection:
            connection.execute(statement, values)
