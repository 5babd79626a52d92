// What transforms may do, by the last part of the request's path.

export const needs = { headers: ['x-mode', 'x-many', 'content-type'], query: true, context: true, body: true };

const requests = {
  change: ({ headers, query, body }) => ({
    headers: { 'x-set': `of ${headers.get('x-many')}`, 'x-list': ['a', 'b'], 'x-many': { append: '3' }, 'x-secret': null },
    query: { q: `${query.get('q')}!`, gone: null },
    body: new TextDecoder().decode(body).toUpperCase(),
  }),
  answer: ({ context, pathParameters }) => {
    const headers = new Headers([['set-cookie', 'a=1'], ['set-cookie', 'b=2']]);
    return Response.json([context.stage, context.stageVariables, pathParameters], { status: 418, headers });
  },
  nothing: () => undefined,
  throw: () => { throw new RangeError('no socks'); },
  typo: async () => ({ header: {} }),
};

export const onRequest = (request) => (requests[request.path.split('/').pop()] ?? requests.nothing)(request);

export const onResponse = async ({ statusCode, headers, context, body }) => {
  if (context.resourcePath !== '/{mode}') throw new Error('another route');
  if (statusCode === 418) return undefined;
  return {
    statusCode: statusCode + 1,
    headers: { 'x-type': headers.get('content-type'), vary: { append: ['origin', 'accept'] } },
    body: new Uint8Array([...body, 0x21]),
  };
};
