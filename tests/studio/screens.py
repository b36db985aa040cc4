"""The studio's other screens, each as full and as empty as it gets."""

from typing import Final

from e2e.visitor import photo
from playwright.sync_api import Route, expect

from studio.scene import Scene, State
from studio.states import CLOSED, NO_NETWORK, REFUSED, TEXT, marked, says

DAYS: Final = ("แสงเย็นอบอุ่น โทนฟิล์ม", "ภาพวาดสีน้ำบนกระดาษผิวหยาบ", "ท้องฟ้าเต็มไปด้วยดาว")


def history(scene: Scene) -> None:
    """Every picture of the account, to be searched and filtered; what failed is kept too."""
    studio = scene.open()
    owner = scene.owner()
    for words, ratio in zip(DAYS, ("1:1", "9:16", "16:9"), strict=True):
        owner.wait(owner.create(words, image=photo(), ratio=ratio))
    scene.stack.faults(failed_with_details={})
    owner.wait(owner.create(TEXT))
    studio.open(f"/{studio.place.lang}/history")
    expect(studio.tiles).to_have_count(4)


def history_found(scene: Scene) -> None:
    """A search that finds nothing says so, and leads back."""
    studio = scene.open(path="/history")
    studio.page.locator("#search").fill("ช้าง")


def history_empty(scene: Scene) -> None:
    """Nothing has been made yet."""
    scene.open(path="/history")


def history_away(scene: Scene) -> None:
    """Without a network, the pictures that were seen last, and since when."""
    studio = scene.open()
    owner = scene.owner()
    for words in DAYS:
        owner.wait(owner.create(words, image=photo()))
    studio.open(f"/{studio.place.lang}/history")
    expect(studio.tiles).to_have_count(len(DAYS))
    studio.reload_history_without_network()


def account(scene: Scene) -> None:
    """Who one is here, what is left, what is kept and for how long."""
    scene.open(path="/account")


def missing(scene: Scene) -> None:
    """An address that leads nowhere, and the way on."""
    scene.open(path="/nowhere")


def lost(scene: Scene) -> None:
    """A screen that has not been loaded before, without a network; it opens by itself later."""
    proxy, address = scene.proxy()
    studio = scene.open(address)
    proxy.refuse()
    studio.page.get_by_role("link", name=studio.word("account"), exact=True).last.click()


def maintenance(scene: Scene) -> None:
    """The house is closed for a while; the draft waits on the device."""
    notice = scene.folder / "notice"
    address = scene.gateway(MAINTENANCE_NOTICE=str(notice))
    notice.write_text("2026-11-27T06:00:00Z")
    scene.open(address, comes_alive=False)


def old_version(scene: Scene) -> None:
    """A newer version is there; nothing is loaded anew before one wants it."""
    studio = scene.open()

    def renew(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"build": "a-newer-one"})

    studio.page.route("**/v1/config", renew)
    studio.page.reload()
    studio.ready()


SCREENS: Final = [
    State("history", "History", history, marked("history")),
    State("history-search", "History, nothing found", history_found, says("nothing_found")),
    State("history-empty", "History, nothing made yet", history_empty, says("history_empty")),
    State("history-away", "History without a network", history_away, marked("as-of"), NO_NETWORK),
    State("account", "Account", account, marked("credits-available")),
    State("missing", "An address that leads nowhere", missing, marked("not-found"), REFUSED),
    State("offline-screen", "A screen without a network", lost, marked("offline"), NO_NETWORK),
    State("maintenance", "Maintenance", maintenance, marked("maintenance"), CLOSED),
    State("old-version", "A newer version", old_version, marked("update")),
]
