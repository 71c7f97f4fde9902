"""The worker thread: latest wins, late answers are dropped, cancelling stops, errors come out."""

from __future__ import annotations

import asyncio
import threading

from workbench.errors import CancelledError
from workbench.progress import lasting
from workbench.widgets.worker import Worker


def run(scenario):
    return asyncio.run(asyncio.wait_for(scenario(), 20))


async def until(condition):
    while not condition():
        await asyncio.sleep(0.005)


def test_a_job_runs_off_the_loops_thread_and_answers_on_it():
    async def scenario():
        worker, seen = Worker(), []
        worker.submit(
            "look",
            lambda token: threading.get_ident(),
            lambda ident, seconds: seen.append((ident, threading.get_ident(), seconds)),
            lambda error: seen.append(error),
        )
        await until(lambda: seen)
        worker.close()
        ident, here, seconds = seen[0]
        assert here == threading.get_ident() != ident
        assert seconds >= 0

    run(scenario)


def test_only_the_latest_wish_is_answered_and_the_waiting_one_never_runs():
    async def scenario():
        worker, answers, ran = Worker(), [], []
        begun, go = threading.Event(), threading.Event()

        def slow(token):
            begun.set()
            go.wait(10)
            return "first"

        def job(name):
            def work(token):
                ran.append(name)
                return name

            return work

        def submit(work):
            worker.submit("look", work, lambda r, s: answers.append(r), answers.append)

        submit(slow)
        await until(begun.is_set)
        submit(job("second"))
        submit(job("third"))
        go.set()
        await until(lambda: answers)
        await asyncio.sleep(0.05)
        worker.close()
        assert ran == ["third"]
        assert answers == ["third"]

    run(scenario)


def test_lanes_do_not_replace_each_other():
    async def scenario():
        worker, answers = Worker(), []
        for lane in ("look", "export", "fetch"):
            worker.submit(
                lane, lambda token, lane=lane: lane, lambda r, s: answers.append(r), answers.append
            )
        await until(lambda: len(answers) == 3)
        worker.close()
        assert sorted(answers) == ["export", "fetch", "look"]

    run(scenario)


def test_cancel_stops_the_work_at_its_next_report():
    async def scenario():
        worker, failures, steps = Worker(), [], []
        begun = threading.Event()

        def long(token):
            for n in range(100_000):
                token(n / 100_000, "counting")
                steps.append(n)
                begun.set()

        worker.submit("look", long, lambda r, s: failures.append("done"), failures.append)
        await until(begun.is_set)
        worker.cancel()
        await until(lambda: failures)
        worker.close()
        assert isinstance(failures[0], CancelledError)
        assert len(steps) < 100_000
        assert not worker.busy

    run(scenario)


def test_a_newer_wish_stops_what_it_does_not_need_and_lets_the_rest_finish():
    async def scenario():
        worker, answers, made = Worker(), [], []
        begun, go = threading.Event(), threading.Event()

        def look(token):
            begun.set()
            go.wait(10)
            lasting(token)(0.5, "looking at the photo")  # wanted by the newer one too
            made.append("embedding")
            token(0.7, "solving")  # not wanted any more
            made.append("matte")

        worker.submit("look", look, lambda r, s: answers.append(r), answers.append)
        await until(begun.is_set)
        worker.submit("export", lambda token: "files", lambda r, s: answers.append(r), None)
        worker.submit("look", lambda token: "newer", lambda r, s: answers.append(r), None)
        go.set()
        await until(lambda: len(answers) == 2)
        worker.close()
        assert made == ["embedding"] and answers == ["files", "newer"]

    run(scenario)


