"""Every mutant fits the present source; a scenario is there for each."""

from pathlib import Path

import pytest
from chaos.mutants import mutated
from chaos.mutations import MUTANTS, Mutant
from chaos.scenarios import SCENARIOS


def test_there_are_twelve_and_each_has_its_scenario() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == 12
    assert {mutant.scenario for mutant in MUTANTS} == set(SCENARIOS)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_its_lines_stand_in_the_source_and_the_result_compiles(
    mutant: Mutant, tmp_path: Path
) -> None:
    mutated(mutant, tmp_path)
    for edit in mutant.edits:
        if edit.path.endswith(".py"):
            source = (tmp_path / edit.path).read_text(encoding="utf-8")
            compile(source, edit.path, "exec")
