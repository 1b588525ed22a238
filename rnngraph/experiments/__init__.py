"""From a plan to a table of runs: read it, run what is missing, keep it, load it."""

from rnngraph.experiments.engine import Outcome as Outcome
from rnngraph.experiments.engine import run as run
from rnngraph.experiments.plan import Plan as Plan
from rnngraph.experiments.plan import default_plan_text as default_plan_text
from rnngraph.experiments.pruning_plan import PruningPlan as PruningPlan
from rnngraph.experiments.pruning_study import PruningResults as PruningResults
from rnngraph.experiments.pruning_study import prune_study as prune_study
from rnngraph.experiments.results import Status as Status
from rnngraph.experiments.results import analysis_arguments as analysis_arguments
from rnngraph.experiments.results import load_graphs as load_graphs
from rnngraph.experiments.results import load_plan as load_plan
from rnngraph.experiments.results import load_results as load_results
from rnngraph.experiments.results import status as status
from rnngraph.experiments.sparsity_plan import SparsityPlan as SparsityPlan
from rnngraph.experiments.sparsity_study import SparsityResults as SparsityResults
from rnngraph.experiments.sparsity_study import sparsity_study as sparsity_study
from rnngraph.experiments.store import store_path as store_path
