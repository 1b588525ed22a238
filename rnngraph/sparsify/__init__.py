"""Structured sparsification of gated networks: weights, inputs, gates and units that can go."""

from rnngraph.sparsify.fitting import Fit, Score, fit, score
from rnngraph.sparsify.folding import Folded, fold, stock_modules
from rnngraph.sparsify.forward import Values, forward
from rnngraph.sparsify.graphs import sample_graphs, topology_intervals
from rnngraph.sparsify.hard_concrete import HardConcrete
from rnngraph.sparsify.importing import from_torch
from rnngraph.sparsify.lasso import GroupLasso
from rnngraph.sparsify.low_rank import LowRank
from rnngraph.sparsify.method import Sparsified
from rnngraph.sparsify.plain import Plain
from rnngraph.sparsify.posterior import Normal, kl_of
from rnngraph.sparsify.reading import Batch, SequenceSource, Source, TextSource
from rnngraph.sparsify.scan import GatedCell, State, scan
from rnngraph.sparsify.shape import FACTORS, Shape, initial_values
from rnngraph.sparsify.spectral import spectral_pruning
from rnngraph.sparsify.structure import Structure, structure_of
from rnngraph.sparsify.variational import LEVELS, PUBLISHED, Variational

__all__ = [
    "FACTORS",
    "LEVELS",
    "PUBLISHED",
    "Batch",
    "Fit",
    "Folded",
    "GatedCell",
    "GroupLasso",
    "HardConcrete",
    "LowRank",
    "Normal",
    "Plain",
    "Score",
    "SequenceSource",
    "Shape",
    "Source",
    "Sparsified",
    "State",
    "Structure",
    "TextSource",
    "Values",
    "Variational",
    "fit",
    "fold",
    "forward",
    "from_torch",
    "initial_values",
    "kl_of",
    "sample_graphs",
    "scan",
    "score",
    "spectral_pruning",
    "stock_modules",
    "structure_of",
    "topology_intervals",
]
