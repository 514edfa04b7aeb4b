"""F-46: a mail server that talks without end, or in endless lines, is left; that is no refusal."""

import socket
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from channels import wire
from channels.adapter import Credential
from channels.feedback import Outcome, Reply
from channels.letters.wire import send_mail
from channels.mail import judge
from tests.channels.raw_server import raw_server

ENVELOPE = {"from": "noreply@lanshou.example", "to": "wang@example.com", "tls": "none"}
GOOD = {b"": b"220 hello\r\n", b"EHLO": b"250 mail\r\n", b"DATA": b"354 go on\r\n", b".": b"250 taken\r\n"}
STEPS = [b"", b"EHLO", b"MAIL", b"RCPT", b"DATA", b"."]


def converse(answer: Callable[[bytes], bytes]) -> tuple[Reply, int]:
    """What came of a letter, and how many bytes the server could say; `answer` gives what it says to each command."""
    said = 0

    def say(line: socket.socket, text: bytes) -> None:
        nonlocal said
        for at in range(0, len(text), 4_096):
            line.sendall(text[at : at + 4_096])
            said += len(text[at : at + 4_096])

    def talk(line: socket.socket) -> None:
        with line, suppress(OSError), line.makefile("rb") as heard:
            say(line, answer(b""))
            letter = False
            for command in heard:
                word = command.strip()[:4].upper()
                if letter and word != b".":
                    continue
                letter = word == b"DATA"
                say(line, answer(word))

    with raw_server(lambda *_: None) as server:
        server._talk = talk  # type: ignore[method-assign]
        reply = send_mail(
            f"smtp://127.0.0.1:{server.port}", ENVELOPE, b"Subject: x\r\n\r\nhello\r\n", private_targets=True
        )
        time.sleep(0.05)
        return reply, said


def usual(word: bytes) -> bytes:
    return GOOD.get(word, b"250 OK\r\n")


@pytest.mark.parametrize("step", STEPS)
def test_f_46_a_server_that_floods_is_left(step: bytes) -> None:
    """50 MB are ready; what was taken is at most 64 KiB, the rest stuck in the buffers of the system."""
    code = usual(step)[:3]

    def flood(word: bytes) -> bytes:
        return (code + b"-" + b"x" * 60 + b"\r\n") * 800_000 if word == step else usual(word)

    reply, said = converse(flood)
    assert (reply, judge(Credential(), reply)) == (Reply(None, "SMTPServerDisconnected"), Outcome.LATER)
    assert said < 20_000_000


@pytest.mark.parametrize("step", STEPS)
def test_f_46_a_line_without_end_is_no_refusal(step: bytes) -> None:
    reply, _ = converse(lambda word: b"550 " + b"x" * 9_000 + b"\r\n" if word == step else usual(word))
    assert reply == Reply(None, "SMTPServerDisconnected")


def test_f_46_the_whole_conversation_counts() -> None:
    """Each answer is within bounds; all of them are 5 x 16 KB."""
    wordy = b"".join([b"250-" + b"x" * 1_000 + b"\r\n"] * 16)
    assert len(wordy) * 5 > wire.LONGEST_ANSWER > len(wordy) * 2
    reply, _ = converse(lambda word: b"220 hi\r\n" if word == b"" else wordy + usual(word))
    assert reply == Reply(None, "SMTPServerDisconnected")


def test_answers_of_several_lines_are_kept() -> None:
    several = {b"": b"220-one\r\n220 two\r\n", b".": b"250-taken\r\n250-as\r\n250 4711\r\n"}
    reply, _ = converse(lambda word: several.get(word, usual(word)))
    assert reply == Reply(250, "taken\nas\n4711")
    long = b"550 " + b"y" * 8_000 + b"\r\n"
    reply, _ = converse(lambda word: long if word == b"RCPT" else usual(word))
    assert reply == Reply(550, "y" * 1_000)


@pytest.mark.parametrize(
    "odd", [b"\r\n", b"25\r\n", b"+25 x\r\n", b"2_5 x\r\n", b" 55 x\r\n", b"-50 no\r\n", b"ok\r\n"]
)
def test_what_is_no_answer_of_smtp(odd: bytes) -> None:
    reply, _ = converse(lambda word: odd if word == b"." else usual(word))
    assert reply.status is None
