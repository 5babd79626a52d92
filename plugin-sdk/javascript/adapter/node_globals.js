// The globals that Lambda's handlers take from Node and that the engine does not have: `process`,
// `global` and a `console` that writes to the gateway's log. `Buffer` comes from its npm package,
// if it is used at all.
//
// Not for Node's modules: an import of `node:fs` and the like is refused when the plugin is built.

import { getEnvironment } from 'wasi:cli/environment@0.2.10';
import { log } from 'edgeway:plugin/log@1.0.0';
import { format } from './format.js';

const write = (level) => (...values) => log(level, format(values));
const indented = (level) => (...values) => log(level, `Trace: ${format(values)}\n${new Error().stack}`);

Object.assign(globalThis.console, {
  debug: write('debug'),
  dir: write('info'),
  error: write('error'),
  info: write('info'),
  log: write('info'),
  trace: indented('trace'),
  warn: write('warn'),
  assert: (condition, ...values) => condition || write('error')('Assertion failed:', ...values),
});

globalThis.global = globalThis;
globalThis.process = {
  argv: [],
  env: {},
  nextTick: (task, ...values) => queueMicrotask(() => task(...values)),
  platform: 'wasi',
  stderr: { write: (text) => Boolean(log('error', String(text))) || true },
  stdout: { write: (text) => Boolean(log('info', String(text))) || true },
};

// Called in the first call and not before: what is built is a snapshot, and an environment that was
// read for it would be the build's.
export function readEnvironment() {
  Object.assign(globalThis.process.env, Object.fromEntries(getEnvironment()));
}

// The engine would trap: its `fetch` is not linked to anything.
export function forbidFetch() {
  globalThis.fetch = async () => {
    throw new Error('fetch is not built in: write "outbound": true in edgeway.json, and grant the function its destinations with `outbound`');
  };
}
