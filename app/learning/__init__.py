"""The learning page: the master switch, the run that goes on, the runs that were."""
