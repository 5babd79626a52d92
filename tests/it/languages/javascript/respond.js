export function respond(statusCode, body) {
  return { statusCode, body: JSON.stringify(body) };
}
