"""Real servers for tests and benchmarks: found or unpacked, started on free ports of this machine, ended for sure."""
