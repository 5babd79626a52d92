// Makes a component from a JavaScript or TypeScript project: bundles it with esbuild, puts the adapter
// of its kind around it, and lets componentize-js do the rest. `edgeway build` runs it.
//
//   node build.mjs '{"project": ..., "handler": ..., "kind": ..., "outbound": ..., "sdk": ..., "tools": ..., "work": ..., "output": ...}'

import { cp, mkdir, stat, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const options = JSON.parse(process.argv[2]);
const adapter = (name) => join(options.sdk, 'javascript/adapter', name);
const tool = (name) => join(options.tools, 'node_modules', name);
const load = (path) => import(pathToFileURL(path));

// Functions of a module, and the export that each makes.
const TRANSFORMS = [
  { kind: 'request-transform', adapter: 'requestTransform', name: 'onRequest' },
  { kind: 'response-transform', adapter: 'responseTransform', name: 'onResponse' },
];

class BuildError extends Error {}

const ENDINGS = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts'];

// As on Lambda: `folder/index.handler` is what `folder/index.js` exports as `handler`.
async function findModule() {
  const [, folder, name] = options.handler.match(/^(.*\/)?([^/]*)$/);
  const dot = name.indexOf('.');
  const stem = (folder ?? '') + (dot < 0 ? name : name.slice(0, dot));
  for (const ending of ENDINGS) {
    const file = join(options.project, stem + ending);
    if (await stat(file).then((found) => found.isFile(), () => false)) return file;
  }
  throw new BuildError(`${options.project} has no ${stem}.js (nor ${ENDINGS.slice(1).join(', ')}); the handler is ${options.handler}`);
}

function entry(module, transforms) {
  const from = (file) => `from ${JSON.stringify(file)}`;
  const lines = [];
  if (!options.outbound) lines.push(`import { forbidFetch } ${from(adapter('node_globals.js'))};`, 'forbidFetch();');
  const load = `() => import(${JSON.stringify(module)})`;
  if (options.kind === 'http') {
    lines.push(`import { serve } ${from(adapter('fetch.js'))};`, `serve(${load});`);
  } else if (transforms.length > 0) {
    lines.push(`import * as adapters ${from(adapter('transform.js'))};`);
    for (const { adapter } of transforms) lines.push(`export const ${adapter} = adapters.${adapter}(${load});`);
  } else {
    const path = JSON.stringify(options.handler.slice(options.handler.lastIndexOf('/') + 1));
    lines.push(`import { eventFunction as adapt } ${from(adapter('event_function.js'))};`);
    lines.push(`export const eventFunction = adapt(${load}, ${path});`);
  }
  return `${lines.join('\n')}\n`;
}

// What is Node's own is not there; only `buffer` and `process` have a stand-in.
const nodeModules = {
  name: 'node-modules',
  setup(build) {
    build.onResolve({ filter: /^(node:)?buffer$/ }, () => ({ path: adapter('buffer.js') }));
    build.onResolve({ filter: /^buffer\/$/ }, () => ({ path: tool('buffer/index.js') }));
    build.onResolve({ filter: /^(base64-js|ieee754)$/ }, ({ path, importer }) =>
      importer.startsWith(tool('buffer')) ? { path: tool(`${path}/index.js`) } : undefined);
    build.onResolve({ filter: /^(node:)?process$/ }, () => ({ path: 'process', namespace: 'global' }));
    build.onLoad({ filter: /.*/, namespace: 'global' }, () => ({
      contents: 'export const env = globalThis.process.env; export default globalThis.process;',
    }));
    build.onResolve({ filter: /^[^.]/ }, ({ path }) => {
      const name = path.replace(/^node:/, '');
      if (!path.startsWith('node:') && !builtinModules.includes(name)) return undefined;
      return { errors: [{ text: `Node's module "${path}" is not there: a plugin has no Node around it. Use what the web platform has (fetch, crypto, URL, TextEncoder, ...)` }] };
    });
  },
};

async function bundle(esbuild, contents) {
  const outfile = join(options.work, 'bundle.js');
  const result = await esbuild.build({
    absWorkingDir: options.project,
    bundle: true,
    conditions: ['module', 'import', 'browser', 'worker'],
    define: { global: 'globalThis' },
    external: ['edgeway:*', 'wasi:*'],
    format: 'esm',
    inject: [adapter('buffer_global.js')],
    keepNames: true,
    logLevel: 'silent',
    mainFields: ['module', 'browser', 'main'],
    metafile: true,
    outfile,
    platform: 'neutral',
    plugins: [nodeModules],
    stdin: { contents, resolveDir: options.project, sourcefile: 'edgeway-entry.js' },
    target: 'es2022',
  });
  for (const text of await esbuild.formatMessages(result.warnings, { kind: 'warning' })) console.error(text.trimEnd());
  const outputs = Object.values(result.metafile.outputs);
  const imports = outputs.flatMap((output) => output.imports.map((imported) => imported.path));
  return { outfile, imports };
}

// What a module exports by name. What CommonJS exports only shows when it runs.
async function exportsOf(esbuild, module) {
  const { metafile } = await esbuild.build({
    bundle: false, entryPoints: [module], format: 'esm', logLevel: 'silent', metafile: true, outdir: '.', write: false,
  });
  const [{ exports }] = Object.values(metafile.outputs);
  return exports;
}

// The transforms that a module is: that of the project's kind, and the other one if it exports it too.
function checkExports(module, exports) {
  const required = TRANSFORMS.find(({ kind }) => kind === options.kind);
  const name = required?.name ?? options.handler.slice(options.handler.lastIndexOf('/') + 1).split('.')[1];
  if (name === undefined) throw new BuildError(`the handler ${options.handler} names no export; write ${options.handler}.handler`);
  if (exports.length > 0 && !exports.includes(name) && !exports.includes('default')) {
    throw new BuildError(`${module} exports ${exports.join(', ')}, but no ${name}; the handler is ${options.handler}`);
  }
  return required ? TRANSFORMS.filter((transform) => transform === required || exports.includes(transform.name)) : [];
}

// A world with what is used and no more: a component that imports what it is not granted is refused.
async function writeWorld(imports, transforms) {
  const folder = join(options.work, 'wit');
  await mkdir(join(folder, 'deps'), { recursive: true });
  await cp(join(options.sdk, 'wit'), join(folder, 'deps/edgeway'), { recursive: true });
  await cp(join(options.sdk, 'wasi'), join(folder, 'deps'), { recursive: true });
  const adapters = ['wasi:cli/environment@0.2.10', 'wasi:cli/exit@0.2.10', 'edgeway:plugin/log@1.0.0'];
  const keyValue = 'edgeway:plugin/key-value@1.0.0';
  const unknown = [...imports].find((name) => name !== keyValue && !adapters.includes(name));
  if (unknown !== undefined) {
    throw new BuildError(`"${unknown}" cannot be imported; there are edgeway:plugin/log@1.0.0 and ${keyValue}`);
  }
  let exported = ['edgeway:plugin/event-function@1.0.0'];
  if (options.kind === 'http') exported = ['wasi:http/incoming-handler@0.2.10'];
  if (transforms.length > 0) exported = transforms.map(({ kind }) => `edgeway:plugin/${kind}@1.0.0`);
  const imported = imports.has(keyValue) ? [...adapters, keyValue] : adapters;
  const lines = [...imported.map((name) => `import ${name};`), ...exported.map((name) => `export ${name};`)];
  const world = `package edgeway:javascript;\n\nworld plugin {\n    ${lines.join('\n    ')}\n}\n`;
  await writeFile(join(folder, 'world.wit'), world);
  return folder;
}

async function main() {
  const esbuild = await load(tool('esbuild/lib/main.js'));
  const { componentize } = await load(tool('@bytecodealliance/componentize-js/src/componentize.js'));
  const module = await findModule();
  const transforms = options.kind === 'http' ? [] : checkExports(module, await exportsOf(esbuild, module));
  const { outfile, imports } = await bundle(esbuild, entry(module, transforms));
  const witPath = await writeWorld(new Set(imports), transforms);
  const disableFeatures = options.kind === 'http' ? [] : ['fetch-event'];
  if (!options.outbound) disableFeatures.push('http');
  process.chdir(options.work);
  const { component } = await componentize({ sourcePath: outfile, witPath, worldName: 'plugin', disableFeatures });
  await writeFile(options.output, component);
}

try {
  await main();
} catch (error) {
  // esbuild's errors carry each their place.
  const { errors } = error;
  if (Array.isArray(errors)) {
    const esbuild = await load(tool('esbuild/lib/main.js'));
    for (const text of await esbuild.formatMessages(errors, { kind: 'error' })) console.error(text.trimEnd());
  } else {
    console.error(error instanceof BuildError ? error.message : error);
  }
  process.exitCode = 1;
}
