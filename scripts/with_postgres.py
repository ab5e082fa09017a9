"""Run a command with DATABASE_URL naming a PostgreSQL server that lives as long as the command.

    python scripts/with_postgres.py COMMAND [ARGUMENT...]

The server listens on a Unix socket in a temporary folder alone. Started by root, it runs as another user, as it must.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def binaries() -> Path:
    """The folder of initdb and pg_ctl, the newest version found."""
    if given := os.environ.get("POLIEDRO_PG_BIN"):
        return Path(given)
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    if found:
        return found[-1].parent
    if path := shutil.which("initdb"):
        return Path(path).parent
    sys.exit("PostgreSQL is missing; install it (Debian: apt-get install postgresql) or set POLIEDRO_PG_BIN")


def main(command: list[str]) -> int:
    folder = Path(tempfile.mkdtemp(prefix="poliedro-pg-"))
    data, bin_ = folder / "data", binaries()
    as_user: dict[str, object] = {}
    if os.getuid() == 0:
        names = {p.pw_name: p for p in pwd.getpwall()}
        account = names.get("postgres") or names["nobody"]
        shutil.chown(folder, account.pw_uid, account.pw_gid)
        as_user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    folder.chmod(0o755)

    def run(*arguments: str) -> None:
        subprocess.run(
            [str(bin_ / arguments[0]), *arguments[1:]], check=True, cwd=folder, stdout=subprocess.DEVNULL, **as_user
        )  # type: ignore[call-overload]

    run("initdb", "-D", str(data), "-U", "poliedro", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
    options = f"-k {folder} -c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    run("pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        url = f"postgres://poliedro@/postgres?host={folder}"
        return subprocess.run(command, env={**os.environ, "DATABASE_URL": url}).returncode
    finally:
        run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
