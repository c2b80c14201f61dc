/**
 * The pages that are made from the code, so that they cannot disagree with it: the chart's README from the comments of
 * its values, the list of settings, the list of causes and their number, and the single-file manifest.
 * `node scripts/generated-pages.ts` writes them, `--check` only compares.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isMap, isScalar, parseDocument, type YAMLMap } from 'yaml';
import { causes, neverNamed, undecidable } from '../health/causes.ts';
import { settingsTable } from '../settings.ts';

const root = path.join(import.meta.dirname, '..');

interface Row {
  readonly key: string;
  readonly value: string;
  readonly description: string;
}

function chartRows(map: YAMLMap, prefix: string): Row[] {
  return map.items.flatMap((pair, index): Row[] => {
    if (!isScalar(pair.key)) return [];
    const key = `${prefix}${String(pair.key.value)}`;
    // The YAML parser hangs the first comment of a nested map on the map itself.
    const comment = pair.key.commentBefore ?? (index === 0 ? map.commentBefore : null) ?? '';
    const described = comment.split('\n').findLast((line) => line.startsWith(' --'));
    if (described !== undefined) {
      const value = isScalar(pair.value) ? JSON.stringify(pair.value.value) : JSON.stringify(pair.value);
      return [{ key, value: value ?? 'null', description: described.slice(4) }];
    }
    return isMap(pair.value) ? chartRows(pair.value, `${key}.`) : [];
  });
}

function valuesTable(): string {
  const document = parseDocument(readFileSync(path.join(root, 'helm/maintenant/values.yaml'), 'utf8'));
  if (!isMap(document.contents)) throw new Error('values.yaml holds no map');
  return table(
    ['Value', 'Default', 'Description'],
    chartRows(document.contents, '').map(({ key, value, description }) => [code(key), code(value), description]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}

const code = (text: string): string => `\`${text}\``;

const chartReadme = (): string => `# maintenant

Watches Kubernetes workloads with read-only rights and says what is broken, why, since when and what changed.

\`\`\`sh
helm install maintenant ./helm/maintenant -n maintenant --create-namespace
\`\`\`

One replica only: SQLite has one writer. The PVC is kept on \`helm uninstall\`; \`persistence.keep=false\` gives it up.

## Values

${valuesTable()}
`;

const settingsPage = (): string => `# Settings

Every setting is a variable and a flag of \`maintenant serve\`; the flag wins. A variable that is empty counts as unset. A
value that cannot be used ends the start with exit code 2 and a sentence that names the value and the fix. The Doctor
panel of the page shows what took effect.

${table(
  ['Variable', 'Flag', 'Default', 'Description'],
  Object.values(settingsTable).map((entry) => [
    code(entry.variable),
    code(`--${entry.flag} ${entry.placeholder}`),
    entry.default === '' ? '' : code(entry.default),
    entry.description,
  ]),
)}

## Chart values

${valuesTable()}
`;

const causesPage = (): string => `# Causes

Every code of the catalogue, as \`GET /api/v1/causes\` answers it. A code that was published keeps its meaning.
\`Grace\` is the time for which the signal may stand before it counts; it starts at a time in the object, so a restart of
the monitor changes nothing.

${table(
  ['Code', 'Row', 'Meaning', 'Signal', 'Remedy', 'Severity', 'Grace', 'Source'],
  Object.values(causes).map((entry) => [
    code(entry.code),
    entry.catalogueId,
    `**${entry.title}.** ${entry.meaning}`,
    entry.signal,
    entry.remedy,
    entry.severity,
    entry.graceSeconds === 0 ? 'none' : `${entry.graceSeconds} s`,
    entry.source,
  ]),
)}

## What is never guessed

The rights end before these. What is known of them comes from elsewhere:

${table(
  ['Not read', 'Told by'],
  undecidable.map(({ what, instead }) => [what, instead]),
)}
`;

/** The project's README with the number of causes that a verdict can name. */
function readme(): string {
  const text = readFileSync(path.join(root, 'README.md'), 'utf8');
  const count = Object.keys(causes).length - Object.keys(neverNamed).length;
  return text.replace(/\b\d+(?= of them, from an image that does not exist)/, String(count));
}

/** Rendered by kubectl's kustomize; where kubectl is missing the page cannot be checked. */
function manifest(): string | null {
  try {
    const rendered = execFileSync('kubectl', ['kustomize', path.join(root, 'kustomize/overlays/default')], {
      encoding: 'utf8',
    });
    return `# Rendered from kustomize/overlays/default by scripts/generated-pages.ts; do not edit.\n${rendered}`;
  } catch (error) {
    process.stderr.write(`kustomize/maintenant.yaml is left out: ${String(error)}\n`);
    return null;
  }
}

const pages: readonly (readonly [file: string, content: string | null])[] = [
  ['README.md', readme()],
  ['helm/maintenant/README.md', chartReadme()],
  ['docs/settings.md', settingsPage()],
  ['docs/causes.md', causesPage()],
  ['kustomize/maintenant.yaml', manifest()],
];

const check = process.argv.includes('--check');
for (const [file, content] of pages) {
  if (content === null) continue;
  const target = path.join(root, file);
  const present = existsSync(target) ? readFileSync(target, 'utf8') : null;
  if (present === content) continue;
  if (check) {
    process.stderr.write(`${file} is not what the code says: run node scripts/generated-pages.ts\n`);
    process.exitCode = 1;
  } else {
    writeFileSync(target, content);
  }
}
