"""`make run` and its relatives.

python -m webapp.embedded                  the site, until Ctrl-C
python -m webapp.embedded exec -- COMMAND  COMMAND beside the site, which is started for it unless it runs
python -m webapp.embedded admin-password   a new password for the administrator
"""

import json
import os
import subprocess
import sys

import click

from webapp.embedded.environment import read_dotenv, site_environment
from webapp.embedded.errors import CannotStart
from webapp.embedded.ports import LOOPBACK, free_port, next_free_port
from webapp.embedded.state import StateFolder
from webapp.embedded.stop import Stopped, StopSignal
from webapp.embedded.supervisor import FirstFacts, Supervisor

WANTED_PORT = 8000


@click.group(invoke_without_command=True)
@click.pass_context
def main(context: click.Context) -> None:
    """Run the site with its own PostgreSQL and Redis until Ctrl-C (HOST and PORT say where)."""
    if context.invoked_subcommand is None:
        run_site()


def run_site() -> None:
    """`make run`."""
    stop = StopSignal()
    read_dotenv()
    state = StateFolder.of_environment()
    state.prepare()
    with state.locked():
        host = os.environ.get("HOST") or LOOPBACK
        wanted = _port(os.environ.get("PORT") or str(WANTED_PORT))
        port = next_free_port(host, wanted)
        click.echo(f"Cursal is starting; everything it keeps lies in {state.root}")
        if port != wanted:
            click.echo(f"Port {wanted} is busy, so this is port {port} (PORT=… chooses another).")
        supervisor = Supervisor(state, stop, click.echo)
        try:
            with supervisor.running(host, port) as facts:
                click.echo(welcome(supervisor.url, supervisor.environment, facts))
                supervisor.mind()
        except Stopped:
            click.echo("\nCursal has stopped.")


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise CannotStart(f"PORT={text} is not a port; choose a number from 1024 to 65535")
    return int(text)


def welcome(url: str, environment: dict[str, str], facts: FirstFacts) -> str:
    """The three ways in."""
    observer = f"{url}/study/{facts.study}/" if facts.study else "no study is open; open one as curator"
    return "\n".join(
        [
            "",
            f"  Observer    {observer}",
            f"  Curator     {url}/{environment.get('CURSAL_ADMIN_PATH', 'admin').strip('/')}/",
            f"  Researcher  {url}/",
            "",
            "Ctrl-C stops everything.",
        ]
    )


@main.command("exec")
@click.argument("command", nargs=-1, required=True)
def run_beside(command: tuple[str, ...]) -> None:
    """Run COMMAND beside the site; CURSAL_URL tells it the address."""
    stop = StopSignal()
    read_dotenv()
    state = StateFolder.of_environment()
    if state.is_locked():
        with site_environment() as environment:
            sys.exit(subprocess.run(command, env=os.environ | environment, check=False).returncode)
    state.prepare()
    with state.locked():
        supervisor = Supervisor(state, stop, lambda line: click.echo(line, err=True))
        try:
            with supervisor.running(LOOPBACK, free_port()):
                status = supervisor.run(list(command))
        except Stopped:
            sys.exit(130)
    sys.exit(status)


@main.command("admin-password")
def renew_password() -> None:
    """Give the administrator a new random password and print it."""
    read_dotenv()
    state = StateFolder.of_environment()
    state.prepare()
    answer = state.run / "new-password.json"
    answer.unlink(missing_ok=True)
    with site_environment() as environment:
        command = [sys.executable, "-m", "webapp.embedded.first_start", str(answer), "--new-password"]
        done = subprocess.run(command, env=os.environ | environment, check=False)
    if done.returncode:
        raise CannotStart("no new password was made; see above")
    facts = json.loads(answer.read_text())
    answer.unlink()
    click.echo(f"Log in as {facts['user']} with the password {facts['password']}")


if __name__ == "__main__":
    try:
        main()
    except CannotStart as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(1)
