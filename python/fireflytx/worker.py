"""Runs the tasks that Java hands out: coroutine steps on the event loop, plain ones in threads."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, ContextVar

from fireflytx import conditions, handlers
from fireflytx._bridge import messages
from fireflytx._bridge.items import Task
from fireflytx._bridge.messages import Attempt, Failure
from fireflytx._tasks import background
from fireflytx.attempts import METHODS, RunningAttempt
from fireflytx.boundary import Boundary
from fireflytx.exceptions import CodecError
from fireflytx.failures import failure_of
from fireflytx.freshness import Freshness, TakenOverError
from fireflytx.registry import Registration, Registry
from fireflytx.runs import SagaRuns
from fireflytx.telemetry.hooks import NO_HOOKS, Hooks
from fireflytx.watchdog import Suspect, Watchdog

_DOES = {"forward": "", "backward": "the compensation of ", "condition": "the condition of "}
_current: ContextVar[Task] = ContextVar("fireflytx_current_task")


class StepWorker:
    """Runs each task once and posts its outcome. Belongs to the running loop.

    Args:
        post: Sends an outcome item; returns its position in the outbox.
        registry: The saga classes.
        runs: The instances and context variables of the runs that go on.
        freshness: Tells whether the engine still owns what it runs; nothing begins before it does.
        thread_workers: The most plain steps that run at once.
        block_warning_ms: The longest time that a step may hold the loop before a warning; 0 never warns.
        boundary: Where values come from and go to.
        hooks: Who watches.
    """

    def __init__(
        self,
        post: Callable[[bytes], int],
        registry: Registry,
        runs: SagaRuns,
        freshness: Freshness,
        *,
        thread_workers: int,
        block_warning_ms: int,
        boundary: Boundary,
        hooks: Hooks = NO_HOOKS,
    ) -> None:
        self._post = post
        self._hooks = hooks
        self._registry = registry
        self._runs = runs
        self._freshness = freshness
        self._boundary = boundary
        self._loop = asyncio.get_running_loop()
        self._threads = ThreadPoolExecutor(thread_workers, thread_name_prefix="fireflytx-step")
        self._running: dict[Attempt, RunningAttempt] = {}
        self._settling: dict[Attempt, int] = {}
        self._asking: Task | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._closed = False
        self._is_leaving = False
        self._watchdog = self._make_watchdog(block_warning_ms)

    def begin(self, task: Task) -> None:
        """Run ``task``, unless its attempt is known: it is running, or its outcome is not durable yet."""
        if self._closed or task.attempt in self._running or task.attempt in self._settling:
            return
        if self._watchdog is not None:
            self._watchdog.watch()
        try:
            self._begin(task, handlers.registration_of(task, self._registry))
        except handlers.HandlerGone as error:
            self._miss(task, error)
        except Exception as error:  # the saga's constructor has raised
            self._settle(task.attempt, messages.failed(task.attempt, self._failure(task, error), b"{}"))

    def miss(self, task: Task, error: CodecError) -> None:
        """Post that ``task`` can't run here, since one of its values can't be decoded."""
        if self._closed or task.attempt in self._running or task.attempt in self._settling:
            return
        direction, step = task.attempt.direction, task.attempt.step
        what = f"Saga '{task.saga}': the data of {_DOES[direction]}step '{step}' can't be read: {error}"
        self._miss(task, handlers.HandlerGone(task, what, remedy="Bring the key back"))

    def _miss(self, task: Task, gone: handlers.HandlerGone) -> None:
        self._note_refusal(task, failure_of(gone))
        self._settle(task.attempt, messages.missing(task.attempt, str(gone)))

    def _note_refusal(self, task: Task, failure: Failure) -> None:
        if self._hooks.is_on:
            scope = self._hooks.attempt(task, Context())
            scope.failed(self._boundary.told(failure))
            scope.end()

    def _failure(self, task: Task, error: BaseException) -> Failure:
        return self._boundary.failure(error, task.attempt, saga=task.saga, values=(task.data,))

    def refuse(self, attempt: Attempt, error: BaseException, *, retryable: bool | None = None) -> None:
        """Post that ``attempt`` failed before any of its code ran."""
        failure = self._boundary.failure(error, attempt, retryable=retryable)
        self._settle(attempt, messages.failed(attempt, failure, b"{}"))

    def cancel(self, attempt: Attempt, reason: str = "") -> None:
        """Cancel a coroutine's attempt; a thread can't be stopped and reports its end when it comes."""
        running = self._running.get(attempt)
        if running is None:
            return
        running.scope.told_to_stop(reason)
        if running.job is None:
            return
        running.is_cancelled = True
        running.job.cancel()
        if not running.has_begun:  # asyncio ends such a task without running any of it
            self._end(running, running.settled())

    def running(self) -> Iterable[tuple[Attempt, int]]:
        """Every attempt that runs now, with its age in milliseconds."""
        return [(attempt, running.elapsed_ms) for attempt, running in self._running.items()]

    def calling_task(self) -> Task | None:
        """The task whose own code calls this, on the loop or in a thread; None for any other caller."""
        job, thread_id = asyncio.current_task(), threading.get_ident()
        return next(
            (
                each.task
                for each in list(self._running.values())
                if (job is not None and each.job is job) or each.thread_id == thread_id
            ),
            None,
        )

    def proved(self, durable_position: int) -> None:
        """Outcomes up to this position are durable: their attempts can't be handed out again."""
        durable = []
        for attempt, position in self._settling.items():
            if position > durable_position:
                break
            durable.append(attempt)
        for attempt in durable:
            del self._settling[attempt]

    async def idle(self) -> None:
        """Wait until no attempt is running."""
        await self._idle.wait()

    def close(self) -> None:
        """Cancel what runs and let go of the threads; no outcome is posted any more. Safe in any thread."""
        if self._closed:
            return
        self._closed = True
        # A thread inside a user's method may take any time and can't be stopped, so it is not waited for.
        is_idle = not self._running
        for running in list(self._running.values()):
            if running.job is not None and not self._loop.is_closed():
                running.job.cancel()
            running.scope.end()
        self._running.clear()
        self._threads.shutdown(wait=is_idle, cancel_futures=True)
        if self._watchdog is not None:
            self._watchdog.close()

    # --- beginning ----------------------------------------------------------------------------------------

    def _begin(self, task: Task, registration: Registration) -> None:
        handler = handlers.find(task, registration)
        run = self._runs.resume(task.attempt.correlation_id, registration.factory)
        variables = run.variables.copy()
        variables.run(_current.set, task)
        if not isinstance(handler, METHODS):
            self._ask(task, handler, variables)
            return
        try:
            instance = run.instance
        except Exception as error:
            self._note_refusal(task, self._failure(task, error))
            raise
        scope = self._hooks.attempt(task, variables)
        attempt = RunningAttempt(task, handler, instance, self._boundary, scope=scope)
        self._running[task.attempt] = attempt
        self._idle.clear()
        if handler.kind == "thread" and self._freshness.is_stale():
            attempt.job = background(self._submit_when_fresh(attempt, variables), name=_job_name(task))
        elif handler.kind == "thread":
            self._submit(attempt, variables)
        else:
            name = _job_name(task)
            attempt.job = background(self._run(attempt), name=name, context=variables, loop=self._loop)

    async def _submit_when_fresh(self, attempt: RunningAttempt, variables: Context) -> None:
        try:
            await self._freshness.proved()
        except TakenOverError:
            self._end(attempt, attempt.settled())
        else:
            attempt.job = None
            try:
                self._submit(attempt, variables)
            except RuntimeError as error:
                self.refuse(attempt.task.attempt, error)

    def _submit(self, attempt: RunningAttempt, variables: Context) -> None:
        try:
            self._threads.submit(variables.run, self._run_in_thread, attempt)
        except (
            RuntimeError
        ) as error:  # no thread could be started; but the work is queued, for another to find
            attempt.is_dropped = True
            del self._running[attempt.task.attempt]
            attempt.scope.failed(failure_of(error))
            attempt.scope.end()
            raise

    def _ask(self, task: Task, condition: handlers.Condition, variables: Context) -> None:
        self._asking = task
        scope = self._hooks.attempt(task, variables)
        try:
            self._settle(task.attempt, variables.run(conditions.ask, task, condition, self._boundary, scope))
        finally:
            self._asking = None
            scope.end()

    async def _run(self, attempt: RunningAttempt) -> None:
        try:
            if self._freshness.is_stale():
                await self._freshness.proved()
            outcome = await attempt.perform()
        except TakenOverError:
            self._end(attempt, attempt.settled())
        except BaseException as error:
            if isinstance(error, GeneratorExit) and not self._loop.is_running():
                raise  # the loop is gone, and nobody is there to hear of an outcome
            self._end(attempt, attempt.failed(error))
            if isinstance(error, KeyboardInterrupt | SystemExit):
                # Out of the loop, as from any task; a task of ours that kept it would complain of it later.
                self._loop.call_soon(self._leave, error)
        else:
            self._end(attempt, outcome)

    def _leave(self, error: BaseException) -> None:
        """Raise ``error``, if it is the first: a second one would break off the loop's cleaning up."""
        if not self._is_leaving:
            self._is_leaving = True
            raise error

    def _run_in_thread(self, attempt: RunningAttempt) -> None:
        if attempt.is_dropped:
            return
        outcome = attempt.perform_in_thread()
        with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile, and the engine with it
            # Without arguments: asyncio's debug mode would log them, and an outcome has values in it.
            self._loop.call_soon_threadsafe(lambda: self._end(attempt, outcome))

    # --- ending -------------------------------------------------------------------------------------------

    def _end(self, attempt: RunningAttempt, outcome: bytes) -> None:
        """Post the outcome of ``attempt``, if this is its first and somebody still wants it."""
        if self._running.pop(attempt.task.attempt, None) is not None:
            attempt.scope.end()
            self._settle(attempt.task.attempt, outcome)
        if not self._running:
            self._idle.set()

    def _settle(self, attempt: Attempt, outcome: bytes) -> None:
        self._settling[attempt] = self._post(outcome)

    # --- watching -----------------------------------------------------------------------------------------

    def _make_watchdog(self, limit_ms: int) -> Watchdog | None:
        if not limit_ms:
            return None
        return Watchdog(limit_ms, suspect=self._suspect, is_busy=lambda: bool(self._running))

    def _suspect(self, variables: Context | None) -> Suspect | None:
        """The attempt whose code the loop is in; asked in the watchdog's thread while the loop is stuck."""
        job = asyncio.current_task(self._loop)
        task = self._asking or self._task_of(job) or self._starter_of(variables)
        if task is None:
            return None
        return Suspect(task.saga, task.attempt.step, task.attempt.correlation_id, task.attempt.number)

    def _starter_of(self, variables: Context | None) -> Task | None:
        """The task whose step still runs and started what sees these variables: a task of its own, say."""
        task = variables.get(_current) if variables is not None else None
        return task if task is not None and task.attempt in self._running else None

    def _task_of(self, job: asyncio.Task[object] | None) -> Task | None:
        return next((each.task for each in list(self._running.values()) if job and each.job is job), None)


def _job_name(task: Task) -> str:
    return f"{task.saga}/{task.attempt.step}"
