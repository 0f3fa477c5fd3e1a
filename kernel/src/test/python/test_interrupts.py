"""A seeded part of what interrupts.py does by hand with forty interrupts."""

import interrupts

SLOW_MACHINE = 10  # seconds; how soon work ends is measured by hand, on a machine that does nothing else


def test_interrupts_at_random_moments_are_all_accounted_for(tmp_path):
    done, problems = interrupts.run(tmp_path, count=9, seed=5, within=SLOW_MACHINE)
    assert [(t.kind, t.problem) for t in done if t.problem] == []
    assert problems == []
    assert any(not t.finished for t in done)
