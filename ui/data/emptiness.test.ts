import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError } from './api-client.ts';
import { emptinessOf } from './emptiness.ts';
import { sampleRuntime, sampleRuntimeIn, sampleView } from './sample-answers.ts';
import { sampleWorkload } from './sample-workloads.ts';

describe('why there is nothing to show', () => {
  it('is no question while there is something', () => {
    assert.equal(emptinessOf(sampleView([sampleWorkload()], { runtime: sampleRuntimeIn('forbidden') })), null);
  });

  it('is loading until the first answer, then how far each kind is', () => {
    assert.deepEqual(emptinessOf(sampleView([], { loaded: false })), { type: 'loading', progress: [] });
    const syncing = emptinessOf(sampleView([], { runtime: sampleRuntimeIn('syncing') }));
    assert.deepEqual(syncing, {
      type: 'loading',
      progress: [
        { resource: 'pods', count: 0 },
        { resource: 'deployments', count: 100 },
        { resource: 'events', count: 200 },
      ],
    });
  });

  it('is not loading when nobody answers', () => {
    assert.deepEqual(emptinessOf(sampleView([], { loaded: false, error: new ApiError(0, 'NETWORK', 'no answer') })), {
      type: 'unreachable',
      message: 'no answer',
    });
  });

  it('is a missing right, or a cluster that is away, before it is an empty cluster', () => {
    assert.equal(emptinessOf(sampleView([], { runtime: sampleRuntimeIn('forbidden') }))?.type, 'forbidden');
    assert.equal(emptinessOf(sampleView([], { runtime: sampleRuntimeIn('unavailable') }))?.type, 'forbidden');
    assert.equal(emptinessOf(sampleView([], { runtime: sampleRuntimeIn('disconnected') }))?.type, 'clusterAway');
  });

  it('names the rule that made it empty', () => {
    const scope = (mode: 'all' | 'allowlist' | 'blocklist') => ({
      ...sampleRuntime,
      scope: { mode, namespaces: ['shop'], excludedNamespaces: ['kube-system'] },
    });
    assert.deepEqual(emptinessOf(sampleView([], { runtime: scope('allowlist') })), {
      type: 'none',
      mode: 'allowlist',
      namespaces: ['shop'],
    });
    assert.deepEqual(emptinessOf(sampleView([], { runtime: scope('blocklist') })), {
      type: 'none',
      mode: 'blocklist',
      namespaces: ['kube-system'],
    });
  });
});
