"""Reports: results -> figures, tables and an answer in one HTML file."""

from rnngraph.reporting.build import report as report
from rnngraph.reporting.output import Report as Report
from rnngraph.reporting.pruning import pruning_report as pruning_report
from rnngraph.reporting.published_pruning import PublishedAccuracies as PublishedAccuracies
from rnngraph.reporting.published_pruning import PublishedSetting as PublishedSetting
from rnngraph.reporting.published_pruning import read_published_pruning as read_published_pruning
from rnngraph.reporting.sparsity import sparsity_report as sparsity_report
