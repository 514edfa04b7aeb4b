"""The peer of the consoles' bench: a bare Flask view that answers 304, whoever asks."""

from flask import Flask, Response

app = Flask(__name__)


@app.get("/desk/changes")
def changes() -> Response:
    response = Response(status=304)
    response.set_etag("0")
    return response
