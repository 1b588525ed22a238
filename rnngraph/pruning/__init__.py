"""Pruning: from a dense recurrent network to a sparse one."""

from rnngraph.pruning.method import Method as Method
from rnngraph.pruning.method import Update as Update
