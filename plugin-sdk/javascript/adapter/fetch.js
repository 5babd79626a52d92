// From `wasi:http/incoming-handler` to a fetch handler: `export default { fetch(request, env, context) }`,
// or `addEventListener('fetch', event => event.respondWith(...))`.

import { getEnvironment } from 'wasi:cli/environment@0.2.10';
import { readEnvironment } from './node_globals.js';
import { stackOf } from './format.js';
import { startOnce } from './start.js';

const engineListen = globalThis.addEventListener;

// `load` evaluates the user's module, in the first request.
export function serve(load) {
  let listener;
  globalThis.addEventListener = (type, added) => {
    if (type !== 'fetch') throw new Error(`there is no event ${type}; listen for fetch`);
    listener = added;
  };
  const start = startOnce(() => find(load, () => listener));
  engineListen('fetch', (event) => event.respondWith((async () => {
    const fetcher = await start();
    try {
      return await fetcher(event);
    } catch (error) {
      const text = error instanceof Error
        ? [`${error.name}: ${error.message}`, ...stackOf(error)].join('\n')
        : String(error);
      console.error(`Uncaught ${text}`);
      return new Response('{"message": "Internal server error"}', {
        status: 500, headers: { 'content-type': 'application/json' },
      });
    }
  })()));
}

async function find(load, listener) {
  readEnvironment();
  const module = await load();
  const exported = module.default;
  const env = Object.fromEntries(getEnvironment());
  if (typeof exported?.fetch === 'function') {
    return (event) => exported.fetch(event.request, env, { waitUntil: (promise) => event.waitUntil(promise) });
  }
  const added = listener();
  if (added === undefined) {
    throw new Error("the module neither has `export default { fetch(request) }` nor calls addEventListener('fetch', ...)");
  }
  return (event) => new Promise((resolve, reject) => {
    let answered = false;
    added({
      type: 'fetch',
      request: event.request,
      client: event.client,
      respondWith: (response) => { answered = true; Promise.resolve(response).then(resolve, reject); },
      waitUntil: (promise) => event.waitUntil(promise),
    });
    if (!answered) reject(new Error('the listener did not call respondWith'));
  });
}
