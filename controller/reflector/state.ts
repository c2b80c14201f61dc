import type { ListItem, ListMetadata } from '../kubernetes/list-stream.ts';
import { compareResourceVersions, isOrderedResourceVersion } from '../kubernetes/resource-version.ts';
import { mayStreamLists, type ServerVersion } from '../kubernetes/server-version.ts';
import type { WatchFrame } from '../kubernetes/watch-stream.ts';
import { type Backoff, backOff, parkedDelayMs, restedBackoff } from './backoff.ts';
import type { ReflectorEvent } from './event.ts';
import { type Failure, failureOf } from './failure.ts';

/**
 * The reflector as a pure machine: (state, input) → state + effects. It decides what is asked of the API server and what
 * is told to the sink; `reflector.ts` does it. The rules are client-go's (tools/cache/reflector.go at v0.34.0) where
 * nothing else is said.
 *
 *                 start
 *                   │        ┌───────────────────────────────────────────┐
 *                   ▼        ▼                                           │
 *               preparing: /version                                      │
 *     1.32 or later │        │ older, or refused by this version,        │
 *                   ▼        ▼ or fallen back in this round              │
 *              streaming ─► listing ◄┐ next page;                        │
 *     end bookmark  │        │     └─┘ 410 in mid-list: one full list    │
 *                   ▼        ▼ last page                                 │
 *              committing: the sink takes initDone, the version moves    │
 *                   │                                                    │
 *                   ▼                                                    │
 *               watching ──► 410, rewound, in vain three times ─► waiting (sync)
 *                │ ▲  │
 *                │ │  └────► 429, 5xx, 401, reset, refused ─► waiting (watch) ─► watching, same version
 *                │ └─ closed in good order, or silent: again at once, same version
 *                ▼
 *              probing: two silent watches, or half a minute away: was the server set back? then sync at ""
 *
 *     anywhere: 403, 404 ─► parked, 30 s … 5 min, then where it was
 *
 * Each step yields at most one command (read, list, watch, probe, wait); a new command ends the one before, so there is
 * never more than one watch. The resource version moves on `applied` alone: what the sink did not take comes again.
 */

export interface ReflectorState {
  readonly phase: Phase;
  /** Of the last event the sink took; null before the first complete picture. */
  readonly resourceVersion: string | null;
  /** The last version is of no use (expired, ahead of the server, rewound): the next picture must be a consistent read. */
  readonly consistent: boolean;
  /** This round failed as a stream: list instead, until there is a picture. */
  readonly listThisRound: boolean;
  /** The server version that refused WatchList; another one is asked again. */
  readonly streamingRefusedBy: string | null;
  /** A list at "0" came in pages: there is no watch cache, so versions other than "" would be read exactly and expire. */
  readonly hasNoWatchCache: boolean;
  /** Two of them: an API server that was away for long, and then says 410, is to be listed soon, not in half a minute. */
  readonly syncBackoff: Backoff;
  readonly watchBackoff: Backoff;
  /** Streams in a row that ended in a way that would repeat itself, with nothing taken in between. */
  readonly inVain: number;
  /** Since when 500s keep coming on watches, on the monotonic clock. */
  readonly internalErrorsSince: number | null;
  readonly lastInternalErrorAt: number | null;
  readonly bookmarksSeen: boolean;
  /** No bookmark ever came: silence up to the watch's own timeout is normal here. */
  readonly silenceIsNormal: boolean;
  readonly silentWatches: number;
  /** The server's last word on our right to ask; it holds while it is asked again, until something is opened. */
  readonly refused: Refusal | null;
  /** Refusals in a row: each is waited on longer before it is asked again. */
  readonly parkedProbes: number;
  /** Since when nothing arrives though it should; null while connected, parked or between two watches. */
  readonly disconnected: Disconnected | null;
  /** What went wrong last, until something works again. */
  readonly message: string | null;
}

