"""Everything rnngraph raises on purpose: one root, few names."""


class RnngraphError(Exception):
    """Root of every error that rnngraph raises on purpose."""


class InputError(RnngraphError, ValueError):
    """An argument breaks a rule; the message names the argument, the rule and the value."""


class FileError(RnngraphError, ValueError):
    """A file cannot be read as what it claims to be; the message names the file."""


class StoreError(RnngraphError):
    """A results store cannot be opened or does not fit this version or plan."""


class UndefinedMetricError(RnngraphError, ValueError):
    """A metric does not exist for this graph; tables show NaN with this message as the reason."""
