import assert from 'node:assert/strict';
import test from 'node:test';
import { alarmAfter } from '../alarm.ts';
import type { CauseDraft } from '../causes.ts';
import type { ServiceFacts } from '../kubernetes.ts';
import { diagnoseServices } from './services.ts';
import {
  ago,
  condition,
  container,
  deployment,
  noon,
  podSpec,
  probe,
  readyPod,
  service,
  statefulSet,
} from './test/facts.ts';

const ready = readyPod();
const notReady = readyPod({ conditions: [condition('Ready', 'False', 120)] });
const probed = deployment({ template: podSpec({ containers: [container({ readinessProbe: probe() })] }) });

function told(notes: readonly CauseDraft[]): (readonly [string, string])[] {
  return notes.map((note) => [note.code, note.message]);
}

function ofServices(
  services: readonly ServiceFacts[],
  pods = [ready],
  others: Parameters<typeof diagnoseServices>[3] = null,
): (readonly [string, string])[] {
  return told(diagnoseServices(probed, services, pods, others, alarmAfter(noon), noon));
}

test('J27: no pod behind the Service is ready', () => {
  const notes = diagnoseServices(
    probed,
    [service()],
    [notReady, { ...notReady, name: 'web-2' }],
    null,
    alarmAfter(noon),
    noon,
  );
  assert.deepEqual(told(notes), [
    ['ServiceWithoutReadyPods', 'Service web has no ready pod (all 2 it selects are not ready): callers get errors'],
  ]);
  assert.equal(notes[0]?.since, ago(120));
  assert.equal(notes[0]?.commands[0], 'kubectl -n shop get pods -l app=web');
});

test('one ready pod is enough, a deleting one is not', () => {
  assert.deepEqual(ofServices([service()], [notReady, ready]), []);
  assert.equal(ofServices([service()], [{ ...ready, deletionAt: ago(-20) }])[0]?.[0], 'ServiceWithoutReadyPods');
});

test('scenario 77: a ready pod of another workload keeps the Service alive', () => {
  assert.deepEqual(ofServices([service()], [notReady], [{ app: 'web', track: 'canary' }]), []);
  assert.equal(ofServices([service()], [notReady], [{ app: 'other' }]).length, 1);
});

test('scenarios 78 and 79: published before ready, ExternalName and Services without selector', () => {
  assert.deepEqual(ofServices([service({ publishNotReadyAddresses: true })], [notReady]), []);
  assert.deepEqual(ofServices([service({ type: 'ExternalName', selector: { app: 'web' } })], [notReady]), []);
  assert.deepEqual(ofServices([service({ selector: {} })], [notReady]), []);
});

test('J26: a port by a name that no container declares', () => {
  const wrong = service({
    ports: [
      { name: 'http', port: 80, targetPort: 'web' },
      { name: 'metrics', port: 9100, targetPort: '9100' },
    ],
  });
  assert.deepEqual(ofServices([wrong]), [
    ['ServicePortMissing', 'Service web: port 80 leads to web, a name that no container declares (declared: http)'],
  ]);
});

test('J28: a Service of this name selects none of its pods', () => {
  const lost = service({ selector: { app: 'web', tier: 'front' } });
  assert.deepEqual(ofServices([lost]), [
    [
      'ServiceSelectsNothing',
      'Service web selects no pod of Deployment web: tier is absent in the template, front in the selector',
    ],
  ]);
  assert.deepEqual(ofServices([service({ name: 'billing', selector: { app: 'billing' } })]), []);
  assert.deepEqual(ofServices([{ ...lost, createdAt: ago(60) }]), []);
});

test('J19: the governing Service is missing', () => {
  const notes = diagnoseServices(
    statefulSet({ template: podSpec({ containers: [container({ readinessProbe: probe() })] }) }),
    [],
    [ready],
    null,
    alarmAfter(noon),
    noon,
  );
  assert.deepEqual(told(notes), [
    ['GoverningServiceMissing', 'The DNS names of the pods do not work: Service db does not exist in namespace shop'],
  ]);
  assert.deepEqual(
    diagnoseServices(statefulSet({ createdAt: ago(10) }), [], [ready], null, alarmAfter(noon), noon),
    [],
  );
  assert.deepEqual(
    told(
      diagnoseServices(statefulSet(), [service({ name: 'db', selector: {} })], [ready], null, alarmAfter(noon), noon),
    ),
    [],
  );
});

test('J19, J28: what a grace holds back is looked at again when it ends', () => {
  const alarm = alarmAfter(noon);
  const lost = service({ selector: { app: 'typo' }, createdAt: ago(60) });
  assert.deepEqual(diagnoseServices(deployment(), [lost], [ready], null, alarm, noon), []);
  assert.equal(alarm.next(), noon + 60_000);
  assert.deepEqual(diagnoseServices(statefulSet({ createdAt: ago(10) }), [], [ready], null, alarm, noon), []);
  assert.equal(alarm.next(), noon + 20_000);
});

test('D13: behind a Service, without a readiness probe', () => {
  assert.deepEqual(told(diagnoseServices(deployment(), [service()], [ready], null, alarmAfter(noon), noon)), [
    ['NoReadinessProbe', 'Container app has no readiness probe: ready only means that the process runs'],
  ]);
  assert.deepEqual(told(diagnoseServices(deployment(), [], [ready], null, alarmAfter(noon), noon)), []);
});