export interface Disconnected {
  /** Monotonic, for how long it lasts: the wall clock may be corrected meanwhile. */
  readonly since: number;
  /** Epoch ms, for what is shown. */
  readonly at: number;
}

/** `forbidden`: 403. `unavailable`: 404, the server has no such resource. */
export type Refusal = 'forbidden' | 'unavailable';

export type Phase =
  | { readonly name: 'idle' }
  | { readonly name: 'preparing' }
  /** `version` is the server's: the one that is remembered should it refuse. */
  | { readonly name: 'streaming'; readonly version: string }
  | {
      readonly name: 'listing';
      /** The version that was asked for; pages after the first carry it in their token. */
      readonly from: string;
      readonly paged: boolean;
      readonly page: number;
      /** Of the first page: the picture is of that moment. */
      readonly resourceVersion: string | null;
    }
  | { readonly name: 'committing'; readonly source: 'stream' | 'list' }
  | {
      readonly name: 'watching';
      readonly open: boolean;
      /** Not the first after a list. */
      readonly again: boolean;
      /** Monotonic: when the headers came, or when it was asked for. */
      readonly since: number;
      /** Epoch ms: when there was last a stream. */
      readonly connectedAt: number;
      readonly sawFrames: boolean;
    }
  /** One object is read to learn where the server is, because it was silent or away. */
  | { readonly name: 'probing' }
  | { readonly name: 'waiting'; readonly next: 'sync' | 'watch' }
  | { readonly name: 'parked' };

export type Input =
  | { readonly type: 'start' }
  | { readonly type: 'version'; readonly version: ServerVersion | null }
  /** The headers of the request in hand are here, and it is 2xx. */
  | { readonly type: 'opened' }
  | { readonly type: 'frame'; readonly frame: WatchFrame }
  | { readonly type: 'item'; readonly item: ListItem }
  /** The sink took the event; it had this resource version. */
  | { readonly type: 'applied'; readonly resourceVersion: string }
  | { readonly type: 'sinkFailed'; readonly event: ReflectorEvent['type']; readonly message: string }
  /** The server closed the watch in good order. */
  | { readonly type: 'ended' }
  | { readonly type: 'failed'; readonly failure: Failure }
  | { readonly type: 'waited' }
  /** The version at which the server is now. */
  | { readonly type: 'probed'; readonly resourceVersion: string }
  /** The picture is known to be wrong. */
  | { readonly type: 'resync'; readonly message: string };

export type Command =
  | { readonly type: 'readVersion' }
  | {
      readonly type: 'list';
      readonly resourceVersion: string;
      /** Null asks for everything at once. */
      readonly limit: number | null;
      readonly continueToken: string | null;
    }
  | {
      readonly type: 'watch';
      readonly resourceVersion: string;
      /** WatchList: the collection first, then a bookmark, then changes. */
      readonly sendInitialEvents: boolean;
      readonly timeoutSeconds: number;
      readonly idleTimeoutMs: number;
      readonly deadlineMs: number;
    }
  | { readonly type: 'probe' }
  | { readonly type: 'wait'; readonly delayMs: number };

export type Counted = 'relists' | 'reconnects' | 'failures' | 'undecodable' | 'skippedObjects' | 'sinkFailures';

export type Effect =
  | Command
  | { readonly type: 'emit'; readonly event: ReflectorEvent }
  | { readonly type: 'count'; readonly counter: Counted }
  | { readonly type: 'log'; readonly level: 'debug' | 'info' | 'warn'; readonly message: string };

export interface Moment {
  /** Epoch ms, for what is shown. */
  readonly now: number;
  /** Monotonic ms, for what is measured. */
  readonly monotonic: number;
  /** Uniform in [0, 1). */
  readonly random: number;
}

export interface Step {
  readonly state: ReflectorState;
  readonly effects: readonly Effect[];
}

