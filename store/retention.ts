import type { Database } from './sqlite.ts';

/**
 * Keeps the file inside its age and size. Runs on the writer thread in slices with a turn of the event loop between
 * them, so that a batch never waits for more than one slice.
 */

export interface MaintenanceSettings {
  readonly path: string;
  readonly maxBytes: number | null;
  readonly retentionMs: number;
  readonly now: number;
}

export interface MaintenanceOutcome {
  readonly oldestAt: number | null;
  readonly deletedRows: number;
}

export interface Maintenance {
  stop(): void;
}

/** Runs the steps one slice a turn; `done` is called once, unless stopped. */
export function startMaintenance(
  database: Database,
  settings: MaintenanceSettings,
  done: (outcome: MaintenanceOutcome) => void,
): Maintenance {
  const work = maintain(database, settings);
  let turn: NodeJS.Immediate | null = setImmediate(advance);
  function advance(): void {
    const step = work.next();
    if (step.done) done(step.value);
    else turn = setImmediate(advance);
  }
  return {
    stop() {
      if (turn !== null) clearImmediate(turn);
      turn = null;
    },
  };
}

function* maintain(database: Database, settings: MaintenanceSettings): Generator<void, MaintenanceOutcome> {
  const before = settings.now - settings.retentionMs;
  const deleteEvents = database.prepare<[number]>(
    'DELETE FROM event WHERE id IN (SELECT id FROM event WHERE last_at_ms < ? LIMIT 2000)',
  );
  let deletedRows = 0;
  for (;;) {
    const { changes } = deleteEvents.run(before);
    deletedRows += changes;
    if (changes === 0) break;
    yield;
  }
  const oldest = database
    .prepare<[], { readonly at: number | null }>('SELECT min(from_at_ms) AS at FROM status_interval')
    .get();
  return { oldestAt: oldest?.at ?? null, deletedRows };
}
