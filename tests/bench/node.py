"""A node that AWS's client for Python tells what to do: `edgeway serve` on a data directory of its own."""

import sys
import time

from machine import Failure, Process, free_ports

KEY = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}


class Node:
    """One process on a data directory, and clients of it."""

    def __init__(self, tools, folder, cores, name="edgeway-serve", threads=0):
        if not tools.aws:
            raise Failure(f"AWS's client for Python is missing: {tools.missing['aws']}")
        sys.path.append(str(tools.aws))
        self.http, self.control = free_ports(2)
        self.data = folder / "serve-data"
        self.began = time.monotonic()
        self.process = Process(
            name,
            ["env", f"EDGEWAY_ROOT_ACCESS_KEY_ID={KEY['aws_access_key_id']}",
             f"EDGEWAY_ROOT_SECRET_ACCESS_KEY={KEY['aws_secret_access_key']}", tools.ours.executables["edgeway"],
             "serve", "--http", f"127.0.0.1:{self.http}", "--control", f"127.0.0.1:{self.control}",
             "--data-dir", self.data, "--access-log", "off", "--log", "error",
             *(["--threads", threads] if threads else [])],
            cores, folder,
        )
        self.process.await_answer(f"http://127.0.0.1:{self.control}/_edgeway/health", expected=b"ok\n")
        self.aws = self.client()

    def client(self, service="apigateway"):
        import boto3
        from botocore.config import Config

        return boto3.client(
            service, region_name="us-east-1", endpoint_url=f"http://127.0.0.1:{self.control}",
            config=Config(retries={"total_max_attempts": 1}), **KEY,
        )

    def url(self, api, path):
        return f"http://127.0.0.1:{self.http}/_aws/execute-api/{api}/prod{path}"

    def api(self, resources, methods):
        """Mock methods, deployed; its id."""
        api = self.aws.create_rest_api(name="bench")
        for number in range(resources):
            resource = self.aws.create_resource(
                restApiId=api["id"], parentId=api["rootResourceId"], pathPart=f"pets{number}"
            )
            for method in methods:
                add_mock(self.aws, {"restApiId": api["id"], "resourceId": resource["id"], "httpMethod": method})
        self.deploy(api["id"])
        return api["id"]

    def deploy(self, api):
        return self.aws.create_deployment(restApiId=api, stageName="prod")


def add_mock(aws, method):
    aws.put_method(**method, authorizationType="NONE")
    aws.put_method_response(**method, statusCode="200")
    aws.put_integration(**method, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    aws.put_integration_response(**method, statusCode="200", responseTemplates={"application/json": '{"hello":"world"}'})
