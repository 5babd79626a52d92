// The start of the user's module: in the first call, as in Lambda's init phase. Its top level sees the
// function's environment, the clock and random numbers, and not the build's.

import { exit } from 'wasi:cli/exit@0.2.10';
import { describe } from './format.js';

// `find` evaluates the module and returns what is wanted of it. Where that fails, the instance ends: a
// module is evaluated once and may be half done. The next call has an instance that starts anew, as on
// Lambda.
export function startOnce(find) {
  let started;
  return () => {
    started ??= find().catch((error) => {
      const { errorType, errorMessage, stackTrace: stack } = describe(error);
      console.error(`Uncaught Exception ${JSON.stringify({ errorType, errorMessage, stack })}`);
      exit({ tag: 'err' });
    });
    return started;
  };
}

export class RuntimeError extends Error {
  constructor(name, message) {
    super(message);
    this.name = name;
  }
}
