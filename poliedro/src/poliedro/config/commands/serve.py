from __future__ import annotations

import os
import sys

import click


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--workers", default=1, show_default=True, help="Processes.")
def command(host: str, port: int, workers: int) -> None:
    """Serve the site."""
    os.execv(sys.executable, serve_arguments(host, port, workers))  # noqa: S606  no shell, arguments of our own


def serve_arguments(host: str, port: int, workers: int) -> list[str]:
    return [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        host,
        "--port",
        str(port),
        "--workers",
        str(workers),
        "--blocking-threads",
        "4",
        "--log-level",
        "warning",
        "--no-access-log",
        "poliedro.config.wsgi:application",
    ]