/** Objects a page. A page of 500 pods is 5 MB from etcd; larger ones gain nothing. */
export const pageLimit = 500;
/** A watch ends by itself after 300 to 600 s, at random: else all watches would come back together for ever. */
const shortestWatchSeconds = 300;
/** Bookmarks come about every 60 s, so 150 s of silence is a dead line, unless this server sends none. */
export const idleTimeoutMs = 150_000;
/** A stream that dribbles bytes for ever is cut this long after its own timeout. */
const overtimeMs = 30_000;
/** Shorter than this, and nothing in it: the server does not want us, it only does not say so. */
const shortWatchMs = 1_000;
/** Two bookmarks' worth: a watch that brought nothing for so long was silent, and did not just end early. */
const longWatchMs = 120_000;
/** An etcd is not stopped, restored and started in less. */
const outageMs = 30_000;
/** Of `inVain`: the third time at the same place is no accident of the network. */
const streamsInVain = 3;
/** Of `inVain`: the sink is ours, so what it refuses twice it would refuse for ever. */
const sinkFailuresInVain = 2;
/** 500s are taken as a passing trouble for this long; this long without one and they are forgotten. */
const internalErrorWindowMs = 60_000;

export const initialState: ReflectorState = {
  phase: { name: 'idle' },
  resourceVersion: null,
  consistent: false,
  listThisRound: false,
  streamingRefusedBy: null,
  hasNoWatchCache: false,
  syncBackoff: restedBackoff,
  watchBackoff: restedBackoff,
  inVain: 0,
  internalErrorsSince: null,
  lastInternalErrorAt: null,
  bookmarksSeen: false,
  silenceIsNormal: false,
  silentWatches: 0,
  refused: null,
  parkedProbes: 0,
  disconnected: null,
  message: null,
};

/** Total: an input that has no meaning in a phase (a frame of a stream that was given up) changes nothing. */
export type StepFunction = (state: ReflectorState, input: Input, moment: Moment) => Step;

export const step: StepFunction = (state, input, moment) => {
  switch (input.type) {
    case 'frame':
      return onFrame(state, input.frame, moment);
    case 'item':
      return onItem(state, input.item);
    case 'applied':
      return onApplied(state, input.resourceVersion, moment);
    case 'start':
      return prepare(state);
    case 'version':
      return onVersion(state, input.version, moment);
    case 'opened':
      return onOpened(state, moment);
    case 'ended':
      return onEnded(state, moment);
    case 'failed':
      return onFailed(state, input.failure, moment);
    case 'sinkFailed':
      return onSinkFailed(state, input.event, input.message, moment);
    case 'waited':
      return onWaited(state, moment);
    case 'probed':
      return onProbed(state, input.resourceVersion, moment);
    case 'resync':
      return waitToSync({ ...state, consistent: true }, input.message, moment);
    default:
      return input satisfies never;
  }
};

// ── what arrives ───────────────────────────────────────────────────────────────────────────────────────────────────

function onFrame(state: ReflectorState, frame: WatchFrame, moment: Moment): Step {
  if (state.phase.name === 'streaming') return onInitialFrame(state, frame, moment);
  if (state.phase.name !== 'watching') return stay(state);
  switch (frame.type) {
    case 'added':
    case 'modified':
    case 'deleted': {
      const { object } = frame;
      if (isRewound(state, object.metadata.resourceVersion))
        return rewound(state, object.metadata.resourceVersion, moment);
      const event =
        frame.type === 'deleted' ? ({ type: 'delete', object } as const) : ({ type: 'apply', object } as const);
      return { state: withFrame(state, state.phase), effects: [{ type: 'emit', event }] };
    }
    case 'bookmark': {
      const { resourceVersion } = frame;
      if (isRewound(state, resourceVersion)) return rewound(state, resourceVersion, moment);
      const seen = withFrame(state, state.phase);
      return stay({ ...seen, resourceVersion, bookmarksSeen: true, silentWatches: 0, inVain: 0 });
    }
    case 'skipped':
      return { state: withFrame(state, state.phase), effects: skipped(frame.message) };
    case 'error':
      return onFailed(state, failureOf(frame.error), moment);
    default:
      return frame satisfies never;
  }
}

