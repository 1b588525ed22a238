"""The report: a table of runs -> figures, tables and an answer in one HTML file."""

from rnngraph.reporting.build import Report as Report
from rnngraph.reporting.build import report as report
