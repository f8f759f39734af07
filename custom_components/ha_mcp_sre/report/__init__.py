"""What is written down: the weekly report and the deliverables. Pure, as `assess` is."""
