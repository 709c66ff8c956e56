"""Programs that run in the emulators' own environment, .venv-emulators. Nothing of Cadastre imports them."""
