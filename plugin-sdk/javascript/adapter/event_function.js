// From `edgeway:plugin/event-function` to a handler as it is written for AWS Lambda's Node runtime:
// async, returning a promise, or calling back.

import { readEnvironment } from './node_globals.js';
import { describe } from './format.js';
import { RuntimeError, startOnce } from './start.js';

// `load` evaluates the user's module, in the first call.
export function eventFunction(load, path) {
  const start = startOnce(() => find(load, path));
  return {
    async handle(event, invocation) {
      readEnvironmentOf(invocation);
      const handler = await start();
      try {
        const answer = await call(handler, JSON.parse(new TextDecoder().decode(event)), invocation);
        return new TextEncoder().encode(toJson(answer));
      } catch (error) {
        const failure = describe(error);
        const { errorType, errorMessage, stackTrace: stack } = failure;
        console.error(`Invoke Error ${JSON.stringify({ errorType, errorMessage, stack })}`);
        throw failure;
      }
    },
  };
}

let environmentIsRead = false;

function readEnvironmentOf(invocation) {
  if (!environmentIsRead) {
    const [, , , region] = invocation.invokedFunctionArn.split(':');
    Object.assign(process.env, {
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(invocation.memoryLimitInMb),
      AWS_LAMBDA_FUNCTION_NAME: invocation.functionName,
      AWS_LAMBDA_FUNCTION_VERSION: invocation.functionVersion,
      AWS_REGION: region,
    });
    readEnvironment();
    environmentIsRead = true;
  }
  if (invocation.traceId !== undefined) process.env._X_AMZN_TRACE_ID = invocation.traceId;
}

async function find(load, path) {
  const names = path.split('.').slice(1);
  const module = await load();
  const from = (root) => names.reduce((value, name) => value?.[name], root);
  const handler = from(module) ?? from(module.default);
  if (handler === undefined) {
    throw new RuntimeError('Runtime.HandlerNotFound', `${path} is undefined or not exported`);
  }
  if (typeof handler !== 'function') {
    throw new RuntimeError('Runtime.HandlerNotFound', `${path} is not a function`);
  }
  return handler;
}

// A handler that takes a callback is waited for until it calls it. One that neither takes it nor
// returns a promise answers null, as on Lambda.
async function call(handler, event, invocation) {
  let answer;
  const called = new Promise((resolve, reject) => {
    const callback = (error, value) =>
      error === undefined || error === null ? resolve(value) : reject(error);
    answer = handler(event, contextOf(invocation), callback);
  });
  if (typeof answer?.then === 'function') return answer;
  return handler.length > 2 ? called : Promise.race([called, null]);
}

function contextOf(invocation) {
  const context = {
    awsRequestId: invocation.requestId,
    callbackWaitsForEmptyEventLoop: true,
    functionName: invocation.functionName,
    functionVersion: invocation.functionVersion,
    getRemainingTimeInMillis: () => Math.max(Number(invocation.deadline) - Date.now(), 0),
    invokedFunctionArn: invocation.invokedFunctionArn,
    logGroupName: `/aws/lambda/${invocation.functionName}`,
    logStreamName: `[${invocation.functionVersion}]`,
    memoryLimitInMB: String(invocation.memoryLimitInMb),
  };
  for (const name of ['done', 'fail', 'succeed']) {
    context[name] = () => {
      throw new RuntimeError('Runtime.NotSupported', `context.${name} is not supported; return a promise, or call the callback`);
    };
  }
  return context;
}

// `undefined` is null, as on Lambda.
function toJson(answer) {
  try {
    return JSON.stringify(answer === undefined ? null : answer) ?? 'null';
  } catch (error) {
    throw new RuntimeError('Runtime.MarshalError', `Unable to stringify response body: ${error.message}`);
  }
}
