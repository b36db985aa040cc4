"""Every view when a picture has ended or waits is sound: each state, language and width."""

import pytest

from studio.browser import EVERYWHERE
from studio.look import look_at
from studio.scene import Scene
from studio.states import ENDING
from studio.studio_page import Place


@pytest.mark.parametrize("scene", ENDING, indirect=True, scope="module", ids=str)
@pytest.mark.parametrize("place", EVERYWHERE, ids=str)
def test_state(scene: Scene, place: Place) -> None:
    look_at(scene, place)
