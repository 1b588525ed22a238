"""Recurrent networks on a graph: one network, and a population trained together."""

from rnngraph.nn.files import load_model as load_model
from rnngraph.nn.files import save_model as save_model
from rnngraph.nn.graph_rnn import GraphRNN as GraphRNN
from rnngraph.nn.layered_rnn import LayeredRNN as LayeredRNN
from rnngraph.nn.onnx import export_onnx as export_onnx
from rnngraph.nn.population import Population as Population
from rnngraph.nn.population import train_population as train_population
from rnngraph.nn.shrinking import Shrunk as Shrunk
from rnngraph.nn.shrinking import dead_units as dead_units
from rnngraph.nn.shrinking import shrink as shrink
from rnngraph.nn.sparse import SparseGraphRNN as SparseGraphRNN
from rnngraph.nn.sparse import SparseLayeredRNN as SparseLayeredRNN
from rnngraph.nn.sparse import SparseRNN as SparseRNN
from rnngraph.nn.sparse import compact as compact
from rnngraph.nn.sparse import load_sparse as load_sparse
from rnngraph.nn.sparse import save_sparse as save_sparse
from rnngraph.nn.training import evaluate as evaluate
from rnngraph.nn.training import train as train
