"""How a network is trained: the settings that `train` and `train_population` share."""

from dataclasses import dataclass

from rnngraph._check import check_int, check_real


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """Settings of a training.

    Attributes:
        epochs: Passes over the training sequences, at least 1.
        batch_size: Sequences in a batch, at least 1.
        learning_rate: Step size of AdamW, > 0.
        weight_decay: Decoupled weight decay of AdamW, >= 0.
        clip: Largest Euclidean norm of a network's gradient, > 0.

    Raises:
        InputError: A value outside its range.
    """

    epochs: int
    batch_size: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    clip: float = 1.0

    def __post_init__(self) -> None:
        check_int("epochs", self.epochs, 1)
        check_int("batch_size", self.batch_size, 1)
        check_real("learning_rate", self.learning_rate, above=0.0)
        check_real("weight_decay", self.weight_decay, 0.0)
        check_real("clip", self.clip, above=0.0)
