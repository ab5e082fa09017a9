"""`make demo`: everything that a newcomer needs to look round, in one command."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import click
from django.conf import settings
from django.core.management import call_command

from poliedro.config.commands.serve import serve_arguments

START_SECONDS = 600
"""How long the site may take until it answers for the first time."""
PATIENCE_SECONDS = 15
"""How long the site and its worker may take to finish what they do when they are stopped."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, help="The next free one is taken if it is in use.")
@click.option("--prepare", is_flag=True, help="Load everything and stop, without serving.")
def command(host: str, port: int, prepare: bool) -> None:
    """Load the demonstration region, then serve it with a worker; prints the address and one login per role."""
    if not settings.DEMO:
        raise click.UsageError("set POLIEDRO_DEMO=1: the demonstration has public passwords")
    settings.VAR.mkdir(parents=True, exist_ok=True)
    call_command("migrate", interactive=False, verbosity=0)
    _load()
    call_command("collectstatic", interactive=False, verbosity=0)
    if prepare:
        return
    while _in_use(host, port):
        port += 1
    _serve(host, port)


def _load() -> None:
    poliedro = [sys.executable, "-m", "poliedro.config.cli"]
    stamp = settings.VAR / "demo-loaded"
    state = f"{settings.REGION} {settings.DATA or '-'} {_database()}"
    if stamp.exists() and stamp.read_text() == state:
        return
    click.echo("Loading the demonstration region (synthetic, and labelled so) ...")
    subprocess.run([*poliedro, "demo-region"], check=True)
    if settings.DATA:
        click.echo(f"Loading the real open data in {settings.DATA.name}/ ...")
        subprocess.run([*poliedro, "load", "all", str(settings.DATA)], check=True)
        subprocess.run([*poliedro, "demo-region"], check=True, stdout=subprocess.DEVNULL)  # its firms find their towns
        for calls in sorted(settings.DATA.rglob("eu_open_calls*")):
            subprocess.run([*poliedro, "open-calls", str(calls)], check=True)
        click.echo("Looking for organisations that two sources name ...")
        subprocess.run([*poliedro, "resolve"], check=True)
    else:
        click.echo("POLIEDRO_DATA is not set: no official data; the page Sources says what each would fill.")
    click.echo("Computing the observatory and the networks ...")
    subprocess.run([*poliedro, "run", "all"], check=True, stdout=subprocess.DEVNULL)
    stamp.write_text(state)


def _database() -> str:
    """Names the database as it is now, so that a deleted one is loaded anew."""
    name = settings.DATABASES["default"]["NAME"]
    return f"{name} {Path(name).stat().st_ino}" if Path(str(name)).exists() else str(name)


def _in_use(host: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0


def _serve(host: str, port: int) -> None:
    from poliedro.accounts.queries import demo_logins

    os.environ.setdefault("POLIEDRO_ORIGINS", f"http://{host}:{port}")  # so that letters give whole addresses
    children = [
        subprocess.Popen(serve_arguments(host, port, 1)),
        subprocess.Popen([sys.executable, "-m", "poliedro.config.cli", "worker"]),
    ]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        _wait(f"http://{host}:{port}/health/", children[0])
        click.echo(f"\nPoliedro is at http://{host}:{port}/\n\nOne login per role:")
        for login in demo_logins():
            click.echo(f"  {login.role:18} {login.email:32} {login.password}")
        click.echo("\nStop with Ctrl-C.")
        while all(child.poll() is None for child in children):
            time.sleep(0.5)
        sys.exit("the site or its worker stopped; its last lines say why")
    except KeyboardInterrupt:
        pass
    finally:
        for child in children:
            with suppress(ProcessLookupError):
                child.terminate()
        for child in children:
            try:
                child.wait(timeout=PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:  # busy with a job, which its page will then call lost
                child.kill()
                child.wait()


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    """Loading everything took minutes: a busy machine may take some more to answer, and nothing is thrown away."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            sys.exit("the web server did not start; its last lines say why")
        with suppress(OSError), urllib.request.urlopen(url, timeout=2):  # noqa: S310  our own address
            return
        time.sleep(0.25)
    sys.exit(f"no answer from {url} in {START_SECONDS // 60} minutes; everything is loaded, so run the command again")
