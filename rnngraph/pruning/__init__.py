"""Pruning: from a dense recurrent network to a sparse one."""

from rnngraph.pruning.masking import finalize as finalize
from rnngraph.pruning.masking import load_pruned as load_pruned
from rnngraph.pruning.masking import masks_of as masks_of
from rnngraph.pruning.masking import recurrent_weights as recurrent_weights
from rnngraph.pruning.masking import set_masks as set_masks
from rnngraph.pruning.method import Method as Method
from rnngraph.pruning.method import Update as Update
from rnngraph.pruning.one_shot import prune as prune
from rnngraph.pruning.pruner import Pruner as Pruner
from rnngraph.pruning.recovery import epochs_to_recover as epochs_to_recover
from rnngraph.pruning.scores import SCORES as SCORES
from rnngraph.pruning.scores import Candidates as Candidates
from rnngraph.pruning.tickets import Ticket as Ticket
from rnngraph.pruning.tickets import lottery_ticket as lottery_ticket
