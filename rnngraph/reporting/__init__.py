"""Reports: results -> figures, tables and an answer in one HTML file."""

from rnngraph.reporting.build import report as report
from rnngraph.reporting.output import Report as Report
from rnngraph.reporting.pruning import pruning_report as pruning_report
from rnngraph.reporting.sparsity import sparsity_report as sparsity_report
