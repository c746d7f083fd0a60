"""One nursery, one for all, and one error at the door."""

from __future__ import annotations

import pytest
import trio

from voice_actors.conversation.supervision import Supervisor
from voice_actors.errors import AgentFailed, LinkLost


async def ready_then_raises(error: BaseException, *, task_status: trio.TaskStatus[None]) -> None:
    task_status.started()
    await trio.sleep(1)
    raise error


async def ready(*, task_status: trio.TaskStatus[None]) -> None:
    task_status.started()
    await trio.sleep_forever()


async def test_an_actor_that_cannot_start_fails_the_opening_with_its_own_error():
    """No group, no wrapping: the typed error itself."""

    async def refuses(*, task_status: trio.TaskStatus[None]) -> None:
        raise LinkLost("no route")

    with pytest.raises(LinkLost, match="no route"):
        async with Supervisor.open() as supervisor:
            await supervisor.start("session", ready)
            await supervisor.start("session", refuses)


async def test_a_running_actor_that_fails_ends_all_with_its_name_and_cause(autojump_clock):
    """`AgentFailed` names the actor; its cause is what happened; the body is cancelled."""
    with pytest.raises(AgentFailed, match="the speaker failed: no sound") as caught:
        async with Supervisor.open() as supervisor:
            await supervisor.start(
                "speaker", lambda *, task_status: ready_then_raises(OSError("no sound"), task_status=task_status)
            )
            with supervisor.body():
                await trio.sleep_forever()

    assert "speaker" == caught.value.actor
    assert isinstance(caught.value.__cause__, OSError)


async def test_the_body_s_own_exception_comes_out_bare():
    """A user's ValueError is a ValueError, not a group."""
    with pytest.raises(ValueError, match="mine"):
        async with Supervisor.open() as supervisor:
            await supervisor.start("microphone", ready)
            with supervisor.body():
                raise ValueError("mine")


async def test_a_surrounding_timeout_passes_through(autojump_clock):
    """The block is cancelled from outside: the scope outside catches it, and nothing else is raised."""
    with trio.move_on_after(1) as scope:
        async with Supervisor.open() as supervisor:
            await supervisor.start("microphone", ready)
            with supervisor.body():
                await trio.sleep_forever()

    assert scope.cancelled_caught
    assert "cancelled" == supervisor.reason()


async def test_keyboard_interrupt_stays_what_it_is():
    """Ctrl-C in the body is not dressed up."""
    with pytest.raises(KeyboardInterrupt):
        async with Supervisor.open() as supervisor:
            with supervisor.body():
                raise KeyboardInterrupt


async def test_the_first_of_two_failures_is_told(autojump_clock):
    """One error at the door, also when several actors fail at once."""

    async def fails(*, task_status: trio.TaskStatus[None]) -> None:
        task_status.started()
        await trio.sleep(0.5)
        raise RuntimeError("first")

    with pytest.raises(AgentFailed, match="first"):
        async with Supervisor.open() as supervisor:
            await supervisor.start("tools", fails)
            await supervisor.start(
                "speaker", lambda *, task_status: ready_then_raises(OSError("second"), task_status=task_status)
            )
            with supervisor.body():
                await trio.sleep_forever()


async def test_leaving_the_block_ends_quietly():
    """A closed conversation raises nothing and knows its reason."""
    async with Supervisor.open() as supervisor:
        await supervisor.start("microphone", ready)
        with supervisor.body():
            await trio.lowlevel.checkpoint()
        supervisor.cancel("done")

    assert "closed" == supervisor.reason()


async def test_an_actor_that_has_not_begun_is_stopped_with_the_others(autojump_clock):
    """It was only just asked for, and nobody waits for it."""
    begun: list[trio.TaskStatus[None]] = []

    async def late(*, task_status: trio.TaskStatus[None]) -> None:
        begun.append(task_status)
        await trio.sleep(10)

    async with Supervisor.open() as supervisor:
        supervisor.begin("latecomer", late)
        supervisor.stop("all is said")
    assert (1, 0.0) == (len(begun), trio.current_time())