/** Versions are not compared here: the initial events come in the order of names, not of time. */
function onInitialFrame(state: ReflectorState, frame: WatchFrame, moment: Moment): Step {
  switch (frame.type) {
    case 'added':
    case 'modified':
      return { state, effects: [{ type: 'emit', event: { type: 'initApply', object: frame.object } }] };
    case 'deleted':
      return { state, effects: [{ type: 'emit', event: { type: 'initDelete', object: frame.object } }] };
    case 'bookmark':
      return frame.initialEventsEnd ? commit(state, 'stream', frame.resourceVersion) : stay(state);
    case 'skipped':
      return { state, effects: skipped(frame.message) };
    case 'error':
      return onFailed(state, failureOf(frame.error), moment);
    default:
      return frame satisfies never;
  }
}

function onItem(state: ReflectorState, item: ListItem): Step {
  if (state.phase.name !== 'listing') return stay(state);
  switch (item.type) {
    case 'item':
      return { state, effects: [{ type: 'emit', event: { type: 'initApply', object: item.object } }] };
    case 'skipped':
      return { state, effects: skipped(item.message) };
    case 'pageEnd':
      return onPageEnd(state, state.phase, item.metadata);
    default:
      return item satisfies never;
  }
}

function onPageEnd(state: ReflectorState, phase: Phase & { readonly name: 'listing' }, metadata: ListMetadata): Step {
  const resourceVersion = phase.resourceVersion ?? metadata.resourceVersion;
  if (metadata.continueToken === null) return commit(state, 'list', resourceVersion);
  return {
    state: {
      ...state,
      hasNoWatchCache: state.hasNoWatchCache || phase.from === '0',
      phase: { ...phase, page: phase.page + 1, resourceVersion },
    },
    effects: [{ type: 'list', resourceVersion: '', limit: pageLimit, continueToken: metadata.continueToken }],
  };
}

/** The picture is complete. A server that lags behind what we saw already would take us back in time: refused. */
function commit(state: ReflectorState, source: 'stream' | 'list', resourceVersion: string): Step {
  if (!state.consistent && isRewound(state, resourceVersion)) {
    const message = `the list is at resource version ${resourceVersion}, before ${state.resourceVersion}; reading consistently`;
    return prepare({ ...state, consistent: true }, { type: 'log', level: 'warn', message });
  }
  return {
    state: { ...state, phase: { name: 'committing', source } },
    effects: [{ type: 'emit', event: { type: 'initDone', resourceVersion } }],
  };
}

function onApplied(state: ReflectorState, resourceVersion: string, moment: Moment): Step {
  if (state.phase.name === 'watching') return stay({ ...state, resourceVersion, inVain: 0, silentWatches: 0 });
  if (state.phase.name !== 'committing') return stay(state);
  const relisted: readonly Effect[] = state.resourceVersion === null ? [] : [{ type: 'count', counter: 'relists' }];
  const settled: ReflectorState = {
    ...state,
    resourceVersion,
    consistent: false,
    listThisRound: false,
    inVain: 0,
    silentWatches: 0,
    parkedProbes: 0,
    internalErrorsSince: null,
    lastInternalErrorAt: null,
  };
  if (state.phase.source === 'list') return openWatch(settled, moment, false, relisted);
  // The stream that brought the picture goes on as the watch.
  return {
    state: { ...settled, phase: watching(moment, { open: true, again: false, sawFrames: true }) },
    effects: relisted,
  };
}

// ── what is asked ──────────────────────────────────────────────────────────────────────────────────────────────────

function prepare(state: ReflectorState, ...effects: readonly Effect[]): Step {
  return { state: { ...state, phase: { name: 'preparing' } }, effects: [...effects, { type: 'readVersion' }] };
}

