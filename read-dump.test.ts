import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
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

const klog = 'E1121 10:00:00.123456   12345 memcache.go:287] "Unhandled Error" err="couldn\'t get resource list"\n';
const excerpts: readonly (readonly [string, string, readonly unknown[]])[] = [
  ['YAML behind what a client says on its error stream', klog + klog + yaml, both],
  ['JSON behind it', klog + JSON.stringify(pod), [pod]],
  ['YAML behind the line of the shell', `$ kubectl get pods,services -o yaml\n${yaml}`, both],
  ['YAML behind a prompt with a name', `me@host:~/shop$ kubectl get pods -o yaml\n${yaml}`, both],
  [
    'the fenced blocks of an issue',
    `Here:\n\n\`\`\`yaml\n${yaml}\`\`\`\nand the log:\n\`\`\`\npanic: x\n\`\`\`\n`,
    both,
  ],
  [
    'documents that were appended without dashes',
    'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web-1\napiVersion: v1\nkind: Service\nmetadata: {name: web}\n',
    both.map((one) => ({ apiVersion: 'v1', ...one })),
  ],
];

for (const [title, content, expected] of excerpts) {
  test(`reads ${title}`, () => {
    assert.deepEqual(readDump(written('dump', content)).documents, expected);
    assert.deepEqual(readDump(written('dump', content.replaceAll('\n', '\r\n'))).documents, expected);
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
    'that was appended to another',
    'apiVersion: v1\nitems:\n- kind: Pod\n  metadata: {name: web-1}\nkind: List\napiVersion: v1\nitems:\n- kind: Service\n  metadata: {name: web}\nkind: List\n',
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

test('a list of YAML that is parsed item by item keeps its version', () => {
  const text =
    'apiVersion: v1\nitems:\n- kind: Pod\n  metadata: {name: a}\nkind: PodList\nmetadata:\n  resourceVersion: "42"\n';
  for (const content of [text, text.replaceAll('\n', '\r\n')]) {
    assert.deepEqual(readDump(written('dump', content)).documents, [
      { kind: 'PodList', metadata: { resourceVersion: '42' }, items: [{ kind: 'Pod', metadata: { name: 'a' } }] },
    ]);
  }
});

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
    /dump is not JSON: Unterminated string.* \(was it cut off\?\)$/,
  ],
  [
    'JSON with something else between',
    `${JSON.stringify(pod)}\nError from server\n`,
    /dump is not JSON: (?!.*cut off)/,
  ],
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

test('an archive is known by its name, also where a folder holds nothing else', () => {
  const refusal = { name: 'SettingError', message: /bundle\.tar\.gz is an archive: unpack it, and name its folder/ };
  const file = written('packed/bundle.tar.gz', gzipSync('no tar'));
  assert.throws(() => readDump(file), refusal);
  assert.throws(() => readDump(path.join(folder, 'packed')), refusal);
});

test('a folder without any object is refused', () => {
  written('logs/a.json', '{"level": "info"}');
  assert.throws(() => readDump(path.join(folder, 'logs')), /logs holds no Kubernetes object: /);
});

test('a file that does not exist is named', () => {
  assert.throws(() => readDump(path.join(folder, 'absent.yaml')), /absent\.yaml cannot be read: ENOENT/);
});

test('the lists of a support bundle and of older clients have no kinds, and are read', () => {
  const deployment = { metadata: { name: 'web' }, spec: { template: { spec: { containers: [] } } } };
  const event = { metadata: { name: 'e' }, involvedObject: { name: 'web-1' }, reason: 'BackOff' };
  written('bundle/cluster-resources/deployments/shop.json', JSON.stringify([deployment], null, 2));
  written('bundle/cluster-resources/deployments/empty.json', '[]');
  written('bundle/cluster-resources/deployments/none.json', 'null');
  written('bundle/cluster-resources/events/shop.json', JSON.stringify({ metadata: {}, items: [event] }));
  written('bundle/cluster-resources/nodes.json', '[{"metadata": {"name": "node-1"}, "status": {}}]');
  written('bundle/version.yaml', 'kind: SupportBundle\n');
  const { documents, problems } = readDump(path.join(folder, 'bundle'));
  assert.deepEqual(documents, [[deployment], { metadata: {}, items: [event] }]);
  assert.deepEqual(problems, []);
});

test('a file of a folder without a known ending is read when it begins as objects do', () => {
  written('sosreport/kubectl_get_-o_json_--namespace_shop_pods', JSON.stringify({ kind: 'PodList', items: [pod] }));
  written('sosreport/services.txt', Buffer.from(`\ufeffapiVersion: v1\r\n${yaml}`, 'utf16le'));
  written('sosreport/describe.txt', 'Name: web\nkind: Pod\n');
  written('sosreport/app.log', '{"level": "info", "kind": "Pod"}\n');
  written('sosreport/empty', '');
  const { documents, problems } = readDump(path.join(folder, 'sosreport'));
  assert.deepEqual(documents, [{ kind: 'PodList', items: [pod] }, { apiVersion: 'v1', ...both[0] }, both[1]]);
  assert.deepEqual(problems, []);
});

test('what is no object in a folder is told with its file, and the others are read', () => {
  written('mixed/pod.json', JSON.stringify(pod));
  written('mixed/nameless.yaml', 'kind: Pod\nmetadata: {}\n');
  written(
    'mixed/refused.json',
    JSON.stringify({ kind: 'Status', status: 'Failure', message: 'kind: Pod is forbidden' }),
  );
  written('mixed/watch.json', JSON.stringify({ type: 'ADDED', object: service }));
  const { documents, problems } = readDump(path.join(folder, 'mixed'));
  assert.deepEqual(documents, [pod, { type: 'ADDED', object: service }]);
  assert.equal(problems.length, 2);
  assert.match(problems[0] ?? '', /nameless\.yaml holds a Pod without metadata\.name\.$/);
  assert.match(problems[1] ?? '', /refused\.json holds a refusal of the API server, not objects: kind: Pod is forbid/);
});

test('links of a folder lead neither round in a circle, nor to a file twice, nor out of the dump', () => {
  const file = written('linked/data/pod.json', JSON.stringify(pod));
  const outside = written('elsewhere.json', JSON.stringify(service));
  for (const [name, target] of [
    ['data/loop', '..'],
    ['again.json', file],
    ['self.json', 'self.json'],
    ['dead.json', 'gone'],
    ['outside.json', outside],
  ] as const) {
    symlinkSync(target, path.join(folder, 'linked', name));
  }
  assert.deepEqual(readDump(path.join(folder, 'linked')), { documents: [pod], problems: [] });
});
