"""What the observations mean: pure judgement, without I/O, clocks or Home Assistant."""
