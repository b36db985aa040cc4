// Writes api.types.gen.ts from the gateway's OpenAPI document, which comes on standard input.
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createClient } from '@hey-api/openapi-ts';

const OUTPUT = new URL('../api.types.gen.ts', import.meta.url);

const digest = (what) => createHash('sha256').update(what).digest('hex');

/** Without the titles that FastAPI makes of the names of fields: they would say every name twice. */
function untitled(schema) {
  if (Array.isArray(schema)) return schema.map(untitled);
  if (schema === null || typeof schema !== 'object') return schema;
  const kept = Object.entries(schema).filter(([key, value]) => key !== 'title' || typeof value !== 'string');
  return Object.fromEntries(kept.map(([key, value]) => [key, key === 'example' ? value : untitled(value)]));
}

const document = JSON.parse(await text(process.stdin));
const { schemas } = document.components;
const folder = await mkdtemp(join(tmpdir(), 'types-'));
try {
  await createClient({
    input: { ...document, paths: {}, components: { schemas: untitled(schemas) } },
    output: { path: folder, entryFile: false },
    parser: { filters: { orphans: true } },
    plugins: ['@hey-api/typescript'],
    logs: { level: 'silent' },
  });
  const types = await readFile(join(folder, 'types.gen.ts'), 'utf8');
  const body = types.slice(types.indexOf('/**'));
  const head = `// Made by \`make types\` from the gateway's schemas.\n// schemas ${digest(JSON.stringify(schemas))}\n`;
  await writeFile(OUTPUT, `${head}// types ${digest(body)}\n${body}`);
} finally {
  await rm(folder, { recursive: true });
}
