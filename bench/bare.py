"""The peer of the push bench: a Flask handler that does one SQLAlchemy Core insert and answers."""

import os

from flask import Flask, Response, request
from sqlalchemy import BigInteger, Column, Identity, LargeBinary, MetaData, Table, create_engine, insert

engine = create_engine(os.environ["DATABASE_URL"], pool_size=10, max_overflow=30)
bare = Table("bare", MetaData(), Column("id", BigInteger, Identity(), primary_key=True), Column("body", LargeBinary))
app = Flask(__name__)


@app.post("/push/crm")
def push() -> Response:
    with engine.begin() as conn:
        conn.execute(insert(bare).values(body=request.get_data()))
    return Response('{"result":"ok"}', content_type="application/json")
