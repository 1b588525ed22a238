"""What a graph is, how it comes in and goes out, and its files."""

from rnngraph.graphs.adjacency import as_adjacency as as_adjacency
from rnngraph.graphs.adjacency import as_weights as as_weights
from rnngraph.graphs.adjacency import graph_key as graph_key
from rnngraph.graphs.adjacency import without_self_loops as without_self_loops
from rnngraph.graphs.files import load_graph as load_graph
from rnngraph.graphs.files import node_names as node_names
from rnngraph.graphs.files import save_graph as save_graph
from rnngraph.graphs.layers import layer_index as layer_index
from rnngraph.graphs.layers import orient_acyclic as orient_acyclic
from rnngraph.graphs.libraries import to_igraph as to_igraph
from rnngraph.graphs.libraries import to_networkx as to_networkx
from rnngraph.graphs.libraries import to_scipy as to_scipy
