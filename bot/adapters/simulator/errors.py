"""What the simulator says when it is asked for what a person could not do."""


class SimulatorError(AssertionError):
    """A wish that makes no sense, such as a tap on a button that is not there."""
