import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isInScope, limitNamespaces, ScopeError, scopeOf, watchPlans } from './scope.ts';

test('with neither list everything is watched, kube-system too', () => {
  const scope = scopeOf([], []);
  assert.deepEqual(scope, { mode: 'all', namespaces: [], excludedNamespaces: [] });
  const plans = watchPlans(scope);
  assert.equal(plans.length, 8);
  assert.ok(plans.every(({ namespace, fieldSelector }) => namespace === null && fieldSelector === null));
  assert.equal(isInScope(scope, 'kube-system'), true);
});

test('a blocklist takes kube-system and kube-public with it, by field selectors of cluster-wide watches', () => {
  const scope = scopeOf([], ['noisy']);
  const plans = watchPlans(scope);
  assert.deepEqual(
    new Set(
      plans.map(
        ({ resource, namespace, fieldSelector }) => `${resource === 'namespaces'} ${namespace} ${fieldSelector}`,
      ),
    ),
    new Set([
      'false null metadata.namespace!=kube-public,metadata.namespace!=kube-system,metadata.namespace!=noisy',
      'true null metadata.name!=kube-public,metadata.name!=kube-system,metadata.name!=noisy',
    ]),
  );
  assert.deepEqual(
    ['noisy', 'kube-system', 'shop'].map((name) => isInScope(scope, name)),
    [false, false, true],
  );
});

test('the allowlist wins when both are set, and none of its watches is cluster-wide', () => {
  const scope = scopeOf(['shop', 'bank', 'shop'], ['shop']);
  assert.deepEqual(scope, { mode: 'allowlist', namespaces: ['bank', 'shop'], excludedNamespaces: [] });
  const plans = watchPlans(scope);
  assert.equal(plans.length, 14);
  assert.ok(plans.every(({ namespace, resource }) => namespace !== null && resource !== 'namespaces'));
  assert.deepEqual(
    ['shop', 'bank', 'other'].map((name) => isInScope(scope, name)),
    [true, true, false],
  );
});

test('an allowlist that would need too many sockets is refused with the way out', () => {
  const names = Array.from({ length: limitNamespaces + 1 }, (_, index) => `team-${index}`);
  assert.throws(
    () => scopeOf(names, []),
    (error) =>
      error instanceof ScopeError && /names 101 namespaces.*MAINTENANT_K8S_EXCLUDE_NAMESPACES/.test(error.message),
  );
});
