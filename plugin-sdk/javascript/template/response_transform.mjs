// Tells browsers not to guess what a response is.

// What it wants to be given: `headers` (some, or true for all), `context`, `body`.
export const needs = {};

export const onResponse = (response) => {
  console.log('answered %d', response.statusCode);
  return { headers: { 'x-content-type-options': 'nosniff' } }; // what is not named stays as it is
};
