"""What the kernel says of a process."""

from pathlib import Path


def is_gone(pid: int) -> bool:
    """Whether it has ended; one that nobody has waited for yet counts as ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return True
    return stat.rpartition(")")[2].split()[0] in ("Z", "X")
