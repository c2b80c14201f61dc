import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { readDump } from './read-dump.ts';
import { SettingError } from './settings.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'maintenant-dump-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const pod = { kind: 'Pod', metadata: { name: 'web-1', annotations: { note: 'a "quoted" } brace \\' } } };
const service = { kind: 'Service', metadata: { name: 'web' } };
const yaml = 'kind: Pod\nmetadata:\n  name: web-1\n---\nkind: Service\nmetadata: {name: web}\n';
const both = [{ kind: 'Pod', metadata: { name: 'web-1' } }, service];

function written(name: string, content: string | Buffer): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

const log = `==== START logs for container web of pod shop/web-1 ====
{"level":"info" and then no JSON
==== END logs for container web of pod shop/web-1 ====
`;
const forms: readonly (readonly [string, string | Buffer, readonly unknown[]])[] = [
  ['YAML of several documents', yaml, both],
  ['YAML of Windows', yaml.replaceAll('\n', '\r\n'), both],
  ['YAML with a byte order mark', `\ufeff${yaml}`, both],
  ['YAML in the UTF-16 of PowerShell', Buffer.from(`\ufeff${yaml}`, 'utf16le'), both],
  ['YAML in UTF-16 without a mark', Buffer.from(yaml, 'utf16le'), both],
  ['gzipped YAML', gzipSync(yaml), both],
  ['YAML in flow style', '{kind: Pod, metadata: {name: web-1}}', [both[0]]],
  ['one JSON document', JSON.stringify(pod, null, 4), [pod]],
  ['JSON with a byte order mark', `\ufeff${JSON.stringify(pod)}`, [pod]],
  [
    'JSON documents one after the other',
    JSON.stringify(pod, null, 4) + JSON.stringify(service, null, 4),
    [pod, service],
  ],
  ['a JSON document a line', `${JSON.stringify(pod)}\n${JSON.stringify(service)}\n`, [pod, service]],
  [
    'kubectl cluster-info dump with logs between',
    `${JSON.stringify(pod)}\n${log}${log}${JSON.stringify(service)}\n`,
    [pod, service],
  ],
];

for (const [title, content, expected] of forms) {
  test(`reads ${title}`, () => {
    const { documents, problems } = readDump(written('dump', content));
    assert.deepEqual({ documents, problems }, { documents: expected, problems: [] });
  });
}

const lists: readonly (readonly [string, string])[] = [
  [
    'as kubectl writes it',
    'apiVersion: v1\nitems:\n- kind: Pod\n  metadata:\n    name: web-1\n- kind: Service\n  metadata: {name: web}\nkind: List\nmetadata: {}\n',
  ],
  [
    'with its items indented',
    'kind: List\nitems:\n  - kind: Pod\n    metadata:\n      name: web-1\n  - kind: Service\n    metadata: {name: web}\n',
  ],
  [
    'after other documents',
    '---\n---\nkind: List\nitems:\n- kind: Pod\n  metadata: {name: web-1}\n---\nkind: Service\nmetadata: {name: web}\n',
  ],
  [
    'with an item that refers to another',
    'kind: List\nitems:\n- kind: Pod\n  metadata: &own {name: web-1}\n- kind: Service\n  metadata: {name: web}\n  old: *own\n',
  ],
];

for (const [title, text] of lists) {
  test(`reads a list of YAML ${title}, also with the line ends of Windows`, () => {
    for (const content of [text, text.replaceAll('\n', '\r\n')]) {
      const objects = readDump(written('dump', content)).documents.flatMap(itemsOf);
      assert.deepEqual(
        objects.map((one) => (typeof one === 'object' && one !== null && 'kind' in one ? one.kind : one)),
        ['Pod', 'Service'],
      );
    }
  });
}

function itemsOf(document: unknown): unknown[] {
  if (document === null) return [];
  return typeof document === 'object' && 'items' in document && Array.isArray(document.items)
    ? document.items
    : [document];
}

test('an error in a long list is named by its line in the file', () => {
  const file = written(
    'dump',
    'items:\n- kind: Pod\n  metadata: {name: a}\n- kind: Pod\n  metadata: {name: b\nkind: List\n',
  );
  assert.throws(() => readDump(file), /dump, document 1, is not YAML: .*line 6/);
});

const refused: readonly (readonly [string, string | Buffer, RegExp])[] = [
  ['nothing', ' \n', /^The dump is empty: pipe kubectl get/],
  ['a text that is no YAML', 'a: b: c\n', /dump, document 1, is not YAML: /],
  [
    'a JSON document that was cut off',
    '{"kind": "Pod", "metadata": {"name": "web',
    /dump is not JSON: Unterminated string/,
  ],
  ['JSON with something else between', `${JSON.stringify(pod)}\nError from server\n`, /dump is not JSON: /],
  ['an alias of nothing', 'kind: Pod\nmetadata: *gone\n', /is not YAML: Unresolved alias/],
  ['a tar archive', Buffer.from(`${'x'.repeat(257)}ustar`), /is an archive: unpack it, and name its folder with -f\.$/],
  ['a zip archive', 'PK\u0003\u0004', /is an archive/],
  ['a gzip file that was cut off', gzipSync(yaml).subarray(0, 20), /cannot be unpacked: /],
];

for (const [title, content, message] of refused) {
  test(`refuses ${title}`, () => {
    const file = written('dump', content);
    assert.throws(
      () => readDump(file),
      (error: unknown) => error instanceof SettingError && message.test(error.message),
    );
  });
}

test('a folder is read to its depth: logs and other kinds are passed over, what cannot be read is told', () => {
  written('must-gather/version', '4.20');
  written('must-gather/namespaces/shop/core/pods.yaml', `---\n${yaml}`);
  written('must-gather/namespaces/shop/apps/deployments.json.gz', gzipSync(JSON.stringify({ kind: 'DeploymentList' })));
  written('must-gather/namespaces/shop/core/configmaps.yaml', 'kind: ConfigMapList\nitems: [{a: b: c}]\n');
  written('must-gather/namespaces/shop/pods/web-1/web.log', 'kind: Pod\n');
  written('must-gather/broken.yaml', 'kind: Pod\n\tmetadata: x\n');
  const { documents, problems } = readDump(path.join(folder, 'must-gather'));
  assert.deepEqual(documents, [{ kind: 'DeploymentList' }, ...both]);
  assert.equal(problems.length, 1);
  assert.match(problems[0] ?? '', /broken\.yaml, document 1, is not YAML: /);
});

test('a folder without any object is refused', () => {
  written('logs/a.json', '{"level": "info"}');
  assert.throws(() => readDump(path.join(folder, 'logs')), /logs holds no Kubernetes object: /);
});

test('a file that does not exist is named', () => {
  assert.throws(() => readDump(path.join(folder, 'absent.yaml')), /absent\.yaml cannot be read: ENOENT/);
});
