import { parseArgs, styleText } from 'node:util';
import { allCauses, instant, toCause, toWorkload } from './api/answers.ts';
import { assessDump, type DumpReport, type DumpVerdict, type LonePod, otherWorkloads } from './controller/dump.ts';
import { type State, severityRank } from './health/workload.ts';
import { readDump } from './read-dump.ts';
import { SettingError } from './settings.ts';

/** `maintenant assess`: verdicts over a dump, as a table for a person or as JSON for a machine. */

interface AssessOptions {
  /** Files, folders, or `-` for standard input. */
  readonly files: readonly string[];
  /** Epoch ms; null takes the wall clock. */
  readonly now: number | null;
  readonly output: 'text' | 'json';
}

export interface AssessTerminal {
  readonly now: number;
  readonly write: (text: string) => void;
  readonly warn: (text: string) => void;
  /** Colour is for people. */
  readonly isTerminal: boolean;
}

/** A dump that is older than this was not made just now, and ages would be wrong by it. */
const freshMs = 10 * 60_000;

/** @returns 0 when all are Healthy or Idle, 1 when not, 2 when there is none. @throws SettingError, DumpError */
export function assessCommand(args: readonly string[], terminal: AssessTerminal): number {
  const options = parseOptions(args);
  const now = options.now ?? terminal.now;
  const dumps = options.files.map(readDump);
  warnOf(
    dumps.flatMap(({ problems }) => problems),
    terminal,
  );
  const report = assessDump(
    dumps.flatMap(({ documents }) => documents),
    now,
  );
  if (options.now === null && report.newestAt !== null && now - report.newestAt > freshMs) {
    terminal.warn(
      `The newest instant in the dump is ${instant(report.newestAt)}: if it was made then, repeat with --now ${instant(report.newestAt)}, or ages and graces are wrong.`,
    );
  }
  if (report.clusters > 1) {
    terminal.warn(
      `The dump is of ${report.clusters} clusters (namespace kube-system has as many uids), and what bears the same name in them counts once: assess one after the other.`,
    );
  }
  if (report.notSupplied.length > 0) {
    terminal.warn(`Not supplied: ${report.notSupplied.join(', ')}. What they would have told is missing.`);
  }
  const notJudged = [...report.ignored].filter(([kind]) => otherWorkloads.includes(kind));
  if (notJudged.length > 0) {
    terminal.warn(
      `Not judged: ${counted(notJudged)}. Of workloads these are read: Deployment, StatefulSet, DaemonSet.`,
    );
  }
  const verdicts = report.verdicts.toSorted(
    (left, right) =>
      severityRank(left.snapshot.verdict.state) - severityRank(right.snapshot.verdict.state) ||
      (left.snapshot.key < right.snapshot.key ? -1 : 1),
  );
  terminal.write(
    options.output === 'json'
      ? `${JSON.stringify(verdicts.map(toJson), null, 2)}\n`
      : table({ ...report, verdicts }, terminal.isTerminal),
  );
  // Nothing was judged, so nothing is well.
  if (verdicts.length === 0) return 2;
  return verdicts.every(({ snapshot }) => snapshot.verdict.state === 'Healthy' || snapshot.verdict.state === 'Idle')
    ? 0
    : 1;
}

/** More of them would push what the first ones say off the screen. */
const limitProblems = 20;

function warnOf(problems: readonly string[], terminal: AssessTerminal): void {
  for (const problem of problems.slice(0, limitProblems)) terminal.warn(problem);
  const more = problems.length - limitProblems;
  if (more > 0) terminal.warn(`${more} more ${more === 1 ? 'file' : 'files'} of the folder cannot be read either.`);
}

/** Date.parse makes an instant of nearly anything: of "5" the first of May 2001. */
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i;

