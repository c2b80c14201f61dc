import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detectRuntime, type RuntimeFacts } from './runtime.ts';

const home = '/home/ada/.kube/config';
const facts = (overrides: Partial<RuntimeFacts>): RuntimeFacts => ({
  setting: null,
  environment: {},
  homeKubeconfig: home,
  exists: () => false,
  ...overrides,
});

test('the setting wins over everything', () => {
  const detected = detectRuntime(facts({ setting: 'demo', environment: { KUBERNETES_SERVICE_HOST: '10.0.0.1' } }));
  assert.deepEqual(detected, { runtime: 'demo', detectedBy: 'MAINTENANT_RUNTIME=demo' });
});

test('forced kubernetes takes the credentials that are there', () => {
  const inPod = detectRuntime(facts({ setting: 'kubernetes', environment: { KUBERNETES_SERVICE_HOST: '10.0.0.1' } }));
  assert.deepEqual(inPod, {
    runtime: 'kubernetes',
    detectedBy: 'MAINTENANT_RUNTIME=kubernetes',
    credentialsFrom: 'pod',
  });
  const nowhere = detectRuntime(facts({ setting: 'kubernetes' }));
  assert.deepEqual(nowhere, {
    runtime: 'kubernetes',
    detectedBy: 'MAINTENANT_RUNTIME=kubernetes',
    credentialsFrom: 'kubeconfig',
  });
});

test('a pod comes before KUBECONFIG, KUBECONFIG before the home file', () => {
  const environment = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBECONFIG: '/a' };
  assert.match(detectRuntime(facts({ environment, exists: () => true })).detectedBy, /^KUBERNETES_SERVICE_HOST=10/);
  const files = detectRuntime(facts({ environment: { KUBECONFIG: '/a:/b' }, exists: () => true }));
  assert.deepEqual(files, {
    runtime: 'kubernetes',
    detectedBy: 'KUBECONFIG=/a:/b',
    credentialsFrom: 'kubeconfig',
  });
  const homeFile = detectRuntime(facts({ exists: (path) => path === home }));
  assert.equal(homeFile.detectedBy, `${home} exists`);
});

test('nothing configured is told as such', () => {
  const detected = detectRuntime(facts({}));
  assert.equal(detected.runtime, 'none');
  assert.match(detected.detectedBy, /KUBECONFIG are unset and .*\.kube\/config does not exist/);
});
