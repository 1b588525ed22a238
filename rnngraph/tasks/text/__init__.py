"""Texts from files, to classify or to predict; the public names are in `rnngraph.tasks`."""
