"""The same random requests to actingwebd and to the Python library; docs/deviations.toml says where they may differ.

AW_DIFFERENTIAL_SEED and AW_DIFFERENTIAL_STEPS choose other requests. differential.py does the same for people.
"""
import os

import pytest

from differential import FLAGS, Run
from sides import Pair

SEEDS = os.environ.get("AW_DIFFERENTIAL_SEED", "1 2 3").split()
STEPS = int(os.environ.get("AW_DIFFERENTIAL_STEPS", "1000"))
SHOWN = 5


@pytest.fixture
def pair(start_reference, start_server):
    both = Pair(start_server(*FLAGS).root, start_reference().root)
    yield both
    both.close()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_thousand_requests(pair, capsys, seed):
    run = Run(pair, int(seed))
    run.go(STEPS)
    with capsys.disabled():
        print(f"\n{run.summary()}")
        for allowance in run.allowed.unused():
            print(f"explained nothing: {allowance}")
    strange = "\n\n".join(problem.report for problem, _ in run.kinds()[:SHOWN])
    assert not run.problems, f"no row of docs/deviations.toml explains this:\n\n{strange}\n\n{run.summary()}"
    assert len(run.history) == STEPS and sum(1 for _, _, status, _ in run.history if status < 300) > STEPS / 4
