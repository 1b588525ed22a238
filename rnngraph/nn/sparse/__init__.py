"""Pruned networks as small and fast inference modules."""

from rnngraph.nn.sparse.compaction import compact as compact
from rnngraph.nn.sparse.files import load_sparse as load_sparse
from rnngraph.nn.sparse.files import save_sparse as save_sparse
from rnngraph.nn.sparse.graph import SparseGraphRNN as SparseGraphRNN
from rnngraph.nn.sparse.layered import SparseLayeredRNN as SparseLayeredRNN
from rnngraph.nn.sparse.module import SparseRNN as SparseRNN
