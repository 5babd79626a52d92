// What a Lambda handler may do, by the last part of its path.
import { Buffer } from 'node:buffer';
import * as keyValue from 'edgeway:plugin/key-value@1.0.0';
import { respond } from './respond.js';

const table = process.env.TABLE; // read while the module is evaluated, as on Lambda

class OutOfStock extends Error {
  name = 'OutOfStock';
}

// The first instance does not get far.
if (keyValue.increment('counts', 'starts', 1n) === 1n) throw new OutOfStock('the shop is closed');

const modes = {
  answer: (event, context) => respond(200, {
    table,
    name: process.env.AWS_LAMBDA_FUNCTION_NAME,
    region: process.env.AWS_REGION,
    function: context.functionName,
    memory: context.memoryLimitInMB,
    inTime: context.getRemainingTimeInMillis() > 0,
    text: Buffer.from('c29ja3M=', 'base64').toString(),
  }),
  log: () => {
    console.log('stock of %s is %d', 'socks', 3, { left: [1, 2] });
    console.warn('low on socks');
    return respond(200, {});
  },
  sleep: async () => {
    const started = Date.now();
    await new Promise((resolve) => setTimeout(resolve, 20));
    return respond(200, { slept: Date.now() - started >= 19 });
  },
  count: () => {
    const count = keyValue.increment('counts', 'socks', 2n);
    return respond(200, { count: Number(count) });
  },
  throw: () => { throw new OutOfStock('no socks'); },
  'throw-text': () => { throw 'no socks'; },
  fetch: () => fetch('http://127.0.0.1:1/'),
  nothing: () => undefined,
};

export const handler = async (event, context) => modes[event.path.split('/').pop()](event, context);