function onVersion(state: ReflectorState, version: ServerVersion | null, moment: Moment): Step {
  if (state.phase.name !== 'preparing') return stay(state);
  const refused = state.streamingRefusedBy === nameOf(version);
  if (state.listThisRound || refused || !mayStreamLists(version)) return list(state);
  const resourceVersion = state.consistent ? '' : (state.resourceVersion ?? '');
  return {
    state: { ...state, phase: { name: 'streaming', version: nameOf(version) } },
    effects: [watchCommand(state, resourceVersion, true, moment)],
  };
}

function list(state: ReflectorState, ...effects: readonly Effect[]): Step {
  const from = state.consistent || state.hasNoWatchCache ? '' : (state.resourceVersion ?? '0');
  return listFrom(state, from, from === '' || from === '0', effects);
}

/**
 * Pages only for "" and "0": a limit beside another version makes the server read exactly that version from etcd, where
 * it may have been compacted. "0" is answered from the watch cache, which takes no notice of the limit.
 */
function listFrom(state: ReflectorState, from: string, paged: boolean, effects: readonly Effect[]): Step {
  return {
    state: { ...state, phase: { name: 'listing', from, paged, page: 1, resourceVersion: null } },
    effects: [
      ...effects,
      { type: 'list', resourceVersion: from, limit: paged ? pageLimit : null, continueToken: null },
    ],
  };
}

function watch(state: ReflectorState, moment: Moment): Step {
  return openWatch(state, moment, true, []);
}

function openWatch(state: ReflectorState, moment: Moment, again: boolean, effects: readonly Effect[]): Step {
  return {
    state: { ...state, phase: watching(moment, { open: false, again, sawFrames: false }) },
    effects: [...effects, watchCommand(state, state.resourceVersion ?? '', false, moment)],
  };
}

function watchCommand(
  state: ReflectorState,
  resourceVersion: string,
  sendInitialEvents: boolean,
  moment: Moment,
): Command {
  const timeoutSeconds = shortestWatchSeconds + Math.floor(moment.random * shortestWatchSeconds);
  return {
    type: 'watch',
    resourceVersion,
    sendInitialEvents,
    timeoutSeconds,
    idleTimeoutMs: state.silenceIsNormal && !state.bookmarksSeen ? (timeoutSeconds + 15) * 1000 : idleTimeoutMs,
    deadlineMs: timeoutSeconds * 1000 + overtimeMs,
  };
}

function onOpened(state: ReflectorState, moment: Moment): Step {
  const connected: ReflectorState = { ...state, refused: null, disconnected: null, message: null };
  switch (state.phase.name) {
    case 'streaming':
      return { state: connected, effects: [{ type: 'emit', event: { type: 'init' } }] };
    case 'listing':
      // Later pages go on with what was begun.
      return state.phase.page > 1
        ? stay(connected)
        : { state: connected, effects: [{ type: 'emit', event: { type: 'init' } }] };
    case 'watching': {
      const { again } = state.phase;
      const opened = watching(moment, { open: true, again, sawFrames: false });
      return {
        state: { ...connected, parkedProbes: 0, phase: opened },
        effects: again ? [{ type: 'count', counter: 'reconnects' }] : [],
      };
    }
    case 'idle':
    case 'preparing':
    case 'committing':
    case 'probing':
    case 'waiting':
    case 'parked':
      return stay(state);
    default:
      return state.phase satisfies never;
  }
}

function onWaited(state: ReflectorState, moment: Moment): Step {
  switch (state.phase.name) {
    case 'waiting':
      if (state.phase.next === 'sync' || state.resourceVersion === null) return prepare(state);
      return wasAway(state, moment) ? probe(state) : watch(state, moment);
    case 'parked':
      // A watch at the last version costs the server nothing; should it have expired, it says so.
      return state.resourceVersion === null || state.consistent ? prepare(state) : watch(state, moment);
    case 'idle':
    case 'preparing':
    case 'streaming':
    case 'listing':
    case 'committing':
    case 'watching':
    case 'probing':
      return stay(state);
    default:
      return state.phase satisfies never;
  }
}

