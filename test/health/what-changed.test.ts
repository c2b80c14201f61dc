import assert from 'node:assert/strict';
import { test } from 'node:test';
import { projectTemplate, valueHash } from '../../controller/cache/project-workload.ts';
import { crashLoopBackOff } from '../cluster/kubelet-status.ts';
import { assessed, inputOf, reported } from './assessed.ts';
import { agoMs, container, deployment, noon, pod, type Raw, replicaSet, statefulSet, template } from './objects.ts';
import { assess } from '../../health/assess.ts';

const hash = valueHash('an installation');

test('a Deployment that worsened says which template change came before, and how long before', () => {
  const images = { '1': 'shop/web:1', '2': 'shop/web:2' } as const;
  const input = inputOf([
    deployment({
      revision: 2,
      generation: 2,
      progressing: { reason: 'ReplicaSetUpdated', updatedAgo: 170 },
      status: { replicas: 4, updatedReplicas: 1 },
    }),
    replicaSet('web-1'),
    replicaSet('web-2', { revision: 2, createdAgo: 180 }),
    ...['a', 'b', 'c'].map((letter) => pod(`web-1-${letter}`)),
    ...reported(pod('web-2-a', { of: 'web-2', createdAgo: 180, readyAgo: null }), (one) =>
      crashLoopBackOff(one, { at: agoMs(60), restarts: 3 }),
    ),
  ]);
  const replicaSets = input.replicaSets.map((one) => {
    const image = one.revision === 1 ? images['1'] : images['2'];
    return { ...one, template: projectTemplate(template('web', { containers: [container({ image })] }), hash) };
  });
  const { snapshot } = assess({ ...input, replicaSets }, {}, noon);
  assert.equal(snapshot.verdict.state, 'Degraded');
  const change = snapshot.causes.find((cause) => cause.code === 'TemplateChanged');
  assert.match(
    change?.message ?? '',
    /^Began .+ after revision 2: containers\[app\]\.image shop\/web:1 → shop\/web:2$/,
  );
});

test('an update that may take every pod away: the loss comes a second before the first new pod', () => {
  const input = inputOf([
    deployment({
      revision: 2,
      generation: 2,
      replicas: 1,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '100%', maxSurge: 0 } },
      progressing: { reason: 'ReplicaSetUpdated', updatedAgo: 60 },
      available: { status: 'True', sinceAgo: 86_000 },
      status: { readyReplicas: 0, availableReplicas: 0 },
    }),
    replicaSet('web-1'),
    replicaSet('web-2', { revision: 2, createdAgo: 61 }),
    ...reported(pod('web-2-a', { of: 'web-2', createdAgo: 60, readyAgo: null }), (one) =>
      crashLoopBackOff(one, { at: agoMs(58), restarts: 4 }),
    ),
  ]);
  const replicaSets = input.replicaSets.map((one) => {
    const containers = [container({ image: `shop/web:${one.revision}` })];
    return { ...one, template: projectTemplate(template('web', { containers }), hash) };
  });
  const { snapshot } = assess({ ...input, replicaSets }, {}, noon);
  assert.equal(snapshot.verdict.state, 'Down');
  const change = snapshot.causes.find((cause) => cause.code === 'TemplateChanged');
  assert.match(change?.message ?? '', /^Began 0 s after revision 2: /);
});

test('a StatefulSet compares two live pods of different revisions', () => {
  const newer = { containers: [container({ image: 'shop/db:2' })] };
  const { snapshot } = assessed([
    statefulSet({
      generation: 2,
      revisions: { current: 'db-1', update: 'db-2' },
      status: { readyReplicas: 2, availableReplicas: 2, updatedReplicas: 1, currentReplicas: 2 },
    }),
    pod('db-0', { of: 'db', ownerKind: 'StatefulSet', template: { containers: [container({ image: 'shop/db:1' })] } }),
    pod('db-1', { of: 'db', ownerKind: 'StatefulSet', template: { containers: [container({ image: 'shop/db:1' })] } }),
    ...reported(
      pod('db-2', {
        of: 'db',
        ownerKind: 'StatefulSet',
        hash: 'db-2',
        createdAgo: 200,
        readyAgo: null,
        template: newer,
      }),
      (one): ReturnType<typeof crashLoopBackOff> => crashLoopBackOff(one, { at: agoMs(40), restarts: 4 }),
    ),
  ] satisfies readonly Raw[]);
  assert.equal(snapshot.verdict.state, 'Degraded');
  const change = snapshot.causes.find((cause) => cause.code === 'TemplateChanged');
  assert.match(change?.message ?? '', /after revision db-2: containers\[app\]\.image shop\/db:1 → shop\/db:2$/);
});
