// A Lambda authorizer of type TOKEN: lets through who knows a pass phrase.
// Its configuration is its environment: pass phrase -> name, as JSON.
const phrases = JSON.parse(process.env.PHRASES);

export const handler = async (event) => {
  const name = phrases[event.authorizationToken];
  if (name === undefined) throw new Error('Unauthorized'); // answers 401
  // Holds for every method of the stage while it is cached, so allow them all.
  const [, , , , , api] = event.methodArn.split(':');
  const [apiId, stage] = api.split('/');
  const resource = event.methodArn.slice(0, -api.length) + `${apiId}/${stage}/*`;
  return {
    principalId: name,
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: resource }],
    },
    context: { name },
  };
};
