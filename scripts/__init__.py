"""What a developer or CI runs: environments, checks, the demo and its real parts."""
