#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""usage: session.py DIRECTORY FILE REQUEST LINE:COLUMN...

An editor's session: opens FILE in DIRECTORY, waits until rust-analyzer (the arguments in $ANALYZER) has read the project, and
prints what it answers to each REQUEST: completion, definition or expand, at a place counted from 1.
"""

import json
import os
import pathlib
import subprocess
import sys


class Session:
    def __init__(self, command, directory):
        self.server = subprocess.Popen(command, cwd=directory, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.number = 0
        self.quiescent = False

    def send(self, **message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.server.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.server.stdin.flush()

    def read(self):
        length = 0
        while True:
            line = self.server.stdout.readline()
            if not line:
                sys.exit("rust-analyzer ended")
            if not line.strip():
                break
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        message = json.loads(self.server.stdout.read(length))
        if message.get("method") == "experimental/serverStatus":
            self.quiescent = message["params"]["quiescent"]
        elif "method" in message and "id" in message:
            self.send(id=message["id"], result=None)
        return message

    def ask(self, method, params):
        self.number += 1
        self.send(id=self.number, method=method, params=params)
        while True:
            message = self.read()
            if message.get("id") == self.number and "method" not in message:
                return message.get("result")

    def wait_until_read(self):
        while not self.quiescent:
            self.read()


REQUESTS = {
    "completion": "textDocument/completion",
    "definition": "textDocument/definition",
    "expand": "rust-analyzer/expandMacro",
}


def show(request, answer):
    if request == "completion":
        items = answer["items"] if isinstance(answer, dict) else answer or []
        for item in sorted(item.get("filterText") or item["label"] for item in items):
            print(item)
    elif request == "definition":
        for place in answer if isinstance(answer, list) else [answer] if answer else []:
            print(place.get("targetUri") or place["uri"])
    else:
        print(answer["expansion"] if answer else None)


def main(directory, file, *requests):
    directory = pathlib.Path(directory).resolve()
    uri = (directory / file).as_uri()
    session = Session(os.environ["ANALYZER"].split(), directory)
    session.ask("initialize", {
        "processId": os.getpid(),
        "rootUri": directory.as_uri(),
        "workspaceFolders": [{"uri": directory.as_uri(), "name": "klp"}],
        "capabilities": {"experimental": {"serverStatusNotification": True}},
        "initializationOptions": {"checkOnSave": False, "cachePriming": {"enable": False}},
    })
    session.send(method="initialized", params={})
    text = (directory / file).read_text()
    session.send(method="textDocument/didOpen", params={
        "textDocument": {"uri": uri, "languageId": "rust", "version": 1, "text": text}})
    session.wait_until_read()
    for request, place in zip(requests[::2], requests[1::2]):
        line, column = map(int, place.split(":"))
        position = {"line": line - 1, "character": column - 1}
        show(request, session.ask(REQUESTS[request], {"textDocument": {"uri": uri}, "position": position}))
    session.server.kill()


main(*sys.argv[1:])
