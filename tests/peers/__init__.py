"""Other people's servers and clients, started on loopback for one test run.

Each module starts one peer on a free port, waits until it answers, and ends only what it started.
"""
