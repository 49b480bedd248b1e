"""The whole site as children of one process: start in order, mind, stop in order."""

import json
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from webapp.embedded import orphans
from webapp.embedded.child import Child, stop_all
from webapp.embedded.environment import of_state
from webapp.embedded.errors import CannotStart
from webapp.embedded.hosts import allowed_hosts, reachable_at
from webapp.embedded.keeper import Keeper
from webapp.embedded.servers import Servers
from webapp.embedded.site import Program, background, web
from webapp.embedded.state import StateFolder
from webapp.embedded.stop import StopSignal
from webapp.embedded.watch import Complaints, Guarded

LOOK_EVERY_S = 0.2
ANSWER_WITHIN_S = 60
SLOW_AFTER_S = 4  # then a person wonders what is going on
# With the servers' three seconds this stays well below ten.
STOP_WITHIN_S = 5


@dataclass(frozen=True)
class FirstFacts:
    """What the first start has to tell."""

    user: str
    password: str | None
    study: str | None


class Supervisor:
    """One run of the site on one state folder."""

    def __init__(self, state: StateFolder, stop: StopSignal, say: Callable[[str], None]) -> None:
        self._state = state
        self._stop = stop
        self._say = say
        self._keeper = Keeper()
        self._children: list[Child] = []
        self.environment: dict[str, str] = dict(os.environ)

    @contextmanager
    def running(self, host: str, port: int) -> Iterator[FirstFacts]:
        """Start everything, yield once the site answers, stop everything afterwards.

        Raises CannotStart, or Stopped when told to stop meanwhile.
        """
        with ExitStack() as at_the_end:
            orphans.adopt()
            at_the_end.callback(orphans.reap_all)
            at_the_end.callback(self._keeper.close)
            servers = Servers(self._state, self._keeper)
            at_the_end.callback(servers.stop)
            servers.start(self._stop.pause)
            made = self._set_environment(servers, host, port)

            site = [self._child(program) for program in (web(host, port), *background(self._state))]
            at_the_end.callback(stop_all, site, within_s=STOP_WITHIN_S)
            site[0].start()  # it loads while the database is brought up to date
            facts = self._first_start()
            self._wait_for_answer(site[0])
            for child in site[1:]:
                child.start()

            self._children = [*servers.children, *site]
            at_the_end.callback(self._state.withdraw)
            self._state.publish(made)
            yield facts

    @property
    def url(self) -> str:
        """Where the site answers."""
        return self.environment["CURSAL_URL"]

    def _set_environment(self, servers: Servers, host: str, port: int) -> dict[str, str]:
        hosts = allowed_hosts(host, os.environ.get("CURSAL_HOSTS", ""))
        own = {"CURSAL_URL": reachable_at(host, port), "CURSAL_HOSTS": ",".join(hosts)}
        made = of_state(self._state) | servers.environment | own
        self.environment |= made | {"PYTHONUNBUFFERED": "1"}
        return made

    def _child(self, program: Program, *, shown: bool = False) -> Child:
        return Child(
            program.name,
            program.command,
            log=None if shown else self._state.log / f"{program.name}.log",
            environment=self.environment,
            keeper=self._keeper,
            stop_signal=program.stop_signal,
        )

    def _first_start(self) -> FirstFacts:
        """Migrate, make the administrator, seed, as far as it has not been done."""
        answer = self._state.run / "first-start.json"
        answer.unlink(missing_ok=True)
        command = [sys.executable, "-m", "webapp.embedded.first_start", str(answer)]
        child = self._child(Program("first-start", command, signal.SIGTERM))
        try:
            child.start()
            slow_at = time.monotonic() + SLOW_AFTER_S
            while child.is_running:
                self._stop.pause(0.05)
                if time.monotonic() > slow_at:
                    self._say("Bringing the database up to date; the first time takes a minute.")
                    slow_at = float("inf")
        finally:
            child.kill_rest()
        if child.status:
            raise CannotStart(f"the database could not be prepared: {child.last_words()} ({child.log})")
        facts = FirstFacts(**json.loads(answer.read_text()))
        answer.unlink()  # it holds a password
        if facts.password:
            self._say(f"The administrator is {facts.user} with the password {facts.password}")
            self._say("It is shown only this once; `make admin-password` makes a new one.")
        return facts

    def _wait_for_answer(self, server: Child) -> None:
        deadline = time.monotonic() + ANSWER_WITHIN_S
        while not _answers(f"{self.url}/healthz"):
            if not server.is_running:
                raise CannotStart(f"the site {server.how_it_ended()}: {server.last_words()} ({server.log})")
            if time.monotonic() > deadline:
                raise CannotStart(f"the site does not answer at {self.url}; see {server.log}")
            self._stop.pause(0.1)

    def run(self, command: list[str]) -> int:
        """Run a command beside the site and return its exit status; raises Stopped."""
        beside = self._child(Program(command[0], command, signal.SIGINT), shown=True)
        beside.start()
        try:
            self.mind(until=lambda: not beside.is_running, beside=[beside.pid])
        finally:
            stop_all([beside], within_s=1)
        assert beside.status is not None
        return beside.status

    def mind(self, until: Callable[[], bool] = lambda: False, beside: Sequence[int] = ()) -> None:
        """Restart what dies and show what complains, until the condition holds; raises Stopped."""
        guarded = [Guarded(child, self._say) for child in self._children]
        complaints = Complaints(self._children)
        while not until():
            for one in guarded:
                one.look()
            for line in complaints.new():
                self._say(line)
            orphans.reap(known=[*(child.pid for child in self._children), *beside, self._keeper.pid])
            self._stop.pause(LOOK_EVERY_S)


def _answers(address: str) -> bool:
    # Straight to our own machine: a proxy named in the environment must not be asked.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False
