"""The AWS CLI, its modules loaded once: a test runs hundreds of commands, and Python takes longer to load than to run them.

Prints the path of a Unix socket and listens there until its standard input ends. A connection is a command: a line of JSON
{"arguments": [...], "environment": {...}}, answered by {"status": n, "stdout": "...", "stderr": "..."}. Each runs in a process of
its own, forked from this one, by the entry of the program `aws`.
"""

import gc
import json
import os
import select
import signal
import socket
import sys
import tempfile
import traceback

import awscli.botocore.auth
import awscli.botocore.endpoint
import awscli.botocore.httpsession
import awscli.botocore.parsers
import awscli.clidriver
import awscli.customizations.commands
import awscli.handlers


def run(arguments, environment):
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        child = os.fork()
        if child == 0:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(stdout.fileno(), 1)
            os.dup2(stderr.fileno(), 2)
            # The CLI says where its own data are when it is loaded.
            data = os.environ["AWS_DATA_PATH"]
            os.environ.clear()
            os.environ.update(environment, AWS_DATA_PATH=data)
            sys.argv = ["aws", *arguments]
            status = 255
            try:
                status = awscli.clidriver.main()
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(status or 0)
        _, status = os.waitpid(child, 0)
        stdout.seek(0)
        stderr.seek(0)
        return {
            "status": os.waitstatus_to_exitcode(status),
            "stdout": stdout.read().decode(),
            "stderr": stderr.read().decode(),
        }


def serve(path):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    print(path, flush=True)
    gc.freeze()
    # Those that answer connections are waited for by nobody.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        readable, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in readable:
            return
        connection, _ = listener.accept()
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            listener.close()
            with connection, connection.makefile("rw") as stream:
                command = json.loads(stream.readline())
                json.dump(run(command["arguments"], command["environment"]), stream)
            os._exit(0)
        connection.close()


with tempfile.TemporaryDirectory() as folder:
    serve(os.path.join(folder, "aws"))