// ── what goes wrong ────────────────────────────────────────────────────────────────────────────────────────────────

function onEnded(state: ReflectorState, moment: Moment): Step {
  const { phase } = state;
  if (phase.name === 'streaming') {
    const failure: Failure = {
      kind: 'broken',
      message: 'the initial stream ended before its end bookmark',
      retryAfterMs: null,
    };
    return onFailed(state, failure, moment);
  }
  if (phase.name !== 'watching') return stay(state);
  const lastedMs = moment.monotonic - phase.since;
  if (!phase.sawFrames && lastedMs < shortWatchMs) {
    return inVain(state, 'the server closed the watch at once, without an event', moment);
  }
  return watchAgain(state, !phase.sawFrames && lastedMs >= longWatchMs, moment);
}

/** After a good end, or mere silence: no wait, no list. */
function watchAgain(state: ReflectorState, silent: boolean, moment: Moment): Step {
  if (!silent) return watch(state, moment);
  const noted = { ...state, silentWatches: state.silentWatches + 1, silenceIsNormal: !state.bookmarksSeen };
  if (noted.silentWatches < 2) return watch(noted, moment);
  // Either nothing at all happens in the cluster, or the server was set back (an etcd restore) and waits to reach our
  // version again: then it would stay silent for ever. One object tells which.
  return probe(noted);
}

function probe(state: ReflectorState): Step {
  return { state: { ...state, phase: { name: 'probing' } }, effects: [{ type: 'probe' }] };
}

function onProbed(state: ReflectorState, resourceVersion: string, moment: Moment): Step {
  if (state.phase.name !== 'probing') return stay(state);
  const quiet = { ...state, silentWatches: 0 };
  // Further than we are is no news: versions are counted for the whole cluster, and this watch may have nothing to say.
  if (!isRewound(state, resourceVersion)) return watch(quiet, moment);
  const message = `the server is at resource version ${resourceVersion}, before ${state.resourceVersion}: it was set back, reading everything anew`;
  return prepare({ ...quiet, consistent: true }, { type: 'log', level: 'warn', message });
}

function onFailed(state: ReflectorState, failure: Failure, moment: Moment): Step {
  const counted = withCount(
    state.phase.name === 'watching' || state.phase.name === 'probing'
      ? onWatchFailed(state, failure, moment)
      : onSyncFailed(state, failure, moment),
    'failures',
  );
  return failure.kind === 'undecodable' ? withCount(counted, 'undecodable') : counted;
}

/** No picture yet, or a new one under way. The old one stays until a new one is complete. */
function onSyncFailed(state: ReflectorState, failure: Failure, moment: Moment): Step {
  const { phase } = state;
  if (phase.name !== 'preparing' && phase.name !== 'streaming' && phase.name !== 'listing') return stay(state);
  const streaming = phase.name === 'streaming';
  switch (failure.kind) {
    case 'forbidden':
    case 'notFound':
      return park(state, failure, moment);
    case 'expired':
    case 'tooLargeResourceVersion':
      if (phase.name === 'listing' && phase.page > 1)
        return listFrom(state, phase.from, false, [warned(failure.message)]);
      if (!state.consistent) return prepare({ ...state, consistent: true }, warned(failure.message));
      return waitToSync(state, failure.message, moment, failure.retryAfterMs);
    case 'invalid':
      // 422 on sendInitialEvents. Another version of the server is asked again.
      if (phase.name === 'streaming') {
        const message = `WatchList refused, listing: ${failure.message}`;
        return list({ ...state, streamingRefusedBy: phase.version }, { type: 'log', level: 'info', message });
      }
      if (phase.name === 'listing' && phase.page > 1)
        return listFrom(state, phase.from, false, [warned(failure.message)]);
      // A version that this server cannot read: it is not the server that gave it.
      return waitToSync({ ...state, consistent: true }, failure.message, moment);
    case 'idle':
    case 'deadline':
      if (streaming)
        return list({ ...state, listThisRound: true }, warned(`no end bookmark, listing: ${failure.message}`));
      return waitToSync(state, failure.message, moment);
    case 'tooManyRequests':
    case 'unreachable':
    case 'unauthorized':
      return waitToSync(state, failure.message, moment, failure.retryAfterMs);
    case 'internalError':
    case 'server':
    case 'broken':
    case 'undecodable':
    case 'other':
      return waitToSync(
        { ...state, listThisRound: state.listThisRound || streaming },
        failure.message,
        moment,
        failure.retryAfterMs,
      );
    default:
      return failure.kind satisfies never;
  }
}

