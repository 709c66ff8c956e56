"""A Snowflake stand-in: fakesnow behind its own HTTP server, reading stages from an S3 server, databases in memory or a
folder.

usage: python fakesnow_server.py HOST:PORT S3_ENDPOINT ACCESS_KEY SECRET_KEY [FOLDER]

It is run by the interpreter of .venv-emulators, whose pins are its own. Where fakesnow leaves CSV to DuckDB's guesses,
it is made to do what Snowflake does: every field is text, a doubled quote is a quote, and a line may be as long as a
value that Kafka takes.
"""

import gzip
import json
import sys
from pathlib import Path

import fakesnow.server as snowflake  # not `from`: the package has a function of that name
import s3fs
import uvicorn
from fakesnow import info_schema
from fakesnow.copy_into import ReadCSV
from fakesnow.instance import FakeSnow
from sqlglot import exp
from starlette.requests import Request
from starlette.responses import JSONResponse

MAX_LINE = 16_777_216


def read_as_snowflake_does() -> None:
    guessing = ReadCSV.read_expression

    def exact(self: ReadCSV, url: str) -> exp.Expr:
        call: exp.Expr = guessing(self, url)
        told = {"all_varchar": True, "escape": '"', "max_line_size": MAX_LINE, "comment": "", "new_line": "\\n"}
        if self.sep == ",":  # left out, it would be guessed
            call.args["expressions"].append(self.make_eq("sep", ","))
        call.args["expressions"] += [self.make_eq(name, value) for name, value in told.items()]
        return call

    ReadCSV.read_expression = exact


def forget_comments() -> None:
    """It notes a comment, also none, for the table that it makes of every MERGE, in a database of its own: a second one
    in the open transaction, which DuckDB refuses."""
    info_schema.insert_table_comment_sql = lambda *_: "select 1"


def end_the_dead(prefix: str) -> None:
    """Snowflake ends the transaction of a session that is gone once it blocks another; here nobody would. So a program
    that logs in again under its name, which begins with `prefix`, ends what its earlier life had open."""
    tokens: dict[str, str] = {}

    async def login(request: Request) -> JSONResponse:
        body = await request.body()
        if request.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        name = str(json.loads(body)["data"].get("CLIENT_ENVIRONMENT", {}).get("APPLICATION", ""))
        answer: JSONResponse = await snowflake.login_request(request)
        if name.startswith(prefix):
            token = json.loads(bytes(answer.body))["data"]["token"]
            before, tokens[name] = tokens.get(name), token
            if before is not None and before in snowflake.sessions:
                snowflake.sessions.pop(before).cursor().execute("rollback")
        return answer

    path = "/session/v1/login-request"
    snowflake.app.router.routes.insert(0, snowflake.Route(path, login, methods=["POST"]))


def main() -> None:
    address, endpoint, access_key, secret_key, *folder = sys.argv[1:]
    host, _, port = address.rpartition(":")
    if folder:
        Path(folder[0]).mkdir(parents=True, exist_ok=True)
        snowflake.shared_fs = FakeSnow(db_path=folder[0])
    files = s3fs.S3FileSystem(
        key=access_key,
        secret=secret_key,
        endpoint_url=endpoint,
        use_listings_cache=False,
        skip_instance_cache=True,
        config_kwargs={"s3": {"addressing_style": "path"}},
    )
    snowflake.shared_fs.duck_conn.register_filesystem(files)
    read_as_snowflake_does()
    forget_comments()
    end_the_dead("cadastre_loader_")
    uvicorn.run(snowflake.app, host=host, port=int(port), log_level="warning")


if __name__ == "__main__":
    main()
