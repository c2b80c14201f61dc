import type { DiskTrouble } from './sqlite.ts';

/**
 * What travels between the main thread and the writer thread: plain rows, serialised once where they were made.
 * A batch is one transaction. It is kept until it is acknowledged and sent again when the thread dies, so applying one
 * twice has to be harmless: `id` is stored with it and a batch that is already in the file is only acknowledged.
 */

export interface StatusChange {
  readonly at: number;
  readonly state: number;
  readonly availability: number;
  readonly causeCode: string | null;
  readonly message: string;
  /** Code of the state before, `firstSight`, or null when the state and its cause did not change. */
  readonly previousState: number | null;
}

/** Rows of one workload in a table of rows: emptied first where `clear` says so. */
export interface RowsWrite {
  readonly clear: boolean;
  /** Id and JSON. */
  readonly upserts: readonly (readonly [id: string, content: string])[];
  readonly deletes: readonly string[];
}

export interface WorkloadWrite {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  /** Null: nothing of the snapshot changed. */
  readonly content: {
    readonly uid: string;
    readonly firstSeenAt: number;
    /** JSON of the list row; null when unchanged. */
    readonly listRow: string | null;
    /** JSON of the rest; null when unchanged. */
    readonly detail: string | null;
  } | null;
  readonly remembered: string | null;
  readonly pods: RowsWrite;
  /** Nodes of a DaemonSet and ordinals of a StatefulSet. */
  readonly members: RowsWrite;
  readonly changes: readonly StatusChange[];
  /** Set when the workload is gone at the end of this batch. */
  readonly deletedAt: number | null;
}

export interface EventWrite {
  readonly uid: string;
  readonly key: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly objectKind: string;
  readonly objectName: string;
}

export interface RolloutWrite {
  readonly key: string;
  readonly revision: string;
  readonly startedAt: number;
  readonly finishedAt: number | null;
  readonly outcome: string;
  readonly images: string;
  readonly changes: string;
}

export interface IncidentWrite {
  readonly id: string;
  readonly causeCode: string;
  readonly title: string;
  readonly message: string;
  readonly severity: string;
  readonly since: number;
  readonly until: number | null;
  readonly groupType: string;
  readonly groupName: string;
  readonly workloads: string;
}

/** The samples of one minute; a later one of the same minute and workload replaces the earlier. */
export interface MetricMinuteWrite {
  readonly minuteAt: number;
  readonly samples: readonly {
    readonly key: string;
    readonly cpuCores: number;
    readonly memoryBytes: number;
  }[];
}

export interface ObservationGap {
  readonly from: number;
  readonly to: number;
}

export interface Batch {
  /** Unique over restarts of the process. */
  readonly id: string;
  readonly revision: number;
  readonly lastSeenAt: number | null;
  readonly gaps: readonly ObservationGap[];
  readonly workloads: readonly WorkloadWrite[];
  readonly rollouts: readonly RolloutWrite[];
  readonly events: readonly EventWrite[];
  readonly incidents: readonly IncidentWrite[];
  readonly metrics: readonly MetricMinuteWrite[];
}

/** How the writer thread is started. */
export interface WriterSettings {
  readonly path: string;
  readonly maxBytes: number | null;
  readonly retentionMs: number;
  readonly now: number;
}

export interface FileFacts {
  readonly journalMode: string;
  /** Main file, write-ahead log, backup and quarantine together. */
  readonly fileBytes: number;
  readonly volumeFreeBytes: number | null;
}

export type WriterRequest =
  | { readonly type: 'batch'; readonly batch: Batch }
  | { readonly type: 'maintain'; readonly now: number }
  /** The readers are closed: take the connection anew. */
  | { readonly type: 'renew' }
  | { readonly type: 'nameCluster'; readonly cluster: string }
  | { readonly type: 'quarantine'; readonly now: number; readonly reason: string }
  | { readonly type: 'close' };

export type WriterReply =
  /** The file is open, migrated and takes batches. `note` is what the operator should know. */
  | { readonly type: 'opened'; readonly facts: FileFacts; readonly fresh: boolean; readonly notes: readonly string[] }
  | {
      readonly type: 'openFailed';
      readonly trouble: DiskTrouble | null;
      readonly code: 'notWal' | 'disk';
      readonly message: string;
    }
  | { readonly type: 'committed'; readonly id: string; readonly facts: FileFacts }
  | {
      readonly type: 'refused';
      readonly id: string;
      /** Null: the batch itself is at fault. */
      readonly trouble: DiskTrouble | null;
      readonly message: string;
    }
  /** The write-ahead log was deleted: the readers have to let go before `renew`. */
  | { readonly type: 'logDeleted' }
  /** Found outside of a batch, by the check after an unclean stop. */
  | { readonly type: 'damaged'; readonly message: string }
  | {
      readonly type: 'maintained';
      readonly facts: FileFacts;
      readonly oldestAt: number | null;
      readonly deletedRows: number;
      readonly trouble: string | null;
    }
  | { readonly type: 'closed' };
