"""Money is integer fen (DESIGN law 10)."""


def yuan(fen: int) -> str:
    """Fen for people: `1,000.00 元`, `-0.05 元`."""
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole:,}.{rest:02d} 元"


def round_half_up(a: int, b: int) -> int:
    """a ÷ b to the nearest whole number, halves upwards (REWARD-1). ValueError unless b > 0."""
    if b <= 0:
        raise ValueError("the divisor must be positive")
    return (2 * a + b) // (2 * b)
