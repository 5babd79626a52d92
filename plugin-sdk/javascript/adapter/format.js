// Text for the log, as Node's `console.log` writes it.

const DEPTH_MAX = 4;
const ITEMS_MAX = 100;

export function format(values) {
  const [first, ...rest] = values;
  if (typeof first !== 'string') return values.map(show).join(' ');
  const text = first.replace(/%[sdifjoOc%]/g, (directive) => {
    if (directive === '%%') return '%';
    if (rest.length === 0) return directive;
    const value = rest.shift();
    switch (directive) {
      case '%s': return typeof value === 'string' ? value : show(value);
      case '%d': return typeof value === 'bigint' ? `${value}n` : String(Number(value));
      case '%i': return String(Number.parseInt(value, 10));
      case '%f': return String(Number.parseFloat(value));
      case '%j': return JSON.stringify(value);
      case '%c': return '';
      default: return inspect(value, 0, new Set());
    }
  });
  return [text, ...rest.map(show)].join(' ');
}

function show(value) {
  return typeof value === 'string' ? value : inspect(value, 0, new Set());
}

function inspect(value, depth, above) {
  switch (typeof value) {
    case 'string': return `'${value.replace(/\\/g, '\\\\').replace(/'/g, "\\'").replace(/\n/g, '\\n')}'`;
    case 'bigint': return `${value}n`;
    case 'symbol': return value.toString();
    case 'function': return `[Function: ${value.name || '(anonymous)'}]`;
    case 'object': return value === null ? 'null' : inspectObject(value, depth, above);
    default: return String(value);
  }
}

function inspectObject(value, depth, above) {
  if (value instanceof Error) return `${value.name}: ${value.message}\n${stackOf(value).join('\n')}`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof RegExp) return String(value);
  if (above.has(value)) return '[Circular]';
  const name = value.constructor?.name ?? 'Object';
  if (depth > DEPTH_MAX) return Array.isArray(value) ? '[Array]' : `[${name}]`;
  above.add(value);
  const inner = (item) => inspect(item, depth + 1, above);
  const [items, open, close, prefix] = contents(value, name, inner);
  above.delete(value);
  if (items.length === 0) return `${prefix}${open}${close}`;
  const more = items.length - ITEMS_MAX;
  const shown = more > 0 ? [...items.slice(0, ITEMS_MAX), `... ${more} more items`] : items;
  return `${prefix}${open} ${shown.join(', ')} ${close}`;
}

function contents(value, name, inner) {
  if (Array.isArray(value)) return [value.map(inner), '[', ']', ''];
  if (ArrayBuffer.isView(value) && 'length' in value) {
    return [Array.from(value.subarray(0, ITEMS_MAX), inner), '[', ']', `${name}(${value.length}) `];
  }
  if (value instanceof Map) {
    const pairs = Array.from(value, ([key, item]) => `${inner(key)} => ${inner(item)}`);
    return [pairs, '{', '}', `Map(${value.size}) `];
  }
  if (value instanceof Set) return [Array.from(value, inner), '{', '}', `Set(${value.size}) `];
  const key = (text) => (/^[A-Za-z_$][\w$]*$/.test(text) ? text : inner(text));
  const pairs = Object.entries(value).map(([text, item]) => `${key(text)}: ${inner(item)}`);
  return [pairs, '{', '}', name === 'Object' ? '' : `${name} `];
}

// The engine writes `function@file:line:column`; Node's users know `    at function (file:line:column)`.
export function stackOf(error) {
  const lines = typeof error.stack === 'string' ? error.stack.split('\n') : [];
  return lines.filter(Boolean).map((line) => {
    const at = line.indexOf('@');
    const name = line.slice(0, Math.max(at, 0));
    return name ? `    at ${name} (${line.slice(at + 1)})` : `    at ${line.slice(at + 1)}`;
  });
}

// An error as Lambda reports it.
export function describe(error) {
  if (!(error instanceof Error)) {
    return { errorType: typeof error, errorMessage: String(error), stackTrace: [] };
  }
  const stackTrace = [`${error.name}: ${error.message}`, ...stackOf(error)];
  return { errorType: String(error.name), errorMessage: String(error.message), stackTrace };
}