function onWatchFailed(state: ReflectorState, failure: Failure, moment: Moment): Step {
  const { phase } = state;
  switch (failure.kind) {
    case 'forbidden':
    case 'notFound':
      return park(state, failure, moment);
    case 'expired':
      // The last version is still good for "not older than this"; only when a list refuses it too it is given up.
      return waitToSync(state, failure.message, moment);
    case 'tooLargeResourceVersion':
      return prepare({ ...lost(state, moment), consistent: true }, warned(failure.message));
    case 'idle':
    case 'deadline':
      if (phase.name !== 'watching' || !phase.open) return waitToWatch(state, failure, moment);
      return watchAgain(state, failure.kind === 'idle', moment);
    case 'internalError':
      return internalError(state, failure, moment);
    case 'server':
    case 'tooManyRequests':
    case 'unreachable':
    case 'unauthorized':
    case 'broken':
      return waitToWatch(state, failure, moment);
    case 'undecodable':
      return inVain(state, failure.message, moment);
    case 'invalid':
      return waitToSync({ ...state, consistent: true }, failure.message, moment);
    case 'other':
      return waitToSync(state, failure.message, moment, failure.retryAfterMs);
    default:
      return failure.kind satisfies never;
  }
}

function internalError(state: ReflectorState, failure: Failure, moment: Moment): Step {
  const quiet =
    state.lastInternalErrorAt === null || moment.monotonic - state.lastInternalErrorAt > internalErrorWindowMs;
  const since = quiet ? moment.monotonic : (state.internalErrorsSince ?? moment.monotonic);
  const noted = { ...state, internalErrorsSince: since, lastInternalErrorAt: moment.monotonic };
  if (moment.monotonic - since < internalErrorWindowMs) return waitToWatch(noted, failure, moment);
  return waitToSync({ ...noted, internalErrorsSince: null }, failure.message, moment, failure.retryAfterMs);
}

/** It would go wrong in the same way at the same place: after the third time a list gets past it. */
function inVain(state: ReflectorState, message: string, moment: Moment): Step {
  const count = state.inVain + 1;
  if (count >= streamsInVain) return waitToSync({ ...state, inVain: 0 }, message, moment);
  return waitToWatch({ ...state, inVain: count }, { kind: 'other', message, retryAfterMs: null }, moment);
}

function onSinkFailed(state: ReflectorState, event: ReflectorEvent['type'], cause: string, moment: Moment): Step {
  const message = `the sink did not take ${event}: ${cause}`;
  const count = state.inVain + 1;
  const again =
    (event === 'apply' || event === 'delete') && count < sinkFailuresInVain
      ? waitToWatch({ ...state, inVain: count }, { kind: 'other', message, retryAfterMs: null }, moment)
      : waitToSync({ ...state, inVain: 0 }, message, moment);
  return withCount(again, 'sinkFailures');
}

/** A version below the one we have, or one that has no order while ours has: this is not the history we followed. */
function isRewound(state: ReflectorState, resourceVersion: string): boolean {
  if (state.resourceVersion === null) return false;
  const order = compareResourceVersions(resourceVersion, state.resourceVersion);
  return order === null ? isOrderedResourceVersion(state.resourceVersion) : order < 0;
}

