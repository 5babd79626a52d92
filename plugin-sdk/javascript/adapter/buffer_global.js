// Injected by the bundler: a handler that says `Buffer` without importing it gets this one.
import { Buffer } from './buffer.js';
export { Buffer };
