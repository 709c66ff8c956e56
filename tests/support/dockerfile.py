"""A Dockerfile as its stages of instructions, and the rules that each of ours keeps besides those of hadolint."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_FLOATING = re.compile(r"(^|:)latest$")


@dataclass(slots=True)
class Stage:
    """What stands between one FROM and the next."""

    image: str
    name: str = ""
    instructions: list[tuple[str, str]] = field(default_factory=list)

    def last(self, instruction: str) -> str | None:
        return next((rest for name, rest in reversed(self.instructions) if name == instruction), None)


@dataclass(slots=True)
class Dockerfile:
    arguments: dict[str, str]  # before the first FROM; empty where one has no default
    stages: list[Stage]

    def effective(self, instruction: str) -> str | None:
        """What the image that comes out has: of its last stage, or of the stage of ours that that one is made from."""
        named = {stage.name: stage for stage in self.stages}
        stage: Stage | None = self.stages[-1]
        while stage is not None:
            if (found := stage.last(instruction)) is not None:
                return found
            stage = named.get(stage.image)
        return None


def read(path: Path) -> Dockerfile:
    lines = [line for line in path.read_text().splitlines() if not line.lstrip().startswith("#")]
    text = "\n".join(lines).replace("\\\n", " ")
    found = Dockerfile({}, [])
    for line in filter(str.strip, text.splitlines()):
        name, _, rest = line.strip().partition(" ")
        if name == "FROM":
            image, _, alias = rest.partition(" AS ")
            found.stages.append(Stage(image, alias))
        elif not found.stages:
            key, _, default = rest.partition("=")
            found.arguments[key] = default
        else:
            found.stages[-1].instructions.append((name, rest.strip()))
    return found


def problems(file: Dockerfile) -> Iterator[str]:
    """A line for each rule that the file breaks."""
    ours = {stage.name for stage in file.stages}
    for default in file.arguments.values():
        if default and (":" not in default or _FLOATING.search(default)):
            yield f"{default} names no version"
    for stage in file.stages:
        if stage.image not in ours and not stage.image.startswith("${"):
            yield f"{stage.image} is no variable: nobody can build from an image of theirs"
        for name, rest in stage.instructions:
            yield from _of_instruction(name, rest)
    if not re.fullmatch(r"[1-9]\d*:[1-9]\d*", file.effective("USER") or ""):
        yield "the image runs as root, or as a user without fixed ids"


def shipped(file: Dockerfile) -> Iterator[str]:
    """The same for what an image that runs must have besides."""
    if file.effective("HEALTHCHECK") is None:
        yield "nothing says whether the container is healthy"
    if file.effective("ENTRYPOINT") is None:
        yield "the image does not say what it runs"
    if "org.opencontainers.image.title" not in (file.effective("LABEL") or ""):
        yield "the image has no title"


def _of_instruction(name: str, rest: str) -> Iterator[str]:
    if name == "ADD":
        yield "ADD fetches behind one's back: COPY"
    if name == "RUN" and re.search(r"pip install|pip sync", rest) and "--require-hashes" not in rest:
        yield "something is installed without its hashes"
    if name in ("ENV", "ARG") and re.search(r"SECRET|PASSWORD|TOKEN|_KEY", rest):
        yield f"{name} {rest} would stay in the image"
