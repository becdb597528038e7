"""Texts that must not be shown."""


class Secret:
    """A secret text that ``repr``, ``str`` and dumps of variables do not show."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself."""
        return self._value

    def __repr__(self) -> str:
        return "Secret([REDACTED])"
