# An API of integrations with services: made with boto3 at a node, called, and what came of it asked
# of the services. Arguments: the ports of the node's APIs and of moto_server.
import boto3, botocore, http.client, json, sys, time

node, moto = sys.argv[1:]
gateway, iam = boto3.client("apigateway"), boto3.client("iam")


def service(name):
    return boto3.client(name, endpoint_url=f"http://127.0.0.1:{moto}",
                        aws_access_key_id="edgeway", aws_secret_access_key="edgeway")


def role(name, principal):
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": principal}, "Action": "sts:AssumeRole"}]}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    return role["Role"]["Arn"]


caller = role("caller", "apigateway.amazonaws.com")
stranger = role("stranger", "lambda.amazonaws.com")
api = gateway.create_rest_api(name="services", binaryMediaTypes=["application/octet-stream"])["id"]
root = gateway.get_resources(restApiId=api)["items"][0]["id"]
resources = {"": root}


def resource(path):
    if path not in resources:
        parent, part = path.rsplit("/", 1)
        made = gateway.create_resource(restApiId=api, parentId=resource(parent), pathPart=part)
        resources[path] = made["id"]
    return resources[path]


def method(line, uri, verb="POST", credentials=caller, template="", answer="", **mappings):
    name, path = line.split(" ")
    at = dict(restApiId=api, resourceId=resource(path), httpMethod=name)
    sources = [value for value in mappings.values() if value.startswith("method.")]
    gateway.put_method(authorizationType="NONE",
                       requestParameters={source: False for source in sources}, **at)
    gateway.put_integration(
        type="AWS", integrationHttpMethod=verb, credentials=credentials,
        uri=f"arn:aws:apigateway:us-east-1:{uri}",
        requestParameters={f"integration.request.{key.replace('__', '.')}".replace("_", "-"): value
                           for key, value in mappings.items()},
        requestTemplates={"application/json": template} if template else {}, **at)
    for status, pattern in [("200", ""), ("400", "4\\d{2}")]:
        gateway.put_method_response(statusCode=status, **at)
        gateway.put_integration_response(
            statusCode=status, selectionPattern=pattern,
            responseTemplates={"application/json": answer} if answer and not pattern else {}, **at)
    return at


queue = service("sqs").create_queue(QueueName="pets")["QueueUrl"]
service("s3").create_bucket(Bucket="pictures")
service("kinesis").create_stream(StreamName="steps", ShardCount=1)
service("dynamodb").create_table(
    TableName="pets", BillingMode="PAY_PER_REQUEST",
    KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])

FORM = "'application/x-www-form-urlencoded'"
method("POST /queue", "sqs:path" + queue.split(moto)[1], header__Content_Type=FORM,
       template="Action=SendMessage&MessageBody=$util.urlEncode($input.path('$.text'))")
method("POST /message", "sqs:action/SendMessage",
       querystring__QueueUrl=f"'{queue}'", querystring__MessageBody="method.request.querystring.text")
KEY = {"path__key": "method.request.path.key"}
method("PUT /pictures/{key}", "s3:path/pictures/{key}", verb="PUT",
       header__Content_Type="method.request.header.Content-Type", **KEY)
method("GET /pictures/{key}", "pictures.s3:path/{key}", verb="GET", **KEY)
method("POST /pets", "dynamodb:action/PutItem", template="""
    #set($pet = $input.path('$'))
    {"TableName": "pets", "Item": {"id": {"S": "$pet.id"}, "name": {"S": "$pet.name"}}}""")
method("GET /pets/{id}", "dynamodb:action/GetItem",
       template="""{"TableName": "$!{stageVariables.table}", "Key": {"id": {"S": "$input.params('id')"}}}""",
       answer="""{"name": "$input.path('$.Item.name.S')"}""")
method("POST /steps", "kinesis:action/PutRecord", template="""
    {"StreamName": "steps", "PartitionKey": "p", "Data": "$util.base64Encode($input.body)"}""",
       answer="$input.path('$.ShardId')")
refused = method("POST /stranger", "sqs:action/ListQueues", credentials=stranger)
for stage, table in [("prod", "pets"), ("test", "nowhere")]:
    gateway.create_deployment(restApiId=api, stageName=stage, variables={"table": table})


def call(line, body=b"", content_type="application/json", stage="prod", **headers):
    verb, path = line.split(" ")
    connection = http.client.HTTPConnection("127.0.0.1", int(node))
    connection.request(verb, f"/_aws/execute-api/{api}/{stage}{path}", body,
                       headers | ({"Content-Type": content_type} if body else {}))
    answer = connection.getresponse()
    return answer.status, answer.read()


def expect(status, answered):
    assert answered[0] == status, answered
    return answered[1]


# Until both stages are served: 404 before the API is known, 403 before the stage is.
for _ in range(100):
    if all(call("POST /stranger", stage=stage)[0] not in (403, 404) for stage in ("prod", "test")):
        break
    time.sleep(0.1)

expect(200, call("POST /queue", json.dumps({"text": "by path & template"})))
expect(200, call("POST /message?text=by%20action%20%26%20more"))
messages = []
while len(messages) < 2:
    messages += service("sqs").receive_message(QueueUrl=queue)["Messages"]
assert {m["Body"] for m in messages} == {"by path & template", "by action & more"}, messages

picture = bytes(range(256))
expect(200, call("PUT /pictures/a%20cat", picture, "application/octet-stream"))
stored = service("s3").get_object(Bucket="pictures", Key="a cat")
assert stored["Body"].read() == picture and stored["ContentType"] == "application/octet-stream"
assert expect(200, call("GET /pictures/a%20cat", Accept="application/octet-stream")) == picture
expect(400, call("GET /pictures/nothing"))

expect(200, call("POST /pets", json.dumps({"id": "1", "name": "Ada"})))
assert expect(200, call("GET /pets/1")) == b'{"name": "Ada"}'
unknown = expect(400, call("GET /pets/1", stage="test"))
assert b"ResourceNotFoundException" in unknown, unknown

shard = expect(200, call("POST /steps", '"step"')).decode()
kinesis = service("kinesis")
iterator = kinesis.get_shard_iterator(StreamName="steps", ShardId=shard,
                                      ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
assert kinesis.get_records(ShardIterator=iterator)["Records"][0]["Data"] == b'"step"'

assert expect(500, call("POST /stranger")) == b'{"message": "Internal server error"}'
tested = gateway.test_invoke_method(**refused)
problem = f"API Gateway does not have permission to assume the provided role {stranger}"
assert tested["status"] == 500 and problem in tested["log"], tested

# A role that trusts the gateway from now on is assumed from now on.
trust = iam.get_role(RoleName="caller")["Role"]["AssumeRolePolicyDocument"]
iam.update_assume_role_policy(RoleName="stranger", PolicyDocument=json.dumps(trust))
for _ in range(100):
    if call("POST /stranger")[0] == 200:
        break
    time.sleep(0.1)
expect(200, call("POST /stranger"))

method("POST /nowhere", "mediastore:path/x")
try:
    gateway.create_deployment(restApiId=api)
    raise AssertionError("it was deployed")
except botocore.exceptions.ClientError as error:
    assert "--service mediastore=" in str(error), error