def test_cancel_of_a_lane_leaves_the_others_and_tells_those_that_waited():
    async def scenario():
        worker, seen = Worker(), []
        begun, go = threading.Event(), threading.Event()

        def slow(token):
            begun.set()
            while not go.wait(0.005):
                token(0.5, "working")
            return "export"

        def submit(lane, job):
            worker.submit(lane, job, lambda r, s: seen.append(r), lambda e: seen.append((lane, e)))

        submit("export", slow)
        await until(begun.is_set)
        submit("look", lambda token: "look")
        submit("sheet", lambda token: "sheet")
        worker.cancel("look", "use")
        await until(lambda: seen)
        assert seen[0][0] == "look" and isinstance(seen[0][1], CancelledError)
        go.set()
        await until(lambda: len(seen) == 3)
        assert seen[1:] == ["export", "sheet"]

        begun.clear(), go.clear()
        submit("export", slow)
        await until(begun.is_set)
        submit("look", lambda token: "never")
        worker.cancel()
        await until(lambda: len(seen) == 5)
        assert {lane for lane, _ in seen[3:]} == {"export", "look"}
        assert all(isinstance(error, CancelledError) for _, error in seen[3:])
        assert not worker.busy
        worker.close()

    run(scenario)


def test_an_error_comes_out_and_the_worker_goes_on():
    async def scenario():
        worker, seen = Worker(), []
        worker.submit("look", lambda token: 1 / 0, lambda r, s: None, seen.append)
        await until(lambda: seen)
        worker.submit("look", lambda token: "fine", lambda r, s: seen.append(r), seen.append)
        await until(lambda: len(seen) == 2)
        worker.close()
        assert isinstance(seen[0], ZeroDivisionError)
        assert seen[1] == "fine"

    run(scenario)


def test_progress_ends_with_nothing_to_do():
    async def scenario():
        told = []
        worker = Worker(lambda fraction, words: told.append((fraction, words)))
        done, go = [], threading.Event()

        def job(token):
            token(0.5, "halfway")
            go.wait(10)

        worker.submit("look", job, lambda r, s: done.append(1), done.append)
        await until(lambda: told)
        go.set()
        await until(lambda: done)
        await until(lambda: told and told[-1] == (None, None))
        worker.close()
        assert (0.5, "halfway") in told

    run(scenario)


def test_without_a_loop_jobs_run_at_once():
    answers = []
    worker = Worker()
    worker.submit("look", lambda token: 7, lambda r, s: answers.append(r), answers.append)
    assert answers == [7]


def test_what_goes_wrong_while_a_result_is_shown_is_said_too():
    said = []

    def done(result, seconds):
        raise ValueError("cannot show it")

    worker = Worker(inline=True)
    worker.submit("look", lambda token: 1, done, said.append)
    assert [str(error) for error in said] == ["cannot show it"]


def test_a_job_shows_something_meanwhile_unless_a_newer_one_is_wanted():
    async def scenario():
        worker, seen = Worker(), []
        shown, go = threading.Event(), threading.Event()

        def job(token):
            worker.meanwhile(lambda: seen.append((threading.get_ident(), "half")))
            shown.set()
            go.wait(10)
            worker.meanwhile(lambda: seen.append((0, "too late")))
            worker.meanwhile(lambda: 1 / 0)
            return "whole"

        worker.submit("look", job, lambda r, s: seen.append((0, r)), seen.append)
        await until(lambda: seen)
        assert seen == [(threading.get_ident(), "half")]
        worker.submit("look", lambda token: "newer", lambda r, s: seen.append((0, r)), seen.append)
        go.set()
        await until(lambda: len(seen) > 1)
        assert [words for _, words in seen[1:]] == ["newer"]
        worker.close()

    run(scenario)


def test_what_goes_wrong_meanwhile_is_said():
    async def scenario():
        worker, failed, done = Worker(), [], []

        def job(token):
            worker.meanwhile(lambda: 1 / 0)
            return "whole"

        worker.submit("look", job, lambda r, s: done.append(r), failed.append)
        await until(lambda: done)
        worker.close()
        assert done == ["whole"] and isinstance(failed[0], ZeroDivisionError)

    run(scenario)
