"""Agents for many hosts that are this machine, from one process that has loaded all they need: each is a fork of its own."""

import array
import gc
import json
import os
import signal
import socket

from runner.target import agent

# Descriptors that come with each order: standard input, output and error of the agent.
STREAMS = 3
LONGEST = 1 << 16


def serve(memory, token):
    """Fork an agent for each order on standard input, a socket, and answer with its process id; ends when the socket does.

    An order is JSON with the agent's `token` and `folder`, which it runs in (None for ours); the next one waits for the answer.
    """
    orders = socket.socket(fileno=os.dup(0))
    signal.signal(signal.SIGCHLD, _reap)
    gc.collect()
    getattr(gc, "freeze", gc.collect)()
    orders.send(token.encode("ascii"))
    while True:
        text, streams = _order(orders)
        if not text:
            _reap()
            os._exit(0)
        number = os.fork()
        if number == 0:
            orders.close()
            _become(memory, json.loads(text.decode("ascii")), streams)
        for each in streams:
            os.close(each)
        orders.send(b"%d" % number)


def _reap(*_signal):
    """Take note of agents that have ended, so that none stays as a zombie and their time counts as ours."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _order(orders):
    numbers = array.array("i")
    text, extra, _flags, _address = orders.recvmsg(LONGEST, socket.CMSG_SPACE(STREAMS * numbers.itemsize))
    for level, kind, data in extra:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            numbers.frombytes(data[: len(data) - len(data) % numbers.itemsize])
    return text, list(numbers)


def _become(memory, order, streams):
    """Be the agent, as if started on its own; never returns."""
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        for number, each in enumerate(streams):
            os.dup2(each, number)
            os.close(each)
        if order["folder"] is not None:
            os.chdir(order["folder"])
        agent.main(memory, order["token"])
    finally:
        os._exit(1)
