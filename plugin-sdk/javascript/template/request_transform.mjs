// Lets no request through that does not say which client sends it.

// What it wants to be given: `headers` (some, or true for all), `query`, `context`, `body`.
export const needs = { headers: ['x-client'] };

export const onRequest = (request) => {
  const client = request.headers.get('x-client');
  if (client === null) return Response.json({ message: 'which client are you?' }, { status: 400 });
  console.log('%s %s from %s', request.method, request.path, client);
  return { headers: { 'x-client': client.trim() } }; // what is not named stays as it is
};
