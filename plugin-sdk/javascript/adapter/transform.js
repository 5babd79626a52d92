// From `edgeway:plugin/request-transform` and `response-transform` to the functions of a module:
// `export const needs = { headers: ['x-client'] }` and `export const onRequest = (request) => patch`, or
// `onResponse`.

import { readEnvironment } from './node_globals.js';
import { describe } from './format.js';
import { RuntimeError, startOnce } from './start.js';

const NEEDS = ['headers', 'query', 'context', 'body'];
const NEEDS_OF_RESPONSE = NEEDS.filter((name) => name !== 'query');

// `load` evaluates the user's module, when the gateway asks for its needs. A module that has both
// functions asks once, for both.
export function requestTransform(load) {
  const start = startOnce(() => find(load, 'onRequest'));
  return {
    needs: async () => (await start()).needs,
    onRequest: async (request) => {
      const { transform } = await start();
      return answer(async () => requestOutcome(await transform(toRequest(request))));
    },
  };
}

export function responseTransform(load) {
  const start = startOnce(async () => {
    const { transform, needs } = await find(load, 'onResponse');
    return { transform, needs: { ...needs, query: false } };
  });
  return {
    needs: async () => (await start()).needs,
    onResponse: async (response) => {
      const { transform } = await start();
      return answer(async () => responseOutcome(await transform(toResponse(response))));
    },
  };
}

async function find(load, name) {
  readEnvironment();
  const module = await load();
  const member = (name) => module[name] ?? module.default?.[name];
  const transform = member(name);
  if (typeof transform !== 'function') {
    throw new RuntimeError('Runtime.HandlerNotFound', `the module exports no function ${name}`);
  }
  const known = member('onRequest') ? NEEDS : NEEDS_OF_RESPONSE;
  return { transform, needs: parseNeeds(member('needs') ?? {}, known) };
}

async function answer(outcome) {
  try {
    return await outcome();
  } catch (error) {
    const { errorType, errorMessage, stackTrace } = describe(error);
    console.error(stackTrace.join('\n') || errorMessage);
    throw `${errorType}: ${errorMessage}`; // a text is the error of the contract; an Error would be a trap
  }
}

function parseNeeds(needs, known) {
  const { headers = false, query = false, context = false, body = false } = parts(needs, known, '`needs`');
  const flag = (name, value) => {
    if (typeof value !== 'boolean') throw new TypeError(`\`needs.${name}\` must be true or false`);
    return value;
  };
  return {
    headers: Array.isArray(headers)
      ? { tag: 'named', val: headers.map((name) => String(name).toLowerCase()) }
      : { tag: flag('headers', headers) ? 'all' : 'none' },
    query: flag('query', query),
    context: flag('context', context),
    body: flag('body', body),
  };
}

function toRequest({ head, context, body }) {
  return {
    method: head.method,
    path: head.path,
    pathParameters: toObject(head.pathParameters),
    query: new URLSearchParams(head.query.map(({ name, value }) => [name, value])),
    headers: toHeaders(head.headers),
    context: toContext(context),
    body,
  };
}

function toResponse({ status, headers, context, body }) {
  return { statusCode: status, headers: toHeaders(headers), context: toContext(context), body };
}

function toHeaders(headers) {
  return new Headers(headers.map(({ name, value }) => [name, value]));
}

function toContext(context) {
  return context && {
    ...context,
    requestTimeEpoch: Number(context.requestTimeEpoch),
    stageVariables: toObject(context.stageVariables),
    authorizerContext: toObject(context.authorizerContext),
  };
}

function toObject(parameters) {
  return Object.fromEntries(parameters.map(({ name, value }) => [name, value]));
}

async function requestOutcome(value) {
  if (value === undefined || value === null) return { tag: 'unchanged' };
  if (value instanceof Response) return { tag: 'respond', val: await toImmediate(value) };
  const { headers, query, body } = parts(value, ['headers', 'query', 'body'], 'what onRequest returns');
  return {
    tag: 'patch',
    val: { headers: operations(headers, 'headers'), query: operations(query, 'query'), body: toBytes(body) },
  };
}

function responseOutcome(value) {
  if (value === undefined || value === null) return { tag: 'unchanged' };
  const known = ['statusCode', 'headers', 'body'];
  const { statusCode, headers, body } = parts(value, known, 'what onResponse returns');
  return {
    tag: 'patch',
    val: { status: toStatus(statusCode), headers: operations(headers, 'headers'), body: toBytes(body) },
  };
}

// The engine notes the length of a body, but what is sent is the gateway's.
async function toImmediate(response) {
  const entries = Array.from(response.headers).filter(([name]) => name !== 'content-length');
  const headers = entries.map(([name, value]) => ({ name, value }));
  return { status: response.status, headers, body: new Uint8Array(await response.arrayBuffer()) };
}

// The known members of a plain object. Another one is a mistake, and not passed over.
function parts(value, known, what) {
  const prototype = typeof value === 'object' ? Object.getPrototypeOf(value) : undefined;
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(`${what} must be an object with ${known.join(', ')}`);
  }
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new TypeError(`${what} has ${unknown}; there are ${known.join(', ')}`);
  return value;
}

// `{ name: value }` sets, `{ name: [value, value] }` sets several, `{ name: null }` removes, and
// `{ name: { append: value } }` adds to what there is.
function operations(changes = {}, what) {
  if (typeof changes?.[Symbol.iterator] === 'function') changes = grouped(changes);
  const operation = (tag, name, value) => {
    if (!['string', 'number', 'bigint', 'boolean'].includes(typeof value)) {
      throw new TypeError(`${what}: ${name} must be a text, a list of texts, null, or { append: text }`);
    }
    return { tag, val: { name, value: String(value) } };
  };
  return Object.entries(changes).flatMap(([name, change]) => {
    if (change === null) return [{ tag: 'remove', val: name }];
    if (Array.isArray(change)) {
      if (change.length === 0) return [{ tag: 'remove', val: name }];
      return change.map((value, index) => operation(index === 0 ? 'set' : 'append', name, value));
    }
    if (typeof change === 'object') {
      const { append } = parts(change, ['append'], `${what}: ${name}`);
      return [append].flat().map((value) => operation('append', name, value));
    }
    return [operation('set', name, change)];
  });
}

// `Headers`, `URLSearchParams`, `Map`: every value of a name.
function grouped(pairs) {
  const groups = {};
  for (const [name, value] of pairs) (groups[name] ??= []).push(value);
  return groups;
}

function toStatus(status) {
  if (status === undefined || (Number.isInteger(status) && status >= 200 && status <= 599)) return status;
  throw new TypeError('statusCode must be 200-599');
}

function toBytes(body) {
  if (body === undefined || body instanceof Uint8Array) return body;
  if (body === null) return new Uint8Array();
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  if (typeof body === 'string') return new TextEncoder().encode(body);
  throw new TypeError('body must be a text or a Uint8Array; an object becomes one with JSON.stringify');
}
