"""Every state of a picture on its way, brought about on the running product."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from e2e.visitor import Visitor, a_prompt, photo
from playwright.sync_api import Locator, expect

from studio.photos import SAMPLE, huge_jpeg, large_jpeg
from studio.scene import Scene, State
from studio.studio_page import Studio

TEXT: Final = "แสงเย็นอบอุ่น ท้องฟ้าสีทอง โทนฟิล์ม"
MEASURED: Final = "16:9"
UNMEASURED: Final = "9:16"
"""A shape of which too few pictures are made here for an estimate."""
SLOW_BYTES_PER_SECOND: Final = 12_000
LONG_SECONDS: Final = 590
NO_NETWORK: Final = r"net::ERR_"
REFUSED: Final = r"the server responded with a status of 4\d\d"
CLOSED: Final = "the server responded with a status of 503"


def heads(word: str) -> Callable[[Studio], Locator]:
    """Return a look for the stage's headline with these words in it."""
    return lambda studio: studio.page.get_by_test_id("headline").filter(
        has_text=re.compile(studio.word(word))
    )


def says(word: str) -> Callable[[Studio], Locator]:
    """Return a look for the first place that says this; what screen readers hear comes last."""
    return lambda studio: studio.page.get_by_text(re.compile(studio.word(word))).first


def marked(test_id: str) -> Callable[[Studio], Locator]:
    return lambda studio: studio.page.get_by_test_id(test_id)


def send(studio: Studio, ratio: str = UNMEASURED) -> None:
    """Send a photo and words; the job is accepted."""
    studio.add_photo(SAMPLE)
    studio.write(TEXT)
    studio.choose_ratio(ratio)
    studio.generate()
    expect(studio.page).to_have_url(re.compile("job="))


def empty(scene: Scene) -> None:
    """What the studio does, shown on an example that can be compared and taken as the photo."""
    scene.open()


def preparing(scene: Scene) -> None:
    """A photo of 108 megapixels is made smaller before it is sent."""
    studio = scene.open()
    scene.hold(r"shrink.*worker")
    scene.patient()
    studio.photo_input.set_input_files(huge_jpeg(scene.folder))


def uploading(scene: Scene) -> None:
    """Bytes that have really left, and how many there are; they can be stopped."""
    studio = scene.open()
    studio.add_photo(large_jpeg(scene.folder))
    studio.write(TEXT)
    studio.slow_upload(SLOW_BYTES_PER_SECOND)
    studio.generate()


def queued(scene: Scene) -> None:
    """The place in the line, before a machine has been asked; leaving costs nothing."""
    scene.without("submitter")
    others = scene.visitor()
    for _ in range(2):
        others.create(a_prompt())
    send(scene.open())


def waking(scene: Scene) -> None:
    """The machine takes the job when it is warm."""
    scene.stack.faults(stuck_in_queue={})
    send(scene.open())


def running_steps(scene: Scene) -> None:
    """The bar shows what the machine says, and nothing else."""
    scene.stack.faults(progress_in_output={"output": {"progress": "4/10"}}, stuck_in_progress={})
    send(scene.open())


def running(scene: Scene) -> None:
    """No percentage is invented: the bar only says that work goes on."""
    scene.stack.faults(stuck_in_progress={})
    send(scene.open())


def make_enough_for_an_estimate(scene: Scene) -> None:
    """Let others make so many pictures that the product knows how long one takes."""
    scene.stack.timings(delay_ms=0, execution_ms=50, cold_start_ms=0, workers=8)

    def make(visitor: Visitor) -> None:
        for _ in range(4):
            visitor.wait(visitor.create(a_prompt(), image=photo(), ratio=MEASURED))

    with ThreadPoolExecutor(5) as people:
        list(people.map(make, [scene.visitor() for _ in range(5)]))


def slow(scene: Scene) -> None:
    """Nine of ten pictures of this shape took less; the job stays."""
    make_enough_for_an_estimate(scene)
    scene.stack.faults(stuck_in_progress={})
    send(scene.open(), MEASURED)