function parseOptions(args: readonly string[]): AssessOptions {
  const { values, positionals } = readFlags(args);
  const output = values.output ?? 'text';
  if (output !== 'text' && output !== 'json')
    throw new SettingError(`--output is "${output}", and must be text or json.`);
  const now = values.now === undefined ? null : Date.parse(rfc3339.test(values.now) ? values.now : '');
  if (now !== null && Number.isNaN(now)) {
    throw new SettingError(`--now is "${values.now}", and must be an RFC 3339 instant such as 2026-01-31T12:00:00Z.`);
  }
  const files = [...(values.file ?? []), ...positionals];
  return { files: files.length === 0 ? ['-'] : files, now, output };
}

function readFlags(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        file: { type: 'string', short: 'f', multiple: true },
        now: { type: 'string' },
        output: { type: 'string', short: 'o' },
      },
    });
  } catch (error) {
    const [sentence] = (error instanceof Error ? error.message : String(error)).split('. To specify');
    throw new SettingError(`${sentence}. "maintenant --help" lists the flags.`, { cause: error });
  }
}

function toJson({ snapshot, restsOnMemory }: DumpVerdict): object {
  const row = toWorkload(snapshot, { strip24h: '-'.repeat(48), uptime24h: null, stale: false });
  return { ...row, causes: allCauses(snapshot).map(toCause), restsOnMemory };
}

function counted(kinds: readonly (readonly [kind: string, count: number])[]): string {
  return kinds.map(([kind, count]) => `${kind} (${count})`).join(', ');
}

const colours: Readonly<Record<State, Parameters<typeof styleText>[0]>> = {
  Down: 'red',
  Degraded: 'yellow',
  Progressing: 'blue',
  Unknown: 'magenta',
  Paused: 'cyan',
  Terminating: 'gray',
  Idle: 'gray',
  Healthy: 'green',
};

function table({ verdicts, held, ignored, lonePods }: DumpReport, isTerminal: boolean): string {
  if (verdicts.length === 0) {
    const kinds = counted([...held, ...ignored]);
    return `No Deployment, StatefulSet or DaemonSet in the dump${kinds === '' ? '' : ` (it holds ${kinds})`}: nothing was judged.\n${tableOfPods(lonePods)}`;
  }
  const rows = verdicts.map(({ snapshot, restsOnMemory }) => ({
    state: snapshot.verdict.state,
    cells: [
      `${snapshot.verdict.state}${restsOnMemory ? '*' : ''}`,
      snapshot.key,
      `${snapshot.verdict.availability.available}/${snapshot.verdict.availability.desired}`,
      snapshot.verdict.cause?.message ?? '',
    ],
  }));
  const head = ['STATE', 'WORKLOAD', 'AVAILABLE', 'CAUSE'];
  const { line, widths } = columns([head, ...rows.map(({ cells }) => cells)]);
  const lines = rows.map(({ state, cells }) => {
    const text = line(cells);
    return isTerminal ? styleText(colours[state], text.slice(0, widths[0])) + text.slice(widths[0]) : text;
  });
  const note = verdicts.some(({ restsOnMemory }) => restsOnMemory)
    ? '\n* rests on what a running monitor remembers; from a dump alone it may differ\n'
    : '';
  return `${[line(head), ...lines].join('\n')}\n${note}`;
}

/** Without its workload a pod has no verdict; what is wrong with it can be told all the same. */
function tableOfPods(pods: readonly LonePod[]): string {
  if (pods.length === 0) return '';
  const worstFirst = pods.toSorted((left, right) => Number(left.cause === null) - Number(right.cause === null));
  const rows = worstFirst.map(({ namespace, name, status, cause }) => [status, `${namespace}/${name}`, cause ?? '']);
  const table = [['STATUS', 'POD', 'CAUSE'], ...rows];
  return `\n${table.map(columns(table).line).join('\n')}\n`;
}

function columns(rows: readonly (readonly string[])[]): {
  readonly widths: readonly number[];
  readonly line: (cells: readonly string[]) => string;
} {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return { widths, line };
}
