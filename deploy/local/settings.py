"""Settings of the local run, read from `CADASTRE_LOCAL_*`. The only place in this package that sees the
environment: everything else is handed the one it passes on to its children."""

import os
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class LocalSettings(BaseSettings):
    """Where the local run keeps what it makes: jars, data and logs. Relative paths start at the current folder."""

    model_config = SettingsConfigDict(env_prefix="CADASTRE_LOCAL_", frozen=True)

    run_dir: Path = Path(".run")


def base_env() -> dict[str, str]:
    """The environment of this process, as children get it before their own overrides."""
    return dict(os.environ)