def finishing(scene: Scene) -> None:
    """The picture is made and is fetched; the photo stays until it can be painted."""
    studio = scene.open()
    scene.hold(r"/result(\?|$)")
    scene.patient()
    send(studio)


def done(scene: Scene) -> None:
    """Before and after, the time it took, what it cost, and the ways on."""
    studio = scene.open()
    send(studio, MEASURED)
    studio.await_done()


def failed(scene: Scene) -> None:
    """The cause, what became of the credits, the next step."""
    scene.stack.faults(failed_with_details={})
    studio = scene.open()
    send(studio)
    expect(studio.page.get_by_test_id("failed")).to_be_visible(timeout=60_000)


def refused(scene: Scene) -> None:
    """Trying again was refused: the reason, and the same once more; the form keeps what it has."""
    failed(scene)
    scene.studio.refuse_jobs(503, "provider_paused")
    scene.studio.button("retry").click()


def cancelled(scene: Scene) -> None:
    """Plainly, with what it cost."""
    scene.without("submitter")
    studio = scene.open()
    send(studio)
    studio.page.locator("#cancel-job").click()
    studio.button("stop").click()


def reconnecting(scene: Scene) -> None:
    """What was known last stays; the job goes on without us."""
    scene.stack.faults(stuck_in_progress={})
    proxy, address = scene.proxy()
    studio = scene.open(address)
    send(studio)
    expect(heads("creating")(studio)).to_be_visible()
    proxy.refuse()


def offline(scene: Scene) -> None:
    """The form can still be filled in."""
    proxy, address = scene.proxy()
    studio = scene.open(address)
    proxy.refuse()
    studio.page.context.set_offline(True)


def out_of_credits(scene: Scene) -> None:
    """What is needed and what is there; the draft stays."""
    studio = scene.open(scene.gateway(GUEST_FREE_CREDITS="1"))
    studio.add_photo(SAMPLE)
    studio.write(TEXT)
    studio.generate()


def rate_limited(scene: Scene) -> None:
    """The button counts the seconds down, and works again at none."""
    studio = scene.open()
    studio.refuse_jobs(429, "rate_limited", retry_after=LONG_SECONDS)
    studio.add_photo(SAMPLE)
    studio.write(TEXT)
    studio.generate()


def session_expired(scene: Scene) -> None:
    """A sheet over the page; nothing is unloaded, and what was sent goes on after it."""
    studio = scene.open()
    studio.add_photo(SAMPLE)
    studio.write(TEXT)
    studio.end_session()
    studio.generate()


MAKING: Final = [
    State("empty", "Empty", empty, lambda studio: studio.page.locator("h1")),
    State("preparing", "Preparing the photo", preparing, says("preparing")),
    State("uploading", "Uploading", uploading, heads("uploading")),
    State("queued", "In line", queued, heads("queued")),
    State("waking", "A machine wakes", waking, heads("waking")),
    State("running-steps", "Running, steps known", running_steps, heads("step")),
    State("running", "Running, no steps", running, heads("creating")),
    State("slow", "Slower than usual", slow, says("slow")),
]
ENDING: Final = [
    State("finishing", "Finishing", finishing, heads("opening")),
    State("done", "Done", done, marked("done")),
    State("failed", "Failed", failed, marked("failed")),
    State("refused", "Refused again", refused, marked("refused"), CLOSED),
    State("cancelled", "Cancelled", cancelled, marked("cancelled")),
    State("reconnecting", "Reconnecting", reconnecting, says("reconnecting"), NO_NETWORK),
    State("offline", "Offline", offline, says("offline"), NO_NETWORK),
    State("out-of-credits", "Out of credits", out_of_credits, says("out_of_credits"), REFUSED),
    State("rate-limited", "Too fast", rate_limited, says("rate_limited"), REFUSED),
    State("session-expired", "Session expired", session_expired, marked("session-ended"), REFUSED),
]
