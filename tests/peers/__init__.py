"""Independent servers and clients, started on loopback for one test run.

Each module starts one peer on a free port, waits until it answers, and stops only what it started.
"""
