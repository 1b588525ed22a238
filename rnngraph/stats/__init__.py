"""Statistics of a table of runs: correlation, prediction, collinearity and the noise ceiling."""

from rnngraph.stats.collinear import collinearity as collinearity
from rnngraph.stats.correlation import METHODS as METHODS
from rnngraph.stats.correlation import correlate as correlate
from rnngraph.stats.models import MODELS as MODELS
from rnngraph.stats.models import ModelFactory as ModelFactory
from rnngraph.stats.prediction import Prediction as Prediction
from rnngraph.stats.prediction import predict as predict
from rnngraph.stats.reliability import repeatability as repeatability
