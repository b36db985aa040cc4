"""Every view of the other screens is sound: full and empty, in each language and width."""

import pytest

from studio.browser import EVERYWHERE
from studio.look import look_at
from studio.scene import Scene
from studio.screens import SCREENS
from studio.studio_page import Place


@pytest.mark.parametrize("scene", SCREENS, indirect=True, scope="module", ids=str)
@pytest.mark.parametrize("place", EVERYWHERE, ids=str)
def test_screen(scene: Scene, place: Place) -> None:
    look_at(scene, place)
