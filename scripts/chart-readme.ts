/**
 * Writes the chart's README from the comments of its values: each `# --` line describes the key below it.
 * `node scripts/chart-readme.ts` writes, `--check` only compares.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseDocument, isMap, isScalar, type YAMLMap } from 'yaml';

const chart = path.join(import.meta.dirname, '..', 'helm', 'maintenant');

interface Row {
  readonly key: string;
  readonly value: string;
  readonly description: string;
}

function rowsOf(map: YAMLMap, prefix: string): Row[] {
  return map.items.flatMap((pair, index): Row[] => {
    if (!isScalar(pair.key)) return [];
    const key = `${prefix}${String(pair.key.value)}`;
    // The YAML parser hangs the first comment of a nested map on the map itself.
    const comment = pair.key.commentBefore ?? (index === 0 ? map.commentBefore : null) ?? '';
    const described = comment.split('\n').findLast((line) => line.startsWith(' --'));
    if (described !== undefined) {
      const value =
        isMap(pair.value) || !isScalar(pair.value) ? JSON.stringify(pair.value) : JSON.stringify(pair.value.value);
      return [{ key, value: value ?? 'null', description: described.slice(4) }];
    }
    return isMap(pair.value) ? rowsOf(pair.value, `${key}.`) : [];
  });
}

export function chartReadme(): string {
  const document = parseDocument(readFileSync(path.join(chart, 'values.yaml'), 'utf8'));
  if (!isMap(document.contents)) throw new Error('values.yaml holds no map');
  const rows = rowsOf(document.contents, '');
  return `# maintenant

Watches Kubernetes workloads with read-only rights and says what is broken, why, since when and what changed.

\`\`\`sh
helm install maintenant ./helm/maintenant -n maintenant --create-namespace
\`\`\`

One replica only: SQLite has one writer. The PVC is kept on \`helm uninstall\`; \`persistence.keep=false\` gives it up.

## Values

| Value | Default | Description |
|---|---|---|
${rows.map(({ key, value, description }) => `| \`${key}\` | \`${value}\` | ${description.replaceAll('|', '\\|')} |`).join('\n')}
`;
}

if (import.meta.main) {
  const file = path.join(chart, 'README.md');
  if (process.argv.includes('--check')) {
    if (readFileSync(file, 'utf8') !== chartReadme()) {
      process.stderr.write('helm/maintenant/README.md is not what its values say: run node scripts/chart-readme.ts\n');
      process.exitCode = 1;
    }
  } else {
    writeFileSync(file, chartReadme());
  }
}
