"""The only outbound SMTP, and the folder that stands in for a gateway in tests and the demo."""

import os
import smtplib
import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from urllib.parse import unquote, urlsplit

from channels.feedback import Reply
from channels.targets import MAIL, PORTS, Forbidden, split
from channels.wire import CONNECT_SECONDS, LONGEST_ANSWER, SILENCE_SECONDS, Lines, Watch, tls

LONGEST_REASON, LONGEST_LINE = 1_000, 8 * 1024


class _Line(smtplib.SMTP):
    """SMTP to the very address that was checked, under the name that its certificate must have."""

    def __init__(self, address: str, host: str, port: int, encrypted: bool, hello: str, watch: Watch) -> None:
        self._address, self._encrypted, self._watch = address, encrypted, watch
        self._heard = 0  # bytes, in the whole conversation
        super().__init__(host, port, local_hostname=hello, timeout=SILENCE_SECONDS)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        sock = socket.create_connection((self._address, port), CONNECT_SECONDS)
        sock.settimeout(timeout)
        self._watch.hold(sock)
        try:
            return tls("mail").wrap_socket(sock, server_hostname=host) if self._encrypted else sock
        except OSError:
            sock.close()
            raise

    def getreply(self) -> tuple[int, bytes]:
        """As smtplib, whose own answers have no end, and which lets the server refuse by a line that is too long."""
        said: list[bytes] = []
        while True:
            line = self._line()
            said.append(line[4:].strip(b" \t\r\n"))
            code = int(line[:3]) if len(line) >= 3 and line[:3].isdigit() else -1  # -1: no answer of SMTP
            if code == -1 or line[3:4] != b"-":
                return code, b"\n".join(said)

    def _line(self) -> bytes:
        """The next line. SMTPServerDisconnected, and the line closed, when there is none or too much was said."""
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("connection closed")
        if self.file is None:  # anew after STARTTLS: what came before in clear is forgotten
            self.file = self.sock.makefile("rb")
        try:
            line: bytes = self.file.readline(LONGEST_LINE + 1)
        except OSError as error:
            self.close()
            raise smtplib.SMTPServerDisconnected("connection lost") from error
        self._heard += len(line)
        if not line or len(line) > LONGEST_LINE or self._heard > LONGEST_ANSWER:
            self.close()
            raise smtplib.SMTPServerDisconnected("too much was said" if line else "connection closed")
        return line


def send_mail(
    url: str,
    envelope: Mapping[str, str],
    body: bytes,
    *,
    private_targets: bool = False,
    lines: Lines | None = None,
) -> Reply:
    """One letter; `envelope`: from, to, tls (required, offered, none), user, password. The server's code and text.

    15 s in all; never raises. A password goes over an encrypted line only, unless tls is `none`. `lines`: what the
    round knows of names; then their `private_targets` holds.
    """
    if lines is None:
        with Lines(private_targets=private_targets) as own:
            return send_mail(url, envelope, body, lines=own)
    with Watch() as watch:
        try:
            parts = split(url, MAIL)
            address, host = lines.address(parts), parts.hostname or ""
            hello = envelope["from"].rpartition("@")[2]
            port, encrypted = parts.port or PORTS[parts.scheme], parts.scheme == "smtps"
            with _hung_up(_Line(address, host, port, encrypted, hello, watch)) as line:
                return _hand_over(line, envelope, body, encrypted)
        except Forbidden as why:
            return Reply(None, f"target_forbidden: {why}")
        except smtplib.SMTPResponseException as error:  # a half-said greeting has a code of 2xx, too
            refused = error.smtp_code >= 400 and not watch.rang
            return _reply(error.smtp_code, error.smtp_error) if refused else Reply(None, watch.why(error))
        except (smtplib.SMTPException, OSError, ValueError) as error:
            return Reply(None, watch.why(error))


class _hung_up:
    """The line, closed at the end whatever the other side says by then."""

    def __init__(self, line: _Line) -> None:
        self._line = line

    def __enter__(self) -> _Line:
        return self._line

    def __exit__(self, *_: object) -> None:
        with suppress(smtplib.SMTPException, OSError):
            self._line.docmd("QUIT")
        self._line.close()


def _hand_over(line: _Line, envelope: Mapping[str, str], body: bytes, encrypted: bool) -> Reply:
    wanted = envelope.get("tls", "offered")
    line.ehlo_or_helo_if_needed()
    if not encrypted and wanted != "none" and line.has_extn("starttls"):
        line.starttls(context=tls("mail"))
        line.ehlo()
        encrypted = True
    if wanted == "required" and not encrypted:
        return Reply(None, "tls_not_offered")
    if envelope.get("user"):
        if not encrypted and wanted != "none":
            return Reply(None, "tls_not_offered: the password would be readable")
        line.login(envelope["user"], envelope["password"])
    for command, whom in ((line.mail, envelope["from"]), (line.rcpt, envelope["to"])):
        code, text = command(whom)
        if not 200 <= code < 300:
            return _reply(code if code >= 400 else 0, text)
    return _reply(*line.data(body))


def _reply(code: int, text: bytes | str) -> Reply:
    shown = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    shown = shown.replace("\x00", "\ufffd")[:LONGEST_REASON]
    # What is no code of SMTP, as -1, is no answer at all.
    return Reply(code if 200 <= code < 600 else None, shown)


def keep_file(url: str, name: str, body: bytes) -> Reply:
    """One file a message in the folder of `file:///folder`; the same message again replaces it. Whole or not at all.

    For the eyes of its owner: a folder made here is 0700, files are 0600; a folder that is there stays as it is.
    """
    parts = urlsplit(url)
    folder = Path(unquote(parts.path))
    if parts.netloc or not folder.is_absolute() or not name or Path(name).name != name:
        return Reply(None, "file:///folder expected")
    begun = folder / f".{name}.{token_hex(4)}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(body)
        os.replace(begun, folder / name)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        with suppress(OSError, ValueError):
            begun.unlink(missing_ok=True)
        return Reply(None, type(error).__name__)
    return Reply(200, str(folder / name))
