// A handler as for AWS Lambda. `event` is the proxy event of API Gateway (payload format 1.0).
export const handler = async (event, context) => {
  console.log('%s %s for %s', event.httpMethod, event.path, context.awsRequestId);
  const name = event.pathParameters?.name ?? 'world';
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ message: `Hello, ${name}!` }),
  };
};
