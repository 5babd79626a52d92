// `Buffer` of the npm package, for handlers that decode base64 with it. What is not used of it is
// not in the bundle.
export { Buffer } from 'buffer/';