function rewound(state: ReflectorState, resourceVersion: string, moment: Moment): Step {
  const message = `resource version ${resourceVersion} after ${state.resourceVersion}: the server was set back, reading everything anew`;
  return waitToSync({ ...state, consistent: true }, message, moment);
}

/**
 * Long enough for etcd to have been restored. The restored server would not tell: a watch at a version that it has not
 * reached is silent, and by the time it gets there its history is another one.
 */
function wasAway(state: ReflectorState, moment: Moment): boolean {
  return state.disconnected !== null && moment.monotonic - state.disconnected.since >= outageMs;
}

function park(state: ReflectorState, failure: Failure, moment: Moment): Step {
  const delayMs = parkedDelayMs(state.parkedProbes, moment.random);
  const first: readonly Effect[] = state.parkedProbes === 0 ? [warned(failure.message)] : [];
  return {
    state: {
      ...state,
      phase: { name: 'parked' },
      refused: failure.kind === 'forbidden' ? 'forbidden' : 'unavailable',
      parkedProbes: state.parkedProbes + 1,
      disconnected: null,
      message: failure.message,
    },
    effects: [...first, { type: 'wait', delayMs }],
  };
}

function waitToWatch(state: ReflectorState, failure: Failure, moment: Moment): Step {
  return wait(state, 'watch', failure.message, moment, failure.retryAfterMs);
}

function waitToSync(state: ReflectorState, message: string, moment: Moment, retryAfterMs: number | null = null): Step {
  return wait(state, 'sync', message, moment, retryAfterMs);
}

function wait(
  state: ReflectorState,
  next: 'sync' | 'watch',
  message: string,
  moment: Moment,
  retryAfterMs: number | null,
): Step {
  const sync = next === 'sync';
  const last = sync ? state.syncBackoff : state.watchBackoff;
  const { delayMs, backoff } = backOff(last, moment.monotonic, moment.random, retryAfterMs);
  return {
    state: {
      ...lost(state, moment),
      ...(sync ? { syncBackoff: backoff } : { watchBackoff: backoff }),
      message,
      phase: { name: 'waiting', next },
    },
    effects: [
      {
        type: 'log',
        level: 'warn',
        message: `${message}; ${sync ? 'listing' : 'watching'} again in ${Math.round(delayMs)} ms`,
      },
      { type: 'wait', delayMs },
    ],
  };
}

// ── small parts ────────────────────────────────────────────────────────────────────────────────────────────────────

function stay(state: ReflectorState): Step {
  return { state, effects: [] };
}

function watching(
  moment: Moment,
  watch: { readonly open: boolean; readonly again: boolean; readonly sawFrames: boolean },
): Phase {
  return { name: 'watching', ...watch, since: moment.monotonic, connectedAt: moment.now };
}

function withFrame(state: ReflectorState, phase: Phase & { readonly name: 'watching' }): ReflectorState {
  return phase.sawFrames ? state : { ...state, phase: { ...phase, sawFrames: true } };
}

function lost(state: ReflectorState, moment: Moment): ReflectorState {
  if (state.disconnected !== null) return state;
  const { phase } = state;
  // A watch that was asked for and never opened: since the one before it ended.
  const neverOpened = phase.name === 'watching' && !phase.open;
  const disconnected = neverOpened
    ? { since: phase.since, at: phase.connectedAt }
    : { since: moment.monotonic, at: moment.now };
  return { ...state, disconnected };
}

function withCount(step: Step, counter: Counted): Step {
  return { state: step.state, effects: [{ type: 'count', counter }, ...step.effects] };
}

function skipped(message: string): readonly Effect[] {
  return [
    { type: 'count', counter: 'skippedObjects' },
    { type: 'log', level: 'warn', message },
  ];
}

function warned(message: string): Effect {
  return { type: 'log', level: 'warn', message };
}

function nameOf(version: ServerVersion | null): string {
  return version?.gitVersion ?? 'unknown';
}
